//! The handler of every Kubernetes type.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use super::apply::{Applied, Apply, stamped};
use super::clusters::Clusters;
use super::connection::Connection;
use super::discovery::Kind;
use super::error::Failure;
use super::object::{Target, is_deleting};
use super::{conflict, delete, immutable, list, ownership, ready, status};
use crate::identity::{Owns, is_scaler};
use crate::model::{
    Address, FieldConflict, Forecast, Identifier, JsonMap, Live, Ownership, ResourceType, Scope, StackName,
};
use crate::providers::{
    Create, Delete, ErrorKind, Handler, Pending, ProviderError, Query, Readiness, Result, UNKNOWN_KIND,
    Update, Wanted,
};

/// Handles the objects of one type, in all clusters.
pub(super) struct ObjectHandler {
    clusters: Arc<Clusters>,
    resource_type: ResourceType,
}

/// A type in a cluster.
pub(super) struct Place {
    pub(super) connection: Arc<Connection>,
    pub(super) kind: Arc<Kind>,
}

impl ObjectHandler {
    pub(super) fn new(clusters: Arc<Clusters>, resource_type: ResourceType) -> Self {
        Self { clusters, resource_type }
    }

    async fn place(&self, scope: &Scope) -> Result<Place> {
        let connection = self.clusters.connection(scope).await?;
        let kind = connection.kind(&self.resource_type).await?;
        Ok(Place { connection, kind })
    }
}

impl Place {
    /// An object as the engine knows it; `None` for one without a name, which no API server returns. `names` says which
    /// of the stack's objects have which names.
    pub(super) fn live(
        &self,
        scope: &Scope,
        stack: &StackName,
        object: JsonMap,
        names: impl Fn(&Address, &Identifier) -> bool,
    ) -> Option<Live> {
        let identifier = Target::of(&object, &self.kind)?.identifier();
        Some(Live {
            resource_type: self.kind.resource_type(),
            scope: scope.clone(),
            tags: ownership::tags(&object),
            ownership: ownership::ownership(&object, stack, |address| names(address, &identifier)),
            identifier,
            status: status::listed(&object),
            properties: object,
        })
    }

    /// A failed call as an error. A path that is not served any more is asked for anew the next time.
    fn failed(&self, failure: Failure) -> ProviderError {
        if failure.is_type_missing() {
            self.connection.forget(&self.kind);
        }
        failure.into()
    }

    fn conflicted(&self, target: &Target, conflicts: &[FieldConflict]) -> ProviderError {
        ProviderError {
            kind: ErrorKind::Invalid,
            operation: format!("kubernetes:PATCH {}", target.label(&self.kind)),
            code: "Conflict".to_owned(),
            message: format!("{}; `force: true` on the resource takes it over", conflict::words(conflicts)),
        }
    }

    /// The names of what is wanted and was not found by its label.
    fn missing(&self, wanted: &[Wanted], found: &[Live]) -> BTreeSet<Target> {
        let there: BTreeSet<&Identifier> = found.iter().map(|live| &live.identifier).collect();
        let sought = wanted.iter().flat_map(|wanted| {
            let adopted = wanted.adopt.as_ref().map(|identifier| Target::parse(identifier, &self.kind));
            [Target::of(&wanted.properties, &self.kind), adopted]
        });
        sought.flatten().filter(|target| !there.contains(&target.identifier())).collect()
    }
}

#[async_trait]
impl Handler for ObjectHandler {
    fn resource_type(&self) -> ResourceType {
        self.resource_type.clone()
    }

