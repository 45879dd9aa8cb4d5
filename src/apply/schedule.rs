//! Decides what starts when: a step starts as soon as all that it needs is done and its service's pace allows, the
//! one with the longest path behind it first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::context::{Context, Task};
use super::error::StepError;
use super::event::Event;
use super::pace::Lane;
use super::stop::{Stop, Wish};
use super::{create, delete, update};
use crate::model::{Action, Address, Identifier, Step};

/// How far a step is.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    /// It waits for what it needs, or for its turn.
    Queued,
    /// It runs.
    Running,
    /// It is done.
    Done,
    /// It failed.
    Failed(StepError),
    /// It was not begun.
    Skipped(String),
}

/// The executor's loop over a plan's steps. All steps run inside its one future: dropping it stops everything.
pub(super) struct Schedule<'a> {
    cx: &'a Context<'a>,
    stop: &'a Stop,
    progress: Vec<Progress>,
    /// How many of its needs are not done yet, for each step.
    missing: Vec<usize>,
    dependents: Vec<Vec<usize>>,
    /// Steps that could start, by pace; the one with the longest path behind it first, then in the plan's order.
    lanes: BTreeMap<Lane, BinaryHeap<(u32, Reverse<usize>)>>,
    running: FuturesUnordered<BoxFuture<'a, Finished>>,
}

/// A step that came to its end.
struct Finished {
    step: usize,
    result: Result<Identifier, StepError>,
    took: Duration,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(cx: &'a Context<'a>, stop: &'a Stop) -> Self {
        let steps = &cx.plan.steps;
        let mut dependents = vec![Vec::new(); steps.len()];
        for (index, step) in steps.iter().enumerate() {
            for need in &step.needs {
                dependents[need.index()].push(index);
            }
        }
        Self {
            cx,
            stop,
            progress: vec![Progress::Queued; steps.len()],
            missing: steps.iter().map(|step| step.needs.len()).collect(),
            dependents,
            lanes: BTreeMap::new(),
            running: FuturesUnordered::new(),
        }
    }

    /// Runs until nothing is left to do or to wait for. Returns how far each step came.
    pub(super) async fn run(mut self) -> Vec<Progress> {
        for step in 0..self.progress.len() {
            if self.missing[step] == 0 {
                self.queue(step);
            }
        }
        let mut wish = self.stop.wish();
        loop {
            let next_turn = if wish == Wish::GoOn { self.start_what_may() } else { None };
            if self.running.is_empty() && (wish != Wish::GoOn || next_turn.is_none()) {
                break;
            }
            tokio::select! {
                Some(finished) = self.running.next() => self.finish(finished),
                () = sleep_until(next_turn) => {}
                now = self.stop.beyond(wish) => {
                    wish = now;
                    self.cx.emit(Event::Interrupted { running: self.running.len(), at_ms: self.cx.at_ms() });
                    if wish == Wish::Leave {
                        break;
                    }
                }
            }
        }
        if wish != Wish::GoOn {
            self.skip_the_rest();
        }
        self.progress
    }

    /// Puts a step whose needs are done into its lane; a barrier is done with that, and one whose type has no handler
    /// fails at once.
    fn queue(&mut self, step: usize) {
        let plan = self.cx.plan;
        if plan.steps[step].step == Step::Barrier {
            return self.done(step);
        }
        let change = &plan.changes[plan.steps[step].change];
        match self.cx.handler(&change.resource_type) {
            Ok(handler) => {
                let lane = (handler.service(), change.scope.clone());
                let priority = (plan.steps[step].remaining_seconds, Reverse(step));
                self.lanes.entry(lane).or_default().push(priority);
            }
            Err(error) => self.fail(step, StepError::Refused { error }),
        }
    }

