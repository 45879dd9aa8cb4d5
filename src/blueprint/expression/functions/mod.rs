//! The functions and strict operators of expressions: one table, found by name.
//!
//! All of CEL's standard library that blueprints can use, the usual extensions (strings, lists, math, encoders), and
//! what infrastructure needs on top: CIDR arithmetic, zone names, JSON. A function can be called as a method too:
//! `size(x)` and `x.size()` are the same.

mod collection;
mod encoding;
mod format;
mod network;
mod number;
mod text;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::value::Val;

/// How far into its arguments a function looks: what it does not look into may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// At the argument itself; elements are passed on as they are.
    Shallow,
    /// At everything inside.
    Deep,
}

/// What a function computes, or why it can't.
pub type Outcome = Result<Val, String>;

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name; operators have CEL's (`_+_`).
    pub name: &'static str,
    /// `cidrSubnet(network, newBits, index)`.
    pub usage: &'static str,
    /// How many arguments it takes, a method's target included.
    pub arity: RangeInclusive<usize>,
    /// How far it looks.
    pub depth: Depth,
    /// The code of a finding when it fails.
    pub code: &'static str,
    /// What it does.
    pub call: fn(&[Val]) -> Outcome,
}

const fn function(
    name: &'static str,
    usage: &'static str,
    arity: RangeInclusive<usize>,
    depth: Depth,
    call: fn(&[Val]) -> Outcome,
) -> Function {
    Function { name, usage, arity, depth, code: "evaluation", call }
}

static TABLE: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    [number::FUNCTIONS, text::FUNCTIONS, collection::FUNCTIONS, encoding::FUNCTIONS, network::FUNCTIONS]
        .into_iter()
        .flatten()
        .map(|function| (function.name, function))
        .collect()
});

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name).copied()
}

/// All names that can be written, operators left out, sorted.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> =
        TABLE.keys().copied().filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())).collect();
    names.push("file");
    names.sort_unstable();
    names
}

/// What an argument has to be, in a message.
fn wrong(name: &str, wanted: &str, got: &Val) -> String {
    format!("`{name}` takes {wanted}, this is {}", got.describe())
}

fn text<'v>(name: &str, value: &'v Val) -> Result<&'v str, String> {
    match value {
        Val::String(text) => Ok(text),
        other => Err(wrong(name, "a text", other)),
    }
}

fn integer(name: &str, value: &Val) -> Result<i64, String> {
    match value {
        Val::Int(number) => Ok(*number),
        other => Err(wrong(name, "an integer", other)),
    }
}

/// A count or position: an integer that is not negative.
fn count(name: &str, value: &Val) -> Result<usize, String> {
    let number = integer(name, value)?;
    usize::try_from(number).map_err(|_| format!("`{name}` takes no negative number, this is {number}"))
}

fn elements<'v>(name: &str, value: &'v Val) -> Result<&'v [Val], String> {
    value.elements().ok_or_else(|| wrong(name, "a list", value))
}
