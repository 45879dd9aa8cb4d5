//! The hints that an apply leaves for the next one: of what it makes without tags, and of what was there already.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::PipelineError;
use crate::apply::{Event, Listener, Step};
use crate::ledger::Ledger;
use crate::model::{Address, Change, Hint, Identifier, ResourceType, Scope};

/// The hints that were left for a plan.
#[derive(Clone, Debug, Default)]
pub struct LeftHints {
    /// As the ledger has them.
    pub left: BTreeSet<Hint>,
    /// Those of what is still there, as far as can be told.
    pub valid: BTreeSet<Hint>,
}

/// Listens to an apply's events and keeps its hints.
pub(super) struct Hints<'a, N> {
    /// Whether a type needs them.
    needed: N,
    scopes: HashMap<&'a Address, &'a Scope>,
    known: BTreeMap<(ResourceType, Scope, Identifier), Address>,
    left: BTreeSet<Hint>,
}

impl<'a, N: Fn(&ResourceType) -> bool> Hints<'a, N> {
    /// As they are before anything is done. What the plan found by other means is hinted at from now on.
    pub fn new(needed: N, changes: &'a [Change], hints: &LeftHints) -> Self {
        let scopes = changes.iter().map(|change| (&change.address, &change.scope)).collect();
        let mut all = Self { needed, scopes, known: BTreeMap::new(), left: hints.left.clone() };
        hints.valid.iter().cloned().for_each(|hint| all.add(hint));
        for change in changes.iter().filter(|change| change.desired.is_some()) {
            if let Some(live) = &change.live {
                all.add(Hint {
                    resource_type: live.resource_type.clone(),
                    scope: live.scope.clone(),
                    identifier: live.identifier.clone(),
                    address: change.address.clone(),
                });
            }
        }
        all
    }

    fn add(&mut self, hint: Hint) {
        if (self.needed)(&hint.resource_type) {
            self.known.insert((hint.resource_type, hint.scope, hint.identifier), hint.address);
        }
    }

    fn hints(&self) -> BTreeSet<Hint> {
        let known = self.known.iter().map(|((resource_type, scope, identifier), address)| Hint {
            resource_type: resource_type.clone(),
            scope: scope.clone(),
            identifier: identifier.clone(),
            address: address.clone(),
        });
        known.collect()
    }

    /// Writes them down where they are not what the ledger has.
    pub async fn leave(&mut self, ledger: &Ledger) -> Result<(), PipelineError> {
        let hints = self.hints();
        if hints != self.left {
            ledger.leave_hints(&hints).await?;
            self.left = hints;
        }
        Ok(())
    }
}

impl<N: Fn(&ResourceType) -> bool> Listener for Hints<'_, N> {
    fn hear(&mut self, event: &Event) {
        let Event::Finished { address, resource_type, step, identifier, .. } = event else { return };
        let Some(scope) = self.scopes.get(address) else { return };
        let (resource_type, scope, identifier) =
            (resource_type.clone(), Scope::clone(scope), identifier.clone());
        match step {
            Step::Delete => drop(self.known.remove(&(resource_type, scope, identifier))),
            Step::Create | Step::Update => {
                self.add(Hint { resource_type, scope, identifier, address: address.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::diff::tests::support::{World, desired};
    use crate::model::{Action, Json};

    const PERMISSION: &str = "AWS::Lambda::Permission";

    fn finished(address: &Address, step: Step, identifier: &str) -> Event {
        Event::Finished {
            address: address.clone(),
            resource_type: PERMISSION.into(),
            action: Action::Replace,
            step,
            identifier: Identifier::new(identifier),
            took_ms: 1,
            at_ms: 1,
        }
    }

    fn identifiers<N: Fn(&ResourceType) -> bool>(hints: &Hints<'_, N>) -> Vec<String> {
        hints.hints().iter().map(|hint| hint.identifier.to_string()).collect()
    }

    #[test]
    fn hints_follow_what_is_made_and_what_goes() {
        let of = |resource_type: &str, name: &str, properties: Json| {
            desired(&format!("eu-west-1/{name}"), resource_type, &properties)
        };
        let permission = json!({"FunctionName": "resize", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"});
        let world = World::of([
            of(PERMISSION, "mayInvoke", permission),
            of("AWS::SQS::Queue", "jobs", json!({"QueueName": "jobs"})),
        ]);
        let changes = world.made().changes();
        let change = changes.iter().find(|change| change.resource_type.as_str() == PERMISSION).unwrap();
        let old = change.live.as_ref().unwrap().identifier.to_string();
        let needed = |of: &ResourceType| of.as_str() == PERMISSION;
        let mut hints = Hints::new(needed, &changes, &LeftHints::default());
        assert_eq!(identifiers(&hints), [old.as_str()], "what was there is hinted at from now on");
        hints.hear(&finished(&change.address, Step::Create, "resize|new"));
        hints.hear(&finished(&change.address, Step::Delete, &old));
        assert_eq!(identifiers(&hints), ["resize|new"]);
    }
}