    /// Starts every step whose turn it is. Returns when the next one's turn comes.
    fn start_what_may(&mut self) -> Option<Instant> {
        let mut next: Option<Duration> = None;
        let mut starting = Vec::new();
        for (lane, queue) in &mut self.lanes {
            while !queue.is_empty() {
                let delay = self.cx.paces.delay(lane);
                if !delay.is_zero() {
                    next = Some(next.map_or(delay, |other| other.min(delay)));
                    break;
                }
                let Some((_, Reverse(step))) = queue.pop() else { break };
                self.cx.paces.reserve(lane);
                starting.push(step);
            }
        }
        self.lanes.retain(|_, queue| !queue.is_empty());
        for step in starting {
            self.start(step);
        }
        next.map(|delay| Instant::now() + delay)
    }

    fn start(&mut self, step: usize) {
        let cx = self.cx;
        let plan_step = &cx.plan.steps[step];
        let change = &cx.plan.changes[plan_step.change];
        self.progress[step] = Progress::Running;
        cx.emit(Event::Started {
            address: change.address.clone(),
            resource_type: change.resource_type.clone(),
            action: change.action,
            step: plan_step.step,
            at_ms: cx.at_ms(),
        });
        let task = Task { step: plan_step, change, paced: true };
        self.running.push(Box::pin(async move {
            let since = Instant::now();
            let result = match plan_step.step {
                Step::Create => create::create(cx, task).await,
                Step::Update => update::update(cx, task).await,
                Step::Delete => delete::delete(cx, task).await,
                Step::Barrier => Err(StepError::Incomplete("call")),
            };
            Finished { step, result, took: since.elapsed() }
        }));
    }

    fn finish(&mut self, finished: Finished) {
        let Finished { step, result, took } = finished;
        let identifier = match result {
            Ok(identifier) => identifier,
            Err(error) => return self.fail(step, error),
        };
        let plan = self.cx.plan;
        let change = &plan.changes[plan.steps[step].change];
        self.cx.emit(Event::Finished {
            address: change.address.clone(),
            resource_type: change.resource_type.clone(),
            action: change.action,
            step: plan.steps[step].step,
            identifier,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            at_ms: self.cx.at_ms(),
        });
        self.done(step);
    }

    /// What needs it has one need less.
    fn done(&mut self, step: usize) {
        self.progress[step] = Progress::Done;
        for dependent in std::mem::take(&mut self.dependents[step]) {
            self.missing[dependent] -= 1;
            if self.missing[dependent] == 0 && matches!(self.progress[dependent], Progress::Queued) {
                self.queue(dependent);
            }
        }
    }

    /// A step failed: what needs it, directly or not, is not begun.
    fn fail(&mut self, step: usize, error: StepError) {
        let (address, action) = self.change(step);
        self.cx.emit(Event::Failed {
            address: address.clone(),
            action,
            step: self.cx.plan.steps[step].step,
            error: error.to_string(),
            at_ms: self.cx.at_ms(),
        });
        self.progress[step] = Progress::Failed(error);
        let reason = format!("it needs {address}, which failed");
        let mut stack = std::mem::take(&mut self.dependents[step]);
        while let Some(dependent) = stack.pop() {
            if matches!(self.progress[dependent], Progress::Queued) {
                self.skip(dependent, reason.clone());
                stack.append(&mut self.dependents[dependent]);
            }
        }
    }

    fn skip(&mut self, step: usize, reason: String) {
        let (address, action) = self.change(step);
        let change = self.cx.plan.steps[step].change;
        let sibling = |progress: &Progress| matches!(progress, Progress::Failed(_) | Progress::Skipped(_));
        let steps = self.cx.plan.steps.iter().zip(&self.progress);
        // The other half of a replacement has said it already.
        let said = steps.into_iter().any(|(other, progress)| other.change == change && sibling(progress));
        if !said {
            let reason = reason.clone();
            self.cx.emit(Event::Skipped { address, action, reason, at_ms: self.cx.at_ms() });
        }
        self.progress[step] = Progress::Skipped(reason);
    }

    fn skip_the_rest(&mut self) {
        for step in 0..self.progress.len() {
            if matches!(self.progress[step], Progress::Queued) {
                self.skip(step, "the apply was interrupted before".to_owned());
            }
        }
    }

    fn change(&self, step: usize) -> (Address, Action) {
        let change = &self.cx.plan.changes[self.cx.plan.steps[step].change];
        (change.address.clone(), change.action)
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
