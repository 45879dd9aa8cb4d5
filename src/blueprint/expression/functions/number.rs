//! Arithmetic, order, conversions, and `min`, `max`, `abs`, `ceil`, `floor`, `round`.

use std::cmp::Ordering;

use super::super::evaluate::{as_text, compare};
use super::super::value::Val;
use super::{Depth::Deep, Depth::Shallow, Function, Outcome, elements, function, wrong};

pub(super) static FUNCTIONS: &[Function] = &[
    function("_+_", "a + b", 2..=2, Shallow, add),
    function("_-_", "a - b", 2..=2, Shallow, |a| arithmetic(a, "-", i64::checked_sub, |a, b| a - b)),
    function("_*_", "a * b", 2..=2, Shallow, |a| arithmetic(a, "*", i64::checked_mul, |a, b| a * b)),
    function("_/_", "a / b", 2..=2, Shallow, divide),
    function("_%_", "a % b", 2..=2, Shallow, remainder),
    function("-_", "-a", 1..=1, Shallow, negate),
    function("!_", "!a", 1..=1, Shallow, not),
    function("_<_", "a < b", 2..=2, Shallow, |a| order(a, Ordering::is_lt)),
    function("_<=_", "a <= b", 2..=2, Shallow, |a| order(a, Ordering::is_le)),
    function("_>_", "a > b", 2..=2, Shallow, |a| order(a, Ordering::is_gt)),
    function("_>=_", "a >= b", 2..=2, Shallow, |a| order(a, Ordering::is_ge)),
    function("min", "min(a, b, ...)", 1..=64, Deep, |a| extreme("min", a, Ordering::Less)),
    function("max", "max(a, b, ...)", 1..=64, Deep, |a| extreme("max", a, Ordering::Greater)),
    function("math.least", "math.least(a, b, ...)", 1..=64, Deep, |a| extreme("min", a, Ordering::Less)),
    function("math.greatest", "math.greatest(a, b, ...)", 1..=64, Deep, |a| {
        extreme("max", a, Ordering::Greater)
    }),
    function("abs", "abs(number)", 1..=1, Shallow, abs),
    function("ceil", "ceil(number)", 1..=1, Shallow, |a| rounded("ceil", a, f64::ceil)),
    function("floor", "floor(number)", 1..=1, Shallow, |a| rounded("floor", a, f64::floor)),
    function("round", "round(number)", 1..=1, Shallow, |a| rounded("round", a, f64::round)),
    function("int", "int(value)", 1..=1, Shallow, int),
    function("double", "double(value)", 1..=1, Shallow, double),
    function("bool", "bool(value)", 1..=1, Shallow, boolean),
    function("string", "string(value)", 1..=1, Shallow, |a| as_text(&a[0]).map(Val::string)),
];

fn add(arguments: &[Val]) -> Outcome {
    match arguments {
        [Val::String(left), Val::String(right)] => Ok(Val::string(format!("{left}{right}"))),
        [left, right] if left.elements().is_some() && right.elements().is_some() => {
            let items = [left.elements(), right.elements()].into_iter().flatten().flatten();
            Ok(Val::list(items.cloned().collect()))
        }
        other => arithmetic(other, "+", i64::checked_add, |a, b| a + b),
    }
}

/// Both sides of one kind; CEL does not mix integers with other numbers.
fn arithmetic(
    arguments: &[Val],
    operator: &str,
    ints: fn(i64, i64) -> Option<i64>,
    floats: fn(f64, f64) -> f64,
) -> Outcome {
    match arguments {
        [Val::Int(left), Val::Int(right)] => ints(*left, *right)
            .map(Val::Int)
            .ok_or_else(|| format!("{left} {operator} {right} is beyond 64 bits")),
        [Val::Float(left), Val::Float(right)] => Ok(Val::Float(floats(*left, *right))),
        [left @ (Val::Int(_) | Val::Float(_)), right @ (Val::Int(_) | Val::Float(_))] => Err(format!(
            "`{operator}` takes two numbers of one kind, these are {} and {}: convert one by `double(...)` or `int(...)`",
            left.describe(),
            right.describe()
        )),
        [left @ Val::String(_), right] | [left, right @ Val::String(_)] if operator == "+" => Err(format!(
            "`+` can't join {} and {}: convert by `string(...)`",
            left.describe(),
            right.describe()
        )),
        [left, right] => {
            Err(format!("`{operator}` can't be applied to {} and {}", left.describe(), right.describe()))
        }
        _ => Err(format!("`{operator}` takes two operands")),
    }
}

