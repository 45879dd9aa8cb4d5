//! Reading a Kubernetes object as the API server answers it: paths, conditions, times.

use jiff::Timestamp;

use crate::model::{Json, JsonMap};
use crate::providers::at;

/// An object, or an object inside of one, of which any part may be missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a>(&'a JsonMap);

impl<'a> Object<'a> {
    pub(super) fn new(object: &'a JsonMap) -> Self {
        Self(object)
    }

    /// The value at a dotted path; keys that have dots themselves are read by [`entry`](Self::entry).
    pub(super) fn at(self, path: &str) -> Option<&'a Json> {
        at(self.0, path)
    }

    /// A text; empty where there is none.
    pub(super) fn str(self, path: &str) -> &'a str {
        self.at(path).and_then(Json::as_str).unwrap_or_default()
    }

    /// A number; 0 where there is none, which is also how the API server writes 0.
    pub(super) fn count(self, path: &str) -> i64 {
        self.number(path).unwrap_or(0)
    }

    pub(super) fn number(self, path: &str) -> Option<i64> {
        self.at(path).and_then(Json::as_i64)
    }

    pub(super) fn flag(self, path: &str) -> bool {
        self.at(path).and_then(Json::as_bool).unwrap_or(false)
    }

    pub(super) fn time(self, path: &str) -> Option<Timestamp> {
        self.str(path).parse().ok()
    }

    /// The object at a path.
    pub(super) fn object(self, path: &str) -> Option<Self> {
        self.at(path).and_then(Json::as_object).map(Self)
    }

    /// The objects of a list.
    pub(super) fn objects(self, path: &str) -> impl Iterator<Item = Self> + use<'a> {
        let items = self.at(path).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        items.iter().filter_map(Json::as_object).map(Self)
    }

    /// An entry of a map whose keys may have dots: a label, an annotation; empty where there is none.
    pub(super) fn entry(self, path: &str, key: &str) -> &'a str {
        self.at(path).and_then(|map| map.get(key)).and_then(Json::as_str).unwrap_or_default()
    }

    /// The keys of a map.
    pub(super) fn keys(self, path: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.at(path).and_then(Json::as_object).into_iter().flat_map(JsonMap::keys).map(String::as_str)
    }

    pub(super) fn kind(self) -> &'a str {
        self.str("kind")
    }

    /// The API group; empty for the core group.
    pub(super) fn group(self) -> &'a str {
        self.str("apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn name(self) -> &'a str {
        self.str("metadata.name")
    }

    pub(super) fn uid(self) -> &'a str {
        self.str("metadata.uid")
    }

    pub(super) fn is_deleting(self) -> bool {
        !self.str("metadata.deletionTimestamp").is_empty()
    }

    /// The owner that manages it, if one does.
    pub(super) fn controller(self) -> Option<Self> {
        self.objects("metadata.ownerReferences").find(|owner| owner.flag("controller"))
    }

    /// Whether `owner` manages it; by uid, for names are used again.
    pub(super) fn is_controlled_by(self, kind: &str, owner: Self) -> bool {
        self.controller()
            .is_some_and(|controller| controller.str("kind") == kind && controller.str("uid") == owner.uid())
    }

    /// One of `status.conditions`.
    pub(super) fn condition(self, kind: &str) -> Option<Condition<'a>> {
        self.objects("status.conditions").find(|condition| condition.str("type") == kind).map(Condition)
    }
}

/// One condition of an object's status.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a>(Object<'a>);

impl<'a> Condition<'a> {
    pub(super) fn is_true(self) -> bool {
        self.0.str("status") == "True"
    }

    pub(super) fn is_false(self) -> bool {
        self.0.str("status") == "False"
    }

    pub(super) fn reason(self) -> &'a str {
        self.0.str("reason")
    }

    pub(super) fn message(self) -> &'a str {
        self.0.str("message")
    }

    /// When it last changed between true and false.
    pub(super) fn since(self) -> Option<Timestamp> {
        self.0.time("lastTransitionTime")
    }

    /// The generation that it speaks of, where its controller says.
    pub(super) fn observed_generation(self) -> Option<i64> {
        self.0.number("observedGeneration")
    }

    /// Its reason and message: `BackoffLimitExceeded: Job has reached the specified backoff limit`.
    pub(super) fn words(self) -> String {
        reasoned(self.reason(), self.message())
    }
}

/// A machine's reason before a person's message; either may be missing, and some messages begin with the reason.
pub(super) fn reasoned(reason: &str, message: &str) -> String {
    let message = one_line(message);
    match (reason.is_empty(), message.is_empty()) {
        (true, _) => message,
        (false, true) => reason.to_owned(),
        (false, false) if message.starts_with(reason) => message,
        (false, false) => format!("{reason}: {message}"),
    }
}

/// The text as one line of bounded length: messages hold stack traces and whole HTML pages.
pub(super) fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}
