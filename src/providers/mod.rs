//! The outside world behind two traits: [`Provider`] (a whole cloud) and [`Handler`] (one resource type).
//!
//! Handlers speak CloudFormation's shapes in both directions, so one diff serves every type. They never see an
//! unknown value, never retry, never wait: pace, retries and waiting belong to the executor, which is told how by
//! [`ErrorKind`] and [`Readiness`].

mod error;
pub mod simulated;
mod together;

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::{
    Address, Forecast, Hint, Identifier, Json, JsonMap, Lifecycle, Live, Lookup, ResourceType, Scope,
    SecretRef, StackName, Status, TAG_ADDRESS, TAG_STACK, TAG_TYPE, Token,
};

pub use crate::model::Delta;
pub use error::{ErrorKind, ProviderError, UNKNOWN_KIND};
pub use together::Together;

/// What a provider's calls return.
pub type Result<T> = std::result::Result<T, ProviderError>;

/// A cloud: AWS, or the simulated one.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The handler of a type; an error names the type and says why there is none.
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>>;

    /// The types that are always searched in this scope for what the stack owns, whether or not the blueprint has
    /// them: those with handlers of their own, or all kinds that a cluster serves.
    ///
    /// # Errors
    /// When the scope's API can't be asked: a cluster that can't be reached.
    async fn searched_types(&self, scope: &Scope) -> Result<Vec<ResourceType>>;

    /// Tells of a live resource of the stack, for what others need of it to reach another API: the endpoint of a
    /// cluster.
    fn learn(&self, _address: &Address, _live: &Live) {}

    /// Everything of the stack that a tag search over all services finds in this scope: one paged call. It may lag
    /// minutes behind the truth.
    async fn tagged(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Tagged>>;

    /// Reads what a `lookup:` singles out, exactly one resource.
    async fn lookup(&self, lookup: &Lookup, by: &JsonMap) -> Result<Live>;

    /// The account that the credentials belong to.
    async fn account(&self) -> Result<String>;

    /// A secret's text.
    async fn secret(&self, secret: &SecretRef, scope: &Scope) -> Result<String>;

    /// Calls made so far, by service (`ec2`, `elasticloadbalancing`).
    fn api_calls(&self) -> BTreeMap<String, u64>;
}

/// The code that lists, creates, updates and deletes one resource type.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The type it handles.
    fn resource_type(&self) -> ResourceType;

    /// The service whose rate limits its calls share, in the SDK's word (`ec2`); with the region it names a pace.
    fn service(&self) -> &'static str;

    /// Types whose live resources must be read before this one's, because its own hang under them.
    fn parents(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a repeated [`create`](Self::create) can't make a second resource, because the API takes a token or the
    /// type has a unique name or natural key. Where it can, the executor announces each create in the ledger first
    /// and settles a lost answer by reading again; so `false` is always safe.
    fn deduplicates(&self) -> bool {
        false
    }

    /// Whether an update writes properties and tags by one call: both or neither.
    fn updates_as_one(&self) -> bool {
        false
    }

    /// How long a change may stand still because the blueprint asks for it: a pause between two parts of a rollout.
    fn stillness(&self, _lifecycle: &Lifecycle) -> Duration {
        Duration::ZERO
    }

    /// Whether nothing in the cloud tells what the stack owns of this type: the ledger keeps hints, which come back as
    /// [tagged](Query::tagged).
    fn needs_hints(&self) -> bool {
        false
    }

    /// Everything of this type in the scope that the stack owns, and everything that has the identity of something
    /// [wanted](Query::wanted); in bulk: the number of calls does not grow with the number of resources beyond paging.
    async fn list(&self, query: &Query<'_>) -> Result<Vec<Live>>;

    /// Starts to make a resource, tags and ownership in the same call where the API can. A create that finds its own
    /// first attempt (same token, or same unique name with this stack's tags for this address) returns that one.
    async fn create(&self, request: &Create<'_>) -> Result<Identifier>;

    /// Brings what differs to the desired value: `request.delta` says what.
    async fn update(&self, request: &Update<'_>) -> Result<()>;

    /// What would come of an update, without making it: the provider's own dry run. Asked where the provider alone can
    /// tell whether a resource differs from what is desired, because others write parts of it.
    async fn forecast(&self, request: &Update<'_>) -> Result<Forecast> {
        let message = format!("{} can't be tried without being changed", request.live.resource_type);
        Err(ProviderError::new(ErrorKind::Unsupported, "forecast", message))
    }

    /// Starts to delete. A resource that is gone already is a success.
    async fn delete(&self, request: &Delete<'_>) -> Result<()>;

    /// How far those that wait are: one batched call for all of them, one answer each, in order.
    async fn ready(&self, request: &Pending<'_>) -> Result<Vec<Readiness>>;
}

/// What a bulk read is asked for.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Whose.
    pub stack: &'a StackName,
    /// The desired resources of this type here, as far as their properties are known.
    pub wanted: &'a [Wanted],
    /// Live resources of the types named by [`Handler::parents`], those that the stack owns.
    pub parents: &'a [Live],
    /// What [`Provider::tagged`] found in this scope, all types; and the ledger's hints.
    pub tagged: &'a [Tagged],
}

/// A desired resource, as far as it can tell its identity before it is made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its address.
    pub address: Address,
    /// Its known properties; a generated name included where it is known.
    pub properties: JsonMap,
    /// Those that it has and that are not known yet: they come from something that is not there.
    pub unknown: Vec<String>,
    /// The physical id it is to adopt.
    pub adopt: Option<Identifier>,
}

/// A hit of the tag search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The resource's ARN; of a hint, its identifier.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Tagged {
    /// As if the resource of a hint carried tags.
    pub fn hinted(hint: &Hint, stack: &StackName) -> Self {
        let tags = [
            (TAG_STACK, stack.to_string()),
            (TAG_ADDRESS, hint.address.to_tag()),
            (TAG_TYPE, hint.resource_type.to_string()),
        ];
        let tags = tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { arn: hint.identifier.to_string(), tags }
    }

    /// The type that its tags name, for what was made through Cloud Control.
    pub fn resource_type(&self) -> Option<ResourceType> {
        self.tags.get(TAG_TYPE).map(ResourceType::new)
    }
}

/// A request to make a resource.
#[derive(Clone, Copy)]
pub struct Create<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Whose.
    pub stack: &'a StackName,
    /// Under which address.
    pub address: &'a Address,
    /// All properties, secrets in the clear, the generated name filled in; without the tags.
    pub properties: &'a JsonMap,
    /// All tags, stackctl's own included.
    pub tags: &'a BTreeMap<String, String>,
    /// The same for a repeated attempt.
    pub token: &'a Token,
    /// The blueprint's lifecycle keys.
    pub lifecycle: &'a Lifecycle,
}

/// A request to change a resource in place.
#[derive(Clone, Copy)]
pub struct Update<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Whose.
    pub stack: &'a StackName,
    /// Under which address.
    pub address: &'a Address,
    /// As it was read.
    pub live: &'a Live,
    /// All desired properties, as for [`Create`].
    pub properties: &'a JsonMap,
    /// All tags as they shall be; tags of others are in `live` and stay.
    pub tags: &'a BTreeMap<String, String>,
    /// What differs.
    pub delta: &'a Delta,
    /// The same for a repeated attempt.
    pub token: &'a Token,
    /// The blueprint's lifecycle keys.
    pub lifecycle: &'a Lifecycle,
}

