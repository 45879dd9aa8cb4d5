//! Kubernetes versions as EKS counts them: `1.<minor>`.

use std::fmt;

use crate::providers::{ErrorKind, ProviderError, Result};

/// A minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// Of a text like `1.31`.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

/// The versions that an upgrade goes through, the last one included: EKS takes one minor version at a time, and none
/// back.
pub fn path(from: &str, to: &str, operation: &'static str) -> Result<Vec<Version>> {
    let refuse = |message: String| Err(ProviderError::new(ErrorKind::Invalid, operation, message));
    let (Some(live), Some(wanted)) = (Version::parse(from), Version::parse(to)) else {
        return refuse(format!(
            "`{to}` is no version that `{from}` could be upgraded to: write it as \"1.31\""
        ));
    };
    if wanted.major != live.major {
        return refuse(format!("there is no way from Kubernetes {live} to {wanted}"));
    }
    if wanted < live {
        return refuse(format!(
            "the cluster runs Kubernetes {live} and EKS does not go back to {wanted}: write Version \"{live}\" or \
             higher, or make another cluster"
        ));
    }
    Ok((live.minor + 1..=wanted.minor).map(|minor| Version { minor, ..live }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(from: &str, to: &str) -> Vec<String> {
        path(from, to, "eks:UpdateClusterVersion").unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_upgrade_takes_one_minor_at_a_time() {
        assert_eq!(steps("1.29", "1.32"), ["1.30", "1.31", "1.32"]);
        assert_eq!(steps("1.9", "1.10"), ["1.10"]);
        assert!(steps("1.31", "1.31").is_empty());
    }

    #[test]
    fn a_downgrade_is_refused_in_words() {
        let error = path("1.31", "1.30", "eks:UpdateClusterVersion").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert_eq!(
            error.message,
            "the cluster runs Kubernetes 1.31 and EKS does not go back to 1.30: write Version \"1.31\" or higher, or \
             make another cluster"
        );
        assert!(path("1.31", "latest", "eks:UpdateClusterVersion").is_err());
    }
}
