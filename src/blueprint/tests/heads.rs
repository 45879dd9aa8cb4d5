//! Mistakes in `stackctl.yaml` and in the heads of stages.

use insta::assert_snapshot;

use super::{compiled, mistakes};

const STAGE: &str = "stage: 1\nname: mvp\nregions: [us-east-1]\n";

#[test]
fn wrong_values_of_stackctl_yaml() {
    let config = "stack: shop
account: 12345
ledger: {x: y}
stage: [a]
tags: {team: [b], \"aws:x\": c, stage: 1}
zones: {us-est-1: [a], us-east-1: a, eu-west-1: [[a]]}
variables: {version: 3.10}
environments:
  a b: {}
  Prod: {stack: shop-prod}
  staging: {budgt: 5}
";
    assert_snapshot!(mistakes(&[("stackctl.yaml", config), ("stage-1-mvp.yaml", STAGE)]));
}

#[test]
fn wrong_values_of_a_head() {
    let stage = "stage: 0
name: [a]
audience: {users: many, usrs: 5, concurrent: -1}
budget: {montly: 5, monthly: x}
objectives: {p95: [1]}
regions: [us-est-1, [x]]
";
    assert_snapshot!(mistakes(&[("stage-1-mvp.yaml", stage)]));
    let groups = "stage: 1\nname: mvp\naudience: many\nbudget: 7\nobjectives: fast\nregions: us-east-1\n";
    assert_snapshot!(mistakes(&[("stage-1-mvp.yaml", groups)]));
}

#[test]
fn numbers_of_a_head_may_be_grouped() {
    let stage = format!("{STAGE}audience: {{users: 10_000}}\nbudget: {{monthly: 5_050.5}}\n");
    let head = compiled(&[("stage-1-mvp.yaml", &stage)], None, &[]).stage;
    assert_eq!((head.users, head.monthly_budget), (Some(10_000), Some(5_050.5)));
}

#[test]
fn two_stages_of_one_number_or_name() {
    let other = "stage: 1\nname: again\nregions: [us-east-1]\n";
    let third = "stage: 3\nname: mvp\nregions: [us-east-1]\n";
    assert_snapshot!(mistakes(&[
        ("stage-1-mvp.yaml", STAGE),
        ("stage-1-again.yaml", other),
        ("stage-3.yaml", third)
    ]));
}

#[test]
fn an_environment_takes_a_name_of_its_own() {
    let config =
        "stack: shop\naccount: 012345678901\nenvironments: {Prod: {stack: shop-prod}, staging: {}}\n";
    let files = [("stackctl.yaml", config), ("stage-1-mvp.yaml", STAGE)];
    let stack = |environment| compiled(&files, Some(environment), &[]).stack.to_string();
    assert_eq!((stack("Prod"), stack("staging")), ("shop-prod".to_owned(), "shop-staging".to_owned()));
    assert_eq!(compiled(&files, None, &[]).account.as_deref(), Some("012345678901"));
}
