//! Standard output and error. Who reads along may leave (`stackctl plan | head`): then nothing more is told, and what runs
//! is finished all the same.

use std::fmt::Arguments;
use std::io::Write;

/// Writes to standard output.
pub fn write(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}

/// Writes to standard error.
pub fn write_error(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// A line on standard output.
macro_rules! tell_line {
    ($($text:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// Text on standard output.
macro_rules! tell {
    ($($text:tt)*) => { $crate::cli::out::write(format_args!($($text)*)) };
}

/// A line on standard error.
macro_rules! warn_line {
    ($($text:tt)*) => { $crate::cli::out::write_error(format_args!("{}\n", format_args!($($text)*))) };
}
