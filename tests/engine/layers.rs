//! Dependencies point one way: the pure modules know nothing of those that do something.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules without I/O.
const PURE: [&str; 6] = ["model", "catalog", "identity", "blueprint", "diff", "plan"];
/// Those that ask, do or tell something.
const BEYOND: [&str; 7] = ["apply", "cli", "ledger", "observe", "pipeline", "providers", "report"];

#[test]
fn pure_modules_know_nothing_of_the_outside() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<PathBuf> = PURE.iter().flat_map(|module| files_below(&src.join(module))).collect();
    assert!(files.len() > 50, "found only {} files", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for module in BEYOND {
            let used = text.contains(&format!("use crate::{module}"));
            assert!(!used, "{} uses `{module}`", file.display());
        }
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}
