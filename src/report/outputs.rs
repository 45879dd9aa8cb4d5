//! A stage's outputs: what applications need of it.

use super::table::Table;
use crate::blueprint::Output;
use crate::model::{Attributes, EvaluateError, Json, JsonMap, Value};

/// An output with its value, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its value.
    pub value: Answer,
}

/// An output's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The value itself.
    Value(Json),
    /// It comes from something not yet made.
    NotYet,
    /// A secret, or made of one.
    Sensitive,
}

/// Computes outputs from what is known.
///
/// # Errors
/// When an expression fails on the values it sees.
pub fn evaluate(outputs: &[Output], attributes: &dyn Attributes) -> Result<Vec<Known>, EvaluateError> {
    let known = |output: &Output| {
        let value = output.value.resolve(attributes)?;
        Ok(Known {
            name: output.name.clone(),
            description: output.description.clone().unwrap_or_default(),
            value: answer(&value),
        })
    };
    outputs.iter().map(known).collect()
}

fn answer(value: &Value) -> Answer {
    match value.to_json() {
        Some(json) => Answer::Value(json),
        None if value.is_known() => Answer::Sensitive,
        None => Answer::NotYet,
    }
}

/// For people: a line each.
pub fn text(outputs: &[Known]) -> String {
    let mut table = Table::default();
    for output in outputs {
        table.row([output.name.clone(), shown(&output.value), output.description.clone()]);
    }
    table.render(2)
}

/// One value as a shell wants it: texts without quotes, everything else as JSON.
pub fn shown(value: &Answer) -> String {
    match value {
        Answer::Value(Json::String(text)) => text.clone(),
        Answer::Value(json) => json.to_string(),
        Answer::NotYet => "(known after apply)".to_owned(),
        Answer::Sensitive => "(sensitive)".to_owned(),
    }
}

/// For programs: an object by name; `null` is what is not known yet or must not be shown.
pub fn json(outputs: &[Known]) -> JsonMap {
    let value = |output: &Known| match &output.value {
        Answer::Value(json) => json.clone(),
        Answer::NotYet | Answer::Sensitive => Json::Null,
    };
    outputs.iter().map(|output| (output.name.clone(), value(output))).collect()
}
