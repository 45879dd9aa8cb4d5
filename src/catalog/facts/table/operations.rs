//! Messages, monitoring, media, learning and analytics.

use super::super::{Facts, NameRule};
use super::{NEW, named, store, takes};

/// Sorted by service; within one, what others need comes first.
pub(super) const TYPES: &[(&str, Facts)] = &[
    // --- messages and streams ---
    (
        "AWS::SQS::Queue",
        // A queue's name may be used again only 60 seconds after its deletion, which a name with a hash never needs.
        Facts { name: Some(NameRule::fifo("QueueName", 80, "FifoQueue")), holds_data: true, ..takes(5) },
    ),
    ("AWS::SQS::QueuePolicy", NEW),
    ("AWS::SNS::Topic", named(NameRule::fifo("TopicName", 256, "FifoTopic"))),
    ("AWS::SNS::Subscription", NEW),
    ("AWS::SNS::TopicPolicy", NEW),
    ("AWS::Events::Rule", named(NameRule::any("Name", 64))),
    ("AWS::Events::EventBus", named(NameRule::any("Name", 256))),
    ("AWS::Scheduler::Schedule", named(NameRule::any("Name", 64))),
    ("AWS::Kinesis::Stream", store(NameRule::any("Name", 128), 30)),
    (
        "AWS::KinesisFirehose::DeliveryStream",
        Facts { name: Some(NameRule::any("DeliveryStreamName", 64)), ..takes(60) },
    ),
    (
        "AWS::MSK::Cluster",
        Facts { volatile: &["CurrentVersion"], ..store(NameRule::any("ClusterName", 64), 1500) },
    ),
    ("AWS::MSK::ServerlessCluster", store(NameRule::any("ClusterName", 64), 300)),
    ("AWS::AmazonMQ::Broker", store(NameRule::any("BrokerName", 50), 900)),
    // --- watching ---
    (
        "AWS::CloudWatch::Alarm",
        Facts {
            sets: &["AlarmActions", "OKActions", "InsufficientDataActions", "Dimensions"],
            ..named(NameRule::any("AlarmName", 255))
        },
    ),
    ("AWS::CloudWatch::CompositeAlarm", named(NameRule::any("AlarmName", 255))),
    ("AWS::CloudWatch::Dashboard", named(NameRule::any("DashboardName", 255))),
    ("AWS::Logs::LogGroup", store(NameRule::any("LogGroupName", 512), 5)),
    (
        "AWS::Logs::LogStream",
        Facts { name: Some(NameRule::any("LogStreamName", 512)), holds_data: true, ..NEW },
    ),
    ("AWS::Synthetics::Canary", Facts { name: Some(NameRule::lower("Name", 255)), ..takes(60) }),
    ("AWS::CloudTrail::Trail", named(NameRule::any("TrailName", 128))),
    // --- media, learning, analytics ---
    ("AWS::MediaConvert::Queue", named(NameRule::any("Name", 80))),
    ("AWS::MediaConvert::JobTemplate", named(NameRule::any("Name", 80))),
    ("AWS::MediaConvert::Preset", named(NameRule::any("Name", 80))),
    ("AWS::MediaPackage::Channel", NEW),
    ("AWS::MediaLive::Channel", takes(30)),
    ("AWS::SageMaker::Model", named(NameRule::any("ModelName", 63))),
    ("AWS::SageMaker::EndpointConfig", named(NameRule::any("EndpointConfigName", 63))),
    ("AWS::SageMaker::Endpoint", Facts { name: Some(NameRule::any("EndpointName", 63)), ..takes(400) }),
    ("AWS::SageMaker::FeatureGroup", Facts { holds_data: true, ..takes(60) }),
    (
        "AWS::SageMaker::NotebookInstance",
        Facts { name: Some(NameRule::any("NotebookInstanceName", 63)), holds_data: true, ..takes(180) },
    ),
    ("AWS::Personalize::DatasetGroup", Facts { holds_data: true, ..takes(30) }),
    ("AWS::Athena::WorkGroup", named(NameRule::any("Name", 128))),
    ("AWS::Glue::Database", Facts { holds_data: true, ..NEW }),
    ("AWS::Glue::Crawler", named(NameRule::any("Name", 255))),
    ("AWS::EMR::Cluster", Facts { holds_data: true, ..takes(480) }),
    ("AWS::ApiGateway::RestApi", NEW),
    ("AWS::ApiGatewayV2::Api", NEW),
    ("AWS::AppSync::GraphQLApi", takes(10)),
    ("AWS::CloudFormation::Stack", Facts { holds_data: true, ..takes(120) }),
];
