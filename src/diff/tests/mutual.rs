//! Resources that say the same from two sides: a role its policies, a policy its roles.

use serde_json::json;

use super::support::{World, desired};
use crate::model::{Desired, Json};

const ROLE: &str = "global/app.role";
const POLICY: &str = "global/app.policy";
const BASE: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn role(properties: &Json) -> Desired {
    let mut all = json!({"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}});
    all.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    desired(ROLE, "AWS::IAM::Role", &all)
}

fn policy(roles: &Json) -> Desired {
    let document = json!({"Version": "2012-10-17", "Statement": []});
    desired(POLICY, "AWS::IAM::ManagedPolicy", &json!({"PolicyDocument": document, "Roles": roles}))
}

/// What IAM reports of an attachment, on both sides.
fn attached(world: &mut World) {
    let arn = world.live(POLICY).properties["PolicyArn"].clone();
    let name = world.live(ROLE).properties["RoleName"].clone();
    world.tamper(ROLE, |live| live.properties["ManagedPolicyArns"].as_array_mut().unwrap().push(arn));
    world.tamper(POLICY, |live| {
        let roles = live.properties["Roles"].as_array_mut().unwrap();
        if !roles.contains(&name) {
            roles.push(name);
        }
    });
}

#[test]
fn neither_takes_back_what_the_other_brought() {
    let by_policy = policy(&json!([format!("${{{ROLE}#RoleName}}")]));
    let mut world = World::of([role(&json!({"ManagedPolicyArns": [BASE]})), by_policy]).made();
    attached(&mut world);
    assert_eq!(world.actions(), [""; 0]);

    let by_hand = json!("arn:aws:iam::aws:policy/AdministratorAccess");
    world.tamper(ROLE, |live| live.properties["ManagedPolicyArns"].as_array_mut().unwrap().push(by_hand));
    assert_eq!(world.actions(), [format!("update {ROLE}")], "what nobody wrote is drift");
}

#[test]
fn what_neither_writes_any_more_goes() {
    let by_policy = policy(&json!([format!("${{{ROLE}#RoleName}}"), "ops"]));
    let mut world = World::of([role(&json!({"ManagedPolicyArns": [BASE]})), by_policy]).made();
    attached(&mut world);
    let world = world.with([role(&json!({"ManagedPolicyArns": [BASE]})), policy(&json!(["ops"]))]);
    assert_eq!(world.actions(), [format!("update {POLICY}"), format!("update {ROLE}")]);
}

#[test]
fn a_policy_that_stands_alone_is_not_the_roles_own() {
    let document = json!({"Version": "2012-10-17", "Statement": []});
    let own = json!({"PolicyName": "own", "PolicyDocument": document});
    let alone = desired(
        "global/app.alone",
        "AWS::IAM::RolePolicy",
        &json!({
        "RoleName": format!("${{{ROLE}#RoleName}}"), "PolicyName": "alone", "PolicyDocument": document}),
    );
    let mut world = World::of([role(&json!({"Policies": [own]})), alone]).made();
    world.tamper(ROLE, |live| {
        let policies = live.properties["Policies"].as_array_mut().unwrap();
        policies.push(json!({"PolicyName": "alone", "PolicyDocument": document}));
    });
    assert_eq!(world.actions(), [""; 0]);
}
