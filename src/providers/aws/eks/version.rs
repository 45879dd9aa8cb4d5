//! The way from one Kubernetes version to another.

use crate::model::MinorVersion;
use crate::providers::{ErrorKind, ProviderError, Result};

/// The versions that an upgrade goes through, the last one included: EKS takes one minor version at a time, and one back
/// within some days of an upgrade.
pub fn path(from: &str, to: &str, operation: &'static str) -> Result<Vec<MinorVersion>> {
    let refuse = |message: String| Err(ProviderError::new(ErrorKind::Invalid, operation, message));
    let (Some(live), Some(wanted)) = (MinorVersion::parse(from), MinorVersion::parse(to)) else {
        return refuse(format!(
            "`{to}` is no version that `{from}` could be upgraded to: write it as \"1.31\""
        ));
    };
    match live.way_to(wanted) {
        Some(way) => Ok(way),
        None => refuse(format!("there is no way from Kubernetes {live} to {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_way_is_refused_in_words() {
        let refused = |from, to| path(from, to, "eks:UpdateClusterVersion").unwrap_err();
        assert_eq!(refused("1.31", "1.28").message, "there is no way from Kubernetes 1.31 to 1.28");
        assert_eq!(refused("1.31", "latest").kind, ErrorKind::Invalid);
        assert_eq!(path("1.31", "1.30", "eks:UpdateClusterVersion").unwrap().len(), 1);
    }
}
