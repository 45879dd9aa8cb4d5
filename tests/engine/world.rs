//! A stack in a simulated cloud, driven as the command line drives it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stackctl::apply::{Apply, Event, Report, Settings, Stop};
use stackctl::catalog::Catalog;
use stackctl::diff::{Input, diff};
use stackctl::identity::KnownAttributes;
use stackctl::ledger::Ledger;
use stackctl::model::{Action, Address, Desired, Live, Region, Scope, StackName, Status};
use stackctl::observe::{Observed, Request, observe};
use stackctl::plan::{Filter, Fingerprint, Plan, PlanHead, PlanInput, Stats};
use stackctl::providers::simulated::{Behaviour, Cloud, Faults};
use tokio::sync::mpsc::unbounded_channel;

pub type Blueprint = Vec<Arc<Desired>>;

pub fn region() -> Scope {
    Scope::Region(Region::new("eu-west-1"))
}

/// A cloud, the ledger beside it, and how patient the applies are.
pub struct World {
    pub cloud: Cloud,
    pub ledger: Ledger,
    pub settings: Settings,
    pub stack: StackName,
    runs: std::cell::Cell<u32>,
}

/// How a run ended.
pub enum Ending {
    /// The process died.
    Crashed,
    /// It came to its end.
    Ended(Box<Report>),
}

pub struct Run {
    pub ending: Ending,
    pub events: Vec<Event>,
}

impl Run {
    pub fn report(&self) -> &Report {
        match &self.ending {
            Ending::Ended(report) => report,
            Ending::Crashed => panic!("the process died"),
        }
    }
}

impl World {
    pub fn new(behaviour: Behaviour) -> Self {
        Self {
            cloud: Cloud::new(behaviour),
            ledger: Ledger::in_memory(),
            settings: Settings { seed: Some(7), ..Settings::default() },
            stack: StackName::new("shop"),
            runs: std::cell::Cell::new(0),
        }
    }

    pub async fn observe(&self, desired: &[Arc<Desired>]) -> Observed {
        let request = Request {
            catalog: Catalog::embedded(),
            stack: &self.stack,
            desired,
            lookups: &[],
            scopes: &[Scope::Global, region()],
            hints: &[],
            clusters_of: None,
        };
        observe(&self.cloud, &request).await
    }

    /// The plan towards a blueprint; `before` is what was there, for a destroy.
    pub async fn plan(&self, desired: &[Arc<Desired>], before: &[Arc<Desired>]) -> Plan {
        let seen = self.observe(desired).await;
        assert!(seen.failures.is_empty(), "{:?}", seen.failures);
        let input = Input {
            catalog: Catalog::embedded(),
            stack: &self.stack,
            desired,
            live: &seen.live,
            lookups: &seen.lookups,
            forecasts: &stackctl::model::Forecasts::new(),
            failed_lookups: &seen.failed_lookups,
            failures: &seen.failures,
            protected: &BTreeSet::new(),
        };
        let diff = diff(&input);
        assert!(diff.problems.is_empty(), "{:#?}", diff.problems);
        let hints = if desired.is_empty() { before } else { &[] };
        Plan::build(PlanInput {
            head: PlanHead { stack: self.stack.clone(), env: None, stage: None },
            catalog: Catalog::embedded(),
            changes: diff.changes,
            hints,
            filter: Filter::default(),
            fingerprint: Fingerprint::default(),
            stats: Stats::default(),
        })
        .unwrap_or_else(|error| panic!("{error}"))
    }

    pub async fn apply(&self, plan: &Plan) -> Run {
        self.apply_until(plan, Stop::default()).await
    }

    /// One process: it ends, or a fault kills it.
    pub async fn apply_until(&self, plan: &Plan, stop: Stop) -> Run {
        self.runs.set(self.runs.get() + 1);
        let notices = self.ledger.notices(&self.runs.get().to_string()).await.unwrap();
        let (events, mut heard) = unbounded_channel();
        let apply = Apply {
            plan,
            provider: &self.cloud,
            catalog: Catalog::embedded(),
            known: KnownAttributes::default(),
            announcements: &notices,
            finished_applies: self.ledger.book().await.unwrap().finished_applies,
            allow_destroy: &["*".to_owned()],
            settings: self.settings.clone(),
            stop,
            events,
        };
        let ending = tokio::select! {
            report = apply.run() => Ending::Ended(Box::new(report)),
            () = self.cloud.crashed() => Ending::Crashed,
        };
        if let Ending::Ended(_) = &ending {
            notices.close().await.unwrap();
            self.ledger.finish_apply(None).await.unwrap();
        }
        let mut all = Vec::new();
        while let Ok(event) = heard.try_recv() {
            all.push(event);
        }
        Run { ending, events: all }
    }

    /// Plans and applies once.
    pub async fn go(&self, desired: &[Arc<Desired>], before: &[Arc<Desired>]) -> Run {
        let plan = self.plan(desired, before).await;
        self.apply(&plan).await
    }

    /// Plans and applies until an apply is complete, as a person who runs the command again and again.
    pub async fn converge(&self, desired: &[Arc<Desired>], before: &[Arc<Desired>]) {
        let mut last = None;
        for _ in 0..8 {
            let run = self.go(desired, before).await;
            match &run.ending {
                Ending::Ended(report) if report.is_complete() => return,
                _ => last = Some(run),
            }
        }
        let last = last.map(|run| run.events);
        panic!("eight runs were not enough; the last one's events: {last:#?}");
    }

    /// As [`converge`](Self::converge), for faults that kill the process while it reads, too.
    pub async fn converge_through_crashes(&self, desired: &[Arc<Desired>]) {
        for _ in 0..3 {
            let plan = tokio::select! {
                plan = self.plan(desired, &[]) => Some(plan),
                () = self.cloud.crashed() => None,
            };
            let Some(plan) = plan else {
                self.cloud.arm(Faults::none());
                continue;
            };
            match self.apply(&plan).await.ending {
                Ending::Ended(report) if report.is_complete() => return,
                Ending::Ended(report) => panic!("{:#?}", report.results),
                Ending::Crashed => self.cloud.arm(Faults::none()),
            }
        }
        panic!("one crash, and three runs were not enough");
    }

    /// The second plan is empty, and the cloud holds exactly one of each, nothing else.
    pub async fn assert_settled(&self, desired: &[Arc<Desired>]) {
        let plan = self.plan(desired, &[]).await;
        let left: Vec<_> = plan.changes.iter().filter(|change| change.action != Action::None).collect();
        assert!(left.is_empty(), "the second plan is not empty: {left:#?}");
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        for one in desired {
            *wanted.entry(one.resource_type.to_string()).or_default() += 1;
        }
        let mut there: BTreeMap<String, usize> = BTreeMap::new();
        // What a dead process began to delete may still be on its way out.
        for live in self.cloud.everything().into_iter().filter(|live| live.status != Status::Deleting) {
            *there.entry(live.resource_type.to_string()).or_default() += 1;
        }
        assert_eq!(there, wanted, "what is in the cloud");
    }

    /// The live resource of an address, as the cloud's console would show it.
    pub fn live(&self, path: &str) -> Option<Live> {
        let tag = format!("eu-west-1/{path}").parse::<Address>().expect("an address").to_tag();
        self.cloud.everything().into_iter().find(|live| live.tags.get("stackctl:address") == Some(&tag))
    }
}