fn divide(arguments: &[Val]) -> Outcome {
    match arguments {
        [Val::Int(_), Val::Int(0)] => Err("division by zero".to_owned()),
        other => arithmetic(other, "/", i64::checked_div, |a, b| a / b),
    }
}

fn remainder(arguments: &[Val]) -> Outcome {
    match arguments {
        [Val::Int(_), Val::Int(0)] => Err("remainder by zero".to_owned()),
        [Val::Int(left), Val::Int(right)] => left
            .checked_rem(*right)
            .map(Val::Int)
            .ok_or_else(|| format!("{left} % {right} is beyond 64 bits")),
        [left, right] => {
            Err(format!("`%` takes two integers, not {} and {}", left.describe(), right.describe()))
        }
        _ => Err("`%` takes two integers".to_owned()),
    }
}

fn negate(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Int(number) => number.checked_neg().map(Val::Int).ok_or_else(|| "beyond 64 bits".to_owned()),
        Val::Float(number) => Ok(Val::Float(-number)),
        other => Err(wrong("-", "a number", other)),
    }
}

fn not(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Bool(flag) => Ok(Val::Bool(!flag)),
        other => Err(wrong("!", "a boolean", other)),
    }
}

fn order(arguments: &[Val], wanted: fn(Ordering) -> bool) -> Outcome {
    compare(&arguments[0], &arguments[1])
        .map(|order| Val::Bool(wanted(order)))
        .ok_or_else(|| format!("{} and {} have no order", arguments[0].describe(), arguments[1].describe()))
}

fn extreme(name: &str, arguments: &[Val], wanted: Ordering) -> Outcome {
    let items = match arguments {
        [one] if one.elements().is_some() => elements(name, one)?,
        all => all,
    };
    let Some((first, rest)) = items.split_first() else {
        return Err(format!("`{name}` of an empty list has no value"));
    };
    rest.iter()
        .try_fold(first, |best, item| {
            compare(item, best).map(|order| if order == wanted { item } else { best })
        })
        .cloned()
        .ok_or_else(|| format!("`{name}` takes values that have an order"))
}

fn abs(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Int(number) => number.checked_abs().map(Val::Int).ok_or_else(|| "beyond 64 bits".to_owned()),
        Val::Float(number) => Ok(Val::Float(number.abs())),
        other => Err(wrong("abs", "a number", other)),
    }
}

fn rounded(name: &str, arguments: &[Val], how: fn(f64) -> f64) -> Outcome {
    match &arguments[0] {
        Val::Int(number) => Ok(Val::Int(*number)),
        Val::Float(number) => whole(how(*number)),
        other => Err(wrong(name, "a number", other)),
    }
}

/// 2 to the 63rd, which an `i64` just does not reach.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

#[expect(clippy::cast_possible_truncation, reason = "the range was checked, the fraction is to go")]
fn whole(number: f64) -> Outcome {
    if number > -LIMIT && number < LIMIT {
        Ok(Val::Int(number as i64))
    } else {
        Err(format!("{number} is beyond 64 bits"))
    }
}

fn int(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Int(number) => Ok(Val::Int(*number)),
        Val::Float(number) => whole(number.trunc()),
        Val::String(text) => text.parse().map(Val::Int).map_err(|_| format!("`{text}` is no integer")),
        other => Err(wrong("int", "a number or a text", other)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "CEL's double() of a large int is the nearest one")]
fn double(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Int(number) => Ok(Val::Float(*number as f64)),
        Val::Float(number) => Ok(Val::Float(*number)),
        Val::String(text) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Val::Float(number)),
            _ => Err(format!("`{text}` is no number")),
        },
        other => Err(wrong("double", "a number or a text", other)),
    }
}

fn boolean(arguments: &[Val]) -> Outcome {
    match &arguments[0] {
        Val::Bool(flag) => Ok(Val::Bool(*flag)),
        Val::String(text) => match &**text {
            "true" | "True" | "TRUE" | "t" | "1" => Ok(Val::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Ok(Val::Bool(false)),
            _ => Err(format!("`{text}` is neither true nor false")),
        },
        other => Err(wrong("bool", "a boolean or a text", other)),
    }
}
