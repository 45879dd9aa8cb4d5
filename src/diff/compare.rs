//! The one comparison of desired with live properties: what a plan shows and what an apply sends come from it.
//!
//! It is a subset comparison: what the blueprint sets must be so; what it does not set is a difference only if the
//! last apply had set it (see [`Owns`]), or, for the few types that are compared whole, if it can be set at all.

use crate::identity::{Owned, Owns, Rules, holds_secret};
use crate::model::{Json, JsonMap, Map, PathChange, PropertyPath, Shown, Value};

use super::document::same_document;
use super::list;
use super::trail::Trail;

/// One difference, and where an update has to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// As it is shown.
    pub shown: PathChange,
    /// What kind it is.
    pub kind: Kind,
    /// Whether the schema says that it may make a replacement.
    pub may_replace: bool,
}

/// What an update does about a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The path gets the desired value.
    Set,
    /// The path goes back to its default.
    Removed,
    /// An element leaves the list that the path lies in: the list is written.
    Element,
}

/// What decides whether a live path that the blueprint does not set is a removal.
#[derive(Clone, Copy)]
pub(super) enum Removals<'a> {
    /// None is.
    Never,
    /// The last apply set it, in more places than the blueprint does now.
    Owned(&'a Owns, &'a Owned),
    /// It can be set, and is neither empty nor the default.
    Whole,
}

/// What one comparison goes by.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    /// The type's rules.
    pub rules: &'a Rules,
    /// What the last apply set; `None` where nothing is on record.
    pub owns: Option<&'a Owns>,
    /// Which live paths are removals.
    pub removals: Removals<'a>,
    /// Paths that are left alone.
    pub ignore: &'a [PropertyPath],
}

impl Comparison<'_> {
    /// All differences of a resource's properties.
    pub fn properties(&self, desired: &Map, live: &JsonMap) -> Vec<Difference> {
        let mut out = Vec::new();
        self.object(&Trail::Root, desired, live, &mut out);
        out
    }

    fn object(&self, trail: &Trail<'_>, desired: &Map, live: &JsonMap, out: &mut Vec<Difference>) {
        for (name, value) in desired {
            self.property(&trail.property(name), value, live.get(&**name), out);
        }
        if matches!(self.removals, Removals::Never) {
            return;
        }
        for (name, value) in live {
            if matches!(desired.get(name.as_str()), None | Some(Value::Null)) {
                self.not_desired(&trail.property(name), value, out);
            }
        }
    }

    /// Compares one value; `live` is none where the provider reports nothing.
    pub fn property(
        &self,
        trail: &Trail<'_>,
        desired: &Value,
        live: Option<&Json>,
        out: &mut Vec<Difference>,
    ) {
        if matches!(desired, Value::Null) || live.is_some_and(|live| identical(desired, live)) {
            return;
        }
        let path = trail.general();
        if self.is_left_alone(trail, &path) || self.rules.is_read_only(&path) {
            return;
        }
        // A provider's `null` says that it can't tell; what the last apply set stands.
        if live == Some(&Json::Null) && self.owns.is_some_and(|owns| owns.count(&path) > 0) {
            return;
        }
        let is_document = self.rules.is_document(&path);
        let holds_secret = matches!(desired, Value::Secret(_)) || (is_document && holds_secret(desired));
        if holds_secret || self.rules.is_write_only(&path) {
            return self.not_readable(trail, &path, desired, live, out);
        }
        let live = live.filter(|live| !live.is_null());
        match (desired, live) {
            (Value::Deferred(_), _) => out.push(self.set(trail, &path, desired, live)),
            (_, None) => self.missing(trail, &path, desired, out),
            _ if is_document => {
                if !desired.to_json().zip(live).is_some_and(|(one, other)| same_document(&one, other)) {
                    out.push(self.set(trail, &path, desired, live));
                }
            }
            (Value::Map(map), Some(Json::Object(live))) => self.object(trail, map, live, out),
            (Value::List(items), Some(Json::Array(live))) => {
                list::compare(self, trail, &path, items, live, out);
            }
            (_, Some(live)) => {
                if !alike(desired, live) && !self.rules.is_spelling_of(&path, desired, live) {
                    out.push(self.set(trail, &path, desired, Some(live)));
                }
            }
        }
    }

    /// What the provider can't report: known by its digest in the record of the last apply.
    fn not_readable(
        &self,
        trail: &Trail<'_>,
        path: &str,
        desired: &Value,
        live: Option<&Json>,
        out: &mut Vec<Difference>,
    ) {
        let unchanged = match self.owns {
            Some(owns) => owns.has_value(path, desired),
            // Without tags there is no record; what was set at the create is taken to stand.
            None => !self.rules.is_taggable(),
        };
        if !unchanged {
            let mut difference = self.set(trail, path, desired, live);
            difference.shown.before = None;
            out.push(difference);
        }
    }

    /// What the blueprint sets and the provider does not report.
    fn missing(&self, trail: &Trail<'_>, path: &str, desired: &Value, out: &mut Vec<Difference>) {
        if is_empty(desired) || desired.to_json().is_some_and(|json| self.rules.is_default(path, &json)) {
            return;
        }
        // It can't have changed since the create; so the provider just does not report it.
        let set_at_create = self.rules.is_required(path)
            || self.owns.is_some_and(|owns| owns.count(path) > 0)
            || !self.rules.is_taggable();
        if set_at_create && self.rules.is_create_only(path) {
            return;
        }
        match desired {
            Value::Map(map) if !self.rules.is_document(path) => {
                for (name, value) in map {
                    self.property(&trail.property(name), value, None, out);
                }
            }
            _ => out.push(self.set(trail, path, desired, None)),
        }
    }

    /// What the provider reports and the blueprint does not set.
    fn not_desired(&self, trail: &Trail<'_>, live: &Json, out: &mut Vec<Difference>) {
        if live.is_null() || is_empty_json(live) {
            return;
        }
        let path = trail.general();
        let rules = self.rules;
        let removed = match self.removals {
            Removals::Never => false,
            Removals::Owned(owns, desired) => owns.count(&path) > desired.count(&path),
            Removals::Whole => !rules.is_create_only(&path),
        };
        if removed
            && !rules.is_read_only(&path)
            && !rules.is_write_only(&path)
            && !rules.is_default(&path, live)
            && !self.is_left_alone(trail, &path)
        {
            out.push(self.difference(trail, &path, Some(self.shown(&path, live)), None, Kind::Removed));
        }
    }

    fn set(&self, trail: &Trail<'_>, path: &str, desired: &Value, live: Option<&Json>) -> Difference {
        let after = show(desired);
        let before = live
            .map(|live| if after == Shown::Sensitive { Shown::Sensitive } else { self.shown(path, live) });
        self.difference(trail, path, before, Some(after), Kind::Set)
    }

    /// A difference at a path.
    pub fn difference(
        &self,
        trail: &Trail<'_>,
        path: &str,
        before: Option<Shown>,
        after: Option<Shown>,
        kind: Kind,
    ) -> Difference {
        Difference {
            shown: PathChange {
                path: trail.path(),
                before,
                after,
                forces_replacement: self.rules.is_create_only(path),
            },
            kind,
            may_replace: self.rules.is_conditional_create_only(path),
        }
    }

    /// A live value as it may be shown.
    pub fn shown(&self, path: &str, live: &Json) -> Shown {
        match self.owns {
            Some(owns) => show_live(owns, path, live),
            None => Shown::Value(live.clone()),
        }
    }

    fn is_left_alone(&self, trail: &Trail<'_>, general: &str) -> bool {
        if self.ignore.is_empty() {
            return false;
        }
        let exact = trail.path();
        self.ignore.iter().any(|ignored| {
            is_at_or_below(ignored.as_str(), exact.as_str()) || is_at_or_below(ignored.as_str(), general)
        })
    }
}

