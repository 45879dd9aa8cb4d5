//! EC2's network, security groups and launch templates over the wire.
#![cfg(feature = "aws")]

mod common;

use common::{World, assert_holds, over_the_wire};
use serde_json::json;
use stackctl::model::{Address, Json, Live, Lookup, Map, Origin, Ownership, Region, Scope};
use stackctl::providers::{ErrorKind, Provider};

const REGION: &str = "eu-west-1";
const VPC: &str = "AWS::EC2::VPC";
const SUBNET: &str = "AWS::EC2::Subnet";
const INTERNET_GATEWAY: &str = "AWS::EC2::InternetGateway";
const ATTACHMENT: &str = "AWS::EC2::VPCGatewayAttachment";
const EIP: &str = "AWS::EC2::EIP";
const NAT: &str = "AWS::EC2::NatGateway";
const TABLE: &str = "AWS::EC2::RouteTable";
const ROUTE: &str = "AWS::EC2::Route";
const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";
const GROUP: &str = "AWS::EC2::SecurityGroup";
const INGRESS: &str = "AWS::EC2::SecurityGroupIngress";
const EGRESS: &str = "AWS::EC2::SecurityGroupEgress";
const TEMPLATE: &str = "AWS::EC2::LaunchTemplate";
const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";

fn properties(live: &Live) -> Json {
    Json::Object(live.properties.clone())
}

fn id(live: &Live) -> &str {
    live.identifier.as_str()
}

async fn vpc(world: &World) -> Live {
    world.make(VPC, "eu-west-1/network.vpc", json!({"CidrBlock": "10.0.0.0/16"})).await
}

async fn subnet(world: &World, vpc: &Live) -> Live {
    let wanted = json!({"VpcId": id(vpc), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"});
    world.make(SUBNET, "eu-west-1/network.subnet[a]", wanted).await
}

/// After `retag` one tag is there, another is not, and the resource is still at its address.
fn assert_retagged(live: &Live, address: &str) {
    assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
    assert!(!live.tags.contains_key("team"));
    assert_eq!(live.address().map(Address::as_str), Some(address));
}

#[test]
fn a_vpc_and_its_dns() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/network.vpc";
        let wanted =
            json!({"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": true, "EnableDnsHostnames": true});
        let made = world.make(VPC, ADDRESS, wanted.clone()).await;
        assert!(made.str("DefaultSecurityGroup").is_some_and(|group| group.starts_with("sg-")));
        assert!(made.str("DefaultNetworkAcl").is_some_and(|acl| acl.starts_with("acl-")));
        let live = world.one(VPC, REGION, &[], &[]).await;
        assert_holds(&properties(&live), &wanted, "vpc");

        let less = json!({"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": true});
        world.change(&live, ADDRESS, less.clone(), &[], &["EnableDnsHostnames"]).await;
        world.retag(&live, ADDRESS, less).await;
        let live = world.one(VPC, REGION, &[], &[]).await;
        assert_eq!(live.properties["EnableDnsHostnames"], false);
        assert_retagged(&live, ADDRESS);
        assert!(world.list(VPC, "us-east-1", &[], &[]).await.is_empty(), "it is in one region");
        world.remove(&live, false).await;
        assert!(world.list(VPC, REGION, &[], &[]).await.is_empty());
    });
}

#[test]
fn a_subnet_and_its_attributes() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/network.subnet[a]";
        let vpc = vpc(&world).await;
        let wanted = json!({
            "VpcId": id(&vpc), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a",
            "MapPublicIpOnLaunch": true,
            "PrivateDnsNameOptionsOnLaunch":
                {"HostnameType": "resource-name", "EnableResourceNameDnsARecord": true},
        });
        world.make(SUBNET, ADDRESS, wanted.clone()).await;
        let live = world.one(SUBNET, REGION, &[], &[]).await;
        assert_holds(&properties(&live), &wanted, "subnet");

        let less = json!({
            "VpcId": id(&vpc), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a",
            "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name"},
        });
        let gone = ["MapPublicIpOnLaunch", "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"];
        world
            .change(&live, ADDRESS, less.clone(), &["PrivateDnsNameOptionsOnLaunch.HostnameType"], &gone)
            .await;
        world.retag(&live, ADDRESS, less).await;
        let live = world.one(SUBNET, REGION, &[], &[]).await;
        assert_eq!(live.properties["MapPublicIpOnLaunch"], false);
        let names = &live.properties["PrivateDnsNameOptionsOnLaunch"];
        assert_holds(
            names,
            &json!({"HostnameType": "ip-name", "EnableResourceNameDnsARecord": false}),
            "names",
        );
        assert_retagged(&live, ADDRESS);
        world.remove(&live, false).await;
    });
}

