use super::*;
use crate::model::{Lifecycle, Map, Origin, Scope};

fn resource(address: &str, resource_type: &str, needs: &[&str]) -> Desired {
    Desired {
        address: address.parse().unwrap(),
        resource_type: resource_type.into(),
        scope: Scope::Global,
        properties: Map::new(),
        tags: BTreeMap::new(),
        depends_on: needs.iter().map(|text| text.parse().unwrap()).collect(),
        lifecycle: Lifecycle::default(),
        origin: Origin::default(),
    }
}

fn network() -> Drawing {
    Drawing::of(
        &[
            resource("eu-west-1/net.vpc", "AWS::EC2::VPC", &[]),
            resource("eu-west-1/net.subnet[a]", "AWS::EC2::Subnet", &["eu-west-1/net.vpc"]),
            resource("eu-west-1/net.subnet[b]", "AWS::EC2::Subnet", &["eu-west-1/net.vpc"]),
            resource(
                "eu-west-1/web.group",
                "AWS::AutoScaling::AutoScalingGroup",
                &["eu-west-1/net.vpc", "eu-west-1/net.subnet[a]", "eu-west-1/net.subnet[b]"],
            ),
        ],
        &[],
    )
}

#[test]
fn dot_folds_instances_and_implied_edges() {
    insta::assert_snapshot!(dot(&network()));
}

#[test]
fn mermaid_shows_the_same() {
    insta::assert_snapshot!(mermaid(&network()));
}

#[test]
fn svg_is_a_picture_with_every_node() {
    let picture = svg(&network().folded());
    assert!(picture.contains("<svg"));
    for title in ["vpc", "subnet x2", "group", "EC2::VPC", "eu-west-1/net.vpc"] {
        assert!(picture.contains(title), "{title}");
    }
    insta::assert_snapshot!(picture);
}

#[test]
fn a_large_stage_is_drawn_by_component() {
    let mut stage = Vec::new();
    for region in ["eu-west-1", "us-east-1"] {
        stage.push(resource(&format!("{region}/record"), "AWS::Route53::RecordSet", &[]));
        for at in 0..50 {
            let needs = format!("{region}/net.subnet{}", at % 7);
            stage.push(resource(
                &format!("{region}/web.part{at}.group"),
                "AWS::EC2::SecurityGroup",
                &[&needs],
            ));
            if at < 7 {
                stage.push(resource(&needs, "AWS::EC2::Subnet", &[]));
            }
        }
    }
    let picture = svg(&Drawing::of(&stage, &[]).folded());
    assert_eq!(picture.matches("<g>").count(), 6, "{picture}");
    for words in [">web<", ">50 resources<", ">net<", ">7 resources<", ">record<", ">us-east-1<"] {
        assert!(picture.contains(words), "{words}");
    }
    assert_eq!(svg(&Drawing::of(&stage, &[])).matches("<g>").count(), 116);
}
