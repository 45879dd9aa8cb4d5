//! The tag `stackctl:owns`: which optional property paths and tag keys the last apply set.
//!
//! It makes the diff three-way without a state file. What a blueprint no longer sets is a removal only if it is in
//! the record; what AWS filled in by itself never is. A record is a sorted run of 4-character hashes of:
//!
//! | text | says |
//! |---|---|
//! | `A.Rules.*.B` | the path was set |
//! | `A.Rules.*.B#3` | it was set in three elements of lists (one needs no count) |
//! | `A.Password=<digest>` | a value that can't be read back, or a secret's reference |
//! | `secret:A.Password` | what stands there is a secret, never to be shown |
//! | `Tags.Team` | the tag was set |
//! | `unsettled` | an update of it has begun and is not known to have ended |

use std::collections::{BTreeMap, HashMap};

use crate::model::{Digest, Json, Map, PropertyPath, TAG_OWNS, TAG_PREFIX, Value};

use super::redacted;
use super::rules::{Rules, hash};

/// Hashes in one tag: AWS allows 256 characters in a value.
const PER_TAG: usize = 64;
/// The most elements of one list that are counted apart.
const COUNTED: u32 = 256;
/// Says that the record holds secrets at all, so that most resources need not be searched for them.
const HAS_SECRETS: &str = "secrets";
/// Says that an update is under way: what is recorded may not be so yet.
const UNSETTLED: &str = "unsettled";

/// A record of what an apply set, as it is kept in tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owns(Vec<[u8; 4]>);

/// What a desired resource sets: the record to write, and the counts behind it.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    /// The record.
    pub owns: Owns,
    /// Whether everything was known; else the record is a part of the one to come.
    pub complete: bool,
    counts: HashMap<String, u32>,
}

impl Owns {
    /// Reads the record from a live resource's tags; `None` where there is none.
    pub fn read(tags: &BTreeMap<String, String>) -> Option<Self> {
        let mut entries = Vec::new();
        let mut found = false;
        for (_, text) in tags.range(TAG_OWNS.to_owned()..).take_while(|(key, _)| key.starts_with(TAG_OWNS)) {
            found = true;
            entries.extend(
                text.as_bytes().chunks_exact(4).map(|chunk| [chunk[0], chunk[1], chunk[2], chunk[3]]),
            );
        }
        found.then(|| Self::sorted(entries))
    }

    fn sorted(mut entries: Vec<[u8; 4]>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        Self(entries)
    }

    /// The tags that hold the record: `stackctl:owns`, and `stackctl:owns-2`, `-3` ... as far as they are needed.
    pub fn tags(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.chunks(PER_TAG).enumerate().map(|(index, chunk)| {
            let key = if index == 0 { TAG_OWNS.to_owned() } else { format!("{TAG_OWNS}-{}", index + 1) };
            (key, chunk.iter().flatten().map(|byte| char::from(*byte)).collect())
        })
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text's hash is in the record. Hashes have 24 bits: one in 100,000 or so is a false friend.
    pub fn contains(&self, text: &str) -> bool {
        self.0.binary_search(&hash(text)).is_ok()
    }

    /// Whether nothing is known to be under way: what is recorded is so.
    pub fn is_settled(&self) -> bool {
        !self.contains(UNSETTLED)
    }

    /// The record while an update towards another one is under way: what either of them names may be live.
    #[must_use]
    pub fn towards(&self, next: &Self) -> Self {
        Self::sorted(self.0.iter().chain(&next.0).copied().chain([hash(UNSETTLED)]).collect())
    }

    /// Whether all of this is in the other, too.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|entry| other.0.binary_search(entry).is_ok())
    }

    /// In how many elements a generalised path was set.
    pub fn count(&self, path: &str) -> u32 {
        if path.contains('*') {
            let counted = (2..=COUNTED).rev().find(|count| self.contains(&format!("{path}#{count}")));
            if let Some(count) = counted {
                return count;
            }
        }
        u32::from(self.contains(path))
    }

    /// Whether the value that was set at a path and can't be read back is this one.
    pub fn has_value(&self, path: &str, value: &Value) -> bool {
        self.is_settled() && redacted(value).is_some_and(|json| self.contains(&value_entry(path, &json)))
    }

