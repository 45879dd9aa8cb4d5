//! The order in which an update is written, so that the ownership record never says what is not so.
//!
//! The record tells the next plan what to take back. Written before the properties, it forgets what was not taken back yet;
//! written after them, it knows nothing of what a killed process set. So what it gains is written before, marked as under
//! way, and what it loses after: an update that fails half way is seen by the next plan, whichever way the blueprint goes.

use crate::identity::Owns;
use crate::model::{Delta, Live, TAG_OWNS, TAG_PREFIX};

/// What is sent one after the other, each when the one before is done; `as_one` says that one call writes properties and
/// tags. Most updates are one part: the record does not change where the same paths get other values.
pub(super) fn in_parts(delta: Delta, live: &Live, as_one: bool) -> Vec<Delta> {
    let changes_record = delta.tags_set.keys().chain(&delta.tags_removed).any(|key| is_record(key));
    // An object and its annotations are written as one.
    if !delta.touches_properties() || !changes_record || live.resource_type.is_kubernetes() {
        return vec![delta];
    }
    let after = delta.tags_after(&live.tags);
    let (old, new) = (Owns::read(&live.tags).unwrap_or_default(), Owns::read(&after).unwrap_or_default());
    let mut parts = Vec::with_capacity(3);
    let mut tags = live.tags.clone();
    if !new.is_within(&old) {
        let own = delta.tags_set.iter().filter(|(key, _)| key.starts_with(TAG_PREFIX) && !is_record(key));
        let own = own.map(|(key, text)| (key.clone(), text.clone()));
        let begin = Delta { tags_set: own.chain(old.towards(&new).tags()).collect(), ..Delta::default() };
        tags = begin.tags_after(&tags);
        parts.push(begin);
    }
    let end = Delta {
        tags_set: new.tags().filter(|(key, text)| tags.get(key) != Some(text)).collect(),
        tags_removed: tags
            .keys()
            .filter(|key| is_record(key) && !after.contains_key(*key))
            .cloned()
            .collect(),
        ..Delta::default()
    };
    let Delta { set, removed, mut tags_set, mut tags_removed } = delta;
    tags_set.retain(|key, text| !is_record(key) && tags.get(key) != Some(text));
    tags_removed.retain(|key| !is_record(key));
    if as_one {
        tags_set.extend(parts.drain(..).flat_map(|begin| begin.tags_set));
    }
    parts.extend([Delta { set, removed, tags_set, tags_removed }, end]);
    parts
}

fn is_record(key: &str) -> bool {
    key.starts_with(TAG_OWNS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Identifier, JsonMap, Ownership, Scope, Status};

    fn live(record: &[&str]) -> Live {
        let tags = if record.is_empty() { BTreeMap::new() } else { tags(record) };
        Live {
            resource_type: "AWS::SQS::Queue".into(),
            scope: Scope::Global,
            identifier: Identifier::new("q"),
            properties: JsonMap::new(),
            tags,
            ownership: Ownership::Foreign,
            status: Status::Ready,
        }
    }

    fn tags(record: &[&str]) -> BTreeMap<String, String> {
        BTreeMap::from([(TAG_OWNS.to_owned(), record.concat())])
    }

    fn changing(record: &[&str]) -> Delta {
        let mut tags_set = tags(record);
        tags_set.insert("team".to_owned(), "a".to_owned());
        Delta { set: vec!["A".into()], tags_set, ..Delta::default() }
    }

    #[test]
    fn what_the_record_gains_is_written_before_and_what_it_loses_after() {
        let parts = in_parts(changing(&["aaaa", "cccc"]), &live(&["aaaa", "bbbb"]), false);
        let [begin, change, end] = &parts[..] else { panic!("{parts:#?}") };
        let under_way = Owns::read(&begin.tags_set).unwrap();
        assert!(!under_way.is_settled() && !begin.touches_properties());
        for record in [["aaaa"], ["bbbb"], ["cccc"]] {
            assert!(Owns::read(&tags(&record)).unwrap().is_within(&under_way));
        }
        assert!(change.touches_properties() && !change.tags_set.contains_key(TAG_OWNS));
        assert!(change.tags_set.contains_key("team"));
        assert_eq!(end.tags_set, tags(&["aaaa", "cccc"]));
    }

    #[test]
    fn what_is_written_as_one_begins_with_its_properties() {
        let parts = in_parts(changing(&["cccc"]), &live(&["aaaa"]), true);
        let [change, end] = &parts[..] else { panic!("{parts:#?}") };
        assert!(change.touches_properties() && !Owns::read(&change.tags_set).unwrap().is_settled());
        assert_eq!(end.tags_set, tags(&["cccc"]));
    }

    #[test]
    fn a_record_that_only_loses_is_written_once_and_one_that_stays_not_at_all() {
        let parts = in_parts(changing(&["aaaa"]), &live(&["aaaa", "bbbb"]), false);
        let [change, end] = &parts[..] else { panic!("{parts:#?}") };
        assert!(change.touches_properties() && !change.tags_set.contains_key(TAG_OWNS));
        assert_eq!(end.tags_set, tags(&["aaaa"]));

        let same = Delta { set: vec!["A".into()], ..Delta::default() };
        assert_eq!(in_parts(same.clone(), &live(&["aaaa"]), false), [same]);
    }
}
