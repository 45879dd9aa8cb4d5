//! Another valid value for each property of the shipped blueprints.
//!
//! Valid for AWS, not for an emulator alone: a port range stays a range, a timeout below its interval.

use super::leaves::Leaf;

/// What can be written in a property's place.
pub enum Next {
    /// This, as YAML.
    Value(String),
    /// Nothing: AWS takes no other value there, for the reason in [`FIXED`].
    Fixed,
    /// A reference: it changes whenever its target is replaced, which other cases do.
    Follows,
    /// Nobody has thought of it yet.
    Unknown,
}

/// By the end of `Type.path`, then the old value (`*` any), then the new one.
const VALUES: &[(&str, &str, &str)] = &[
    // Policies, wherever they stand.
    (".Version", "2012-10-17", "\"2008-10-17\""),
    (".Sid", "*", "Renamed"),
    (".Effect", "Allow", "Deny"),
    (".Effect", "Deny", "Allow"),
    (".Principal", "*", "{AWS: \"arn:aws:iam::111122223333:root\"}"),
    (".Principal.Service", "*", "lambda.amazonaws.com"),
    (".Action", "sts:AssumeRole", "\"sts:TagSession\""),
    // A bucket's policy takes only what can be done with a bucket, to itself.
    ("BucketPolicy.PolicyDocument.Statement.*.Action", "*", "\"s3:GetObjectVersion\""),
    ("BucketPolicy.PolicyDocument.Statement.*.Resource.*", "${media.arn}", "\"${media.arn}/originals/*\""),
    (".Action", "*", "\"s3:ListAllMyBuckets\""),
    (".Action.*", "*", "\"s3:ListAllMyBuckets\""),
    (".Condition.Bool.aws:SecureTransport", "*", "\"true\""),
    (".Condition.StringEquals.aws:SourceArn", "*", "\"arn:aws:cloudfront::${account}:distribution/*\""),
    (".Condition.StringEquals.aws:SourceAccount", "*", "\"111122223333\""),
    (".Condition.StringEquals.iam:PassedToService", "*", "lambda.amazonaws.com"),
    (".PolicyDocument.Statement", "*", "[{Effect: Allow, Action: \"s3:ListAllMyBuckets\", Resource: \"*\"}]"),
    ("Policies.*.PolicyName", "*", "renamed"),
    (
        "ManagedPolicyArns.*",
        "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ),
    ("ManagedPolicyArns.*", "*", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
    // Security groups.
    ("IpProtocol", "tcp", "udp"),
    ("IpProtocol", "-1", "\"50\""),
    ("FromPort", "${port}", "2999"),
    ("ToPort", "${port}", "3001"),
    ("CidrIp", "*", "198.51.100.0/24"),
    // Networks.
    (
        "EC2::Subnet.CidrBlock",
        "${cidrSubnet(cidr, 4, zoneIndex + 8)}",
        "\"${cidrSubnet(cidr, 4, zoneIndex + 11)}\"",
    ),
    (
        "EC2::Subnet.CidrBlock",
        "${cidrSubnet(cidr, 8, zoneIndex)}",
        "\"${cidrSubnet(cidr, 8, zoneIndex + 10)}\"",
    ),
    ("Tags.*.Key", "*", "Layer"),
    ("EC2::Subnet.Tags", "*", "[{Key: Layer, Value: other}]"),
    ("EC2::VPCEndpoint.ServiceName", "*", "\"com.amazonaws.${region}.dynamodb\""),
    ("EC2::Route.DestinationCidrBlock", "*", "198.51.100.0/24"),
    // Load balancing.
    ("LoadBalancer.Scheme", "*", "internal"),
    ("Attributes.*.Value", "60", "\"61\""),
    ("Attributes.*.Value", "30", "\"31\""),
    ("Attributes.*.Value", "true", "\"false\""),
    ("Attributes.*.Value", "least_outstanding_requests", "round_robin"),
    ("TargetGroup.Protocol", "*", "HTTPS"),
    ("TargetGroup.Port", "*", "3001"),
    ("TargetGroup.HealthCheckProtocol", "*", "HTTPS"),
    ("TargetGroup.HealthCheckPath", "*", "/readyz"),
    ("TargetGroup.Matcher.HttpCode", "*", "\"200-299\""),
    ("Listener.Port", "80", "8080"),
    ("Listener.Port", "443", "8443"),
    (
        "Listener.DefaultActions",
        "*",
        "[{Type: fixed-response, FixedResponseConfig: {StatusCode: \"503\", ContentType: text/plain, MessageBody: closed}}]",
    ),
    ("Listener.SslPolicy", "*", "ELBSecurityPolicy-TLS13-1-3-2021-06"),
    // Instances.
    ("LaunchTemplateData.ImageId", "*", "ami-0abcdef1234567890"),
    ("LaunchTemplateData.UserData", "*", "IyEvYmluL3NoCg=="),
    ("LaunchTemplateData.InstanceType", "*", "m6i.xlarge"),
    ("MetadataOptions.HttpEndpoint", "*", "disabled"),
    ("MetadataOptions.HttpTokens", "*", "optional"),
    ("BlockDeviceMappings.*.DeviceName", "*", "/dev/sda1"),
    ("Ebs.VolumeType", "*", "gp2"),
    ("Ebs.VolumeSize", "*", "30"),
    ("AutoScalingGroup.MinSize", "*", "\"2\""),
    ("AutoScalingGroup.MaxSize", "*", "\"11\""),
    ("AutoScalingGroup.HealthCheckType", "*", "EC2"),
    ("PredefinedMetricSpecification.PredefinedMetricType", "*", "ASGAverageNetworkIn"),
    ("TargetTrackingConfiguration.TargetValue", "*", "60"),
    // CloudFront.
    ("OriginAccessControlConfig.SigningBehavior", "*", "no-override"),
    ("DistributionConfig.HttpVersion", "*", "http2"),
    ("DistributionConfig.PriceClass", "*", "PriceClass_200"),
    (
        "DistributionConfig.Origins",
        "*",
        "[{Id: media, DomainName: \"${bucketDomain}\", OriginPath: /films, OriginAccessControlId: \"${originAccess.Id}\", S3OriginConfig: {OriginAccessIdentity: \"\"}}]",
    ),
    (
        "DistributionConfig.CacheBehaviors",
        "*",
        "[{PathPattern: \"*.mpd\", TargetOriginId: media, ViewerProtocolPolicy: https-only, CachePolicyId: \"${playlists.Id}\"}]",
    ),
    ("CookiesConfig.CookieBehavior", "*", "all"),
    ("QueryStringsConfig.QueryStringBehavior", "*", "all"),
    ("DefaultCacheBehavior.ViewerProtocolPolicy", "*", "https-only"),
    // Managed-CachingDisabled, Managed-AllViewer, Managed-SecurityHeadersPolicy.
    ("DefaultCacheBehavior.CachePolicyId", "*", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
    ("DefaultCacheBehavior.OriginRequestPolicyId", "*", "216adef6-5c7f-47e4-b989-5492eafa07d3"),
    ("DefaultCacheBehavior.ResponseHeadersPolicyId", "*", "67f7725c-6f97-4210-82d7-5512b31e9d03"),
    // Names.
    ("HostedZone.Name", "*", "other.example"),
    ("RecordSet.Name", "www.${domain}", "\"web.${domain}\""),
    ("RecordSet.Name", "*", "\"second.${hostName}\""),
    ("RecordSet.Type", "A", "AAAA"),
    ("RecordSet.Type", "CNAME", "PTR"),
    ("RecordSet.TTL", "*", "\"600\""),
    ("Certificate.SubjectAlternativeNames.*", "*", "\"www.${domain}\""),
    // Buckets.
    ("Bucket.BucketName", "*", "\"${stack}-films-${account}-${region}\""),
    ("ServerSideEncryptionByDefault.SSEAlgorithm", "*", "aws:kms"),
    ("Rules.*.ObjectOwnership", "*", "BucketOwnerPreferred"),
    ("VersioningConfiguration.Status", "*", "Suspended"),
    ("CorsRules.*.AllowedOrigins", "*", "[\"https://other.example\"]"),
    ("CorsRules.*.AllowedMethods.*", "GET", "POST"),
    ("CorsRules.*.AllowedMethods.*", "HEAD", "DELETE"),
    ("CorsRules.*.AllowedMethods.*", "PUT", "HEAD"),
    ("CorsRules.*.AllowedHeaders.*", "*", "authorization"),
    ("CorsRules.*.ExposedHeaders.*", "*", "x-amz-request-id"),
    ("LifecycleConfiguration.Rules.*.Status", "*", "Disabled"),
    ("LifecycleConfiguration.Rules.*.Prefix", "*", "elsewhere/"),
    ("Transitions.*.StorageClass", "GLACIER_IR", "STANDARD_IA"),
    ("Transitions.*.StorageClass", "DEEP_ARCHIVE", "GLACIER"),
    ("Transitions.*.StorageClass", "INTELLIGENT_TIERING", "STANDARD_IA"),
    // Caches.
    ("ReplicationGroup.CacheNodeType", "*", "cache.m6g.xlarge"),
    ("ReplicationGroup.NumCacheClusters", "*", "4"),
    ("ReplicationGroup.MultiAZEnabled", "*", "false"),
    ("ReplicationGroup.SnapshotWindow", "*", "05:00-06:00"),
    ("ReplicationGroup.PreferredMaintenanceWindow", "*", "sun:08:30-sun:09:30"),
    // Transcoding.
    ("MediaConvert::Queue.Status", "*", "PAUSED"),
    (
        "StateMachine.DefinitionString",
        "*",
        "{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}",
    ),
    ("Rule.State", "*", "DISABLED"),
    ("Rule.Name", "*", "\"${stack}-new-uploads\""),
    ("EventPattern.source.*", "*", "company.uploads"),
    ("EventPattern.detail-type.*", "*", "Object Restore Completed"),
    ("EventPattern.detail.object.key.*.prefix", "*", "elsewhere/"),
    ("Targets.*.Id", "*", "convert"),
    ("RetryPolicy.MaximumEventAgeInSeconds", "*", "3600"),
    // Alarms.
    ("Alarm.Namespace", "*", "Company/Metrics"),
    ("Alarm.MetricName", "*", "Another"),
    ("Alarm.Dimensions.*.Name", "*", "Another"),
    ("Alarm.Dimensions.*.Value", "*", "another"),
    ("Alarm.Statistic", "Sum", "Average"),
    ("Alarm.Statistic", "*", "Sum"),
    ("Alarm.ExtendedStatistic", "*", "p99"),
    ("Alarm.Period", "60", "120"),
    ("Alarm.Period", "300", "600"),
    ("Alarm.DatapointsToAlarm", "3", "2"),
    ("Alarm.DatapointsToAlarm", "8", "7"),
    ("Alarm.ComparisonOperator", "*", "LessThanThreshold"),
    ("Alarm.Threshold", "${p95Seconds}", "0.2"),
    ("Alarm.Threshold", "${maxInstances}", "9"),
    ("Alarm.TreatMissingData", "*", "breaching"),
];

/// By the end of `Type.path`: why there is no other value.
const FIXED: &[(&str, &str)] = &[
    ("EC2::VPC.CidrBlock", "the subnets lie in it; all of them change with the component's parameter"),
    ("EC2::VPC.EnableDnsSupport", "DNS host names need it"),
    ("EC2::Subnet.AvailabilityZone", "a subnet in use can't make room for another with its range"),
    ("EC2::VPCEndpoint.VpcEndpointType", "the other types take other properties"),
    ("EC2::EIP.Domain", "EC2-Classic is gone"),
    ("LoadBalancer.Type", "the other types take other attributes"),
    ("LoadBalancer.IpAddressType", "dualstack needs subnets with IPv6"),
    ("Attributes.*.Key", "it names the value beside it"),
    ("TargetGroup.TargetType", "an Auto Scaling group registers instances"),
    ("Listener.Protocol", "the other one needs, or takes no, certificate"),
    ("Listener.DefaultActions.*.Type", "the other types take other properties"),
    ("MetricsCollection.*.Granularity", "there is one granularity"),
    ("ScalingPolicy.PolicyType", "the other types take other properties"),
    ("OriginAccessControlConfig.OriginAccessControlOriginType", "it is the origin's type"),
    ("OriginAccessControlConfig.SigningProtocol", "there is one protocol"),
    ("DistributionConfig.Aliases", "they have to be names of the certificate"),
    ("DistributionConfig.WebACLId", "it is a firewall that exists, or not written"),
    ("DistributionConfig.ViewerCertificate", "it has to cover the aliases"),
    ("HeadersConfig.HeaderBehavior", "the other one needs a list of headers"),
    ("DefaultCacheBehavior.TargetOriginId", "it names the origin"),
    ("DefaultCacheBehavior.AllowedMethods.*", "CloudFront takes three lists, not any method"),
    ("DefaultCacheBehavior.CachedMethods.*", "CloudFront takes two lists, not any method"),
    ("RecordSet.AliasTarget.HostedZoneId", "it is the target's zone"),
    ("Certificate.DomainName", "the validation names it too"),
    ("Certificate.ValidationMethod", "the proof is in the zone"),
    ("Certificate.DomainValidationOptions.*.DomainName", "it is the certificate's"),
    ("Bucket.ReplicationConfiguration", "it needs another region's bucket and a role, or is not written"),
    ("Bucket.NotificationConfiguration", "it is on, or not written"),
    ("ReplicationGroup.Engine", "another engine has other versions"),
    ("ReplicationGroup.EngineVersion", "it only goes up, and there is none above"),
    ("ReplicationGroup.AutomaticFailoverEnabled", "MultiAZ needs it"),
    ("ReplicationGroup.TransitEncryptionEnabled", "it goes off by way of TransitEncryptionMode"),
    ("MediaConvert::Queue.PricingPlan", "reserved slots are a year's contract"),
    ("StateMachine.StateMachineType", "an express one can't wait for a job"),
    ("Topic.Subscription", "a subscription waits for somebody to confirm it"),
];

/// Endings of free text: anything may be written.
const FREE: &[&str] =
    &["Description", "Comment", "DisplayName", ".Id", "Tags.*.Value", ".Resource", ".Resource.*"];

/// Another value for a property.
pub fn other(leaf: &Leaf) -> Next {
    let name = format!("{}.{}", leaf.resource_type, leaf.path);
    if FIXED.iter().any(|(end, _reason)| name.ends_with(end)) {
        return Next::Fixed;
    }
    let listed =
        VALUES.iter().find(|(end, old, _)| name.ends_with(end) && (*old == "*" || *old == leaf.text));
    if let Some((_, _, new)) = listed {
        return Next::Value((*new).to_owned());
    }
    if is_reference(&leaf.text) {
        return Next::Follows;
    }
    // Another one for each: two statements that say the same are one.
    if leaf.text == "*" && name.ends_with(".Resource") {
        return Next::Value("\"arn:aws:s3:::*\"".to_owned());
    }
    if FREE.iter().any(|end| name.ends_with(end)) {
        return Next::Value(format!("\"{} 2\"", leaf.text));
    }
    match (leaf.text.as_str(), leaf.text.parse::<i64>()) {
        ("true", _) => Next::Value("false".to_owned()),
        ("false", _) => Next::Value("true".to_owned()),
        // The lower end of a range goes down, everything else up: both stay valid.
        (_, Ok(number)) if name.ends_with("FromPort") => Next::Value((number - 1).to_string()),
        (_, Ok(number)) => Next::Value((number + 1).to_string()),
        _ => Next::Unknown,
    }
}

/// `${vpc.VpcId}`, `${privateSubnetIds}`: one expression and nothing else.
fn is_reference(text: &str) -> bool {
    text.starts_with("${") && text.find('}') == Some(text.len() - 1)
}

#[test]
fn every_shipped_property_has_another_value_or_a_reason() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
    let mut unknown = Vec::new();
    let mut changed = 0;
    for file in super::tested() {
        let text = std::fs::read_to_string(folder.join(file)).expect("readable");
        for leaf in super::leaves::of(&text) {
            match other(&leaf) {
                Next::Unknown => unknown.push(format!("{file}: {leaf} = {}", leaf.text)),
                Next::Value(_) => changed += 1,
                Next::Fixed | Next::Follows => {}
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(changed > 150, "{changed} properties are changed");
}
