//! One matched pair of desired and live, compared: properties, tags and the ownership record.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::identity::{Owned, Owns, Prepared, Rules};
use crate::model::{
    Delta, Desired, Forecast, Live, Map, PathChange, PropertyPath, Shown, StackName, TAG_ADDRESS, TAG_OWNS,
    TAG_PREFIX, TAG_PROTECT, TAG_STACK,
};

use super::compare::{Comparison, Difference, Kind, Removals, Untold};
use super::object;

/// Tags as far as they are known: a text, or none where it comes from something not yet made.
pub(super) type Tags = BTreeMap<String, Option<String>>;

/// What differs between a desired resource and the live one it is matched with.
#[derive(Clone, Debug, Default)]
pub(super) struct Evaluation {
    /// The properties.
    pub properties: Vec<Difference>,
    /// The tags that people see, under `Tags.<key>`.
    pub tags: Vec<PathChange>,
    /// All tags to write, stackctl's own included.
    tags_set: BTreeMap<String, String>,
    /// Tags to take away.
    tags_removed: Vec<String>,
    /// Whether a tag of stackctl's own is wrong or missing.
    pub ownership: bool,
    /// What else there is to say of it.
    pub notes: Vec<String>,
    /// What can't be compared, because the provider does not tell it: another value would not be seen.
    pub untold: Vec<PropertyPath>,
}

/// What an update changes: the very comparison that the plan showed, now that all is known.
pub fn delta(
    catalog: &Catalog,
    stack: &StackName,
    desired: &Desired,
    prepared: &Prepared,
    live: &Live,
) -> Delta {
    let rules = Rules::of(catalog, &desired.resource_type);
    let tags = prepared
        .tags
        .iter()
        .filter(|(key, _)| !key.starts_with(TAG_PREFIX))
        .map(|(key, text)| (key.clone(), Some(text.clone())))
        .collect();
    evaluate(&rules, stack, desired, &prepared.resolved, &tags, live, None).into_delta()
}

/// Compares a desired resource, resolved as far as it is known, with a live one.
pub(super) fn evaluate(
    rules: &Rules,
    stack: &StackName,
    desired: &Desired,
    resolved: &Map,
    tags: &Tags,
    live: &Live,
    forecast: Option<&Forecast>,
) -> Evaluation {
    if rules.is_kubernetes() {
        return object::evaluate(rules, stack, desired, resolved, live, forecast);
    }
    let taggable = rules.is_taggable();
    let owns = if taggable { Owns::read(&live.tags) } else { None };
    let mut owned = if taggable {
        Owned::of(rules, resolved, tags.keys().map(String::as_str), &desired.lifecycle.unrecorded)
    } else {
        Owned::default()
    };
    let removals = match &owns {
        Some(owns) if !owns.is_within(&owned.owns) => Removals::Owned(owns, &owned),
        None if !taggable && rules.facts().compared_whole => Removals::Whole,
        Some(_) | None => Removals::Never,
    };
    let ignore = &desired.lifecycle.ignore;
    let untold = Untold::default();
    let comparison = Comparison { rules, owns: owns.as_ref(), removals, ignore, untold: Some(&untold) };
    let properties = comparison.properties(resolved, &live.properties);
    let untold = untold.into_inner().into_iter().collect();
    let mut evaluation = Evaluation { properties, untold, ..Evaluation::default() };
    if taggable {
        evaluation.compare_tags(tags, live, owns.as_ref(), ignore);
        if !rules.tags_updatable() {
            evaluation.tags.iter_mut().for_each(|tag| tag.forces_replacement = true);
        }
    }
    if desired.lifecycle.tags_only {
        evaluation.put_off(&mut owned);
    }
    // Where tags stay as they were made, so does the record.
    if taggable && rules.tags_updatable() {
        evaluation.compare_ownership(stack, desired, live, &owned);
        evaluation.compare_protection(desired.lifecycle.protect, live);
    }
    evaluation
}

impl Evaluation {
    fn compare_tags(&mut self, tags: &Tags, live: &Live, owns: Option<&Owns>, ignore: &[PropertyPath]) {
        let path = |key: &str| PropertyPath::root().property("Tags").property(key);
        let ignored =
            |key: &str| ignore.iter().any(|ignored| ignored.as_str() == "Tags" || *ignored == path(key));
        let mut change = |key: &str, before: Option<Shown>, after: Option<Shown>| {
            self.tags.push(PathChange { path: path(key), before, after, forces_replacement: false });
        };
        for (key, text) in tags.iter().filter(|(key, _)| !ignored(key)) {
            let before = live.tags.get(key);
            if text.is_some() && text.as_ref() == before {
                continue;
            }
            let after = text.as_deref().map_or(Shown::KnownAfterApply, |text| Shown::Value(text.into()));
            change(key, before.map(|text| Shown::Value(text.as_str().into())), Some(after));
            if let Some(text) = text {
                self.tags_set.insert(key.clone(), text.clone());
            }
        }
        let Some(owns) = owns else { return };
        for (key, text) in live.tags.iter().filter(|(key, _)| !key.starts_with(TAG_PREFIX)) {
            if !tags.contains_key(key) && !ignored(key) && owns.contains(&format!("Tags.{key}")) {
                change(key, Some(Shown::Value(text.as_str().into())), None);
                self.tags_removed.push(key.clone());
            }
        }
    }

