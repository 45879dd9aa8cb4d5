//! What README shows of a plan is what the tool prints. With `INSTA_UPDATE=always` README is written anew.

use std::path::Path;
use std::process::Command;

/// As wide as README's other lines; the tool cuts lines likewise on a terminal.
const COLUMNS: usize = 118;
const BEGIN: &str = "<!-- plan: begin -->\n";
const END: &str = "<!-- plan: end -->";

/// Runs a command on the shipped blueprints, in a simulated cloud.
fn stackctl(args: &[&str], cloud: &Path) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_stackctl"))
        .args(args)
        .arg(format!("--simulate={}", cloud.display()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("STACKCTL_ENV")
        .env_remove("STACKCTL_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn block(plan: &str) -> String {
    let cut = |line: &str| {
        if line.chars().count() <= COLUMNS || !line.starts_with(' ') {
            return line.to_owned();
        }
        let kept: String = line.chars().take(COLUMNS - 1).collect();
        format!("{}…", kept.trim_end())
    };
    let lines: Vec<String> = plan.trim_end().lines().map(cut).collect();
    format!("`stackctl plan growth` on a stack that is at `launch`:\n\n```text\n{}\n```\n", lines.join("\n"))
}

/// Ids are made up in the order in which things are made, which differs from run to run.
fn without_ids(text: &str) -> String {
    regex::Regex::new(r"-[0-9a-f]{17}\b").unwrap().replace_all(text, "-0").into_owned()
}

#[test]
fn the_plan_in_readme_is_what_the_tool_prints() {
    let folder = tempfile::TempDir::new().unwrap();
    let cloud = folder.path().join("cloud.json");
    stackctl(&["apply", "launch", "--yes"], &cloud);
    let printed = block(&stackctl(&["plan", "growth"], &cloud));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var("INSTA_UPDATE").is_ok_and(|wish| wish == "always") {
        std::fs::write(&path, format!("{before}{BEGIN}{printed}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(without_ids(shown), without_ids(&printed), "INSTA_UPDATE=always writes README anew");
}
