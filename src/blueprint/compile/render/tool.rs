//! Runs a tool that renders manifests.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

/// A chart may have to be fetched; one that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_mins(2);
/// How much of what a tool says is shown.
const MOST_LINES: usize = 12;

/// Why a tool rendered nothing.
#[derive(Debug, Error)]
pub(super) enum ToolError {
    /// It can't be started.
    #[error("`{program}` can't be started: {error}")]
    Start {
        /// The tool.
        program: String,
        /// The system's words.
        error: std::io::Error,
    },
    /// It says that something is wrong.
    #[error("`{program}` fails: {said}")]
    Failed {
        /// The tool with its first argument.
        program: String,
        /// Its last words.
        said: String,
    },
    /// It does not end.
    #[error("`{program}` did not end within {} s", PATIENCE.as_secs())]
    TooLong {
        /// The tool with its first argument.
        program: String,
    },
    /// It writes something else than text.
    #[error("`{program}` writes what is no UTF-8")]
    NoText {
        /// The tool with its first argument.
        program: String,
    },
}

/// The first of these programs that the PATH has.
pub(super) fn first_of(names: &[&'static str]) -> Option<(&'static str, PathBuf)> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let file = |folder: &PathBuf, name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    names.iter().find_map(|name| {
        let found = folders.iter().map(|folder| file(folder, name)).find(|file| file.is_file())?;
        Some((*name, found))
    })
}

/// What a tool writes, given its input.
pub(super) fn run(program: &Path, arguments: &[String], input: String) -> Result<String, ToolError> {
    let name = program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = arguments.first().map_or_else(|| name.clone(), |first| format!("{name} {first}"));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| ToolError::Start { program: name.clone(), error })?;
    // A tool that ends without having read everything is not at fault for that.
    let writing =
        child.stdin.take().map(|mut pipe| thread::spawn(move || drop(pipe.write_all(input.as_bytes()))));
    let output = child.stdout.take().map(read);
    let words = child.stderr.take().map(read);
    let status = wait(&mut child, &name)?;
    let text = |reading: Option<thread::JoinHandle<Vec<u8>>>| {
        reading.and_then(|one| one.join().ok()).unwrap_or_default()
    };
    drop(writing.map(thread::JoinHandle::join));
    let (output, words) = (text(output), text(words));
    if !status.success() {
        let said = last_lines(&String::from_utf8_lossy(&words));
        return Err(ToolError::Failed { program: name, said });
    }
    String::from_utf8(output).map_err(|_| ToolError::NoText { program: name })
}

fn read(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a pipe breaks is what there is.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn wait(child: &mut Child, name: &str) -> Result<ExitStatus, ToolError> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It is given up either way.
                let _ = child.kill();
                let _ = child.wait();
                return Err(ToolError::TooLong { program: name.to_owned() });
            }
            Err(error) => return Err(ToolError::Start { program: name.to_owned(), error }),
        }
    }
}

fn last_lines(words: &str) -> String {
    let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(MOST_LINES);
    if lines.is_empty() { "it does not say why".to_owned() } else { lines[from..].join("\n") }
}
