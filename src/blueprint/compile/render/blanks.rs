//! Values that are not known yet, handed to a tool as texts and put back into what it renders.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::super::expression::Val;
use super::super::super::secret;
use super::super::super::yaml::{Kind, Node, Plain, Scalar};
use crate::model::{Attributes, Deferred, Evaluate, EvaluateError, Json, JsonMap, Value};

/// What is put into the rendered text where a value is to come; no manifest has this by itself.
const OPEN: &str = "<known-later:";
const CLOSE: char = '>';

/// Which of two stand-ins a tool is given: no character of one is at the same place in the other, so whatever a tool
/// makes of them, apart from passing them on, differs between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    First,
    Second,
}

/// The values, by number.
#[derive(Debug, Default)]
pub(super) struct Blanks(Vec<Value>);

impl Blanks {
    /// A value as JSON with a stand-in for each leaf that is not known or secret.
    pub fn stand_in(&mut self, value: &Value, run: Run) -> Json {
        match value {
            Value::Map(map) => {
                let entries = map.iter().map(|(key, item)| (key.to_string(), self.stand_in(item, run)));
                Json::Object(entries.collect::<JsonMap>())
            }
            Value::List(items) => items.iter().map(|item| self.stand_in(item, run)).collect(),
            Value::Secret(_) | Value::Deferred(_) => {
                self.0.push(value.clone());
                Json::String(token(self.0.len() - 1, run))
            }
            known => known.to_json().unwrap_or_default(),
        }
    }

    /// Whether everything was known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A rendered text with marks in place of one run's stand-ins.
    pub fn marked(&self, text: &str, run: Run) -> String {
        // From the last to the first: the token of 1 is no part of that of 11, but this needs no proof.
        (0..self.0.len()).rev().fold(text.to_owned(), |text, number| {
            text.replace(&token(number, run), &format!("{OPEN}{number}{CLOSE}"))
        })
    }

    /// A node as it stands, its marks replaced by the values they stand for.
    pub fn fill(&self, node: &Node) -> Val {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(scalar),
            Kind::List(items) => Val::list(items.iter().map(|item| self.fill(item)).collect()),
            Kind::Map(entries) => {
                Val::map(entries.iter().map(|entry| (entry.key.clone(), self.fill(&entry.value))))
            }
        }
    }

    fn scalar(&self, scalar: &Scalar) -> Val {
        match scalar.plain {
            Plain::Null => Val::Null,
            Plain::Bool(flag) => Val::Bool(flag),
            // The tools that read manifests read YAML 1.1, where a mode is written as 0644.
            Plain::Int(number) => Val::Int(octal(&scalar.text).unwrap_or(number)),
            Plain::Float(number) => Val::Float(number),
            Plain::Text => self.text(&scalar.text),
        }
    }

    fn text(&self, text: &Arc<str>) -> Val {
        let parts = self.parts(text);
        match parts.as_slice() {
            [one] => Val::from(one.clone()),
            parts => joined(text, parts.to_vec()),
        }
    }

    /// The values in a text and what stands between them.
    fn parts(&self, text: &Arc<str>) -> Vec<Value> {
        let (mut parts, mut rest) = (Vec::new(), &**text);
        while let Some((before, after)) = rest.split_once(OPEN) {
            let Some((number, after)) = after.split_once(CLOSE) else { break };
            let Some(value) = number.parse::<usize>().ok().and_then(|number| self.0.get(number)) else {
                break;
            };
            if !before.is_empty() {
                parts.push(Value::string(before));
            }
            parts.push(value.clone());
            rest = after;
        }
        if parts.is_empty() {
            return vec![match secret::find(text) {
                secret::Found::Reference(secret) => Value::Secret(secret),
                _ => Value::String(text.clone()),
            }];
        }
        if !rest.is_empty() {
            parts.push(Value::string(rest));
        }
        parts
    }

    /// Whether a text has a secret among other things: secrets are whole values.
    pub fn cuts_secret(&self, text: &Arc<str>) -> bool {
        let parts = self.parts(text);
        parts.len() > 1 && parts.iter().any(|part| matches!(part, Value::Secret(_)))
    }
}

/// A text that is valid wherever a name is: lower case letters and digits.
fn token(number: usize, run: Run) -> String {
    let around = match run {
        Run::First => "pqpqpqpq",
        Run::Second => "xzxzxzxz",
    };
    format!("{around}{number:03}{around}")
}

fn octal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('0').filter(|rest| !rest.is_empty())?;
    i64::from_str_radix(digits, 8).ok()
}

/// A text with values in it that are not known.
struct Joined {
    source: Arc<str>,
    parts: Vec<Value>,
}

fn joined(source: &Arc<str>, parts: Vec<Value>) -> Val {
    Val::from(deferred(source, parts))
}

fn deferred(source: &Arc<str>, parts: Vec<Value>) -> Value {
    let mut references = BTreeSet::new();
    for part in &parts {
        part.references(&mut |reference| {
            references.insert(reference.clone());
        });
    }
    let expression = Arc::new(Joined { source: source.clone(), parts });
    Value::Deferred(Arc::new(Deferred { source: source.clone(), references, expression }))
}

impl Evaluate for Joined {
    fn evaluate(&self, attributes: &dyn Attributes) -> Result<Value, EvaluateError> {
        let parts = self.parts.iter().map(|part| part.resolve(attributes)).collect::<Result<Vec<_>, _>>()?;
        if !parts.iter().all(Value::is_known) {
            return Ok(deferred(&self.source, parts));
        }
        let mut text = String::new();
        for part in &parts {
            match part {
                Value::String(part) => text.push_str(part),
                Value::Int(number) => text.push_str(&number.to_string()),
                Value::Float(number) => text.push_str(&number.to_string()),
                Value::Bool(flag) => text.push_str(&flag.to_string()),
                _ => {
                    let message = "only texts, numbers and flags can be a part of a text".to_owned();
                    return Err(EvaluateError { source_text: self.source.to_string(), message });
                }
            }
        }
        Ok(Value::string(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_have_no_character_in_common_but_their_number() {
        let (one, two) = (token(7, Run::First), token(7, Run::Second));
        assert_eq!(one.len(), two.len());
        let same: String = one.chars().zip(two.chars()).filter(|(a, b)| a == b).map(|(a, _)| a).collect();
        assert_eq!(same, "007");
    }

    #[test]
    fn modes_are_octal_as_tools_read_them() {
        assert_eq!(
            [octal("0644"), octal("0"), octal("644"), octal("0o644"), octal("09")],
            [Some(420), None, None, None, None]
        );
    }
}
