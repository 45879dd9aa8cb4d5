//! Kill the process at any moment, let any call fail: run again, and it converges; nothing is made twice, nothing is
//! left behind.

use std::future::Future;

use proptest::prelude::*;
use stackctl::providers::ErrorKind;
use stackctl::providers::simulated::{Behaviour, Failure, Fault, Faults, Operation, Rate, TokenSupport};

use crate::graph::{Node, Turn, draw, evolve, nodes, numbered, turns};
use crate::world::World;

/// What goes wrong in one run.
fn fault() -> impl Strategy<Value = Fault> {
    let operation = prop_oneof![
        4 => Just(Operation::Create),
        2 => Just(Operation::Update),
        2 => Just(Operation::Delete),
        1 => Just(Operation::Ready),
        1 => Just(Operation::List),
    ];
    let refused = prop_oneof![
        Just(ErrorKind::Transient),
        Just(ErrorKind::Throttled),
        Just(ErrorKind::NotYet),
        Just(ErrorKind::InUse),
    ];
    let failure = prop_oneof![
        2 => Just(Failure::CrashBefore),
        3 => Just(Failure::CrashAfter),
        2 => Just(Failure::AnswerLost),
        2 => refused.prop_map(Failure::Refused),
    ];
    (operation, 1..12_u32, failure).prop_map(|(operation, nth, failure)| {
        // A read neither changes anything nor is it the apply's when the plan is made.
        let failure = match (operation, failure) {
            (Operation::List, _) => Failure::Refused(ErrorKind::Transient),
            (Operation::Ready, Failure::CrashAfter) => Failure::CrashBefore,
            (_, failure) => failure,
        };
        Fault::nth(operation, nth, failure)
    })
}

fn faults() -> impl Strategy<Value = Faults> {
    prop::collection::vec(fault(), 0..4).prop_map(|all| all.into_iter().fold(Faults::none(), Faults::and))
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    (any::<bool>(), any::<bool>()).prop_map(|(tokens, strict)| Behaviour {
        tokens: if tokens { TokenSupport::AsAws } else { TokenSupport::Nowhere },
        rate: strict.then_some(Rate { per_second: 3.0, burst: 5.0 }),
        ..Behaviour::like_aws()
    })
}

/// A runtime whose clock jumps to the next timer whenever all is idle.
fn in_virtual_time<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

/// From nothing to one blueprint, half way to another, to a third, and back to nothing.
async fn live_and_die(behaviour: Behaviour, nodes: &[Node], turns: [&[Turn]; 2], wrong: [Faults; 4]) {
    let world = World::new(behaviour.clone());
    let [first, given_up, second, third] = wrong;
    let before = draw(&numbered(nodes));
    let [meant, after] = turns.map(|turns| draw(&evolve(nodes, turns)));

    world.cloud.arm(first);
    world.converge(&before, &[]).await;
    world.cloud.arm(Faults::none());
    world.assert_settled(&before).await;

    world.cloud.arm(given_up);
    let _ = world.go(&meant, &before).await;
    world.cloud.arm(Faults::none());
    // What the dead process made is nobody's to see for a moment.
    world.cloud.settle().await;

    world.cloud.arm(second);
    world.converge(&after, &before).await;
    world.cloud.arm(Faults::none());
    world.assert_settled(&after).await;
    let straight = World::new(behaviour);
    straight.converge(&after, &[]).await;
    world.assert_same_as(&straight, &after);

    world.cloud.arm(third);
    world.converge(&[], &after).await;
    world.cloud.arm(Faults::none());
    world.assert_settled(&[]).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_with_any_fault_converges(
        behaviour in behaviour(),
        nodes in nodes(),
        turns in [turns(), turns()],
        wrong in [faults(), faults(), faults(), faults()],
    ) {
        in_virtual_time(live_and_die(behaviour, &nodes, [&turns[0], &turns[1]], wrong));
    }

    #[test]
    fn every_crash_point_of_one_graph_converges(point in 1..60_u32, after in any::<bool>()) {
        let failure = if after { Failure::CrashAfter } else { Failure::CrashBefore };
        let at = stackctl::providers::simulated::Match::default();
        let crash = Fault { at, after: point, times: 1, failure };
        in_virtual_time(async {
            let world = World::new(Behaviour::like_aws());
            let stage = crate::order::shop();
            world.cloud.arm(Faults::none().and(crash.clone()));
            world.converge_through_crashes(&stage).await;
            world.assert_settled(&stage).await;
        });
    }
}
