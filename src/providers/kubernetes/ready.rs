//! How far those that wait are: one read for all of them, and the reasons of those that are stuck.

use std::collections::{BTreeMap, BTreeSet};

use super::delete::held_by;
use super::error::Failure;
use super::handler::Place;
use super::list;
use super::object::{Target, is_deleting};
use super::status;
use crate::model::{Identifier, Live, Ownership, Status};
use crate::providers::{Pending, PendingItem, Readiness};

/// Up to this many are read one by one.
const FEW: usize = 4;

/// Whether nothing but deletes is waited for.
pub(super) fn all_deleting(items: &[PendingItem]) -> bool {
    items.iter().all(|item| item.deleting)
}

/// One answer an item, in order.
pub(super) async fn ready(place: &Place, request: &Pending<'_>) -> Result<Vec<Readiness>, Failure> {
    let targets: BTreeSet<Target> =
        request.items.iter().map(|item| Target::parse(&item.identifier, &place.kind)).collect();
    let objects = if targets.len() <= FEW {
        list::named(&place.connection, &place.kind, &targets).await?
    } else {
        list::labelled(&place.connection, &place.kind).await?
    };
    let waiting: BTreeSet<&Identifier> =
        request.items.iter().filter(|item| !item.deleting).map(|item| &item.identifier).collect();
    // What waits has been found or made by its name.
    let live = |object| place.live(request.scope, request.stack, object, |_, _| true);
    let found = objects.into_iter().filter_map(live);
    let (mut waiting, deleting): (Vec<Live>, Vec<Live>) =
        found.partition(|live| waiting.contains(&live.identifier) && !is_deleting(&live.properties));
    for live in &mut waiting {
        live.status = status::status(&live.properties);
    }
    status::explain(place.connection.client(), &mut waiting).await;
    let found = waiting.into_iter().chain(deleting);
    let mut found: BTreeMap<Identifier, Live> = found.map(|live| (live.identifier.clone(), live)).collect();
    Ok(request.items.iter().map(|item| answer(item, found.remove(&item.identifier))).collect())
}

fn answer(item: &PendingItem, found: Option<Live>) -> Readiness {
    let Some(live) = found else { return Readiness::Gone };
    if is_deleting(&live.properties) {
        return Readiness::Waiting(held_by(&live.properties));
    }
    // A controller made it anew: the `default` service account of a namespace.
    if item.deleting && live.ownership == Ownership::Foreign {
        return Readiness::Gone;
    }
    match &live.status {
        Status::Pending(words) if !item.deleting => Readiness::Waiting(words.clone()),
        Status::Failed(words) if !item.deleting => Readiness::Failed(words.clone()),
        _ => Readiness::Ready(Box::new(live)),
    }
}