#[test]
fn the_way_to_the_internet() {
    over_the_wire(async |world| {
        let vpc = vpc(&world).await;
        let gateway = world.make(INTERNET_GATEWAY, "eu-west-1/network.gateway", json!({})).await;
        let wanted = json!({"VpcId": id(&vpc), "InternetGatewayId": id(&gateway)});
        let attached = world.make(ATTACHMENT, "eu-west-1/network.attachment", wanted.clone()).await;
        assert_eq!(id(&attached), format!("IGW|{}", id(&vpc)));

        let gateways = world.list(INTERNET_GATEWAY, REGION, &[], &[]).await;
        let live = world.one(ATTACHMENT, REGION, &[], &gateways).await;
        assert_holds(&properties(&live), &wanted, "attachment");
        let gateway_address: Address = "eu-west-1/network.gateway".parse().unwrap();
        assert!(
            matches!(&live.ownership, Ownership::Child { parent: Some(parent), .. } if *parent == gateway_address)
        );

        let other = world.make(INTERNET_GATEWAY, "eu-west-1/network.other", json!({})).await;
        let moved = json!({"VpcId": id(&vpc), "InternetGatewayId": id(&other)});
        world.change(&live, "eu-west-1/network.attachment", moved.clone(), &["InternetGatewayId"], &[]).await;
        let gateways = world.list(INTERNET_GATEWAY, REGION, &[], &[]).await;
        let live = world.one(ATTACHMENT, REGION, &[], &gateways).await;
        assert_holds(&properties(&live), &moved, "attachment");

        world.remove(&live, false).await;
        assert!(world.list(ATTACHMENT, REGION, &[], &gateways).await.is_empty());
        world.retag(&gateway, "eu-west-1/network.gateway", json!({})).await;
        world.remove(&gateway, false).await;
        assert_eq!(world.one(INTERNET_GATEWAY, REGION, &[], &[]).await.identifier, other.identifier);
    });
}

#[test]
fn an_address_and_a_nat_gateway() {
    over_the_wire(async |world| {
        let vpc = vpc(&world).await;
        let subnet = subnet(&world, &vpc).await;
        let address = world.make(EIP, "eu-west-1/network.address", json!({"Domain": "vpc"})).await;
        let (public_ip, allocation) =
            (address.str("PublicIp").unwrap(), address.str("AllocationId").unwrap());
        assert_eq!(id(&address), format!("{public_ip}|{allocation}"));
        world.retag(&address, "eu-west-1/network.address", json!({"Domain": "vpc"})).await;
        assert_retagged(&world.one(EIP, REGION, &[], &[]).await, "eu-west-1/network.address");

        let wanted = json!({"SubnetId": id(&subnet), "AllocationId": allocation});
        let nat = world.make(NAT, "eu-west-1/network.nat", wanted).await;
        assert_eq!(nat.str("SubnetId"), Some(id(&subnet)));
        assert_eq!(nat.str("ConnectivityType").unwrap_or("public"), "public");
        assert_eq!(world.one(NAT, REGION, &[], &[]).await.identifier, nat.identifier);
        world.remove(&nat, false).await;
        assert!(world.list(NAT, REGION, &[], &[]).await.is_empty(), "a deleted gateway is not reported");
        world.remove(&address, false).await;
        assert!(world.list(EIP, REGION, &[], &[]).await.is_empty());
    });
}

