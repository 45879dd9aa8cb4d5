"""What the tests' other client knows: `aws(service)`, and everything in the account with its owner."""

import functools
import os

import boto3

REGIONS = ["us-east-1", "eu-west-1"]
# Types that the emulator has by Cloud Control alone, or that stackctl makes that way.
CLOUD_CONTROL = [
    "AWS::CertificateManager::Certificate",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::MediaConvert::Queue",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
]


@functools.cache
def aws(service, region="us-east-1"):
    return boto3.client(service, region_name=region)


def pages(client, operation, key, **arguments):
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])
    else:
        yield from getattr(client, operation)(**arguments).get(key, [])


def item(kind, identifier, tags):
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    tags = tags or {}
    return {
        "kind": kind,
        "id": identifier,
        "stack": tags.get("stackctl:stack"),
        "address": tags.get("stackctl:address"),
    }


def ec2(region):
    client = aws("ec2", region)
    plain = [
        ("vpc", "describe_vpcs", "Vpcs", "VpcId", lambda it: it.get("IsDefault")),
        ("subnet", "describe_subnets", "Subnets", "SubnetId", lambda it: it.get("DefaultForAz")),
        ("internet-gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId", default_gateway),
        ("nat-gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId", lambda it: it["State"].startswith("delet")),
        ("route-table", "describe_route_tables", "RouteTables", "RouteTableId", main_table),
        ("security-group", "describe_security_groups", "SecurityGroups", "GroupId", lambda it: it["GroupName"] == "default"),
        ("vpc-endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", lambda it: it["State"].startswith("delet")),
        ("launch-template", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", never),
        ("address", "describe_addresses", "Addresses", "AllocationId", never),
    ]
    for kind, operation, key, identifier, given in plain:
        for found in pages(client, operation, key):
            if not given(found):
                yield item(kind, found[identifier], found.get("Tags"))
    for reservation in pages(client, "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in ("terminated", "shutting-down"):
                yield item("instance", instance["InstanceId"], [])


def never(_):
    return False


def default_gateway(gateway):
    return any(a["VpcId"] in default_vpcs() for a in gateway.get("Attachments", []))


def main_table(table):
    return any(association.get("Main") for association in table.get("Associations", []))


@functools.cache
def default_vpcs():
    return {vpc["VpcId"] for region in REGIONS for vpc in aws("ec2", region).describe_vpcs()["Vpcs"] if vpc.get("IsDefault")}


def balancing(region):
    client = aws("elbv2", region)
    arns = [(kind, found[f"{kind_key}Arn"]) for kind, kind_key, operation, key in [
        ("load-balancer", "LoadBalancer", "describe_load_balancers", "LoadBalancers"),
        ("target-group", "TargetGroup", "describe_target_groups", "TargetGroups"),
    ] for found in pages(client, operation, key)]
    for kind, arn in list(arns):
        if kind == "load-balancer":
            arns += [("listener", one["ListenerArn"]) for one in client.describe_listeners(LoadBalancerArn=arn)["Listeners"]]
    for kind, arn in arns:
        tags = client.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        yield item(kind, arn, tags[0]["Tags"] if tags else [])


def scaling(region):
    client = aws("autoscaling", region)
    for group in pages(client, "describe_auto_scaling_groups", "AutoScalingGroups"):
        yield item("auto-scaling-group", group["AutoScalingGroupName"], group.get("Tags"))
    for policy in pages(client, "describe_policies", "ScalingPolicies"):
        yield item("scaling-policy", f"{policy['AutoScalingGroupName']}/{policy['PolicyName']}", [])


def caches(region):
    client = aws("elasticache", region)
    found = [("replication-group", it["ARN"]) for it in pages(client, "describe_replication_groups", "ReplicationGroups")]
    found += [
        ("cache-subnet-group", it["ARN"])
        for it in pages(client, "describe_cache_subnet_groups", "CacheSubnetGroups")
        if it["CacheSubnetGroupName"] != "default"
    ]
    for kind, arn in found:
        yield item(kind, arn.rsplit(":", 1)[-1], client.list_tags_for_resource(ResourceName=arn).get("TagList"))


def cloud_control(region):
    import json

    client = aws("cloudcontrol", region)
    for name in CLOUD_CONTROL:
        for found in pages(client, "list_resources", "ResourceDescriptions", TypeName=name):
            yield item(name, found["Identifier"], json.loads(found["Properties"]).get("Tags"))


def storage():
    client = aws("s3")
    for bucket in client.list_buckets()["Buckets"]:
        try:
            tags = client.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except client.exceptions.ClientError:
            tags = []
        yield item("bucket", bucket["Name"], tags)


def access():
    client = aws("iam")
    for role in pages(client, "list_roles", "Roles"):
        if not role["Path"].startswith("/aws-service-role/"):
            yield item("role", role["RoleName"], client.list_role_tags(RoleName=role["RoleName"])["Tags"])
    for profile in pages(client, "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        yield item("instance-profile", name, client.get_instance_profile(InstanceProfileName=name)["InstanceProfile"].get("Tags"))


def edge():
    client = aws("cloudfront")
    for found in client.list_distributions().get("DistributionList", {}).get("Items", []):
        tags = client.list_tags_for_resource(Resource=found["ARN"])["Tags"].get("Items")
        yield item("distribution", found["Id"], tags)
    for found in client.list_origin_access_controls().get("OriginAccessControlList", {}).get("Items", []):
        yield item("origin-access-control", found["Id"], [])


def names():
    client = aws("route53")
    for zone in pages(client, "list_hosted_zones", "HostedZones"):
        identifier = zone["Id"].rsplit("/", 1)[-1]
        tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=identifier)["ResourceTagSet"]["Tags"]
        yield item("hosted-zone", identifier, tags)
        for record in pages(client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=identifier):
            if record["Type"] not in ("NS", "SOA"):
                yield item("record", f"{identifier}/{record['Name']}/{record['Type']}", [])


def inventory():
    found = []
    for region in REGIONS:
        for reader in (ec2, balancing, scaling, caches, cloud_control):
            found += reader(region)
    for reader in (storage, access, edge, names):
        found += reader()
    return sorted(found, key=lambda it: (it["kind"], it["id"]))


def address_of(kind, address):
    """The id of the one resource of this kind that carries the address."""
    found = [it["id"] for it in inventory() if it["kind"] == kind and it["address"] == address]
    assert len(found) == 1, f"{kind} {address}: {found}"
    return found[0]


result = None
