//! Waiting, pace, retries, announcements, and being asked to stop.

use std::time::Duration;

use serde_json::json;
use stackctl::apply::{Ending, Event, Settings, Stop};
use stackctl::providers::simulated::{
    Behaviour, DeedKind, Failure, Fault, Faults, Match, Operation, Rate, TokenSupport,
};
use stackctl::providers::{ErrorKind, Provider as _};

use crate::graph::{blueprint, resource};
use crate::order::shop;
use crate::world::{self, World};

fn vpc() -> world::Blueprint {
    blueprint([resource("AWS::EC2::VPC", "vpc", json!({"CidrBlock": "10.0.0.0/16"}))])
}

fn created(world: &World) -> usize {
    world.cloud.deeds().iter().filter(|deed| deed.kind == DeedKind::Created).count()
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_create_without_token_is_settled_before_it_is_made_again() {
    let world = World::new(Behaviour::like_aws());
    world.cloud.arm(Faults::none().and(Fault::nth(Operation::Create, 1, Failure::AnswerLost)));
    let run = world.go(&vpc(), &[]).await;
    assert!(run.report().is_complete());
    assert_eq!(created(&world), 1);
    world.assert_settled(&vpc()).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_without_token_is_made_after_a_look() {
    let world = World::new(Behaviour::like_aws());
    let refused = Failure::Refused(ErrorKind::Transient);
    world.cloud.arm(Faults::none().and(Fault::nth(Operation::Create, 1, refused)));
    let run = world.go(&vpc(), &[]).await;
    assert!(run.report().is_complete());
    assert_eq!(created(&world), 1);
    assert!(run.report().took >= world.settings.settle, "it was read for until it would have shown");
}

#[tokio::test(start_paused = true)]
async fn what_exists_after_a_try_of_our_own_may_be_ours_and_not_visible_yet() {
    let group = blueprint([resource("AWS::EC2::SecurityGroup", "group", json!({"GroupDescription": "d"}))]);
    let taken = |after, times| Fault {
        after,
        times,
        ..Fault::always(Operation::Create, "*", Failure::Refused(ErrorKind::AlreadyExists))
    };
    let lost = Fault { times: 1, ..Fault::always(Operation::Create, "*", Failure::AnswerLost) };
    let world = World::new(Behaviour::like_aws());
    world.cloud.arm(Faults::none().and(lost.clone()).and(taken(1, 3)));
    assert!(world.go(&group, &[]).await.report().is_complete());
    assert_eq!(created(&world), 1);

    for (faults, within) in
        [(Faults::none().and(taken(0, u32::MAX)), 0), (Faults::none().and(lost).and(taken(1, u32::MAX)), 3)]
    {
        let world = World::new(Behaviour::like_aws());
        world.cloud.arm(faults);
        let run = world.go(&group, &[]).await;
        assert_eq!(run.report().outcome.failed, 1);
        assert!(
            run.report().took <= Duration::from_mins(within) + Duration::from_secs(5),
            "{:?}",
            run.report().took
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_announcement_without_outcome_is_settled_by_the_next_run() {
    for failure in [Failure::CrashBefore, Failure::CrashAfter] {
        let world = World::new(Behaviour::like_aws());
        world.cloud.arm(Faults::none().and(Fault::nth(Operation::Create, 1, failure)));
        let run = world.go(&vpc(), &[]).await;
        assert!(matches!(run.ending, world::Ending::Crashed));
        assert!(world.ledger.notices("next").await.unwrap().is_open(&crate::graph::address("vpc")));
        let run = world.go(&vpc(), &[]).await;
        assert!(run.report().is_complete());
        assert_eq!(created(&world), 1);
        assert!(!world.ledger.notices("last").await.unwrap().is_open(&crate::graph::address("vpc")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_never_gets_an_answer_is_asked_for_by_the_next_run() {
    for tokens in [TokenSupport::AsAws, TokenSupport::Nowhere] {
        let world = World::new(Behaviour { tokens, ..Behaviour::like_aws() });
        let queue = blueprint([resource("AWS::EC2::NatGateway", "nat", json!({"SubnetId": "subnet-1"}))]);
        let lost = Fault { times: 1, ..Fault::always(Operation::Create, "*", Failure::AnswerLost) };
        let refused = Failure::Refused(ErrorKind::Transient);
        let then = Fault { after: 1, ..Fault::always(Operation::Create, "*", refused.clone()) };
        let at = Match { operation: Some(Operation::List), ..Match::default() };
        let blind = Fault { at, after: 1, times: u32::MAX, failure: refused };
        world.cloud.arm(Faults::none().and(lost).and(then).and(blind));
        let run = world.go(&queue, &[]).await;
        assert_eq!(run.report().outcome.failed, 1);
        world.cloud.arm(Faults::none());
        world.converge(&queue, &[]).await;
        world.assert_settled(&queue).await;
        assert_eq!(created(&world), 1, "{tokens:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_was_deleted_and_comes_back_is_a_new_one() {
    let world = World::new(Behaviour::like_aws());
    let gateway = blueprint([resource("AWS::EC2::NatGateway", "nat", json!({"SubnetId": "subnet-1"}))]);
    world.converge(&gateway, &[]).await;
    let first = world.live("nat").unwrap().identifier;
    world.converge(&[], &gateway).await;
    world.converge(&gateway, &[]).await;
    assert_ne!(world.live("nat").unwrap().identifier, first);
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_that_lasts_a_resource_comes_back_again_and_again() {
    let mut world = World::new(Behaviour::like_aws());
    let queue = blueprint([resource("AWS::SQS::Queue", "jobs", json!({}))]);
    for _ in 0..4 {
        // The count of applies starts anew, and with it the tokens.
        world.ledger = stackctl::ledger::Ledger::in_memory();
        let run = world.go(&queue, &[]).await;
        assert!(run.report().is_complete(), "{:#?}", run.events);
        world.converge(&[], &queue).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_ledger_does_not_bring_the_deleted_back() {
    let mut world = World::new(Behaviour::like_aws());
    let gateway = blueprint([resource("AWS::EC2::NatGateway", "nat", json!({"SubnetId": "subnet-1"}))]);
    world.converge(&gateway, &[]).await;
    world.converge(&[], &gateway).await;
    world.ledger = stackctl::ledger::Ledger::in_memory();
    world.converge(&gateway, &[]).await;
    world.assert_settled(&gateway).await;
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_down_and_nothing_fails() {
    let rate = Some(Rate { per_second: 2.0, burst: 4.0 });
    let world = World::new(Behaviour { rate, ..Behaviour::like_aws() });
    let many =
        blueprint((0..60).map(|index| {
            resource("AWS::EC2::VPC", &format!("vpc{index}"), json!({"CidrBlock": "10.0.0.0/16"}))
        }));
    let run = world.go(&many, &[]).await;
    assert!(run.report().is_complete());
    let throttled = run.events.iter().filter(|event| matches!(event, Event::Retrying { .. })).count();
    assert!((1..120).contains(&throttled), "the pace adapts: {throttled} throttled calls for 60 resources");
    world.assert_settled(&many).await;
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_are_polled_together() {
    let world = World::new(Behaviour { rate: None, ..Behaviour::like_aws() });
    let many = blueprint((0..40).map(|index| {
        resource("AWS::EC2::NatGateway", &format!("nat{index}"), json!({"SubnetId": "subnet-1"}))
    }));
    let plan = world.plan(&many, &[]).await;
    let before = world.cloud.api_calls()["ec2"];
    assert!(world.apply(&plan).await.report().is_complete());
    let calls = world.cloud.api_calls()["ec2"] - before;
    assert!(calls < 40 + 60, "40 creates and their polls took {calls} calls");
}

#[tokio::test(start_paused = true)]
async fn once_asked_to_stop_nothing_new_starts_and_what_runs_is_waited_for() {
    let world = World::new(Behaviour::like_aws());
    let plan = world.plan(&shop(), &[]).await;
    let stop = Stop::default();
    let later = stop.clone();
    let ask = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        later.request();
        std::future::pending::<()>().await;
    };
    let run = tokio::select! { run = world.apply_until(&plan, stop) => run, () = ask => unreachable!() };
    let report = run.report();
    assert!(report.outcome.interrupted && report.outcome.done > 0 && report.outcome.skipped > 0);
    assert_eq!((report.outcome.failed, report.outcome.unfinished), (0, 0));
    let started = |event: &&Event| matches!(event, Event::Started { at_ms, .. } if *at_ms > 500);
    assert_eq!(run.events.iter().filter(started).count(), 0);
    world.converge(&shop(), &[]).await;
    world.assert_settled(&shop()).await;
}

#[tokio::test(start_paused = true)]
async fn asked_to_stop_before_it_begins_it_starts_nothing() {
    let world = World::new(Behaviour::like_aws());
    let plan = world.plan(&shop(), &[]).await;
    let stop = Stop::default();
    stop.request();
    let run = world.apply_until(&plan, stop).await;
    assert!(!run.events.iter().any(|event| matches!(event, Event::Started { .. })), "{:#?}", run.events);
    let outcome = &run.report().outcome;
    assert!(outcome.interrupted && outcome.done == 0 && outcome.skipped == plan.changes.len(), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn twice_asked_to_stop_it_leaves_at_once() {
    let world = World::new(Behaviour::like_aws());
    let plan = world.plan(&shop(), &[]).await;
    let stop = Stop::default();
    let later = stop.clone();
    let ask = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        later.request();
        later.request();
        std::future::pending::<()>().await;
    };
    let run = tokio::select! { run = world.apply_until(&plan, stop) => run, () = ask => unreachable!() };
    assert_eq!(run.report().took, Duration::from_millis(500));
    assert!(run.report().results.iter().any(|one| matches!(one.ending, Ending::Unfinished)));
    world.converge(&shop(), &[]).await;
    world.assert_settled(&shop()).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_in_time_fails_with_the_providers_words() {
    let mut world = World::new(Behaviour { create: 1000.0, ..Behaviour::like_aws() });
    world.settings = Settings { seed: Some(1), ..Settings::default() };
    let run = world.go(&vpc(), &[]).await;
    let Ending::Failed(error) = &run.report().results[0].ending else { panic!("{:#?}", run.events) };
    let error = error.to_string();
    assert!(error.contains("still not ready after 10m") && error.ends_with(": pending"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn ready_when_holds_back_what_depends_on_it() {
    let world = World::new(Behaviour::like_aws());
    let mut queue = resource("AWS::SQS::Queue", "queue", json!({}));
    let condition = resource("AWS::SQS::Queue", "x", json!({"Condition": "@queue.Open"}));
    queue.lifecycle.ready_when = condition.properties.values().cloned().collect();
    let stage = blueprint([queue]);
    let plan = world.plan(&stage, &[]).await;
    let open = async {
        loop {
            tokio::time::sleep(Duration::from_secs(90)).await;
            if let Some(live) = world.live("queue") {
                world.cloud.tamper(&live.identifier, |properties| {
                    drop(properties.insert("Open".into(), json!(true)));
                });
            }
        }
    };
    let run = tokio::select! { run = world.apply(&plan) => run, () = open => unreachable!() };
    assert!(run.report().is_complete(), "{:#?}", run.events);
    assert!(run.report().took >= Duration::from_secs(90));
    let told = |event: &Event| matches!(event, Event::Waiting { reason, .. } if reason.contains("readyWhen"));
    assert!(run.events.iter().any(told));
}
