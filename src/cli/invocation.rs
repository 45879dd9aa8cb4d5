//! The command line as it was typed: for what is to be run again, and for the lock and the history.

use std::borrow::Cow;

/// The arguments, quoted for a POSIX shell.
pub fn arguments() -> String {
    quoted(std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()))
}

fn quoted(arguments: impl IntoIterator<Item = String>) -> String {
    let words: Vec<String> = arguments.into_iter().map(|argument| word(&argument).into_owned()).collect();
    words.join(" ")
}

fn word(argument: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.into();
    }
    format!("'{}'", argument.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        let line = ["apply", "growth", "--target", "us-east-1/web.subnet[a]", "--var", "motto=it's on", ""];
        assert_eq!(
            quoted(line.map(str::to_owned)),
            r"apply growth --target 'us-east-1/web.subnet[a]' --var 'motto=it'\''s on' ''"
        );
        assert_eq!(quoted(["--region=eu-west-1".to_owned()]), "--region=eu-west-1");
    }
}
