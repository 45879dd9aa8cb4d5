//! An apply's events as lines: JSON for programs, plain text where there is no terminal, and the final report.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use crate::apply::{ChangeResult, Ending, Event, Listener, Report, Step, human};
use crate::model::{Action, Address};

/// Writes each event as one line of JSON.
pub struct JsonLines<W>(pub W);

impl<W: Write> Listener for JsonLines<W> {
    fn hear(&mut self, event: &Event) {
        // Events are plain data; a closed pipe must not stop an apply.
        if let Ok(text) = serde_json::to_string(event) {
            let _ = writeln!(self.0, "{text}").and_then(|()| self.0.flush());
        }
    }
}

/// Writes a line for everything a person wants to see in a log.
pub struct PlainLines<W> {
    out: W,
    count: Count,
}

impl<W: Write> PlainLines<W> {
    /// Writes to this.
    pub fn new(out: W) -> Self {
        Self { out, count: Count::default() }
    }
}

impl<W: Write> Listener for PlainLines<W> {
    fn hear(&mut self, event: &Event) {
        self.count.hear(event);
        if let Some(line) = plain(event, &self.count) {
            // A closed pipe must not stop an apply.
            let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
        }
    }
}

/// How much is done of how much, in changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    /// All changes.
    pub(super) all: usize,
    /// Those that ended, however they did.
    pub(super) ended: usize,
    /// How often it was asked to stop.
    interruptions: usize,
    half: HashMap<Address, Half>,
}

/// The half of a replacement that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Half(Step);

impl Count {
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Began { changes, .. } => self.all = *changes,
            Event::Finished { address, action: Action::Replace, step, .. } => {
                match self.half.remove(address) {
                    Some(Half(other)) if other != *step => self.ended += 1,
                    _ => drop(self.half.insert(address.clone(), Half(*step))),
                }
            }
            Event::Finished { .. } | Event::Failed { .. } | Event::Skipped { .. } => self.ended += 1,
            Event::Interrupted { .. } => self.interruptions += 1,
            _ => {}
        }
    }
}

/// A step while it goes on: `creating`.
pub(super) fn doing(action: Action, step: Step) -> &'static str {
    match (action, step) {
        (Action::Replace, Step::Create) => "creating the new one",
        (Action::Replace, Step::Delete) => "deleting the old one",
        (Action::Adopt, _) => "adopting",
        (Action::None, _) => "waiting",
        (_, Step::Create) => "creating",
        (_, Step::Update) => "updating",
        (_, Step::Delete) => "deleting",
        (_, Step::Barrier) => "waiting for the rest",
    }
}

/// A step when it is done: `created`.
pub(super) fn did(action: Action, step: Step) -> &'static str {
    match (action, step) {
        (Action::Replace, Step::Create) => "created the new one",
        (Action::Replace, Step::Delete) => "deleted the old one",
        (Action::Adopt, _) => "adopted",
        (Action::None, _) => "ready",
        (_, Step::Create) => "created",
        (_, Step::Update) => "updated",
        (_, Step::Delete) => "deleted",
        (_, Step::Barrier) => "waited for the rest",
    }
}

/// What is wanted, for messages: `create`.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Adopt => "adopt",
        Action::None => "wait",
    }
}