#[test]
fn routes_and_associations_hang_under_their_table() {
    over_the_wire(async |world| {
        let vpc = vpc(&world).await;
        let subnet = subnet(&world, &vpc).await;
        let gateway = world.make(INTERNET_GATEWAY, "eu-west-1/gateway", json!({})).await;
        let attachment = json!({"VpcId": id(&vpc), "InternetGatewayId": id(&gateway)});
        world.make(ATTACHMENT, "eu-west-1/attachment", attachment).await;
        let table = world.make(TABLE, "eu-west-1/table", json!({"VpcId": id(&vpc)})).await;
        let tables = [table.clone()];

        // As someone writes it who does not clear the bits behind the mask.
        let wanted = json!({
            "RouteTableId": id(&table), "DestinationCidrBlock": "198.51.100.7/24", "GatewayId": id(&gateway)
        });
        let route = world.make(ROUTE, "eu-west-1/route", wanted.clone()).await;
        assert_eq!(id(&route), format!("{}|198.51.100.7/24", id(&table)));
        let sought = [("eu-west-1/route", wanted.clone())];
        let live = world.one(ROUTE, REGION, &sought, &tables).await;
        assert_holds(&properties(&live), &wanted, "route");
        assert!(matches!(&live.ownership, Ownership::Child { parent: Some(_), .. }));

        let address = world.make(EIP, "eu-west-1/address", json!({})).await;
        let nat = json!({"SubnetId": id(&subnet), "AllocationId": address.str("AllocationId")});
        let nat = world.make(NAT, "eu-west-1/nat", nat).await;
        let turned = json!({
            "RouteTableId": id(&table), "DestinationCidrBlock": "198.51.100.7/24", "NatGatewayId": id(&nat)
        });
        world.change(&live, "eu-west-1/route", turned.clone(), &["NatGatewayId"], &["GatewayId"]).await;
        let live = world.one(ROUTE, REGION, &[("eu-west-1/route", turned.clone())], &tables).await;
        assert_holds(&properties(&live), &turned, "route");
        assert!(!live.properties.contains_key("GatewayId"));

        let wanted = json!({"RouteTableId": id(&table), "SubnetId": id(&subnet)});
        let association = world.make(ASSOCIATION, "eu-west-1/association", wanted.clone()).await;
        let found = world.one(ASSOCIATION, REGION, &[], &tables).await;
        assert_eq!(found.identifier, association.identifier);
        assert_holds(&properties(&found), &wanted, "association");

        world.remove(&association, false).await;
        assert!(world.list(ASSOCIATION, REGION, &[], &tables).await.is_empty());
        world.remove(&live, false).await;
        assert!(world.list(ROUTE, REGION, &[], &tables).await.is_empty(), "the local route is not ours");
        world.retag(&table, "eu-west-1/table", json!({"VpcId": id(&vpc)})).await;
        assert_retagged(&world.one(TABLE, REGION, &[], &[]).await, "eu-west-1/table");
        world.remove(&table, false).await;
    });
}

#[test]
fn a_gateway_endpoint_joins_and_leaves_tables() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/endpoint";
        let vpc = vpc(&world).await;
        let first = world.make(TABLE, "eu-west-1/first", json!({"VpcId": id(&vpc)})).await;
        let second = world.make(TABLE, "eu-west-1/second", json!({"VpcId": id(&vpc)})).await;
        let in_tables = |tables: &[&Live]| {
            json!({
                "VpcId": id(&vpc), "ServiceName": "com.amazonaws.eu-west-1.s3", "VpcEndpointType": "Gateway",
                "RouteTableIds": tables.iter().map(|table| id(table)).collect::<Vec<_>>(),
            })
        };
        let made = world.make(ENDPOINT, ADDRESS, in_tables(&[&first])).await;
        let live = world.one(ENDPOINT, REGION, &[], &[]).await;
        assert_eq!(live.identifier, made.identifier);
        assert_holds(&properties(&live), &in_tables(&[&first]), "endpoint");
        world.change(&live, ADDRESS, in_tables(&[&second]), &["RouteTableIds[0]"], &[]).await;
        world.retag(&live, ADDRESS, in_tables(&[&second])).await;
        let live = world.one(ENDPOINT, REGION, &[], &[]).await;
        assert_holds(&properties(&live), &in_tables(&[&second]), "endpoint");
        assert_retagged(&live, ADDRESS);
        let tables = [first, second];
        assert!(world.list(ROUTE, REGION, &[], &tables).await.is_empty(), "its routes are AWS's own");
        world.remove(&live, false).await;
        assert!(world.list(ENDPOINT, REGION, &[], &[]).await.is_empty());
    });
}

fn rule(port: u16, from: &str, description: Option<&str>) -> Json {
    let mut rule = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": from});
    if let Some(text) = description {
        rule["Description"] = text.into();
    }
    rule
}

fn sorted(live: &Live, property: &str) -> Vec<String> {
    let mut rules: Vec<_> =
        live.properties[property].as_array().expect("a list").iter().map(Json::to_string).collect();
    rules.sort();
    rules
}

