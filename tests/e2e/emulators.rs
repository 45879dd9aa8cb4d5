//! Starts the emulators once for all tests of the process.
//!
//! `localstack/emulators.py serve` keeps them up until its standard input closes. This process holds the
//! other end and never lets go of it, so they stop when it ends: after the last test, at a panic, or when it
//! is killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use absent::Absent;
use serde::Deserialize;

#[allow(dead_code)] // the clusters need the rest
#[path = "../common/absent.rs"]
mod absent;

/// What [`serve`](start) announces.
#[derive(Debug, Deserialize)]
pub struct Emulators {
    /// The variables that point an AWS client at them.
    pub env: BTreeMap<String, String>,
    /// The Python that has boto3.
    pub python: String,
    /// Past the fault-injecting proxy.
    pub direct: String,
    /// The proxy with the rules of `faults.yaml`.
    pub faults: String,
    #[serde(skip)]
    _process: Option<Child>,
}

/// The emulators, or `None` after having said why the test is skipped.
///
/// # Panics
/// Where they can be had and don't start; and where `CI` is set: there a missing emulator is a failure, not an excuse.
pub fn start() -> Option<&'static Emulators> {
    static EMULATORS: OnceLock<Result<Emulators, Absent>> = OnceLock::new();
    once(&EMULATORS, &[])
}

/// [`start`] with the second emulator too, for what the first one lacks.
#[allow(dead_code)] // the wire tests alone need it
pub fn start_with_moto() -> Option<&'static Emulators> {
    static EMULATORS: OnceLock<Result<Emulators, Absent>> = OnceLock::new();
    once(&EMULATORS, &["--moto"])
}

fn once(
    emulators: &'static OnceLock<Result<Emulators, Absent>>,
    options: &[&str],
) -> Option<&'static Emulators> {
    match emulators.get_or_init(|| serve(options)) {
        Ok(emulators) => Some(emulators),
        Err(absent) => {
            absent.skip("");
            None
        }
    }
}

fn serve(options: &[&str]) -> Result<Emulators, Absent> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut process = Command::new("python3")
        .arg(root.join("localstack/emulators.py"))
        .arg("serve")
        .args(options)
        .arg("--faults")
        .arg(root.join("tests/e2e/faults.yaml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Absent::excused(format!("python3 can't be run: {error}")))?;
    let mut line = String::new();
    let stdout = process.stdout.take().expect("a piped standard output");
    BufReader::new(stdout).read_line(&mut line).map_err(|error| Absent::broken(error.to_string()))?;
    if line.is_empty() {
        let mut reason = String::new();
        if let Some(mut stderr) = process.stderr.take() {
            let _ = stderr.read_to_string(&mut reason);
        }
        let code = process.wait().ok().and_then(|status| status.code());
        return Err(Absent::after(code, &reason));
    }
    drain(process.stderr.take());
    let announced: Emulators =
        serde_json::from_str(&line).map_err(|error| Absent::broken(format!("{error}: {line}")))?;
    Ok(Emulators { _process: Some(process), ..announced })
}

/// Reads what nobody needs, so that a full pipe never stops the supervisor.
fn drain(stderr: Option<std::process::ChildStderr>) {
    if let Some(mut stderr) = stderr {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        });
    }
}
