//! What somebody did by hand: named exactly in the next plan, mended by the next apply.

use serde_json::json;

use crate::workspace::Workspace;

#[test]
fn changes_by_hand_are_named_and_mended() {
    let Some(workspace) = Workspace::shipped() else { return };
    workspace.settle("stage-3");
    let other = workspace.other_client();
    other.run(
        r#"
vpc = address_of("vpc", "us-east-1/network.vpc")
aws("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Team", "Value": "nobody"}, {"Key": "Owner", "Value": "finance"}])
world = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
for group in ("us-east-1/web.balancerGroup", "us-east-1/sessions.securityGroup"):
    aws("ec2").authorize_security_group_ingress(GroupId=address_of("security-group", group), IpPermissions=world)
group = address_of("auto-scaling-group", "us-east-1/web.group")
aws("autoscaling").update_auto_scaling_group(AutoScalingGroupName=group, MaxSize=20)
"#,
    );

    let plan = workspace.plan("stage-3");
    let opened =
        plan.changes.iter().find(|change| change.address.starts_with("us-east-1/sessions.securityGroup~"));
    assert_eq!(opened.expect("a rule that no blueprint has").action, "delete");
    let mut named = plan.summary();
    named.retain(|line| !line.contains('~'));
    assert_eq!(
        named,
        ["update us-east-1/network.vpc", "update us-east-1/web.balancerGroup", "update us-east-1/web.group"],
        "exactly what was changed, and nothing else"
    );

    let tag = plan.change("us-east-1/network.vpc").path("Tags.Team");
    assert_eq!((&tag.before, &tag.after), (&json!("nobody"), &json!("platform")));
    let size = plan.change("us-east-1/web.group").path("MaxSize");
    assert_eq!((&size.before, &size.after), (&json!("20"), &json!("10")));
    let rule = serde_json::to_string(
        &plan.change("us-east-1/web.balancerGroup").paths.iter().map(|path| &path.before).collect::<Vec<_>>(),
    );
    assert!(rule.expect("JSON").contains("22"), "the open port is named");

    workspace.settle("stage-3");
    let after = other.run(
        r#"
vpc = address_of("vpc", "us-east-1/network.vpc")
tags = {tag["Key"]: tag["Value"] for tag in aws("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]}
groups = aws("ec2").describe_security_groups()["SecurityGroups"]
ports = [rule.get("FromPort") for group in groups for rule in group["IpPermissions"]]
size = aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]["MaxSize"]
result = {"team": tags["Team"], "owner": tags["Owner"], "ssh": 22 in ports, "size": size}
"#,
    );
    assert_eq!(
        after,
        json!({"team": "platform", "owner": "finance", "ssh": false, "size": 10}),
        "others' tags stay"
    );
}

#[test]
fn what_was_deleted_by_hand_comes_back_with_all_that_hung_on_it() {
    let Some(workspace) = Workspace::shipped() else { return };
    workspace.settle("stage-3");
    let other = workspace.other_client();
    other.run(
        r#"
nat = address_of("nat-gateway", "us-east-1/network.nat[a]")
aws("ec2").delete_nat_gateway(NatGatewayId=nat)
aws("elbv2").delete_listener(ListenerArn=address_of("listener", "us-east-1/web.listener"))
policy = aws("autoscaling").describe_policies()["ScalingPolicies"][0]
aws("autoscaling").delete_policy(AutoScalingGroupName=policy["AutoScalingGroupName"], PolicyName=policy["PolicyName"])
cache = address_of("security-group", "us-east-1/sessions.securityGroup")
rules = aws("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [cache]}])["SecurityGroupRules"]
ids = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"] and rule["GroupId"] == cache]
aws("ec2").revoke_security_group_ingress(GroupId=cache, SecurityGroupRuleIds=ids)
"#,
    );

    let plan = workspace.plan("stage-3");
    for address in [
        "us-east-1/network.nat[a]",
        "us-east-1/web.listener",
        "us-east-1/web.scaling",
        "us-east-1/sessionsFromWeb",
    ] {
        assert_eq!(plan.change(address).action, "create", "{address}");
    }
    // The route of zone a pointed to the gateway that is gone.
    let route = plan.change("us-east-1/network.privateRoute[a]");
    assert!(matches!(route.action.as_str(), "update" | "create" | "replace"), "{route:?}");
    assert_eq!(plan.changes.len(), 5, "and nothing else: {:#?}", plan.summary());

    workspace.settle("stage-3");
    let healed = other.run(
        r#"
nat = address_of("nat-gateway", "us-east-1/network.nat[a]")
tables = aws("ec2").describe_route_tables()["RouteTables"]
result = any(route.get("NatGatewayId") == nat for table in tables for route in table["Routes"])
"#,
    );
    assert_eq!(healed, json!(true), "the route leads to the new gateway");
}