    /// Leaves all differences to the next plan, and says so: the record must not say that they are mended.
    fn put_off(&mut self, owned: &mut Owned) {
        let stays = |path: &PathChange| path.forces_replacement;
        let (properties, tags) = (std::mem::take(&mut self.properties), std::mem::take(&mut self.tags));
        let (kept, put_off): (Vec<_>, Vec<_>) = properties.into_iter().partition(|one| stays(&one.shown));
        let paths = put_off.iter().map(|one| &one.shown).chain(&tags).map(|shown| shown.path.to_string());
        let paths: Vec<String> = paths.collect();
        self.properties = kept;
        self.tags_set.clear();
        self.tags_removed.clear();
        if !paths.is_empty() {
            self.notes.push(format!("the next plan changes {}", paths.join(", ")));
            owned.owns = owned.owns.towards(&owned.owns);
        }
    }

    pub(super) fn compare_ownership(
        &mut self,
        stack: &StackName,
        desired: &Desired,
        live: &Live,
        owned: &Owned,
    ) {
        let mut own: BTreeMap<String, String> = BTreeMap::new();
        own.insert(TAG_STACK.to_owned(), stack.to_string());
        own.insert(TAG_ADDRESS.to_owned(), desired.address_mark());
        let stale: Vec<String> = if owned.complete {
            own.extend(owned.owns.tags());
            live.tags
                .keys()
                .filter(|key| key.starts_with(TAG_OWNS) && !own.contains_key(*key))
                .cloned()
                .collect()
        } else {
            Vec::new()
        };
        own.retain(|key, text| live.tags.get(key) != Some(text));
        self.ownership = !own.is_empty() || !stale.is_empty();
        self.tags_set.extend(own);
        self.tags_removed.extend(stale);
    }

    /// A protection that is taken back is a change. One that is not on the resource yet is written with the next change of
    /// it: until then the blueprint that has it protects it.
    fn compare_protection(&mut self, protect: bool, live: &Live) {
        match (protect, live.tags.contains_key(TAG_PROTECT)) {
            (false, true) => {
                self.ownership = true;
                self.tags_removed.push(TAG_PROTECT.to_owned());
                self.notes.push("it is protected no more".to_owned());
            }
            (true, false) if !self.is_empty() => {
                self.tags_set.insert(TAG_PROTECT.to_owned(), "true".to_owned());
            }
            _ => {}
        }
    }

    /// One more tag of stackctl's own.
    pub(super) fn compare_own_tag(&mut self, key: &str, text: String, live: &Live) {
        if live.tags.get(key) != Some(&text) {
            self.ownership = true;
            self.tags_set.insert(key.to_owned(), text);
        }
    }

    /// Whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        !self.ownership && self.properties.is_empty() && self.tags.is_empty()
    }

    /// Whether anything but the ownership tags differs.
    pub fn is_visible(&self) -> bool {
        !self.properties.is_empty() || !self.tags.is_empty()
    }

    /// Whether a difference can't be mended in place.
    pub fn forces_replacement(&self) -> bool {
        let properties = self.properties.iter().map(|difference| &difference.shown);
        properties.chain(&self.tags).any(|shown| shown.forces_replacement)
    }

    /// The properties of which the schema says that AWS may replace the resource for them.
    pub fn may_replace(&self) -> BTreeSet<&str> {
        self.properties.iter().filter(|one| one.may_replace).map(|one| one.shown.path.top()).collect()
    }

    /// How far apart the two are, for the choice between several candidates.
    pub fn distance(&self) -> (bool, usize) {
        (self.forces_replacement(), self.properties.len() + self.tags.len() + usize::from(self.ownership))
    }

    /// What the plan shows.
    pub fn into_paths(self) -> Vec<PathChange> {
        self.properties.into_iter().map(|difference| difference.shown).chain(self.tags).collect()
    }

    fn into_delta(self) -> Delta {
        let mut delta =
            Delta { tags_set: self.tags_set, tags_removed: self.tags_removed, ..Delta::default() };
        for Difference { shown, kind, .. } in self.properties {
            match kind {
                Kind::Set => delta.set.push(shown.path),
                Kind::Removed => delta.removed.push(shown.path),
                Kind::Element => delta.set.push(list_of(&shown.path)),
            }
        }
        for paths in [&mut delta.set, &mut delta.removed] {
            paths.sort_unstable();
            paths.dedup();
        }
        delta
    }
}

/// The list that an element's path lies in.
fn list_of(path: &PropertyPath) -> PropertyPath {
    let text = path.as_str();
    PropertyPath::from(text.rfind('[').map_or(text, |open| &text[..open]))
}
