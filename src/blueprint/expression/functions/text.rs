//! Texts: CEL's standard functions and its strings extension. Positions and lengths count characters.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;

use super::super::evaluate::as_text;
use super::super::value::Val;
use super::{Depth::Deep, Depth::Shallow, Function, Outcome, count, elements, format, function, text, wrong};

pub(super) static FUNCTIONS: &[Function] = &[
    function("contains", "text.contains(part)", 2..=2, Shallow, |a| {
        two("contains", a, |text, part| Val::Bool(text.contains(part)))
    }),
    function("startsWith", "text.startsWith(part)", 2..=2, Shallow, |a| {
        two("startsWith", a, |text, part| Val::Bool(text.starts_with(part)))
    }),
    function("endsWith", "text.endsWith(part)", 2..=2, Shallow, |a| {
        two("endsWith", a, |text, part| Val::Bool(text.ends_with(part)))
    }),
    function("matches", "text.matches(regularExpression)", 2..=2, Shallow, matches),
    function("lowerAscii", "text.lowerAscii()", 1..=1, Shallow, |a| {
        one("lowerAscii", a, str::to_ascii_lowercase)
    }),
    function("upperAscii", "text.upperAscii()", 1..=1, Shallow, |a| {
        one("upperAscii", a, str::to_ascii_uppercase)
    }),
    function("trim", "text.trim()", 1..=1, Shallow, |a| one("trim", a, |text| text.trim().to_owned())),
    function("split", "text.split(separator[, limit])", 2..=3, Shallow, split),
    function("join", "list.join([separator])", 1..=2, Deep, join),
    function("replace", "text.replace(old, new[, limit])", 3..=4, Shallow, replace),
    function("substring", "text.substring(start[, end])", 2..=3, Shallow, substring),
    function("charAt", "text.charAt(position)", 2..=2, Shallow, char_at),
    function("indexOf", "text.indexOf(part[, from])", 2..=3, Shallow, index_of),
    function("lastIndexOf", "text.lastIndexOf(part)", 2..=2, Shallow, |a| {
        two("lastIndexOf", a, |text, part| position(text, text.rfind(part)))
    }),
    function("format", "text.format([value, ...])", 2..=2, Deep, |a| {
        format::format(text("format", &a[0])?, elements("format", &a[1])?).map(Val::string)
    }),
];

fn one(name: &str, arguments: &[Val], compute: fn(&str) -> String) -> Outcome {
    text(name, &arguments[0]).map(|text| Val::string(compute(text)))
}

fn two(name: &str, arguments: &[Val], compute: fn(&str, &str) -> Val) -> Outcome {
    Ok(compute(text(name, &arguments[0])?, text(name, &arguments[1])?))
}

/// Compiled once: a blueprint's few patterns are matched against many texts.
static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

fn matches(arguments: &[Val]) -> Outcome {
    let (subject, pattern) = (text("matches", &arguments[0])?, text("matches", &arguments[1])?);
    let mut patterns = PATTERNS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(regex) = patterns.get(pattern) {
        return Ok(Val::Bool(regex.is_match(subject)));
    }
    let regex = Regex::new(pattern).map_err(|_| format!("`{pattern}` is no regular expression"))?;
    let matched = regex.is_match(subject);
    patterns.insert(pattern.to_owned(), regex);
    Ok(Val::Bool(matched))
}

/// The limit that some functions take: negative means none.
fn limit(name: &str, value: Option<&Val>) -> Result<usize, String> {
    match value {
        None => Ok(usize::MAX),
        Some(Val::Int(limit)) => Ok(usize::try_from(*limit).unwrap_or(usize::MAX)),
        Some(other) => Err(wrong(name, "an integer as its limit", other)),
    }
}

fn split(arguments: &[Val]) -> Outcome {
    let (subject, separator) = (text("split", &arguments[0])?, text("split", &arguments[1])?);
    let limit = limit("split", arguments.get(2))?;
    let parts: Vec<Val> = match (separator, limit) {
        (_, 0) => Vec::new(),
        ("", limit) => characters(subject, limit),
        (separator, limit) => subject.splitn(limit, separator).map(Val::string).collect(),
    };
    Ok(Val::list(parts))
}

fn characters(subject: &str, limit: usize) -> Vec<Val> {
    let mut parts = Vec::new();
    let mut rest = subject;
    while let Some(next) = rest.chars().next() {
        if parts.len() + 1 == limit {
            parts.push(Val::string(rest));
            break;
        }
        let (head, tail) = rest.split_at(next.len_utf8());
        parts.push(Val::string(head));
        rest = tail;
    }
    parts
}

fn join(arguments: &[Val]) -> Outcome {
    let separator = arguments.get(1).map_or(Ok(""), |separator| text("join", separator))?;
    let parts = elements("join", &arguments[0])?.iter().map(as_text).collect::<Result<Vec<_>, _>>()?;
    Ok(Val::string(parts.join(separator)))
}

fn replace(arguments: &[Val]) -> Outcome {
    let [subject, old, new] =
        [&arguments[0], &arguments[1], &arguments[2]].map(|value| text("replace", value));
    Ok(Val::string(subject?.replacen(old?, new?, limit("replace", arguments.get(3))?)))
}

fn substring(arguments: &[Val]) -> Outcome {
    let subject = text("substring", &arguments[0])?;
    let length = subject.chars().count();
    let start = count("substring", &arguments[1])?;
    let end = arguments.get(2).map_or(Ok(length), |end| count("substring", end))?;
    if start > end || end > length {
        return Err(format!("there is no part {start} to {end} in a text of {length} characters"));
    }
    Ok(Val::string(subject.chars().skip(start).take(end - start).collect::<String>()))
}

fn char_at(arguments: &[Val]) -> Outcome {
    let subject = text("charAt", &arguments[0])?;
    let at = count("charAt", &arguments[1])?;
    let length = subject.chars().count();
    if at > length {
        return Err(format!("there is no character {at} in a text of {length}"));
    }
    Ok(Val::string(subject.chars().nth(at).map(String::from).unwrap_or_default()))
}

fn index_of(arguments: &[Val]) -> Outcome {
    let (subject, part) = (text("indexOf", &arguments[0])?, text("indexOf", &arguments[1])?);
    let from = arguments.get(2).map_or(Ok(0), |from| count("indexOf", from))?;
    let start = subject.char_indices().nth(from).map_or(subject.len(), |(at, _)| at);
    Ok(position(subject, subject[start..].find(part).map(|at| at + start)))
}

/// A byte position in characters, -1 for none.
fn position(subject: &str, byte: Option<usize>) -> Val {
    let position = byte.map(|at| subject[..at].chars().count());
    Val::Int(position.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
}
