//! Values on one line: texts bare where that is clear, long ones cut, documents taken apart to what differs.

use crate::model::{Json, PathChange, Shown};

/// The longest value that is shown whole.
const LONGEST: usize = 60;

/// A value, cut unless all is wanted.
pub(super) fn shown(value: &Shown, full: bool) -> String {
    match value {
        Shown::Value(json) if full => plain(json),
        Shown::Value(json) => cut(&plain(json), LONGEST),
        Shown::KnownAfterApply => "(known after apply)".to_owned(),
        Shown::Sensitive => "(sensitive)".to_owned(),
    }
}

/// `before -> after`, `after` alone for what is added, `before -> (removed)` for what goes.
pub(super) fn transition(change: &PathChange, full: bool) -> String {
    match (&change.before, &change.after) {
        // Both sides of a comparison of blueprints; a live one is known.
        (Some(Shown::KnownAfterApply), Some(after @ Shown::KnownAfterApply)) => shown(after, full),
        (Some(before), Some(after)) => format!("{} -> {}", shown(before, full), shown(after, full)),
        (None, Some(after)) => format!("(none) -> {}", shown(after, full)),
        (Some(before), None) => format!("{} -> (removed)", shown(before, full)),
        (None, None) => String::new(),
    }
}

/// Where two documents differ, as further differences below the first one's path; none where that says no more.
pub(super) fn inside(change: &PathChange) -> Option<Vec<PathChange>> {
    let (Some(Shown::Value(before)), Some(Shown::Value(after))) = (&change.before, &change.after) else {
        return None;
    };
    let (before, after) = (document(before)?, document(after)?);
    let mut found = Vec::new();
    differences(change, change.path.as_str(), Some(&before), Some(&after), &mut found);
    (!found.is_empty()).then_some(found)
}

fn document(value: &Json) -> Option<Json> {
    match value {
        Json::Object(_) | Json::Array(_) => Some(value.clone()),
        Json::String(text) if text.starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

fn differences(
    change: &PathChange,
    path: &str,
    before: Option<&Json>,
    after: Option<&Json>,
    out: &mut Vec<PathChange>,
) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Json::Object(one)), Some(Json::Object(other))) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                differences(change, &format!("{path}.{key}"), one.get(key), other.get(key), out);
            }
        }
        (Some(Json::Array(one)), Some(Json::Array(other))) => {
            for at in 0..one.len().max(other.len()) {
                differences(change, &format!("{path}[{at}]"), one.get(at), other.get(at), out);
            }
        }
        _ => out.push(PathChange {
            path: path.into(),
            before: before.cloned().map(Shown::Value),
            after: after.cloned().map(Shown::Value),
            forces_replacement: change.forces_replacement,
        }),
    }
}

/// Texts bare, unless that would hide where they begin and end.
fn plain(json: &Json) -> String {
    match json {
        Json::String(text) if is_clear(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_clear(text: &str) -> bool {
    let first_and_last = |character: char| character.is_whitespace() || character == '"';
    !text.is_empty()
        && !text.starts_with(first_and_last)
        && !text.ends_with(first_and_last)
        && !text.contains(['\n', '\r', '\t'])
}

/// A text of at most so many characters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_whose_ends_can_not_be_seen_are_quoted() {
        for text in ["", " x", "a\nb"] {
            assert!(plain(&json!(text)).starts_with('"'), "{text}");
        }
        assert_eq!(plain(&json!("10.0.0.0/16")), "10.0.0.0/16");
        assert_eq!(plain(&json!("80")), "80", "APIs take either, and so does the comparison");
    }

    #[test]
    fn long_values_are_cut_by_characters() {
        let text = cut(&"é".repeat(100), LONGEST);
        assert_eq!(text.chars().count(), LONGEST);
    }
}
