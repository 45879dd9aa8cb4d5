//! What holds data: caches, storage, databases.

use super::super::{Facts, NameRule};
use super::{GLOBAL, NEW, named, store, takes};

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    // --- caches ---
    (
        "AWS::ElastiCache::ReplicationGroup",
        Facts {
            sets: &["SecurityGroupIds", "UserGroupIds", "LogDeliveryConfigurations"],
            // The member clusters tell them; CloudFormation does not look there.
            readable: &[
                "CacheParameterGroupName",
                "CacheSubnetGroupName",
                "EngineVersion",
                "NotificationTopicArn",
                "NumNodeGroups",
                "PreferredMaintenanceWindow",
                "SecurityGroupIds",
            ],
            ..store(NameRule::lower("ReplicationGroupId", 40), 720)
        },
    ),
    ("AWS::ElastiCache::ServerlessCache", store(NameRule::lower("ServerlessCacheName", 40), 300)),
    ("AWS::ElastiCache::CacheCluster", store(NameRule::lower("ClusterName", 50), 360)),
    (
        "AWS::ElastiCache::SubnetGroup",
        Facts { sets: &["SubnetIds"], ..named(NameRule::lower("CacheSubnetGroupName", 255)) },
    ),
    // Read-only in the schema because CloudFormation makes it up; CreateCacheParameterGroup asks for one.
    // ModifyCacheParameterGroup has no description.
    (
        "AWS::ElastiCache::ParameterGroup",
        Facts { create_only: &["Description"], ..named(NameRule::lower("CacheParameterGroupName", 255)) },
    ),
    ("AWS::MemoryDB::Cluster", store(NameRule::lower("ClusterName", 40), 720)),
    // --- storage ---
    ("AWS::S3::Bucket", store(NameRule::lower("BucketName", 63), 10)),
    ("AWS::S3::BucketPolicy", NEW),
    ("AWS::S3::AccessPoint", named(NameRule::lower("Name", 50))),
    (
        "AWS::S3::MultiRegionAccessPoint",
        Facts { name: Some(NameRule::lower("Name", 50)), create_seconds: 900, ..GLOBAL },
    ),
    ("AWS::EFS::FileSystem", Facts { holds_data: true, ..takes(20) }),
    ("AWS::EFS::MountTarget", Facts { create_first: false, ..takes(90) }),
    ("AWS::FSx::FileSystem", Facts { holds_data: true, ..takes(900) }),
    ("AWS::Backup::BackupVault", store(NameRule::any("BackupVaultName", 50), 5)),
    ("AWS::Backup::BackupPlan", Facts { volatile: &["VersionId"], ..NEW }),
    ("AWS::Backup::BackupSelection", NEW),
    ("AWS::ECR::Repository", store(NameRule::lower("RepositoryName", 256), 5)),
    // --- databases ---
    ("AWS::RDS::DBInstance", store(NameRule::lower("DBInstanceIdentifier", 63), 480)),
    ("AWS::RDS::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::RDS::GlobalCluster",
        Facts { global: true, ..store(NameRule::lower("GlobalClusterIdentifier", 63), 60) },
    ),
    ("AWS::RDS::DBSubnetGroup", named(NameRule::lower("DBSubnetGroupName", 255))),
    ("AWS::RDS::DBParameterGroup", named(NameRule::lower("DBParameterGroupName", 255))),
    ("AWS::RDS::DBClusterParameterGroup", named(NameRule::lower("DBClusterParameterGroupName", 255))),
    ("AWS::RDS::OptionGroup", named(NameRule::lower("OptionGroupName", 255))),
    ("AWS::RDS::DBProxy", Facts { create_seconds: 300, ..NEW }),
    ("AWS::RDS::DBProxyTargetGroup", Facts { create_first: false, ..takes(60) }),
    ("AWS::DocDB::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::DocDB::DBInstance",
        Facts { name: Some(NameRule::lower("DBInstanceIdentifier", 63)), ..takes(480) },
    ),
    ("AWS::Neptune::DBCluster", store(NameRule::lower("DBClusterIdentifier", 63), 180)),
    (
        "AWS::DynamoDB::Table",
        Facts { volatile: &["StreamArn"], ..store(NameRule::any("TableName", 255), 20) },
    ),
    (
        "AWS::DynamoDB::GlobalTable",
        Facts { volatile: &["StreamArn"], ..store(NameRule::any("TableName", 255), 60) },
    ),
    ("AWS::Redshift::Cluster", store(NameRule::lower("ClusterIdentifier", 63), 300)),
    ("AWS::RedshiftServerless::Namespace", store(NameRule::lower("NamespaceName", 64), 30)),
    (
        "AWS::RedshiftServerless::Workgroup",
        Facts { name: Some(NameRule::lower("WorkgroupName", 64)), ..takes(180) },
    ),
    ("AWS::OpenSearchService::Domain", store(NameRule::lower("DomainName", 28), 900)),
    ("AWS::Timestream::Database", store(NameRule::any("DatabaseName", 256), 5)),
    ("AWS::Timestream::Table", store(NameRule::any("TableName", 256), 5)),
];