    /// Whether what stands at a generalised path is a secret.
    pub fn is_secret(&self, path: &str) -> bool {
        self.has_secrets() && self.contains(&format!("secret:{path}"))
    }

    /// Whether the record holds any secret.
    pub fn has_secrets(&self) -> bool {
        self.contains(HAS_SECRETS)
    }
}

fn value_entry(path: &str, value: &Json) -> String {
    format!("{path}={}", Digest::of_json(value))
}

impl Owned {
    /// The record of these properties and tag keys, without the paths that are only kept as others left them. Names that
    /// stackctl generates are not among them.
    pub fn of<'t>(
        rules: &Rules,
        properties: &Map,
        tags: impl Iterator<Item = &'t str>,
        unrecorded: &[PropertyPath],
    ) -> Self {
        let mut walk = Walk {
            rules,
            unrecorded,
            path: String::new(),
            entries: Vec::new(),
            counts: HashMap::new(),
            complete: true,
        };
        walk.object(properties);
        walk.uncount();
        for (path, count) in &walk.counts {
            if *count > 1 {
                walk.entries.push(hash(&format!("{path}#{}", count.min(&COUNTED))));
            } else {
                walk.entries.push(rules.mark(path).hash);
            }
        }
        walk.entries
            .extend(tags.filter(|key| !key.starts_with(TAG_PREFIX)).map(|key| hash(&format!("Tags.{key}"))));
        Self { owns: Owns::sorted(walk.entries), complete: walk.complete, counts: walk.counts }
    }

    /// In how many elements of lists a generalised path is set now.
    pub fn count(&self, path: &str) -> u32 {
        self.counts.get(path).copied().unwrap_or(0)
    }
}

struct Walk<'a> {
    rules: &'a Rules,
    unrecorded: &'a [PropertyPath],
    path: String,
    entries: Vec<[u8; 4]>,
    counts: HashMap<String, u32>,
    complete: bool,
}

impl Walk<'_> {
    fn object(&mut self, map: &Map) {
        let base = self.path.len();
        for (name, value) in map {
            if base > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            self.property(value);
            self.path.truncate(base);
        }
    }

    fn property(&mut self, value: &Value) {
        if matches!(value, Value::Null) || self.is_unrecorded() {
            return;
        }
        let mark = self.rules.mark(&self.path);
        if mark.optional {
            self.set(mark.hash);
        }
        if mark.write_only || (mark.whole && holds_secret(value)) {
            self.write_only(value);
        } else if !mark.whole {
            self.below(value);
        } else if !value.is_known() {
            self.complete = false;
        }
    }

    fn below(&mut self, value: &Value) {
        match value {
            Value::Map(map) => self.object(map),
            Value::List(items) => {
                let base = self.path.len();
                self.path.push_str(".*");
                for item in items {
                    self.below(item);
                }
                self.path.truncate(base);
            }
            Value::Secret(_) => self.write_only(value),
            Value::Deferred(_) => self.complete = false,
            _ => {}
        }
    }

    /// Whether the whole path is only kept. Of elements of a list some may be set and others kept: these are counted.
    fn is_unrecorded(&self) -> bool {
        !self.path.contains('*') && self.unrecorded.iter().any(|path| path.as_str() == self.path)
    }

    fn uncount(&mut self) {
        for path in self.unrecorded {
            if let Some(count) = self.counts.get_mut(path.as_str()) {
                *count = count.saturating_sub(1);
            }
        }
        self.counts.retain(|_, count| *count > 0);
    }

    fn set(&mut self, hash: [u8; 4]) {
        if self.path.contains('*') {
            *self.counts.entry(self.path.clone()).or_default() += 1;
        } else {
            self.entries.push(hash);
        }
    }

    fn write_only(&mut self, value: &Value) {
        match redacted(value) {
            Some(json) => self.entries.push(hash(&value_entry(&self.path, &json))),
            None => self.complete = false,
        }
        if holds_secret(value) {
            self.entries.push(hash(HAS_SECRETS));
            self.entries.push(hash(&format!("secret:{}", self.path)));
        }
    }
}

/// Whether a secret is anywhere in a value.
pub(crate) fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Secret(_) => true,
        Value::List(items) => items.iter().any(holds_secret),
        Value::Map(map) => map.values().any(holds_secret),
        _ => false,
    }
}
