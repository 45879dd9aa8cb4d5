# Everything in the account, also of what stage 4 alone has; goes after tests/e2e/other_client.py.

REGIONS.append("ap-south-1")
CLOUD_CONTROL += [
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::OpenSearchService::Domain",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
    "AWS::Shield::Protection",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
]


def kubernetes(region):
    client = aws("eks", region)
    for name in pages(client, "list_clusters", "clusters"):
        cluster = client.describe_cluster(name=name)["cluster"]
        yield item("cluster", cluster["arn"], cluster.get("tags"))
        for operation, key, kind in (
            ("list_nodegroups", "nodegroups", "nodegroup"),
            ("list_addons", "addons", "addon"),
            ("list_access_entries", "accessEntries", "access-entry"),
        ):
            for found in pages(client, operation, key, clusterName=name):
                yield item(kind, f"{name}/{found}", [])
        for found in pages(client, "list_pod_identity_associations", "associations", clusterName=name):
            yield item("pod-identity-association", f"{name}/{found['associationId']}", [])


def keys(region):
    client = aws("kms", region)
    for key in pages(client, "list_keys", "Keys"):
        about = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if about["KeyManager"] == "CUSTOMER" and about["KeyState"] != "PendingDeletion":
            yield item("key", key["KeyId"], [])


def health():
    for check in pages(aws("route53"), "list_health_checks", "HealthChecks"):
        yield item("health-check", check["Id"], [])


result = inventory()
result += [it for region in REGIONS for read in (kubernetes, keys) for it in read(region)]
result += list(health())
