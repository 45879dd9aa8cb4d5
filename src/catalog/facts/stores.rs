//! Types that hold data beyond those that cfn-lint calls stateful: what is lost with one can't be made again.

/// Sorted by name. What can be filled again from elsewhere (a search index over a bucket, a cache of a repository) is
/// here too: that it can is for people to say, by their consent.
const HOLDS_DATA: [&str; 90] = [
    "AWS::ACMPCA::CertificateAuthority",
    "AWS::APS::Workspace",
    "AWS::AmazonMQ::Broker",
    "AWS::Backup::LogicallyAirGappedBackupVault",
    "AWS::Bedrock::KnowledgeBase",
    "AWS::BedrockAgentCore::Memory",
    "AWS::Cases::Domain",
    "AWS::Cassandra::Keyspace",
    "AWS::Cassandra::Table",
    "AWS::CloudFront::KeyValueStore",
    "AWS::CloudHSM::Cluster",
    "AWS::CloudTrail::EventDataStore",
    "AWS::CodeArtifact::Domain",
    "AWS::CodeArtifact::Repository",
    "AWS::CodeCommit::Repository",
    "AWS::Cognito::IdentityPool",
    "AWS::Connect::DataTable",
    "AWS::Connect::Instance",
    "AWS::CustomerProfiles::Domain",
    "AWS::DSQL::Cluster",
    "AWS::DataZone::Domain",
    "AWS::Detective::Graph",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::DirectoryService::SimpleAD",
    "AWS::DocDB::GlobalCluster",
    "AWS::DocDBElastic::Cluster",
    // Its root volume goes with it.
    "AWS::EC2::Instance",
    "AWS::ECR::PublicRepository",
    "AWS::ElastiCache::GlobalReplicationGroup",
    "AWS::FSx::Snapshot",
    "AWS::FSx::StorageVirtualMachine",
    "AWS::FSx::Volume",
    "AWS::FinSpace::Environment",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::HealthAgent::Domain",
    "AWS::HealthImaging::Datastore",
    "AWS::HealthLake::FHIRDatastore",
    "AWS::IoTAnalytics::Channel",
    "AWS::IoTAnalytics::Datastore",
    "AWS::IoTSiteWise::Asset",
    "AWS::IoTSiteWise::Portal",
    "AWS::Kendra::Index",
    "AWS::KinesisVideo::Stream",
    "AWS::Lightsail::Bucket",
    "AWS::Lightsail::Database",
    "AWS::Lightsail::Disk",
    "AWS::Lightsail::Instance",
    "AWS::Location::GeofenceCollection",
    "AWS::Location::Tracker",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::ManagedBlockchain::Node",
    "AWS::MediaStore::Container",
    "AWS::MemoryDB::MultiRegionCluster",
    "AWS::Neptune::GlobalCluster",
    "AWS::NeptuneGraph::Graph",
    "AWS::NeptuneGraph::PrivateGraphEndpoint",
    "AWS::ODB::CloudAutonomousVmCluster",
    "AWS::ODB::CloudVmCluster",
    "AWS::Omics::AnnotationStore",
    "AWS::Omics::ReferenceStore",
    "AWS::Omics::SequenceStore",
    "AWS::Omics::VariantStore",
    "AWS::OpenSearchServerless::Collection",
    "AWS::Personalize::Dataset",
    "AWS::QBusiness::Index",
    "AWS::QuickSight::DataSet",
    "AWS::Rekognition::Collection",
    // Another one has other name servers: the domain would be dark.
    "AWS::Route53::HostedZone",
    "AWS::S3Express::DirectoryBucket",
    "AWS::S3Files::FileSystem",
    "AWS::S3Outposts::Bucket",
    "AWS::S3Tables::Namespace",
    "AWS::S3Tables::Table",
    "AWS::S3Tables::TableBucket",
    "AWS::S3Vectors::Index",
    "AWS::S3Vectors::VectorBucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::NotebookInstance",
    "AWS::StorageGateway::Volume",
    "AWS::Timestream::InfluxDBCluster",
    "AWS::Timestream::InfluxDBInstance",
    "AWS::Transfer::Server",
    "AWS::VerifiedPermissions::PolicyStore",
    "AWS::VoiceID::Domain",
    "AWS::Wisdom::KnowledgeBase",
    "AWS::WorkSpaces::Workspace",
    "AWS::WorkspacesInstances::Volume",
];

/// Whether deleting one of the type destroys what can't be made again.
pub fn holds_data(resource_type: &str) -> bool {
    HOLDS_DATA.binary_search(&resource_type).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    /// How the names of data stores end.
    const STORES: [&str; 15] = [
        "Bucket",
        "Table",
        "Database",
        "Cluster",
        "Domain",
        "Repository",
        "Store",
        "Vault",
        "FileSystem",
        "Volume",
        "Collection",
        "Graph",
        "Ledger",
        "Datastore",
        "Keyspace",
    ];
    /// Those that end so and hold nothing of their own: settings, routes, names, machines without disks that last.
    const HOLD_NONE: [&str; 26] = [
        "AWS::Amplify::Domain",
        "AWS::CleanRooms::ConfiguredTable",
        "AWS::CleanRooms::IdMappingTable",
        "AWS::CleanRooms::IntermediateTable",
        "AWS::CloudFront::TrustStore",
        "AWS::Cognito::UserPoolDomain",
        "AWS::DevOpsGuru::ResourceCollection",
        "AWS::EC2::LocalGatewayRouteTable",
        "AWS::EC2::RouteTable",
        "AWS::EC2::TransitGatewayMulticastDomain",
        "AWS::EC2::TransitGatewayPolicyTable",
        "AWS::EC2::TransitGatewayRouteTable",
        "AWS::ECS::Cluster",
        "AWS::EKS::Cluster",
        "AWS::EMRContainers::VirtualCluster",
        "AWS::ElasticLoadBalancingV2::TrustStore",
        "AWS::Lightsail::Domain",
        "AWS::MediaLive::Cluster",
        "AWS::PCS::Cluster",
        "AWS::Route53::CidrCollection",
        "AWS::Route53RecoveryControl::Cluster",
        "AWS::SageMaker::Cluster",
        "AWS::SageMaker::CodeRepository",
        "AWS::SecurityAgent::TargetDomain",
        "AWS::WorkSpacesWeb::TrustStore",
        "AWS::CodeStar::GitHubRepository",
    ];

    #[test]
    fn the_stores_are_sorted_and_exist() {
        assert!(HOLDS_DATA.is_sorted());
        for name in HOLDS_DATA {
            assert!(Catalog::embedded().contains(name), "{name}");
        }
    }

    #[test]
    fn what_is_called_like_a_store_is_one_or_known_to_be_none() {
        let catalog = Catalog::embedded();
        let unsettled = catalog.names().filter(|name| {
            let holds_data = || catalog.get(name).is_some_and(|schema| schema.facts().holds_data);
            let can_be_made = || catalog.get(name).is_some_and(|schema| schema.can_be_made());
            STORES.iter().any(|end| name.ends_with(end))
                && !HOLD_NONE.contains(name)
                && can_be_made()
                && !holds_data()
        });
        assert_eq!(unsettled.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
