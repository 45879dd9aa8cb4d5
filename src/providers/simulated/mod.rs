//! An in-memory cloud: every type of the catalog, with latencies, eventual consistency and faults.
//!
//! [`Cloud`] is a whole [`Provider`]. One generic handler serves all types; ids and read-only attributes are made up from
//! the catalog. It is stricter than AWS where that catches mistakes: nothing may refer to what is not ready, and
//! nothing that is referred to can be deleted. Tests, `--simulate` and benchmarks run on it.

mod adopted;
mod behaviour;
mod clock;
mod cloud;
mod faults;
mod handler;
mod held;
mod invent;
mod merge;
mod references;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::catalog::Catalog;
use crate::model::{
    Json, JsonMap, Live, Lookup, Ownership, ResourceType, Scope, SecretRef, StackName, TAG_STACK,
};
use crate::providers::{ErrorKind, Handler, Provider, ProviderError, Result, Tagged};

pub use behaviour::{Behaviour, Rate, TokenSupport};
pub use cloud::{Cloud, Deed, DeedKind, SavedCloudError};
pub use faults::{Failure, Fault, Faults, Match, Operation};

use cloud::{Call, report};
use handler::Simulated;
use invent::Inventor;

/// Whose calls the tag search is.
const TAGGING: &str = "AWS::Tagging::Resource";

#[async_trait]
impl Provider for Cloud {
    fn handler(&self, resource_type: &ResourceType) -> Result<Arc<dyn Handler>> {
        let name = resource_type.as_str();
        if name.starts_with("AWS::") && Catalog::embedded().get(name).is_none() {
            return Err(handler::unknown(resource_type));
        }
        Ok(Arc::new(Simulated::new(self.clone(), resource_type.clone())))
    }

    async fn searched_types(&self, scope: &Scope) -> Result<Vec<ResourceType>> {
        Ok(self.lock().store.types(scope))
    }

    async fn tagged(&self, scope: &Scope, stack: &StackName) -> Result<Vec<Tagged>> {
        let tagging = ResourceType::new(TAGGING);
        let call = Call { operation: Operation::Search, resource_type: &tagging, scope, address: None };
        self.call(call, |state, moment| {
            let shown = state.store.all().filter(|held| {
                held.scope == *scope
                    && held.searchable_ms <= moment.now
                    && held.tags.get(TAG_STACK).is_some_and(|owner| owner == stack.as_str())
            });
            Ok(shown.map(|held| Tagged { arn: arn_of(held), tags: held.tags.clone() }).collect())
        })
        .await
    }

    async fn lookup(&self, lookup: &Lookup, by: &JsonMap) -> Result<Live> {
        let call = Call {
            operation: Operation::List,
            resource_type: &lookup.resource_type,
            scope: &lookup.scope,
            address: None,
        };
        let found = self
            .call(call, |state, moment| {
                let matching = state
                    .store
                    .of_type(&lookup.resource_type, &lookup.scope)
                    .filter(|(_, held)| {
                        by.iter().all(|(name, value)| held.properties.get(name) == Some(value))
                    })
                    .map(|(_, held)| report(held, Ownership::Foreign, moment.now));
                Ok(matching.collect::<Vec<_>>())
            })
            .await?;
        match <[Live; 1]>::try_from(found) {
            Ok([live]) => Ok(live),
            Err(found) if found.is_empty() => Ok(self.imagine(lookup, by)),
            Err(found) => Err(ambiguous(lookup, found.len())),
        }
    }

    async fn account(&self) -> Result<String> {
        Ok(self.inner.account.clone())
    }

    async fn secret(&self, secret: &SecretRef, _scope: &Scope) -> Result<String> {
        match secret.0.strip_prefix("secret://env/") {
            Some(variable) => std::env::var(variable).map_err(|_| {
                let message = format!("the environment variable `{variable}` is not set");
                ProviderError::new(ErrorKind::NotFound, "simulated:GetSecret", message)
            }),
            None => Ok(format!("simulated:{}", secret.0)),
        }
    }

    fn api_calls(&self) -> BTreeMap<String, u64> {
        self.calls()
    }
}

impl Cloud {
    /// A lookup of what an empty cloud can't have: it is there as if someone had made it before.
    fn imagine(&self, lookup: &Lookup, by: &JsonMap) -> Live {
        let mut properties = by.clone();
        if let Some(schema) = Catalog::embedded().get(lookup.resource_type.as_str()) {
            Inventor::require(&schema, &mut properties);
        }
        let held = self.place_held(&lookup.resource_type, &lookup.scope, properties, BTreeMap::new());
        report(&held, Ownership::Foreign, self.now())
    }
}

fn ambiguous(lookup: &Lookup, count: usize) -> ProviderError {
    let message = format!("{count} resources match `{}`; make `by` narrower", lookup.address);
    ProviderError::new(ErrorKind::Invalid, format!("lookup of {}", lookup.resource_type), message)
}

/// The ARN by which the tag search knows a resource.
fn arn_of(held: &held::Held) -> String {
    let own = held.properties.get("Arn").and_then(Json::as_str);
    let region = held.scope.region().map_or("", |region| region.as_str());
    own.map_or_else(
        || {
            let service = cloud::service_word(&held.resource_type);
            let kind = held.resource_type.short().to_lowercase();
            format!("arn:aws:{service}:{region}:123456789012:{kind}/{}", held.identifier)
        },
        str::to_owned,
    )
}