    fn service(&self) -> &'static str {
        "kubernetes"
    }

    /// An object's name is its own.
    fn deduplicates(&self) -> bool {
        true
    }

    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>> {
        let place = self.place(query.scope).await?;
        let (connection, kind) = (&place.connection, &place.kind);
        // An autoscaler that others made has the replicas of what is the stack's.
        let of_all = is_scaler(&kind.name);
        let listed = if of_all {
            list::everybodys(connection, kind).await
        } else {
            list::labelled(connection, kind).await
        };
        let listed = match listed {
            // The kind's definition has gone since the kinds were read.
            Err(failure) if failure.is_type_missing() && query.wanted.is_empty() => return Ok(Vec::new()),
            listed => listed.map_err(|failure| place.failed(failure))?,
        };
        let names = names(query.wanted, kind);
        let is_wanted = |address: &Address, name: &Identifier| names.get(address) == Some(name);
        let live = |object| place.live(query.scope, query.stack, object, is_wanted);
        let mut found: Vec<Live> = listed.into_iter().filter_map(live).collect();
        let missing = place.missing(query.wanted, &found);
        let others =
            list::named(connection, kind, &missing).await.map_err(|failure| place.failed(failure))?;
        found.extend(others.into_iter().filter_map(live));
        let wanted = place.missing(query.wanted, &[]);
        found.retain(|live| {
            of_all
                || live.ownership != Ownership::Foreign
                || wanted.contains(&Target::parse(&live.identifier, kind))
        });
        Ok(found)
    }

    async fn create(&self, request: &Create<'_>) -> Result<Identifier> {
        let place = self.place(request.scope).await?;
        let target = Target::of(request.properties, &place.kind).ok_or_else(|| unnamed(request))?;
        let before = list::one(&place.connection, &place.kind, &target).await;
        let before = before.map_err(|failure| place.failed(failure))?;
        if let Some(before) = &before {
            check_free(request, &place, &target, before)?;
        }
        let owns = before.as_ref().and_then(|before| Owns::read(&ownership::tags(before)));
        let manifest = stamped(request.properties, request.tags, &place.kind, &target);
        let (connection, kind) = (&*place.connection, &*place.kind);
        let ignore = &request.lifecycle.ignore;
        let apply = Apply { connection, kind, target: &target, manifest, ignore, dry_run: false };
        match apply.run(request.lifecycle.force, owns.as_ref(), before.as_ref()).await {
            Ok(Applied::Object { .. }) => Ok(target.identifier()),
            Ok(Applied::Conflict(conflicts)) => Err(place.conflicted(&target, &conflicts)),
            Err(failure) => Err(place.failed(failure)),
        }
    }

    async fn update(&self, request: &Update<'_>) -> Result<()> {
        let place = self.place(request.scope).await?;
        let target = Target::parse(&request.live.identifier, &place.kind);
        match updated(request, &place, &target, false).await {
            Ok(Applied::Object { .. }) => Ok(()),
            Ok(Applied::Conflict(conflicts)) => Err(place.conflicted(&target, &conflicts)),
            Err(failure) => Err(place.failed(failure)),
        }
    }

    async fn forecast(&self, request: &Update<'_>) -> Result<Forecast> {
        let place = self.place(request.scope).await?;
        let target = Target::parse(&request.live.identifier, &place.kind);
        match updated(request, &place, &target, true).await {
            Ok(Applied::Object { object, overruled }) => Ok(Forecast::Becomes { object, overruled }),
            Ok(Applied::Conflict(conflicts)) => Ok(Forecast::Conflict(conflicts)),
            Err(failure) => refused(&place, failure),
        }
    }

    async fn delete(&self, request: &Delete<'_>) -> Result<()> {
        let connection = self.clusters.connection(request.scope).await?;
        let kind = match connection.kind(&self.resource_type).await {
            // Its definition has gone, and every object of it.
            Err(error) if error.code == UNKNOWN_KIND => return Ok(()),
            kind => kind?,
        };
        let target = Target::parse(&request.live.identifier, &kind);
        delete::delete(&connection, &kind, &target, &request.live.properties).await
    }

    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>> {
        let gone = || request.items.iter().map(|_| Readiness::Gone).collect();
        let place = match self.place(request.scope).await {
            Err(error) if error.code == UNKNOWN_KIND && ready::all_deleting(request.items) => {
                return Ok(gone());
            }
            place => place?,
        };
        match ready::ready(&place, request).await {
            Err(failure) if failure.is_type_missing() && ready::all_deleting(request.items) => Ok(gone()),
            answers => answers.map_err(|failure| place.failed(failure)),
        }
    }
}

/// The names of what is wanted, by address.
fn names<'a>(wanted: &'a [Wanted], kind: &Kind) -> HashMap<&'a Address, Identifier> {
    let name =
        |wanted: &'a Wanted| Some((&wanted.address, Target::of(&wanted.properties, kind)?.identifier()));
    wanted.iter().filter_map(name).collect()
}

async fn updated(
    request: &Update<'_>,
    place: &Place,
    target: &Target,
    dry_run: bool,
) -> std::result::Result<Applied, Failure> {
    let manifest = stamped(request.properties, request.tags, &place.kind, target);
    let (connection, kind) = (&*place.connection, &*place.kind);
    let ignore = &request.lifecycle.ignore;
    let apply = Apply { connection, kind, target, manifest, ignore, dry_run };
    let owns = Owns::read(&request.live.tags);
    // A plan may be old when its step comes.
    let read = dry_run.then_some(&request.live.properties);
    apply.run(request.lifecycle.force, owns.as_ref(), read).await
}

/// What a refused dry run tells. What may be otherwise in a moment is an error, to be tried again.
fn refused(place: &Place, failure: Failure) -> Result<Forecast> {
    let forecast = match &failure {
        Failure::Refused { status, .. } => immutable::forecast(status),
        Failure::Unanswered(_) => return Err(place.failed(failure)),
    };
    let error = place.failed(failure);
    match error.kind {
        kind if kind.is_retryable() => Err(error),
        ErrorKind::Denied => Ok(Forecast::Unconfirmed(error.message)),
        _ => Ok(forecast),
    }
}

/// Whether a create may apply to what exists under its name: its own first attempt, or what it is to take over.
fn check_free(request: &Create<'_>, place: &Place, target: &Target, before: &JsonMap) -> Result<()> {
    let taken = |kind: ErrorKind, message: String| {
        let operation = format!("kubernetes:PATCH {}", target.label(&place.kind));
        Err(ProviderError::new(kind, operation, message))
    };
    if is_deleting(before) {
        return taken(ErrorKind::InUse, format!("it is still being deleted: {}", delete::held_by(before)));
    }
    let identifier = target.identifier();
    match ownership::ownership(before, request.stack, |address| address == request.address) {
        Ownership::Tagged(address) if address == *request.address => Ok(()),
        Ownership::Tagged(address) => {
            taken(ErrorKind::AlreadyExists, format!("it exists and belongs to {address} of this stack"))
        }
        _ if request.lifecycle.force || request.lifecycle.adopt.as_ref() == Some(&identifier) => Ok(()),
        _ => {
            let managers = ownership::managers(before);
            let managers =
                if managers.is_empty() { String::new() } else { format!(" (managed by {managers})") };
            let advice = format!("`adopt: {identifier}` takes it over, or choose another name");
            taken(ErrorKind::AlreadyExists, format!("it exists and is not this stack's{managers}; {advice}"))
        }
    }
}

fn unnamed(request: &Create<'_>) -> ProviderError {
    let message = format!("the manifest of {} has no metadata.name", request.address);
    ProviderError::new(ErrorKind::Invalid, "kubernetes:PATCH", message)
}