#[test]
fn a_group_with_inline_rules() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/group";
        let vpc = vpc(&world).await;
        let group = |ingress: Json, egress: Option<Json>| {
            let mut group = json!({"GroupName": "shop-web", "GroupDescription": "web", "VpcId": id(&vpc),
                "SecurityGroupIngress": ingress});
            if let Some(egress) = egress {
                group["SecurityGroupEgress"] = egress;
            }
            group
        };
        let wanted = group(
            json!([
                rule(80, "0.0.0.0/0", Some("web")),
                rule(80, "10.0.0.0/8", None),
                rule(22, "0.0.0.0/0", None)
            ]),
            Some(json!([rule(443, "0.0.0.0/0", None)])),
        );
        let made = world.make(GROUP, ADDRESS, wanted.clone()).await;
        assert_eq!(made.str("GroupId"), Some(id(&made)));
        let sought = [(ADDRESS, wanted.clone())];
        let live = world.one(GROUP, REGION, &sought, &[]).await;
        for property in ["SecurityGroupIngress", "SecurityGroupEgress"] {
            let mut rules: Vec<_> =
                wanted[property].as_array().unwrap().iter().map(Json::to_string).collect();
            rules.sort();
            assert_eq!(sorted(&live, property), rules, "{property}");
        }

        let changed = group(
            json!([
                rule(80, "0.0.0.0/0", Some("the web")),
                rule(8080, "10.0.0.0/8", None),
                rule(22, "0.0.0.0/0", None)
            ]),
            None,
        );
        let set = ["SecurityGroupIngress[0].Description", "SecurityGroupIngress[1]"];
        world.change(&live, ADDRESS, changed.clone(), &set, &["SecurityGroupEgress"]).await;
        world.retag(&live, ADDRESS, changed.clone()).await;
        let live = world.one(GROUP, REGION, &[(ADDRESS, changed.clone())], &[]).await;
        let mut rules: Vec<_> =
            changed["SecurityGroupIngress"].as_array().unwrap().iter().map(Json::to_string).collect();
        rules.sort();
        assert_eq!(sorted(&live, "SecurityGroupIngress"), rules);
        assert_eq!(
            live.properties["SecurityGroupEgress"],
            json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
            "without a word of the blueprint everything may go out"
        );
        assert_retagged(&live, ADDRESS);
        world.remove(&live, false).await;
        assert!(world.list(GROUP, REGION, &[], &[]).await.is_empty());
    });
}

#[test]
fn a_rule_of_its_own() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/rule";
        let vpc = vpc(&world).await;
        let group = json!({"GroupName": "shop-app", "GroupDescription": "app", "VpcId": id(&vpc),
            "SecurityGroupIngress": [rule(22, "0.0.0.0/0", None)]});
        let group = world.make(GROUP, "eu-west-1/group", group).await;
        let groups = [group.clone()];
        let described = |text: &str| {
            json!({"GroupId": id(&group), "IpProtocol": "6", "FromPort": 3000, "ToPort": 3000,
                "SourceSecurityGroupId": id(&group), "Description": text})
        };
        let made = world.make(INGRESS, ADDRESS, described("app")).await;
        assert!(id(&made).starts_with("sgr-"));
        assert_eq!(made.address().map(Address::as_str), Some(ADDRESS), "its tags own it");

        let sought = [(ADDRESS, described("app"))];
        let found = world.list(INGRESS, REGION, &sought, &groups).await;
        let live = found.iter().find(|live| live.address().is_some()).expect("the rule");
        assert_holds(&properties(live), &described("app"), "rule");
        let others: Vec<_> = found
            .iter()
            .filter_map(|live| match &live.ownership {
                Ownership::Child { parent: Some(parent), name } => Some((parent.as_str(), name.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(others, [("eu-west-1/group", "tcp/22/0.0.0.0/0")], "the inline one is the group's child");
        let out = world.one(EGRESS, REGION, &[], &groups).await;
        assert!(matches!(&out.ownership, Ownership::Child { name, .. } if name == "all/0.0.0.0/0"));

        world.change(live, ADDRESS, described("the app"), &["Description"], &[]).await;
        world.retag(live, ADDRESS, described("the app")).await;
        let found = world.list(INGRESS, REGION, &sought, &groups).await;
        let live = found.iter().find(|live| live.address().is_some()).expect("the rule");
        assert_eq!(live.str("Description"), Some("the app"));
        assert_retagged(live, ADDRESS);

        // The group reports it too: whose it is, is the diff's to say.
        let inline = world.one(GROUP, REGION, &[], &[]).await;
        assert_eq!(inline.properties["SecurityGroupIngress"].as_array().map(Vec::len), Some(2));
        world.remove(live, false).await;
        assert_eq!(world.list(INGRESS, REGION, &[], &groups).await.len(), 1);
        world.remove(&inline, false).await;
    });
}

#[test]
fn a_launch_template_and_its_versions() {
    over_the_wire(async |world| {
        const ADDRESS: &str = "eu-west-1/template";
        let template = |instance_type: &str| {
            json!({
                "LaunchTemplateName": "shop-web",
                "LaunchTemplateData": {
                    "ImageId": "ami-0a1b2c3d",
                    "InstanceType": instance_type,
                    "IamInstanceProfile": {"Name": "web"},
                    "Monitoring": {"Enabled": true},
                    "MetadataOptions": {"HttpTokens": "required"},
                    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda",
                        "Ebs": {"VolumeType": "gp3", "VolumeSize": 20, "Encrypted": true}}],
                    "UserData": "IyEvYmluL3NoCg==",
                },
            })
        };
        world.make(TEMPLATE, ADDRESS, template("m6i.large")).await;
        let sought = [(ADDRESS, template("m6i.large"))];
        let live = world.one(TEMPLATE, REGION, &sought, &[]).await;
        assert_holds(&properties(&live), &template("m6i.large"), "template");
        assert_eq!(
            (live.str("LatestVersionNumber"), live.str("DefaultVersionNumber")),
            (Some("1"), Some("1"))
        );

        let bigger = template("m6i.xlarge");
        world.change(&live, ADDRESS, bigger.clone(), &["LaunchTemplateData.InstanceType"], &[]).await;
        world.retag(&live, ADDRESS, bigger.clone()).await;
        let live = world.one(TEMPLATE, REGION, &[(ADDRESS, bigger.clone())], &[]).await;
        assert_holds(&properties(&live), &bigger, "template");
        assert_eq!(
            (live.str("LatestVersionNumber"), live.str("DefaultVersionNumber")),
            (Some("2"), Some("2"))
        );
        // Not that the other tag is gone: ministack 1.5.33 goes on showing a template's tags that `DeleteTags` took.
        assert_eq!(live.tags.get("tier").map(String::as_str), Some("edge"));
        assert_eq!(live.address().map(Address::as_str), Some(ADDRESS));

        let second = json!({"LaunchTemplateName": "shop-batch", "LaunchTemplateData": {"ImageId": "ami-1"}});
        world.make(TEMPLATE, "eu-west-1/second", second).await;
        let found = world.list(TEMPLATE, REGION, &[], &[]).await;
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|live| live.properties.contains_key("LaunchTemplateData")), "{found:#?}");
        world.remove(&live, false).await;
        assert_eq!(world.list(TEMPLATE, REGION, &[], &[]).await.len(), 1);
    });
}

