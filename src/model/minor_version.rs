//! Kubernetes versions as they are upgraded: `1.<minor>`.

use std::fmt;

/// A minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinorVersion {
    /// `1`.
    pub major: u32,
    /// `31`.
    pub minor: u32,
}

impl fmt::Display for MinorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl MinorVersion {
    /// Of a text like `1.31`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }

    /// The versions on the way to another, that one included: one minor version at a time, and one back at most. `None`
    /// where there is no way.
    pub fn way_to(self, wanted: Self) -> Option<Vec<Self>> {
        if wanted.major != self.major || wanted.minor + 1 < self.minor {
            return None;
        }
        if wanted < self {
            return Some(vec![wanted]);
        }
        Some((self.minor + 1..=wanted.minor).map(|minor| Self { minor, ..self }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: &str, to: &str) -> Option<Vec<String>> {
        let way = MinorVersion::parse(from)?.way_to(MinorVersion::parse(to)?)?;
        Some(way.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_way_takes_one_minor_at_a_time_and_one_back_at_most() {
        let found = |versions: &[&str]| Some(versions.iter().map(ToString::to_string).collect());
        assert_eq!(way("1.29", "1.32"), found(&["1.30", "1.31", "1.32"]));
        assert_eq!(way("1.9", "1.10"), found(&["1.10"]));
        assert_eq!(way("1.31", "1.31"), found(&[]));
        assert_eq!(way("1.31", "1.30"), found(&["1.30"]));
        assert_eq!(way("1.31", "1.29"), None);
        assert_eq!(way("1.31", "2.32"), None);
        assert_eq!(MinorVersion::parse("latest"), None);
    }
}
