//! A new launch template rolls the group, where the blueprint asks for it.

use serde_json::json;

use crate::workspace::Workspace;

const BLUEPRINT: &str = r#"
stage: 1
name: web
regions: [us-east-1]
resources:
  - id: template
    type: AWS::EC2::LaunchTemplate
    properties: {LaunchTemplateData: {ImageId: ami-0abcdef1234567890, InstanceType: m6i.large}}
  - id: group
    type: AWS::AutoScaling::AutoScalingGroup
    updatePolicy: {instanceRefresh: {minHealthyPercentage: 100, instanceWarmup: 90}}
    properties:
      MinSize: "0"
      MaxSize: "2"
      AvailabilityZones: [us-east-1a]
      LaunchTemplate:
        LaunchTemplateId: "${template.LaunchTemplateId}"
        Version: "${template.LatestVersionNumber}"
"#;

/// How many refreshes the group has had, and how the last one went.
const REFRESHES: &str = r#"
client = aws("autoscaling")
name = client.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupName"]
found = client.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"]
result = [refresh["Status"] for refresh in found]
"#;

#[test]
fn a_new_template_rolls_the_group() {
    let files = [("stackctl.yaml", "stack: roll\n"), ("stage-1-web.yaml", BLUEPRINT)];
    let Some(workspace) = Workspace::with(&files) else { return };
    workspace.settle("web");
    let other = workspace.other_client();
    assert_eq!(other.run(REFRESHES), json!([]), "a create is no change");

    workspace.edit("stage-1-web.yaml", r#"MaxSize: "2""#, r#"MaxSize: "3""#);
    workspace.settle("web");
    assert_eq!(other.run(REFRESHES), json!([]), "a new size rolls nothing");

    workspace.edit("stage-1-web.yaml", "m6i.large", "m6i.xlarge");
    let plan = workspace.plan("web");
    assert_eq!(plan.summary(), ["update us-east-1/group", "update us-east-1/template"]);
    plan.change("us-east-1/group").path("LaunchTemplate.Version");
    workspace.apply("web");
    // Whether the group has the new version afterwards is AWS's part, which the emulator leaves out.
    assert_eq!(other.run(REFRESHES), json!(["Successful"]));
}
