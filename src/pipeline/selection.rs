//! What people name has to be there: filters that select nothing are refused, and slips of the pen get a suggestion.

use std::collections::BTreeSet;

use crate::blueprint::nearest;
use crate::model::{Address, Region};
use crate::plan::{Filter, PlanError};

/// Refuses a filter that names what is neither of these regions nor of these addresses.
///
/// # Errors
/// With each of them, and what was probably meant.
pub fn known(
    filter: &Filter,
    regions: &BTreeSet<Region>,
    addresses: &BTreeSet<&Address>,
) -> Result<(), PlanError> {
    let unmatched: Vec<String> = filter
        .unmatched(regions, addresses)
        .into_iter()
        .map(|(flag, name)| {
            let hint = match flag {
                "--region" => near(name, regions.iter().map(Region::as_str)),
                _ => meant(name, addresses.iter().copied()),
            };
            format!("{flag} {name}{}", hint.map(|hint| format!("  ({hint})")).unwrap_or_default())
        })
        .collect();
    if unmatched.is_empty() { Ok(()) } else { Err(PlanError::Unmatched(unmatched)) }
}

/// What was probably meant by a name that is no address: one that is like it, or with one of these keys.
pub fn meant<'a>(name: &str, addresses: impl IntoIterator<Item = &'a Address>) -> Option<String> {
    let addresses: Vec<&Address> = addresses.into_iter().collect();
    let of_name = |address: &&Address| {
        address.as_str().strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && !rest.contains("]."))
    };
    let keys = addresses.iter().copied().filter(of_name).filter_map(Address::key);
    let keys: Vec<String> = keys.map(|key| format!("[{key}]")).collect();
    if keys.is_empty() {
        near(name, addresses.iter().map(|one| one.as_str()))
    } else {
        Some(format!("it has {}", keys.join(", ")))
    }
}

fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_seen() {
        let addresses: Vec<Address> =
            ["us-east-1/network.vpc", "us-east-1/network.subnet[a]", "us-east-1/network.subnet[b]"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        let told = |name: &str| meant(name, &addresses);
        assert_eq!(told("us-east-1/netwrok.vpc").unwrap(), "did you mean `us-east-1/network.vpc`?");
        assert_eq!(told("us-east-1/network.subnet").unwrap(), "it has [a], [b]");
        assert_eq!(told("eu-west-3/something.else"), None);
        let filter = Filter {
            regions: vec![Region::new("us-esat-1")],
            targets: vec!["us-east-1/network.subnet".to_owned(), "us-east-1/*".to_owned()],
            excludes: Vec::new(),
        };
        let regions = BTreeSet::from([Region::new("us-east-1")]);
        let Err(PlanError::Unmatched(told)) = known(&filter, &regions, &addresses.iter().collect()) else {
            panic!("it is not there");
        };
        assert_eq!(
            told,
            [
                "--region us-esat-1  (did you mean `us-east-1`?)",
                "--target us-east-1/network.subnet  (it has [a], [b])",
            ]
        );
    }
}