/// A request to delete.
#[derive(Clone, Copy)]
pub struct Delete<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Whose.
    pub stack: &'a StackName,
    /// As it was read.
    pub live: &'a Live,
    /// Whether what it holds (a bucket's objects) may be destroyed with it.
    pub force: bool,
}

/// Those that wait for the same handler in the same scope.
#[derive(Clone, Copy)]
pub struct Pending<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// Whose.
    pub stack: &'a StackName,
    /// Who waits, for what.
    pub items: &'a [PendingItem],
}

/// One that waits.
#[derive(Clone, Debug)]
pub struct PendingItem {
    /// Which resource.
    pub identifier: Identifier,
    /// Its address.
    pub address: Address,
    /// The properties it was made with or changed to; empty for a delete.
    pub properties: JsonMap,
    /// Whether it waits to be gone.
    pub deleting: bool,
}

/// How far one that waits is.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    /// It can be used; with all attributes, for those that depend on it.
    Ready(Box<Live>),
    /// Not yet; in the provider's words (`pending: 2 of 3 instances in service`).
    Waiting(String),
    /// It won't be by waiting; in the provider's words.
    Failed(String),
    /// It is gone, or not visible yet.
    Gone,
}

/// Answers a batch of those that wait from what one bulk read found.
pub fn readiness(items: &[PendingItem], found: Vec<Live>) -> Vec<Readiness> {
    let mut found: HashMap<Identifier, Live> =
        found.into_iter().map(|live| (live.identifier.clone(), live)).collect();
    let answer = |item: &PendingItem| match found.remove(&item.identifier) {
        None => Readiness::Gone,
        Some(live) => match &live.status {
            Status::Ready => Readiness::Ready(Box::new(live)),
            Status::Pending(word) => Readiness::Waiting(word.clone()),
            Status::Failed(words) => Readiness::Failed(words.clone()),
            Status::Deleting => Readiness::Waiting("deleting".to_owned()),
        },
    };
    items.iter().map(answer).collect()
}

/// Reads a property of a resolved resource by a dotted path (`Scheme`, `Endpoint.Port`).
pub fn at<'a>(properties: &'a JsonMap, path: &str) -> Option<&'a Json> {
    let mut parts = path.split('.');
    let mut value = properties.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    Some(value)
}
