//! Availability zones by region, so that a plan needs no call and is the same for everyone.
//!
//! Source: "Availability Zones" in AWS's "Regions and Zones" guide (docs.aws.amazon.com/global-infrastructure/latest/regions),
//! local and wavelength zones left out. What a letter stands for differs between accounts, and in a few regions so
//! does which letters an account sees (us-west-1 shows two of three); `zones:` in `stackctl.yaml` overrides.

/// The suffixes of a region's zones, sorted; empty for an unknown region.
pub(super) fn of(region: &str) -> &'static [&'static str] {
    let found = TABLE.binary_search_by(|(known, _)| (*known).cmp(region));
    found.map_or(&[], |at| TABLE[at].1)
}

const AB: &[&str] = &["a", "b"];
const ABC: &[&str] = &["a", "b", "c"];

/// Sorted by region.
const TABLE: &[(&str, &[&str])] = &[
    ("af-south-1", ABC),
    ("ap-east-1", ABC),
    ("ap-east-2", ABC),
    ("ap-northeast-1", &["a", "c", "d"]),
    ("ap-northeast-2", &["a", "b", "c", "d"]),
    ("ap-northeast-3", ABC),
    ("ap-south-1", ABC),
    ("ap-south-2", ABC),
    ("ap-southeast-1", ABC),
    ("ap-southeast-2", ABC),
    ("ap-southeast-3", ABC),
    ("ap-southeast-4", ABC),
    ("ap-southeast-5", ABC),
    ("ap-southeast-6", ABC),
    ("ap-southeast-7", ABC),
    ("ca-central-1", &["a", "b", "d"]),
    ("ca-west-1", ABC),
    ("cn-north-1", AB),
    ("cn-northwest-1", ABC),
    ("eu-central-1", ABC),
    ("eu-central-2", ABC),
    ("eu-isoe-west-1", ABC),
    ("eu-north-1", ABC),
    ("eu-south-1", ABC),
    ("eu-south-2", ABC),
    ("eu-west-1", ABC),
    ("eu-west-2", ABC),
    ("eu-west-3", ABC),
    ("eusc-de-east-1", AB),
    ("il-central-1", ABC),
    ("me-central-1", ABC),
    ("me-south-1", ABC),
    ("mx-central-1", ABC),
    ("sa-east-1", ABC),
    ("us-east-1", &["a", "b", "c", "d", "e", "f"]),
    ("us-east-2", ABC),
    ("us-gov-east-1", ABC),
    ("us-gov-west-1", ABC),
    ("us-iso-east-1", ABC),
    ("us-iso-west-1", ABC),
    ("us-isob-east-1", ABC),
    ("us-isob-west-1", ABC),
    ("us-isof-east-1", ABC),
    ("us-isof-south-1", ABC),
    ("us-west-1", &["a", "c"]),
    ("us-west-2", &["a", "b", "c", "d"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_region_is_found() {
        assert!(TABLE.is_sorted_by_key(|(region, _)| *region));
        assert!(TABLE.iter().all(|(region, zones)| of(region) == *zones && zones.is_sorted()));
        assert_eq!(of("xx-nowhere-1"), &[] as &[&str]);
    }
}
