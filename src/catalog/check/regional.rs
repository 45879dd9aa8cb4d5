//! Values that are offered in some regions and not in others: types of instances, zones.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::problem::{Problem, ProblemKind};
use super::{inside, scalar};
use crate::catalog::extension::RegionalValues;
use crate::model::{PropertyPath, Value};

/// A value that the region does not offer, or none does.
pub(super) fn check(values: &RegionalValues, region: Option<&str>, value: &Value) -> Option<ProblemKind> {
    let found = value.as_str()?;
    if !values.all().iter().any(|known| &**known == found) {
        let allowed: Vec<String> = values.all().iter().map(ToString::to_string).collect();
        let nearest = scalar::closest(found, &allowed);
        let grows = !is_misspelt(found, &allowed);
        return Some(ProblemKind::BadEnum { found: found.to_owned(), allowed, nearest, grows });
    }
    let region = region?;
    let offered: Vec<&Arc<str>> = values.of(region)?.collect();
    if offered.iter().any(|known| &***known == found) {
        return None;
    }
    // Those of the same size or family are what one would take instead.
    let (family, size) = found.rsplit_once('.').unwrap_or((found, ""));
    let alike = |known: &&&Arc<str>| {
        let (other, other_size) = known.rsplit_once('.').unwrap_or((known, ""));
        other == family || (other_size == size && other.starts_with(&family[..family.len().min(1)]))
    };
    let instead = offered.iter().filter(alike).take(4).map(ToString::to_string).collect();
    Some(ProblemKind::NotInRegion { found: found.to_owned(), region: region.to_owned(), instead })
}

/// Whether no new type can be called so: its family is known, and sizes have never been called so.
fn is_misspelt(found: &str, known: &[String]) -> bool {
    static SIZE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(nano|micro|small|medium|\d*x?large|metal(-\d+xl)?)$").ok());
    let Some((family, size)) = found.rsplit_once('.') else { return false };
    let parts = || known.iter().filter_map(|known| known.rsplit_once('.'));
    let is_size = SIZE.as_ref().is_none_or(|sizes| sizes.is_match(size));
    parts().any(|(other, _)| other == family) && !is_size && !parts().any(|(_, other)| other == size)
}

/// Zones of other regions than the one that the resource is made in.
pub(super) fn zones(
    region: &str,
    regions: &[String],
    value: &Value,
    path: &PropertyPath,
    problems: &mut Vec<Problem>,
) {
    let general = path.generalised();
    let is_zone = ["AvailabilityZone", "AvailabilityZones.*"].iter().any(|name| {
        general.strip_suffix(name).is_some_and(|around| around.is_empty() || around.ends_with('.'))
    });
    if let Some(found) = value.as_str().filter(|_| is_zone) {
        // A zone is its region and a letter; local zones have longer names.
        let elsewhere = regions.iter().any(|other| other != region && is_zone_of(found, other));
        problems.extend(elsewhere.then(|| {
            let kind = ProblemKind::OtherRegion { found: found.to_owned(), region: region.to_owned() };
            Problem { path: path.clone(), kind }
        }));
    }
    for (path, value) in inside(value, path) {
        zones(region, regions, value, &path, problems);
    }
}

fn is_zone_of(zone: &str, region: &str) -> bool {
    let letter = zone.strip_prefix(region);
    letter.is_some_and(|letter| letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_has_never_been_is_misspelt_and_a_family_may_be_new() {
        let known: Vec<String> =
            ["t3.micro", "t3.large", "db.t4g.micro", "m6i.metal"].map(str::to_owned).into();
        assert!(is_misspelt("t3.mircro", &known) && is_misspelt("db.t4g.lage", &known));
        for new in ["t3.48xlarge", "m9i.large", "db.t4.micro", "m6i.metal-96xl", "t3", "t3.xlarge"] {
            assert!(!is_misspelt(new, &known), "{new}");
        }
    }

    #[test]
    fn zones_lie_in_the_region() {
        assert!(is_zone_of("us-west-2a", "us-west-2"));
        assert!(!is_zone_of("us-west-2-lax-1a", "us-west-2") && !is_zone_of("us-west-2", "us-west-2"));
    }
}
