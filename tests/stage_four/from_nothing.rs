//! From nothing to stage 4 in one apply, and back to nothing.

use crate::company::Company;
use crate::kubernetes::NAMES;

/// How many there are of some kinds in AWS, for eyes that see nothing see nothing left.
const IN_AWS: [(&str, usize); 13] = [
    ("vpc", 3),
    ("nat-gateway", 9),
    ("cluster", 3),
    ("nodegroup", 6),
    ("addon", 18),
    ("pod-identity-association", 45),
    ("replication-group", 3),
    ("load-balancer", 3),
    ("AWS::Lambda::Function", 6),
    ("AWS::OpenSearchService::Domain", 3),
    ("AWS::SageMaker::Endpoint", 3),
    ("AWS::Shield::Protection", 5),
    ("AWS::WAFv2::WebACLAssociation", 3),
];
/// The pods that the case study asks for, in each region.
const REPLICAS: [(&str, &str); 4] =
    [("gateway", "20"), ("streaming", "15"), ("chat", "10"), ("analytics", "5")];

#[test]
fn one_apply_makes_clusters_and_services_and_a_destroy_leaves_nothing() {
    let Some(company) = Company::new() else { return };
    company.workspace.apply("stage-4");
    company.assert_settled();

    let made = company.in_aws();
    for (kind, expected) in IN_AWS {
        let found = made.iter().filter(|item| item.kind == kind).count();
        assert_eq!(found, expected, "{kind} among {made:#?}");
    }
    let objects = company.in_clusters();
    for region in NAMES {
        let deployments = objects.iter().filter(|name| name.starts_with(&format!("{region} Deployment/")));
        assert_eq!(deployments.count(), 13, "twelve services and the autoscaler: {objects:#?}");
        for (service, replicas) in REPLICAS {
            assert_eq!(company.ready_replicas(region, service), replicas, "{service} in {region}");
        }
    }
    company.destroy();
}
