"""What the tests' other client knows: `aws(service)`, and everything in the account with its owner.

A script follows this file and assigns to `result`.
"""

import functools
import json
import re
import urllib.parse

import boto3

REGIONS = ["us-east-1", "eu-west-1"]

# Types that stackctl makes through Cloud Control.
CLOUD_CONTROL = [
    "AWS::CertificateManager::Certificate",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::MediaConvert::Queue",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
]

result = None


@functools.cache
def aws(service, region="us-east-1"):
    return boto3.client(service, region_name=region)


def pages(client, operation, key, **arguments):
    """All pages of an operation that has pages, the one answer of any other."""
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])
    else:
        yield from getattr(client, operation)(**arguments).get(key, [])


def plain(tag):
    """An address as stackctl shows it: in a tag `subnet[a]` is `subnet@a`, and `=2A` is a `*`."""
    if tag is None:
        return None
    assert re.fullmatch(r"[A-Za-z0-9+\-=._:/@]{1,256}", tag), f"not all services take the tag {tag!r}"
    parts = tag.split("@")
    text = "".join(part + ("]" if number % 2 else "[") for number, part in enumerate(parts[:-1])) + parts[-1]
    text += "]" if len(parts) % 2 == 0 else ""
    return urllib.parse.unquote(text.replace("=", "%"))


def item(kind, identifier, tags):
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    tags = tags or {}
    owner = {"stack": tags.get("stackctl:stack"), "address": plain(tags.get("stackctl:address"))}
    return {"kind": kind, "id": identifier, **owner}


# --- EC2: without what comes with each account, and what is gone but still listed


def of_account(gateway):
    return any(attached["VpcId"] in default_vpcs() for attached in gateway.get("Attachments", []))


def of_vpc(table):
    return any(association.get("Main") for association in table.get("Associations", []))


def gone(thing):
    return thing["State"].startswith("delet")


@functools.cache
def default_vpcs():
    everywhere = (pages(aws("ec2", region), "describe_vpcs", "Vpcs") for region in REGIONS)
    return {vpc["VpcId"] for vpcs in everywhere for vpc in vpcs if vpc.get("IsDefault")}


EC2 = [
    ("address", "describe_addresses", "Addresses", "AllocationId", lambda it: False),
    ("internet-gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId", of_account),
    ("launch-template", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId", lambda it: False),
    ("nat-gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId", gone),
    ("route-table", "describe_route_tables", "RouteTables", "RouteTableId", of_vpc),
    ("security-group", "describe_security_groups", "SecurityGroups", "GroupId", lambda it: it["GroupName"] == "default"),
    ("subnet", "describe_subnets", "Subnets", "SubnetId", lambda it: it.get("DefaultForAz")),
    ("vpc", "describe_vpcs", "Vpcs", "VpcId", lambda it: it.get("IsDefault")),
    ("vpc-endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", gone),
]


def ec2(region):
    client = aws("ec2", region)
    for kind, operation, key, identifier, is_not_ours in EC2:
        for found in pages(client, operation, key):
            if not is_not_ours(found):
                yield item(kind, found[identifier], found.get("Tags"))
    for reservation in pages(client, "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in ("terminated", "shutting-down"):
                yield item("instance", instance["InstanceId"], [])


# --- the other regional services


def balancing(region):
    client = aws("elbv2", region)
    balancers = [it["LoadBalancerArn"] for it in pages(client, "describe_load_balancers", "LoadBalancers")]
    groups = [it["TargetGroupArn"] for it in pages(client, "describe_target_groups", "TargetGroups")]
    listeners = [
        listener["ListenerArn"]
        for balancer in balancers
        for listener in pages(client, "describe_listeners", "Listeners", LoadBalancerArn=balancer)
    ]
    for kind, arns in (("load-balancer", balancers), ("target-group", groups), ("listener", listeners)):
        for arn in arns:
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
    groups = pages(client, "describe_replication_groups", "ReplicationGroups")
    subnets = pages(client, "describe_cache_subnet_groups", "CacheSubnetGroups")
    for kind, found in (("replication-group", groups), ("cache-subnet-group", subnets)):
        for it in found:
            name = it["ARN"].rsplit(":", 1)[-1]
            if name != "default":
                yield item(kind, name, client.list_tags_for_resource(ResourceName=it["ARN"]).get("TagList"))


def cloud_control(region):
    client = aws("cloudcontrol", region)
    for name in CLOUD_CONTROL:
        for found in pages(client, "list_resources", "ResourceDescriptions", TypeName=name):
            yield item(name, found["Identifier"], json.loads(found["Properties"]).get("Tags"))


# --- the global ones


def storage():
    client = aws("s3")
    for bucket in client.list_buckets()["Buckets"]:
        try:
            tags = client.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except client.exceptions.ClientError:  # NoSuchTagSet
            tags = []
        yield item("bucket", bucket["Name"], tags)


def access():
    client = aws("iam")
    for role in pages(client, "list_roles", "Roles"):
        if not role["Path"].startswith("/aws-service-role/"):
            tags = client.list_role_tags(RoleName=role["RoleName"])["Tags"]
            yield item("role", role["RoleName"], tags)
    for profile in pages(client, "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        tags = client.list_instance_profile_tags(InstanceProfileName=name)["Tags"]
        yield item("instance-profile", name, tags)


def edge():
    client = aws("cloudfront")
    for found in client.list_distributions().get("DistributionList", {}).get("Items", []):
        tags = client.list_tags_for_resource(Resource=found["ARN"])["Tags"].get("Items")
        yield item("distribution", found["Id"], tags)
    controls = client.list_origin_access_controls().get("OriginAccessControlList", {})
    for found in controls.get("Items", []):
        yield item("origin-access-control", found["Id"], [])


def names():
    client = aws("route53")
    for zone in pages(client, "list_hosted_zones", "HostedZones"):
        identifier = zone["Id"].rsplit("/", 1)[-1]
        tags = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=identifier)
        yield item("hosted-zone", identifier, tags["ResourceTagSet"]["Tags"])
        for record in pages(client, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=identifier):
            if record["Type"] not in ("NS", "SOA"):
                yield item("record", f"{identifier}/{record['Name']}/{record['Type']}", [])


def inventory():
    """Everything that somebody made in this account."""
    found = [it for region in REGIONS for read in (ec2, balancing, scaling, caches, cloud_control) for it in read(region)]
    found += [it for read in (storage, access, edge, names) for it in read()]
    return sorted(found, key=lambda it: (it["kind"], it["id"]))


def address_of(kind, address):
    """The id of the one resource of this kind that carries the address."""
    found = [it["id"] for it in inventory() if it["kind"] == kind and it["address"] == address]
    assert len(found) == 1, f"{kind} {address}: {found}"
    return found[0]