#[test]
fn what_nobody_here_owns_is_looked_up() {
    over_the_wire(async |world| {
        let vpc = vpc(&world).await;
        let subnet = subnet(&world, &vpc).await;
        let find = async |resource_type: &str, by: Json| {
            let lookup = Lookup {
                address: Address::new(REGION, "found", None),
                resource_type: resource_type.into(),
                scope: Scope::Region(Region::new(REGION)),
                by: Map::new(),
                origin: Origin::default(),
            };
            world.provider.lookup(&lookup, by.as_object().expect("an object")).await
        };
        let by_tag = json!({"Tags": {"team": "web"}});
        let found = find(VPC, by_tag).await.expect("the VPC");
        assert_eq!(found.identifier, vpc.identifier);
        assert_eq!(found.ownership, Ownership::Foreign);
        let default = find(VPC, json!({"IsDefault": true})).await.expect("the default VPC");
        assert_ne!(default.identifier, vpc.identifier);
        let by_range = json!({"VpcId": id(&vpc), "CidrBlock": "10.0.1.0/24"});
        assert_eq!(find(SUBNET, by_range).await.expect("the subnet").identifier, subnet.identifier);
        let default = json!({"VpcId": id(&vpc), "GroupName": "default"});
        let group = find(GROUP, default).await.expect("the VPC's default group");
        assert_eq!(Some(id(&group)), vpc.str("DefaultSecurityGroup"));
        let table = world.make(TABLE, "eu-west-1/table", json!({"VpcId": id(&vpc)})).await;
        let in_vpc = json!({"VpcId": id(&vpc), "Tags": {"team": "web"}});
        assert_eq!(find(TABLE, in_vpc.clone()).await.expect("the table").identifier, table.identifier);
        let gateway = world.make(INTERNET_GATEWAY, "eu-west-1/gateway", json!({})).await;
        let attachment = json!({"VpcId": id(&vpc), "InternetGatewayId": id(&gateway)});
        world.make(ATTACHMENT, "eu-west-1/attachment", attachment).await;
        assert_eq!(find(INTERNET_GATEWAY, in_vpc).await.expect("the gateway").identifier, gateway.identifier);
        let group = find("AWS::AutoScaling::AutoScalingGroup", json!({"Tags": {"team": "web"}})).await;
        assert_eq!(group.expect_err("not by tags").kind, ErrorKind::Unsupported);
        let none = find(VPC, json!({"CidrBlock": "192.0.2.0/24"})).await.expect_err("no such VPC");
        assert_eq!(none.kind, ErrorKind::NotFound);
    });
}