/// A live value as it may be shown: what the record marks as a secret is not.
pub(super) fn show_live(owns: &Owns, path: &str, live: &Json) -> Shown {
    if !owns.has_secrets() {
        Shown::Value(live.clone())
    } else if owns.is_secret(path) {
        Shown::Sensitive
    } else {
        Shown::Value(veiled(owns, &mut path.to_owned(), live))
    }
}

fn veiled(owns: &Owns, path: &mut String, live: &Json) -> Json {
    let base = path.len();
    let mut below = |step: &str, item: &Json| {
        path.push_str(step);
        let shown = if owns.is_secret(path) { Json::from("(sensitive)") } else { veiled(owns, path, item) };
        path.truncate(base);
        shown
    };
    match live {
        Json::Object(map) => Json::Object(
            map.iter().map(|(key, item)| (key.clone(), below(&format!(".{key}"), item))).collect(),
        ),
        Json::Array(items) => Json::Array(items.iter().map(|item| below(".*", item)).collect()),
        other => other.clone(),
    }
}

/// A desired value as it may be shown.
pub(super) fn show(value: &Value) -> Shown {
    if holds_secret(value) {
        Shown::Sensitive
    } else {
        value.to_json().map_or(Shown::KnownAfterApply, Shown::Value)
    }
}

fn is_at_or_below(ignored: &str, path: &str) -> bool {
    path.strip_prefix(ignored).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether both are the same to the letter, with nothing left out on either side but nulls.
pub(super) fn identical(desired: &Value, live: &Json) -> bool {
    match (desired, live) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(one), Json::Bool(other)) => one == other,
        (Value::Int(one), Json::Number(other)) => other.as_i64() == Some(*one),
        (Value::String(one), Json::String(other)) => **one == **other,
        (Value::List(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| identical(one, other))
        }
        (Value::Map(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(&**key).is_some_and(|other| identical(one, other)))
        }
        _ => false,
    }
}

/// Whether two scalars are the same value, perhaps of another JSON type: APIs answer `"80"` for 80.
fn alike(desired: &Value, live: &Json) -> bool {
    if let (Some(one), Some(other)) = (number(desired), live_number(live)) {
        return (one - other).abs() <= f64::EPSILON * one.abs().max(other.abs());
    }
    let one = match desired {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        _ => return false,
    };
    match live {
        Json::String(other) if matches!(desired, Value::String(_)) => one == *other,
        Json::String(other) => one.eq_ignore_ascii_case(other),
        Json::Bool(other) => one.eq_ignore_ascii_case(&other.to_string()),
        Json::Number(other) => one == other.to_string(),
        _ => false,
    }
}

/// The number that a value is, unless it is a text that only looks like one on both sides (`007`).
fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond 2^53 only exact equality counts, tested before"
        )]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn live_number(live: &Json) -> Option<f64> {
    live.as_f64()
}

/// Whether a value says nothing that its absence does not say.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.values().all(is_empty),
        _ => false,
    }
}

fn is_empty_json(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.values().all(is_empty_json),
        Json::Bool(true) | Json::Number(_) => false,
    }
}
