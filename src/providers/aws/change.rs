//! What an update leaves a property at.

use std::collections::BTreeSet;

use super::Shape;
use crate::model::Json;
use crate::providers::Update;

/// A property as it shall be after an update: the desired value; where the blueprint has none, the live one stays,
/// unless it was taken out of the blueprint and goes back to AWS's default (`None`).
pub fn after<'a>(request: &Update<'a>, property: &str) -> Option<&'a Json> {
    let desired = Shape(request.properties).get(property);
    let stays = !request.delta.touches(property);
    desired.or_else(|| Shape(&request.live.properties).get(property).filter(|_| stays))
}

/// What a list of members loses and gains.
#[derive(Debug, PartialEq, Eq)]
pub struct Membership {
    /// In the desired list alone.
    pub added: Vec<String>,
    /// In the live list alone.
    pub removed: Vec<String>,
}

impl Membership {
    /// Between two lists, in the order of each.
    pub fn between(live: &[String], desired: &[String]) -> Self {
        let without = |list: &[String], other: &[String]| {
            let other: BTreeSet<_> = other.iter().collect();
            list.iter().filter(|item| !other.contains(item)).cloned().collect()
        };
        Self { added: without(desired, live), removed: without(live, desired) }
    }

    /// Of a property that holds a list of texts.
    pub fn of(request: &Update<'_>, property: &str) -> Self {
        Self::between(
            &Shape(&request.live.properties).strings(property),
            &Shape(request.properties).strings(property),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_compared_without_order() {
        let list = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
        let change = Membership::between(&list(&["a", "b"]), &list(&["c", "a"]));
        assert_eq!(change, Membership { added: list(&["c"]), removed: list(&["b"]) });
    }
}
