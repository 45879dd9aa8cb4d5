//! The native handlers, one line each.

use std::sync::Arc;

use super::{Aws, autoscaling, cloudfront, ec2, eks, elasticache, elasticloadbalancing, iam, route53, s3};
use crate::providers::Handler;

/// Every handler that has a file of its own.
pub fn handlers(aws: &Arc<Aws>) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(autoscaling::AutoScalingGroup::new(aws)),
        Arc::new(autoscaling::ScalingPolicy::new(aws)),
        Arc::new(cloudfront::CachePolicy::new(aws)),
        Arc::new(cloudfront::Distribution::new(aws)),
        Arc::new(cloudfront::OriginAccessControl::new(aws)),
        Arc::new(ec2::Eip::new(aws)),
        Arc::new(ec2::InternetGateway::new(aws)),
        Arc::new(ec2::LaunchTemplate::new(aws)),
        Arc::new(ec2::NatGateway::new(aws)),
        Arc::new(ec2::Route::new(aws)),
        Arc::new(ec2::RouteTable::new(aws)),
        Arc::new(ec2::SecurityGroup::new(aws)),
        Arc::new(ec2::SecurityGroupRule::egress(aws)),
        Arc::new(ec2::SecurityGroupRule::ingress(aws)),
        Arc::new(ec2::Subnet::new(aws)),
        Arc::new(ec2::SubnetRouteTableAssociation::new(aws)),
        Arc::new(ec2::Vpc::new(aws)),
        Arc::new(ec2::VpcEndpoint::new(aws)),
        Arc::new(ec2::VpcGatewayAttachment::new(aws)),
        Arc::new(eks::AccessEntry::new(aws)),
        Arc::new(eks::Addon::new(aws)),
        Arc::new(eks::Cluster::new(aws)),
        Arc::new(eks::FargateProfile::new(aws)),
        Arc::new(eks::Nodegroup::new(aws)),
        Arc::new(eks::PodIdentityAssociation::new(aws)),
        Arc::new(elasticache::ParameterGroup::new(aws)),
        Arc::new(elasticache::ReplicationGroup::new(aws)),
        Arc::new(elasticache::SubnetGroup::new(aws)),
        Arc::new(elasticloadbalancing::Listener::new(aws)),
        Arc::new(elasticloadbalancing::ListenerRule::new(aws)),
        Arc::new(elasticloadbalancing::LoadBalancer::new(aws)),
        Arc::new(elasticloadbalancing::TargetGroup::new(aws)),
        Arc::new(iam::InstanceProfile::new(aws)),
        Arc::new(iam::ManagedPolicy::new(aws)),
        Arc::new(iam::OidcProvider::new(aws)),
        Arc::new(iam::Role::new(aws)),
        Arc::new(route53::HealthCheck::new(aws)),
        Arc::new(route53::HostedZone::new(aws)),
        Arc::new(route53::RecordSet::new(aws)),
        Arc::new(s3::Bucket::new(aws)),
        Arc::new(s3::BucketPolicy::new(aws)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::NATIVE;

    #[test]
    fn the_catalog_knows_which_types_have_a_handler_of_their_own() {
        let mut names: Vec<String> =
            handlers(&Aws::detached()).iter().map(|handler| handler.resource_type().to_string()).collect();
        names.sort_unstable();
        assert_eq!(names, NATIVE);
    }
}
