//! Random expressions over the tests' inputs, mostly well typed, a few of them not.

use proptest::prelude::*;

/// How deep expressions are nested.
const DEPTH: u32 = 3;

/// An expression of any type.
pub fn expression() -> BoxedStrategy<String> {
    prop_oneof![number(DEPTH), truth(DEPTH), text(DEPTH), list(DEPTH), map(DEPTH)].boxed()
}

fn one_of(choices: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(choices).prop_map(str::to_owned).boxed()
}

fn binary(
    left: BoxedStrategy<String>,
    operators: &'static [&'static str],
    right: BoxedStrategy<String>,
) -> BoxedStrategy<String> {
    (left, proptest::sample::select(operators), right)
        .prop_map(|(left, operator, right)| format!("({left} {operator} {right})"))
        .boxed()
}

fn choice(depth: u32, of: fn(u32) -> BoxedStrategy<String>) -> BoxedStrategy<String> {
    (truth(depth), of(depth), of(depth))
        .prop_map(|(condition, then, otherwise)| format!("({condition} ? {then} : {otherwise})"))
        .boxed()
}

fn number(depth: u32) -> BoxedStrategy<String> {
    let leaf =
        one_of(&["i", "n", "0", "1", "-4", "9223372036854775807", "l[0]", "l[i]", "m.a", "m['b']", "m.zz"]);
    let Some(depth) = depth.checked_sub(1) else { return leaf };
    prop_oneof![
        2 => leaf,
        3 => binary(number(depth), &["+", "-", "*", "/", "%"], number(depth)),
        1 => number(depth).prop_map(|x| format!("(-({x}))")),
        1 => list(depth).prop_map(|x| format!("size({x})")),
        1 => text(depth).prop_map(|x| format!("({x}).size()")),
        1 => text(depth).prop_map(|x| format!("int({x})")),
        1 => (list(depth), number(depth)).prop_map(|(l, x)| format!("({l})[{x}]")),
        1 => choice(depth, number),
    ]
    .boxed()
}

fn truth(depth: u32) -> BoxedStrategy<String> {
    let leaf = one_of(&["b", "true", "false", "has(m.a)", "has(m.zz)", "has(o.a.x)", "'a' in m", "i in l"]);
    let Some(depth) = depth.checked_sub(1) else { return leaf };
    prop_oneof![
        2 => leaf,
        2 => binary(truth(depth), &["&&", "||"], truth(depth)),
        2 => binary(number(depth), &["<", "<=", ">", ">=", "==", "!="], number(depth)),
        1 => binary(text(depth), &["<", "==", "!=", ">="], text(depth)),
        1 => binary(list(depth), &["==", "!="], list(depth)),
        1 => binary(map(depth), &["==", "!="], map(depth)),
        1 => binary(number(depth), &["in"], list(depth)),
        1 => binary(number(depth), &["==", "<"], one_of(&["f", "2.5", "7.0", "-3.0"])),
        1 => truth(depth).prop_map(|x| format!("!({x})")),
        1 => (text(depth), one_of(&["contains", "startsWith", "endsWith"]), text(depth))
            .prop_map(|(x, method, y)| format!("({x}).{method}({y})")),
        1 => text(depth).prop_map(|x| format!("({x}).matches('^[a-z]+-')")),
        1 => (list(depth), one_of(&["all", "exists", "exists_one"]), body(depth))
            .prop_map(|(l, quantifier, p)| format!("({l}).{quantifier}(x, {p})")),
    ]
    .boxed()
}

/// A condition on a macro's variable `x`.
fn body(depth: u32) -> BoxedStrategy<String> {
    prop_oneof![
        one_of(&["x > 1", "x == i", "i / x > 1", "x in l", "b", "x != 3 || i / (x - 3) > 0"]),
        truth(depth.min(1)).prop_map(|p| format!("x > 1 && {p}")),
    ]
    .boxed()
}

fn text(depth: u32) -> BoxedStrategy<String> {
    let leaf = one_of(&["s", "t", "'a'", "'7'", "\"it's\"", "w[0]", "o.a.x", "o['a']['x']", "w[5]"]);
    let Some(depth) = depth.checked_sub(1) else { return leaf };
    prop_oneof![
        2 => leaf,
        2 => binary(text(depth), &["+"], text(depth)),
        1 => number(depth).prop_map(|x| format!("string({x})")),
        1 => truth(depth).prop_map(|x| format!("string({x})")),
        1 => choice(depth, text),
    ]
    .boxed()
}

fn list(depth: u32) -> BoxedStrategy<String> {
    let leaf = one_of(&["l", "[]", "[1, 2]", "[i, n]", "o.list"]);
    let Some(depth) = depth.checked_sub(1) else { return leaf };
    prop_oneof![
        2 => leaf,
        1 => proptest::collection::vec(number(depth), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
        1 => binary(list(depth), &["+"], list(depth)),
        1 => (list(depth), body(depth)).prop_map(|(l, p)| format!("({l}).filter(x, {p})")),
        1 => (list(depth), number(depth)).prop_map(|(l, x)| format!("({l}).map(x, x + {x})")),
        1 => (list(depth), body(depth), number(depth)).prop_map(|(l, p, x)| format!("({l}).map(x, {p}, x * {x})")),
        1 => choice(depth, list),
    ]
    .boxed()
}

fn map(depth: u32) -> BoxedStrategy<String> {
    let leaf = one_of(&["m", "{}", "{'a': 1, 'b': 2}"]);
    let Some(depth) = depth.checked_sub(1) else { return leaf };
    prop_oneof![
        2 => leaf,
        1 => (text(depth), number(depth)).prop_map(|(key, x)| format!("{{{key}: {x}}}")),
        1 => choice(depth, map),
    ]
    .boxed()
}
