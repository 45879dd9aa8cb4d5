//! What hangs under clusters: where it is looked for, and what of it concerns the stack.

use std::collections::BTreeSet;

use aws_sdk_eks::Client;

use super::super::Shape;
use super::super::arn::Arn;
use super::super::tags;
use super::{CLUSTER, CLUSTER_NAME, each, tagging};
use crate::model::{Identifier, Live, Ownership};
use crate::providers::{Query, Result};

/// The clusters in which children of one kind are looked for.
///
/// In clusters of the stack, and in those where the tag search finds some of ours, all are read, so that orphans show;
/// in others those alone that are wanted.
pub struct Places<'a> {
    query: Query<'a>,
    keys: &'static [&'static str],
    whole: BTreeSet<String>,
}

impl<'a> Places<'a> {
    /// `kind` is the word in their ARNs (`nodegroup`), `keys` the properties that together name one, the cluster's first.
    pub fn of(query: &Query<'a>, kind: &str, keys: &'static [&'static str]) -> Self {
        let owned = query.parents.iter().filter(|live| live.resource_type.as_str() == CLUSTER);
        let owned = owned.map(|live| live.identifier.as_str().to_owned());
        let tagged = query.tagged.iter().filter_map(|found| cluster_of(&found.arn, kind));
        Self { query: *query, keys, whole: owned.chain(tagged).collect() }
    }

    /// All clusters to look in.
    pub fn clusters(&self) -> BTreeSet<String> {
        let wanted =
            self.query.wanted.iter().filter_map(|wanted| Shape(&wanted.properties).text(CLUSTER_NAME));
        self.whole.iter().cloned().chain(wanted).collect()
    }

    /// Whether one has to be read closely; `key` are the values of the keys.
    pub fn covers(&self, key: &[&str], identifier: &str) -> bool {
        key.first().is_some_and(|cluster| self.whole.contains(*cluster)) || self.seeks(key, identifier)
    }

    /// Whether something wanted has this key or adopts it.
    fn seeks(&self, key: &[&str], identifier: &str) -> bool {
        self.query.wanted.iter().any(|wanted| {
            let wanted_key = self.keys.iter().map(|name| Shape(&wanted.properties).str(name));
            wanted.adopt.as_ref().is_some_and(|id| id.as_str() == identifier)
                || wanted_key.eq(key.iter().map(|value| Some(*value)))
        })
    }

    /// Whether a live one, its tags known by now, belongs into the answer.
    fn keeps(&self, live: &Live) -> bool {
        let key: Vec<&str> = self.keys.iter().filter_map(|name| live.str(name)).collect();
        live.ownership != Ownership::Foreign || self.seeks(&key, live.identifier.as_str())
    }

    /// Those of what was described that belong into the answer, with the tags that the tag API has.
    pub async fn keep(&self, client: &Client, found: Vec<Live>, arn: &'static str) -> Result<Vec<Live>> {
        let kept = found.into_iter().filter(|live| self.keeps(live));
        let tagged = each(kept.map(|live| with_tags(client, &self.query, live, arn))).await?;
        Ok(tagged.into_iter().filter(|live| self.keeps(live)).collect())
    }
}

/// A live resource with its tags as they are now. `arn` names the property that holds its ARN.
pub async fn with_tags(
    client: &Client,
    query: &Query<'_>,
    mut live: Live,
    arn: &'static str,
) -> Result<Live> {
    let Some(arn) = live.str(arn) else { return Ok(live) };
    if let Some(tags) = tagging::of(client, arn).await? {
        live.ownership = tags::ownership(&tags, query.stack);
        live.tags = tags;
    }
    Ok(live)
}

/// The cluster in the ARN of a child: `shop` of `nodegroup/shop/web/a1b2`.
fn cluster_of(arn: &str, kind: &str) -> Option<String> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "eks")?;
    match arn.parts().as_slice() {
        [found, cluster, _, ..] if *found == kind => Some((*cluster).to_owned()),
        _ => None,
    }
}

/// The two halves of an identifier.
pub fn halves(identifier: &Identifier, separator: char) -> (&str, &str) {
    identifier.as_str().split_once(separator).unwrap_or((identifier.as_str(), ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Address, Region, Scope, StackName};
    use crate::providers::{Tagged, Wanted};
    use serde_json::json;
    use std::collections::BTreeMap;

    const KEYS: [&str; 2] = [CLUSTER_NAME, "NodegroupName"];

    #[test]
    fn all_of_our_clusters_are_read_and_of_others_what_is_wanted() {
        let scope = Scope::Region(Region::new("eu-west-1"));
        let stack = StackName::new("shop");
        let wanted = json!({"ClusterName": "theirs", "NodegroupName": "web"});
        let wanted = [Wanted {
            address: Address::new("eu-west-1", "nodes", None),
            properties: wanted.as_object().unwrap().clone(),
            unknown: Vec::new(),
            adopt: None,
        }];
        let tagged = [Tagged {
            arn: "arn:aws:eks:eu-west-1:123456789012:nodegroup/ours/old/a1b2".to_owned(),
            tags: BTreeMap::new(),
        }];
        let query = Query { scope: &scope, stack: &stack, wanted: &wanted, parents: &[], tagged: &tagged };
        let places = Places::of(&query, "nodegroup", &KEYS);
        assert_eq!(places.clusters().into_iter().collect::<Vec<_>>(), ["ours", "theirs"]);
        assert!(places.covers(&["ours", "anything"], "ours/anything"));
        assert!(places.covers(&["theirs", "web"], "theirs/web"));
        assert!(!places.covers(&["theirs", "other"], "theirs/other"));
        assert!(Places::of(&query, "addon", &KEYS).clusters().contains("theirs"));
        assert!(!Places::of(&query, "addon", &KEYS).clusters().contains("ours"));
    }
}
