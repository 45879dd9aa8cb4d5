//! Policy documents, which the schemas call objects of any content: IAM's grammar, as far as it tells mistakes apart.
//!
//! Source: "Grammar of the IAM JSON policy language" of IAM's user guide.

use std::sync::Arc;

use super::inside;
use super::problem::{Problem, ProblemKind};
use crate::catalog::nearest;
use crate::model::{Map, PropertyPath, Value};

const DOCUMENT_KEYS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_KEYS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];
const EFFECTS: [&str; 2] = ["Allow", "Deny"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// Checks all policy documents in a value.
pub(super) fn check(value: &Value, path: &PropertyPath, problems: &mut Vec<Problem>) {
    for (path, value) in inside(value, path) {
        match value {
            Value::Map(map) if path.as_str().ends_with("PolicyDocument") => document(map, &path, problems),
            _ => check(value, &path, problems),
        }
    }
}

fn document(map: &Map, path: &PropertyPath, problems: &mut Vec<Problem>) {
    names(map, &DOCUMENT_KEYS, path, problems);
    word(map, "Version", &VERSIONS, path, problems);
    required(map, "Statement", path, problems);
    let at = path.property("Statement");
    match map.get("Statement") {
        Some(Value::Map(one)) => statement(one, &at, problems),
        Some(Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                if let Value::Map(one) = item {
                    statement(one, &at.index(index), problems);
                }
            }
        }
        _ => {}
    }
}

fn statement(map: &Map, path: &PropertyPath, problems: &mut Vec<Problem>) {
    names(map, &STATEMENT_KEYS, path, problems);
    required(map, "Effect", path, problems);
    word(map, "Effect", &EFFECTS, path, problems);
    for pair in [["Action", "NotAction"], ["Resource", "NotResource"], ["Principal", "NotPrincipal"]] {
        let there: Vec<Arc<str>> =
            pair.into_iter().filter(|name| map.contains_key(*name)).map(Arc::from).collect();
        let kind = match there.len() {
            2 => ProblemKind::Exclusive { names: there },
            0 if pair[0] == "Action" => {
                ProblemKind::MissingOneOf { groups: pair.map(|name| vec![Arc::from(name)]).to_vec() }
            }
            _ => continue,
        };
        problems.push(Problem { path: path.clone(), kind });
    }
}

/// Names that the grammar does not have.
fn names(map: &Map, known: &[&str], path: &PropertyPath, problems: &mut Vec<Problem>) {
    for name in map.keys().filter(|name| !known.contains(&&***name)) {
        let nearest = nearest(name, known.iter().copied()).map(Arc::from);
        let kind = ProblemKind::UnknownProperty { name: name.clone(), nearest };
        problems.push(Problem { path: path.property(name), kind });
    }
}

fn required(map: &Map, name: &str, path: &PropertyPath, problems: &mut Vec<Problem>) {
    if !super::value::is_written(map, name) {
        problems.push(Problem {
            path: path.clone(),
            kind: ProblemKind::MissingRequired { name: Arc::from(name) },
        });
    }
}

/// A word that is none of those it can be.
fn word(map: &Map, name: &str, known: &[&str], path: &PropertyPath, problems: &mut Vec<Problem>) {
    let Some(found) = map.get(name).and_then(Value::as_str).filter(|found| !known.contains(found)) else {
        return;
    };
    let nearest = nearest(found, known.iter().copied()).map(str::to_owned);
    let allowed = known.iter().map(|&known| known.to_owned()).collect();
    let kind = ProblemKind::BadEnum { found: found.to_owned(), allowed, nearest, grows: false };
    problems.push(Problem { path: path.property(name), kind });
}
