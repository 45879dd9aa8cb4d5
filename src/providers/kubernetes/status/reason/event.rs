//! The events of a namespace, by the object they are about.

use std::collections::HashMap;

use jiff::Timestamp;

use super::super::object::{Object, reasoned};
use crate::model::JsonMap;

/// Events by the kind and name of what they are about.
pub(super) struct Events<'a> {
    by_object: HashMap<(&'a str, &'a str), Vec<Event<'a>>>,
}

/// One event: a controller's remark about an object, with how long it has been repeated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a>(Object<'a>);

impl<'a> Events<'a> {
    pub(super) fn new(events: &'a [JsonMap]) -> Self {
        let mut by_object: HashMap<_, Vec<_>> = HashMap::new();
        for event in events.iter().map(Object::new) {
            let about = (event.str("involvedObject.kind"), event.str("involvedObject.name"));
            by_object.entry(about).or_default().push(Event(event));
        }
        for events in by_object.values_mut() {
            events.sort_by_key(|event| std::cmp::Reverse(event.last()));
        }
        Self { by_object }
    }

    /// What was said about this very object, the latest first. A new object of an old name has another uid.
    pub(super) fn about(&self, kind: &str, object: Object<'_>) -> impl Iterator<Item = Event<'a>> {
        let uid = object.uid().to_owned();
        self.named(kind, object.name()).filter(move |event| {
            let about = event.0.str("involvedObject.uid");
            about.is_empty() || uid.is_empty() || about == uid
        })
    }

    /// What was said about an object of this name, the latest first.
    pub(super) fn named(&self, kind: &str, name: &str) -> impl Iterator<Item = Event<'a>> {
        let events = self.by_object.get(&(kind, name)).cloned().unwrap_or_default();
        events.into_iter()
    }

    /// The latest that has one of these reasons.
    pub(super) fn latest(&self, kind: &str, object: Object<'_>, reasons: &[&str]) -> Option<Event<'a>> {
        self.about(kind, object).find(|event| reasons.contains(&event.reason()))
    }

    /// The latest warning.
    pub(super) fn warning(&self, kind: &str, object: Object<'_>) -> Option<Event<'a>> {
        self.about(kind, object).find(|event| event.is_warning())
    }

    /// Whether the last word about a claim is that it waits for a pod that uses it.
    pub(super) fn waits_for_consumer(&self, claim: Object<'_>) -> bool {
        self.about("PersistentVolumeClaim", claim)
            .next()
            .is_some_and(|event| event.reason() == "WaitForFirstConsumer")
    }
}

impl<'a> Event<'a> {
    pub(super) fn reason(self) -> &'a str {
        self.0.str("reason")
    }

    pub(super) fn message(self) -> &'a str {
        self.0.str("message")
    }

    pub(super) fn is_warning(self) -> bool {
        self.0.str("type") == "Warning"
    }

    /// `FailedMount: MountVolume.SetUp failed for volume "config": configmap "api" not found`.
    pub(super) fn words(self) -> String {
        reasoned(self.reason(), self.message())
    }

    /// When it was first said.
    pub(super) fn first(self) -> Option<Timestamp> {
        ["firstTimestamp", "eventTime", "metadata.creationTimestamp"]
            .into_iter()
            .find_map(|path| self.0.time(path))
    }

    /// When it was last said. Events have had three forms of a series.
    fn last(self) -> Option<Timestamp> {
        ["series.lastObservedTime", "lastTimestamp", "eventTime", "metadata.creationTimestamp"]
            .into_iter()
            .find_map(|path| self.0.time(path))
    }
}
