//! A folder has no conditional overwrite; what reads the lock and then writes it does so under the operating system's
//! own lock on a file beside it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use super::Ledger;

const FILE: &str = "lock.guard";

/// Nobody else on this folder reads and writes the lock while this lives.
pub(super) struct Guard(
    #[expect(dead_code, reason = "the system's lock lasts as long as the open file")] Option<File>,
);

impl Ledger {
    /// Waits for the guard. Nothing is guarded on S3, where overwrites are conditional, nor on a file system that knows no
    /// locks, where renewals and take-overs are rare enough.
    pub(super) async fn guard(&self) -> Guard {
        let Some(folder) = self.folder.clone() else { return Guard(None) };
        let locked = tokio::task::spawn_blocking(move || locked(&folder)).await;
        match locked {
            Ok(Ok(file)) => Guard(Some(file)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the ledger's folder knows no locks");
                Guard(None)
            }
            Err(_) => Guard(None),
        }
    }
}

fn locked(folder: &Path) -> std::io::Result<File> {
    fs::create_dir_all(folder)?;
    let path: PathBuf = folder.join(FILE);
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    file.lock()?;
    Ok(file)
}
