//! Bulk reads: one list a kind, by label; and what exists under a wanted name without being the stack's.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join_all;
use serde::Deserialize;

use super::connection::{Call, Connection};
use super::discovery::{Kind, encoded};
use super::error::Failure;
use super::object::Target;
use super::ownership::SELECTOR;
use crate::model::{Json, JsonMap};

/// Objects of a page; the API server's own clients use the same.
const PAGE: u32 = 500;
/// Up to this many objects are read one by one rather than by a list.
const FEW: usize = 4;
/// How often a list whose continue token has expired is begun anew.
const RESTARTS: usize = 3;
/// Only the metadata of each object, where the server can (since 1.15); else all of it.
const NAMES: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// What a list is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    namespace: Option<&'a str>,
    selector: Option<&'a str>,
    accept: &'static str,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    #[serde(default)]
    items: Option<Vec<JsonMap>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: String,
}

/// Everything that carries the label of stackctl, of any stack.
pub(super) async fn labelled(connection: &Connection, kind: &Kind) -> Result<Vec<JsonMap>, Failure> {
    let asked = Asked { namespace: None, selector: Some(SELECTOR), accept: "application/json" };
    list(connection, kind, asked).await
}

/// Everything of a kind, whoever made it.
pub(super) async fn everybodys(connection: &Connection, kind: &Kind) -> Result<Vec<JsonMap>, Failure> {
    list(connection, kind, Asked { namespace: None, selector: None, accept: "application/json" }).await
}

/// The objects of these names, as far as they exist: one by one where they are few, else found by a list of names first.
pub(super) async fn named(
    connection: &Connection,
    kind: &Kind,
    targets: &BTreeSet<Target>,
) -> Result<Vec<JsonMap>, Failure> {
    if targets.len() <= FEW {
        return each(connection, kind, targets.iter()).await;
    }
    let mut namespaces = targets.iter().map(|target| target.namespace.as_deref());
    let first = namespaces.next().flatten();
    let namespace = first.filter(|first| namespaces.all(|namespace| namespace == Some(*first)));
    let names = list(connection, kind, Asked { namespace, selector: None, accept: NAMES }).await?;
    let there: Vec<Target> = wanted_of(names, kind, targets).into_keys().collect();
    if there.len() <= FEW {
        return each(connection, kind, there.iter()).await;
    }
    let all = list(connection, kind, Asked { namespace, selector: None, accept: "application/json" }).await?;
    Ok(wanted_of(all, kind, targets).into_values().collect())
}

fn wanted_of(objects: Vec<JsonMap>, kind: &Kind, targets: &BTreeSet<Target>) -> BTreeMap<Target, JsonMap> {
    let keyed = objects.into_iter().filter_map(|object| Some((Target::of(&object, kind)?, object)));
    keyed.filter(|(target, _)| targets.contains(target)).collect()
}

async fn each(
    connection: &Connection,
    kind: &Kind,
    targets: impl Iterator<Item = &Target>,
) -> Result<Vec<JsonMap>, Failure> {
    let reads = try_join_all(targets.map(|target| one(connection, kind, target))).await?;
    Ok(reads.into_iter().flatten().collect())
}

/// One object; `None` where it does not exist.
pub(super) async fn one(
    connection: &Connection,
    kind: &Kind,
    target: &Target,
) -> Result<Option<JsonMap>, Failure> {
    let call = Call::get(target.path(kind), format!("GET {}", target.label(kind)));
    match connection.ask::<JsonMap>(call).await {
        Ok(object) => Ok(Some(object)),
        Err(failure) if failure.is_object_missing(&kind.plural) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// All pages. A token that has expired between two pages means that the list is begun anew.
async fn list(connection: &Connection, kind: &Kind, asked: Asked<'_>) -> Result<Vec<JsonMap>, Failure> {
    let mut restarts = 0;
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let page = match connection.ask::<Page>(call(kind, asked, &next)).await {
            Err(failure) if failure.refusal(410).is_some() && restarts < RESTARTS => {
                restarts += 1;
                found.clear();
                next.clear();
                continue;
            }
            page => page?,
        };
        found.extend(page.items.into_iter().flatten().map(|item| typed(item, kind)));
        if page.metadata.next.is_empty() {
            return Ok(found);
        }
        next = page.metadata.next;
    }
}

fn call(kind: &Kind, asked: Asked<'_>, next: &str) -> Call {
    let selector = asked.selector.map(|selector| format!("&labelSelector={}", encoded(selector)));
    let next = (!next.is_empty()).then(|| format!("&continue={}", encoded(next)));
    let path = kind.path(asked.namespace);
    let path = format!("{path}?limit={PAGE}{}{}", selector.unwrap_or_default(), next.unwrap_or_default());
    Call { accept: asked.accept, ..Call::get(path, format!("LIST {}", kind.label())) }
}

/// An element of a list does not say what it is.
fn typed(item: JsonMap, kind: &Kind) -> JsonMap {
    let mut object = JsonMap::new();
    object.insert("apiVersion".to_owned(), Json::from(kind.api_version()));
    object.insert("kind".to_owned(), Json::from(kind.name.as_str()));
    object.extend(item.into_iter().filter(|(key, _)| key != "apiVersion" && key != "kind"));
    object
}
