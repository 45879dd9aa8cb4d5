//! What scalars mean by YAML 1.2's core schema.

use super::super::diagnostics::{Finding, Span};
use super::Result;
use super::node::Plain;

/// The meaning of a scalar without quotes.
pub(super) fn plain(text: &str, span: Span) -> Result<Plain> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        ".inf" | ".Inf" | ".INF" | "-.inf" | "+.inf" | ".nan" | ".NaN" | ".NAN" => {
            return Err(Finding::new("yaml_syntax", span, format!("`{text}` is no number that JSON has"))
                .help("put it in quotes if it is a text"));
        }
        _ => number(text).unwrap_or(Plain::Text),
    })
}

/// A number by YAML 1.2's core schema; whole ones beyond 64 bits are texts, since no AWS property takes them.
fn number(text: &str) -> Option<Plain> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Plain::Int);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Plain::Int);
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Plain::Int);
    }
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let float: f64 = unsigned.chars().all(digits).then(|| text.parse().ok())??;
    float.is_finite().then_some(Plain::Float(float))
}
