//! What tags say: whose a resource is.

use std::collections::BTreeMap;

use crate::model::{Address, Ownership, StackName, TAG_ADDRESS, TAG_STACK};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Keeps what people and stackctl wrote; AWS's own (`aws:cloudformation:...`) can't be changed and never shows.
pub fn collect<'a>(pairs: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Tags {
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key?.to_owned(), value.unwrap_or_default().to_owned())))
        .filter(|(key, _)| !key.starts_with("aws:"))
        .collect()
}

/// Whose a resource with these tags is.
pub fn ownership(tags: &Tags, stack: &StackName) -> Ownership {
    owner(tags, stack).map_or(Ownership::Foreign, Ownership::Tagged)
}

/// The address that tags claim in this stack.
pub fn owner(tags: &Tags, stack: &StackName) -> Option<Address> {
    let ours = tags.get(TAG_STACK).is_some_and(|name| name == stack.as_str());
    address(tags).filter(|_| ours)
}

/// The address that tags claim in whatever stack.
pub fn address(tags: &Tags) -> Option<Address> {
    Address::from_tag(tags.get(TAG_ADDRESS)?).ok()
}