pub(super) fn plain(event: &Event, count: &Count) -> Option<String> {
    Some(match event {
        Event::Began { stack, stage, changes, .. } => {
            let towards = stage.as_ref().map(|stage| format!(" towards {stage}")).unwrap_or_default();
            format!("{stack}: {}{towards}", counted(*changes, "change"))
        }
        Event::Started { address, resource_type, action, step, .. } => {
            format!("{address}: {} {resource_type}", doing(*action, *step))
        }
        Event::Waiting { address, identifier, reason, .. } => format!("{address}: {identifier} {reason}"),
        Event::Retrying { address, error, attempt, after_ms, .. } => {
            let pause = human(Duration::from_millis(*after_ms));
            format!("{address}: try {attempt} failed, the next in {pause}: {error}")
        }
        Event::Finished { address, action, step, identifier, took_ms, .. } => {
            let took = human(Duration::from_millis(*took_ms));
            format!(
                "{address}: {} {identifier} in {took} [{}/{}]",
                did(*action, *step),
                count.ended,
                count.all
            )
        }
        Event::Failed { address, action, error, .. } => {
            format!("{address}: failed to {}: {error}", verb(*action))
        }
        Event::Skipped { address, action, reason, .. } => {
            format!("{address}: did not {}: {reason}", verb(*action))
        }
        Event::Interrupted { running: 0, .. } => "stopping".to_owned(),
        Event::Interrupted { running, .. } if count.interruptions > 1 => {
            format!(
                "leaving: {} still under way in the cloud; it is safe to run again",
                counted(*running, "step")
            )
        }
        Event::Interrupted { running, .. } => {
            let steps = counted(*running, "step");
            format!("stopping: nothing new starts, waiting for {steps} under way; once more to leave at once")
        }
        Event::Ended { .. } => return None,
    })
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// What was done, failed, was skipped, and what to run next; `command` is what was run (`stackctl apply stage-3`), none
/// where it can't be run again.
pub fn ending(report: &Report, command: Option<&str>) -> String {
    let outcome = &report.outcome;
    let mut text = String::new();
    let took = human(report.took);
    // Writing to a `String` can't fail.
    let _ = match report.results.len() {
        0 => writeln!(text, "Nothing to do."),
        _ if report.is_complete() => writeln!(text, "Done: {} in {took}.", counted(outcome.done, "change")),
        _ => writeln!(text, "Stopped after {took}: {}.", numbers(report)),
    };
    let failed = |result: &&ChangeResult| matches!(result.ending, Ending::Failed(_));
    list(&mut text, "Failed", report.results.iter().filter(failed));
    let open = |result: &&ChangeResult| matches!(result.ending, Ending::Unfinished);
    list(&mut text, "Still under way in the cloud", report.results.iter().filter(open));
    let skipped = |result: &&ChangeResult| matches!(result.ending, Ending::Skipped(_));
    list(&mut text, "Not begun", report.results.iter().filter(skipped));
    if !report.is_complete() {
        let (run, plan) = match outcome.failed {
            0 => ("Run", "Plan"),
            _ => ("Mend what failed, then run", "Mend what failed, then plan"),
        };
        let next = match command {
            Some(command) => format!("{run} `{command}` again: it goes on from here."),
            None => format!("{plan} again: a new plan goes on from here, the saved one holds no more."),
        };
        let _ = writeln!(text, "\nWhat was done stays. {next}");
    }
    text
}

fn numbers(report: &Report) -> String {
    let outcome = &report.outcome;
    let parts = [
        (outcome.done, "done"),
        (outcome.failed, "failed"),
        (outcome.unfinished, "under way"),
        (outcome.skipped, "not begun"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    parts.collect::<Vec<_>>().join(", ")
}

/// How many lines a list of the report has at most: the rest is in the history.
const LONGEST: usize = 20;

fn list<'a>(text: &mut String, title: &str, results: impl Iterator<Item = &'a ChangeResult>) {
    let results: Vec<_> = results.collect();
    if results.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for ChangeResult { address, action, ending } in results.iter().take(LONGEST) {
        let _ = match ending {
            Ending::Failed(error) => writeln!(text, "  {address} ({})\n      {error}", verb(*action)),
            Ending::Skipped(reason) => writeln!(text, "  {address} ({}): {reason}", verb(*action)),
            Ending::Done | Ending::Unfinished => writeln!(text, "  {address} ({})", verb(*action)),
        };
    }
    if results.len() > LONGEST {
        let _ = writeln!(text, "  and {} more", results.len() - LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::{Outcome, StepError};
    use crate::identity::KnownAttributes;
    use crate::model::{Identifier, ResourceType};

    fn address(path: &str) -> Address {
        Address::new("eu-west-1", path, None)
    }

    fn events() -> Vec<Event> {
        let vpc = || ResourceType::new("AWS::EC2::VPC");
        vec![
            Event::Began {
                stack: "shop".into(),
                stage: Some("stage-2".into()),
                changes: 3,
                at: "2024-03-01T12:00:00Z".into(),
            },
            Event::Started {
                address: address("net.vpc"),
                resource_type: vpc(),
                action: Action::Create,
                step: Step::Create,
                at_ms: 1,
            },
            Event::Retrying {
                address: address("net.vpc"),
                error: "ec2:CreateVpc: RequestLimitExceeded: too fast".into(),
                attempt: 1,
                after_ms: 400,
                at_ms: 120,
            },
            Event::Waiting {
                address: address("net.vpc"),
                identifier: Identifier::new("vpc-1"),
                reason: "pending".into(),
                at_ms: 700,
            },
            Event::Finished {
                address: address("net.vpc"),
                resource_type: vpc(),
                action: Action::Create,
                step: Step::Create,
                identifier: Identifier::new("vpc-1"),
                took_ms: 2300,
                at_ms: 2301,
            },
            Event::Interrupted { running: 2, at_ms: 2400 },
            Event::Failed {
                address: address("web.alb"),
                action: Action::Update,
                step: Step::Update,
                error: "elasticloadbalancing:SetSubnets: InvalidSubnet: no such subnet".into(),
                at_ms: 2500,
            },
            Event::Skipped {
                address: address("web.listener"),
                action: Action::Create,
                reason: "it needs eu-west-1/web.alb, which failed".into(),
                at_ms: 2500,
            },
            Event::Ended {
                outcome: Outcome { done: 1, failed: 1, skipped: 1, interrupted: true, ..Outcome::default() },
                at_ms: 2600,
            },
        ]
    }

    #[test]
    fn lines_for_a_log() {
        let mut lines = PlainLines::new(Vec::new());
        for event in events() {
            lines.hear(&event);
        }
        insta::assert_snapshot!(String::from_utf8(lines.out).unwrap());
    }

    #[test]
    fn lines_for_a_program() {
        let mut lines = JsonLines(Vec::new());
        for event in events() {
            lines.hear(&event);
        }
        insta::assert_snapshot!(String::from_utf8(lines.0).unwrap());
    }

    #[test]
    fn a_replacement_counts_once_both_halves_are_done() {
        let mut count = Count::default();
        for (step, ended) in [(Step::Create, 0), (Step::Delete, 1)] {
            count.hear(&Event::Finished {
                address: address("db"),
                resource_type: ResourceType::new("AWS::RDS::DBInstance"),
                action: Action::Replace,
                step,
                identifier: Identifier::new("db"),
                took_ms: 1,
                at_ms: 1,
            });
            assert_eq!(count.ended, ended);
        }
    }

    fn report(results: Vec<ChangeResult>, outcome: Outcome) -> Report {
        let took = Duration::from_secs(724);
        Report { outcome, results, attributes: KnownAttributes::default(), took }
    }

    fn result(path: &str, action: Action, ending: Ending) -> ChangeResult {
        ChangeResult { address: address(path), action, ending }
    }

    #[test]
    fn the_end_of_an_apply_that_failed() {
        let words = "InsufficientInstanceCapacity".to_owned();
        let failed = Ending::Failed(StepError::Failed { identifier: Identifier::new("asg-1"), words });
        let because = Ending::Skipped("it needs eu-west-1/web.group, which failed".into());
        let results = vec![
            result("net.vpc", Action::Create, Ending::Done),
            result("web.group", Action::Replace, failed),
            result("web.policy", Action::Create, because),
            result("web.database", Action::Update, Ending::Unfinished),
        ];
        let outcome = Outcome { done: 1, failed: 1, skipped: 1, unfinished: 1, interrupted: true };
        insta::assert_snapshot!(ending(&report(results, outcome), Some("stackctl apply stage-3")));
    }

    #[test]
    fn what_is_left_of_a_saved_plan_is_planned_again() {
        let results = vec![result("net.vpc", Action::Create, Ending::Unfinished)];
        let left = report(results, Outcome { unfinished: 1, interrupted: true, ..Outcome::default() });
        assert!(ending(&left, None).contains("What was done stays. Plan again"), "{}", ending(&left, None));
    }

    #[test]
    fn the_second_request_to_stop_is_told_as_such() {
        let mut lines = PlainLines::new(Vec::new());
        for _ in 0..2 {
            lines.hear(&Event::Interrupted { running: 2, at_ms: 1 });
        }
        let told = String::from_utf8(lines.out).unwrap();
        assert_eq!(told.matches("once more to leave").count(), 1, "{told}");
        assert!(
            told.ends_with("leaving: 2 steps still under way in the cloud; it is safe to run again\n"),
            "{told}"
        );
    }

    #[test]
    fn the_end_of_an_apply_that_went_well() {
        let results = vec![result("net.vpc", Action::Create, Ending::Done)];
        let done = report(results, Outcome { done: 1, ..Outcome::default() });
        assert_eq!(ending(&done, Some("stackctl apply")), "Done: 1 change in 12m 4s.\n");
        let nothing = report(Vec::new(), Outcome::default());
        assert_eq!(ending(&nothing, Some("stackctl apply")), "Nothing to do.\n");
    }
}
