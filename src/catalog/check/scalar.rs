//! Single values: CloudFormation's coercions, limits and allowed values.

use super::problem::ProblemKind;
use crate::catalog::nearest;
use crate::catalog::property::{Bounds, Property, Types};
use crate::model::{Json, Value};

/// Whether a known value may stand where these types are asked for. As in CloudFormation, a number or a flag may be
/// written as a text and the other way round, but not where the API is `strict`, as that of Kubernetes is.
pub(super) fn has_type(value: &Value, types: Types, strict: bool) -> bool {
    let is = |one| types.intersects(one);
    let or_text = || !strict && is(Types::STRING);
    match value {
        _ if types.is_empty() => true,
        Value::Null | Value::Deferred(_) => true,
        Value::Bool(_) => is(Types::BOOLEAN) || or_text(),
        Value::Int(_) => is(Types::INTEGER) || is(Types::NUMBER) || or_text(),
        Value::Float(number) => {
            is(Types::NUMBER) || or_text() || (is(Types::INTEGER) && number.fract() == 0.0)
        }
        Value::String(text) => is(Types::STRING) || (!strict && says(text, types)),
        Value::Secret(_) => !types.intersects(Types::ARRAY.union(Types::OBJECT)) || is(Types::STRING),
        Value::List(_) => is(Types::ARRAY),
        Value::Map(_) => is(Types::OBJECT),
    }
}

/// Whether a text says a number or a flag.
fn says(text: &str, types: Types) -> bool {
    let is = |one| types.intersects(one);
    (is(Types::INTEGER) && text.parse::<i64>().is_ok())
        || (is(Types::NUMBER) && text.parse::<f64>().is_ok())
        || (is(Types::BOOLEAN) && matches!(text, "true" | "false" | "True" | "False"))
}

/// The name of a value's own type.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Float(_) => "a number",
        Value::String(_) | Value::Secret(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Deferred(_) => "an expression",
    }
}

/// A scalar as a text, the way CloudFormation compares; `None` for lists, objects and what is not known.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(number) => Some(number.to_string()),
        // As JSON has it, with its fraction even where that is nothing: `7.0`.
        Value::Float(number) => Some(Json::from(*number).to_string()),
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn json_text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value that is not among those allowed.
pub(super) fn allowed(property: &Property, value: &Value) -> Option<ProblemKind> {
    if property.allowed.is_empty() {
        return None;
    }
    let Some(found) = text(value) else {
        return value
            .to_json()
            .filter(|json| !property.allowed.contains(json))
            .map(|_| ProblemKind::Combination);
    };
    let is_whole =
        |known: &String| matches!(value, Value::Float(_)) && found.strip_suffix(".0") == Some(known.as_str());
    let same = |known: &String| {
        let flag = matches!(known.as_str(), "true" | "false");
        *known == found
            || ((flag || property.ignores_case) && known.eq_ignore_ascii_case(&found))
            || is_whole(known)
    };
    let mut allowed: Vec<String> = property.allowed.iter().map(json_text).collect();
    if allowed.iter().any(same) {
        return None;
    }
    allowed.sort_unstable();
    allowed.dedup();
    let nearest = closest(&found, &allowed);
    Some(ProblemKind::BadEnum { found, allowed, nearest, grows: false })
}

/// The allowed value that is most likely meant.
pub(super) fn closest(found: &str, allowed: &[String]) -> Option<String> {
    nearest(found, allowed.iter().map(String::as_str)).map(str::to_owned)
}

/// A number, text, list or object beyond its limits.
pub(super) fn bounds(bounds: &Bounds, value: &Value, types: Types) -> Vec<ProblemKind> {
    let numeric = types.intersects(Types::INTEGER.union(Types::NUMBER)) || types.is_empty();
    let mut found = Vec::new();
    if let Some(number) = number(value).filter(|_| numeric) {
        found.extend(range(bounds, number));
    }
    let length = match value {
        Value::String(text) => {
            Some((text.chars().count(), "characters", bounds.min_length, bounds.max_length))
        }
        Value::List(items) => Some((items.len(), "elements", bounds.min_items, bounds.max_items)),
        Value::Map(map) => {
            let entries = map.values().filter(|value| !matches!(value, Value::Null)).count();
            Some((entries, "entries", bounds.min_properties, bounds.max_properties))
        }
        _ => None,
    };
    if let Some((count, unit, least, most)) = length {
        let counted = count as u64;
        if least.is_some_and(|least| counted < least) || most.is_some_and(|most| counted > most) {
            let limits = limits(least.map(|n| n.to_string()), most.map(|n| n.to_string()));
            found.push(ProblemKind::Length { found: count, unit, limits });
        }
    }
    found
}

fn number(value: &Value) -> Option<f64> {
    text(value).filter(|_| !matches!(value, Value::Bool(_)))?.parse().ok()
}

fn range(bounds: &Bounds, number: f64) -> Option<ProblemKind> {
    let low = bounds.minimum.is_some_and(|least| number < least)
        || bounds.above.is_some_and(|least| number <= least);
    let high =
        bounds.maximum.is_some_and(|most| number > most) || bounds.below.is_some_and(|most| number >= most);
    let uneven = bounds.multiple_of.filter(|step| *step > 0.0 && (number / step).fract() != 0.0);
    if !low && !high && uneven.is_none() {
        return None;
    }
    let limits = match uneven {
        Some(step) if !low && !high => format!("a multiple of {step}"),
        _ => {
            let least = bounds.minimum.map(|n| n.to_string()).or(bounds.above.map(|n| format!("above {n}")));
            limits(
                least,
                bounds.maximum.map(|n| n.to_string()).or(bounds.below.map(|n| format!("below {n}"))),
            )
        }
    };
    Some(ProblemKind::Range { found: number.to_string(), limits })
}

fn limits(least: Option<String>, most: Option<String>) -> String {
    match (least, most) {
        (Some(least), Some(most)) if least == most => format!("exactly {least}"),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("up to {most}"),
        (None, None) => "any".to_owned(),
    }
}
