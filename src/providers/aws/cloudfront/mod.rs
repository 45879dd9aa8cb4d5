//! Amazon CloudFront: distributions, and what they refer to.

mod behavior;
mod cache_policy;
mod config;
mod distribution;
mod edge_settings;
mod origin;
mod origin_access_control;
mod tagging;

pub use cache_policy::CachePolicy;
pub use distribution::Distribution;
pub use origin_access_control::OriginAccessControl;

use super::Shape;
use crate::model::{Address, Ownership};
use crate::providers::Query;

/// The word that calls are signed for.
const SERVICE: &str = "cloudfront";

/// Whose something without tags is: the wanted one's of that name; else it may be the stack's by its name's
/// beginning, or it is of no concern.
fn owner_by_name(query: &Query<'_>, config: &str, id: &str, name: &str) -> Option<Ownership> {
    let is_it =
        |properties| Shape(properties).object(config).and_then(|config| config.str("Name")) == Some(name);
    let wanted = query.wanted.iter().find(|wanted| match &wanted.adopt {
        Some(adopt) => adopt.as_str() == id,
        None => is_it(&wanted.properties),
    });
    let address: Option<Address> = wanted.map(|wanted| wanted.address.clone());
    match address {
        Some(_) if wanted.is_some_and(|wanted| wanted.adopt.is_some()) => {
            Some(Ownership::Child { parent: None, name: name.to_owned() })
        }
        Some(address) => Some(Ownership::Tagged(address)),
        None => name
            .starts_with(&format!("{}-", query.stack))
            .then(|| Ownership::Child { parent: None, name: name.to_owned() }),
    }
}
