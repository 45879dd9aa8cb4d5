//! What EKS says of a resource that is not well, in its words: the reason of a failure.

use aws_sdk_eks::types::{
    AddonHealth, AddonIssueCode, ClusterHealth, ClusterIssueCode, ErrorCode, ErrorDetail,
    FargateProfileHealth, FargateProfileIssueCode, NodegroupHealth, NodegroupIssueCode,
};

/// One thing that is wrong: a code, a message, and whom it is about.
struct Ill<'a> {
    code: Option<&'a str>,
    message: Option<&'a str>,
    about: &'a [String],
}

/// A status with the reasons given for it: `CREATE_FAILED: NodeCreationFailure: Instances failed to join (i-1, i-2)`.
fn sentence<'a>(status: &str, issues: impl Iterator<Item = Ill<'a>>) -> String {
    let mut sentence = status.to_owned();
    for (index, issue) in issues.enumerate() {
        sentence.push_str(if index == 0 { ": " } else { "; " });
        sentence.push_str(&issue.to_string());
    }
    sentence
}

impl std::fmt::Display for Ill<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = [self.code, self.message].into_iter().flatten().collect();
        f.write_str(&words.join(": "))?;
        if self.about.is_empty() { Ok(()) } else { write!(f, " ({})", self.about.join(", ")) }
    }
}

/// Of a cluster.
pub fn of_cluster(status: &str, health: Option<&ClusterHealth>) -> String {
    let issues = health.map(ClusterHealth::issues).unwrap_or_default();
    sentence(
        status,
        issues.iter().map(|issue| Ill {
            code: issue.code().map(ClusterIssueCode::as_str),
            message: issue.message(),
            about: issue.resource_ids(),
        }),
    )
}

/// Of a node group.
pub fn of_nodegroup(status: &str, health: Option<&NodegroupHealth>) -> String {
    let issues = health.map(NodegroupHealth::issues).unwrap_or_default();
    sentence(
        status,
        issues.iter().map(|issue| Ill {
            code: issue.code().map(NodegroupIssueCode::as_str),
            message: issue.message(),
            about: issue.resource_ids(),
        }),
    )
}

/// Of an add-on.
pub fn of_addon(status: &str, health: Option<&AddonHealth>) -> String {
    let issues = health.map(AddonHealth::issues).unwrap_or_default();
    sentence(
        status,
        issues.iter().map(|issue| Ill {
            code: issue.code().map(AddonIssueCode::as_str),
            message: issue.message(),
            about: issue.resource_ids(),
        }),
    )
}

/// Of a Fargate profile.
pub fn of_fargate_profile(status: &str, health: Option<&FargateProfileHealth>) -> String {
    let issues = health.map(FargateProfileHealth::issues).unwrap_or_default();
    sentence(
        status,
        issues.iter().map(|issue| Ill {
            code: issue.code().map(FargateProfileIssueCode::as_str),
            message: issue.message(),
            about: issue.resource_ids(),
        }),
    )
}

/// Of an update.
pub fn of_update(status: &str, errors: &[ErrorDetail]) -> String {
    sentence(
        status,
        errors.iter().map(|error| Ill {
            code: error.error_code().map(ErrorCode::as_str),
            message: error.error_message(),
            about: error.resource_ids(),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eks::types::{ErrorCode, Issue, NodegroupIssueCode};

    #[test]
    fn every_issue_is_told_with_whom_it_is_about() {
        let issue = |code, message: &str, about: &str| {
            Issue::builder().code(code).message(message).resource_ids(about).build()
        };
        let health = NodegroupHealth::builder()
            .issues(issue(NodegroupIssueCode::NodeCreationFailure, "Instances failed to join", "i-1"))
            .issues(issue(NodegroupIssueCode::AsgInstanceLaunchFailures, "No capacity", "asg-1"))
            .build();
        assert_eq!(
            of_nodegroup("CREATE_FAILED", Some(&health)),
            "CREATE_FAILED: NodeCreationFailure: Instances failed to join (i-1); \
             AsgInstanceLaunchFailures: No capacity (asg-1)"
        );
    }

    #[test]
    fn a_status_without_reasons_stands_alone() {
        assert_eq!(of_update("Failed", &[]), "Failed");
        let error = ErrorDetail::builder()
            .error_code(ErrorCode::PodEvictionFailure)
            .error_message("Reached max retries while trying to evict pods");
        assert_eq!(
            of_update("Failed", &[error.build()]),
            "Failed: PodEvictionFailure: Reached max retries while trying to evict pods"
        );
    }
}
