//! Starts the emulators once for all tests of the process.
//!
//! `localstack/emulators.py serve` keeps them up until its standard input closes. This process holds the
//! other end and never lets go of it, so they stop when it ends: after the last test, at a panic, or when it
//! is killed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write, stderr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

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
/// Where `CI` is set a missing emulator is a failure, not an excuse.
pub fn start() -> Option<&'static Emulators> {
    static EMULATORS: OnceLock<Result<Emulators, String>> = OnceLock::new();
    once(&EMULATORS, &[])
}

/// [`start`] with the second emulator too, for what the first one lacks.
#[allow(dead_code)] // the wire tests alone need it
pub fn start_with_moto() -> Option<&'static Emulators> {
    static EMULATORS: OnceLock<Result<Emulators, String>> = OnceLock::new();
    once(&EMULATORS, &["--moto"])
}

fn once(
    emulators: &'static OnceLock<Result<Emulators, String>>,
    options: &[&str],
) -> Option<&'static Emulators> {
    match emulators.get_or_init(|| serve(options)) {
        Ok(emulators) => Some(emulators),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "the emulators did not start: {reason}");
            let test = std::thread::current().name().unwrap_or("e2e").to_owned();
            // Past libtest's capture: who runs the tests has to see it.
            let _ = writeln!(stderr(), "SKIPPED {test}: {reason}");
            None
        }
    }
}

fn serve(options: &[&str]) -> Result<Emulators, String> {
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
        .map_err(|error| format!("python3 can't be run: {error}"))?;
    let mut line = String::new();
    let stdout = process.stdout.take().ok_or("no standard output")?;
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.is_empty() {
        let mut reason = String::new();
        if let Some(mut stderr) = process.stderr.take() {
            let _ = stderr.read_to_string(&mut reason);
        }
        let _ = process.wait();
        return Err(reason.trim().to_owned());
    }
    drain(process.stderr.take());
    let announced: Emulators = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
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
