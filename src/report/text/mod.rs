//! The plan as text, for people: grouped by region and component, what is alike folded, the reasons given.

mod change;
mod fold;
mod of_types;
mod style;
mod telling;
mod unsearched;
mod untold;
mod value;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{Action, Address, Change};
use crate::plan::Plan;

pub use style::Style;
pub use unsearched::unsearched;

use style::Paint;

/// The text of a plan, with a final line break.
pub fn plan(plan: &Plan, style: Style) -> String {
    with_summary(plan, style, &summary(plan, style))
}

/// The same where some could not be planned: it never says that there is nothing to do.
pub fn incomplete(plan: &Plan, unplanned: usize, style: Style) -> String {
    let lost = quantity(unplanned, "resource", "resources");
    let rest = match kinds(plan) {
        kinds if kinds.is_empty() => String::new(),
        kinds => format!("; of the others {}", kinds.join(", ")),
    };
    with_summary(plan, style, &format!("Incomplete: {lost} could not be planned{rest}."))
}

fn with_summary(plan: &Plan, style: Style, summary: &str) -> String {
    let paint = Paint::new(style);
    let mut out = String::new();
    if !plan.is_empty() || !plan.filter.is_empty() {
        push(&mut out, 0, &paint.dim(&heading(plan)));
        out.push('\n');
    }
    for section in fold::sections(plan, style.full) {
        let each = if section.places.len() > 1 { " (each)" } else { "" };
        push(&mut out, 0, &paint.heading(&format!("{}{each}", section.places.join(", "))));
        for (component, lines) in &section.components {
            let depth = if component.is_empty() {
                1
            } else {
                push(&mut out, 1, &paint.heading(component));
                2
            };
            change::block(&mut out, depth, lines, style, &paint);
        }
        out.push('\n');
    }
    on_their_way(&mut out, plan, &paint);
    untold::lines(&mut out, plan, style, &paint);
    refusals(&mut out, plan, &paint);
    push(&mut out, 0, &paint.strong(summary));
    out
}

/// Whose plan it is and where it leads: `streamnow to stage 3 (growth)`.
fn heading(plan: &Plan) -> String {
    let stack = &plan.head.stack;
    match (&plan.head.stage, plan.filter.told()) {
        (Some(stage), None) => format!("{stack} to stage {} ({})", stage.number, stage.name),
        (Some(stage), Some(part)) => format!("{stack} to stage {} ({}), {part}", stage.number, stage.name),
        (None, None) => format!("{stack} to nothing: everything it owns is deleted"),
        (None, Some(part)) => format!("{stack} to nothing, {part}"),
    }
}

/// `47 to create`, `4 to update`.
fn kinds(plan: &Plan) -> Vec<String> {
    let counts = plan.summary();
    let kinds = [
        (counts.create, "to create"),
        (counts.update, "to update"),
        (counts.replace, "to replace"),
        (counts.delete, "to delete"),
        (counts.adopt, "to adopt"),
    ];
    kinds.iter().filter(|(count, _)| *count > 0).map(|(count, verb)| format!("{count} {verb}")).collect()
}

/// The last line of a plan: `Plan: 12 to create, 1 to update; 240 unchanged. Usually takes 10 min. 34 API calls.`
fn summary(plan: &Plan, style: Style) -> String {
    let (counts, kinds) = (plan.summary(), kinds(plan));
    let mut line = if kinds.is_empty() && plan.head.stage.is_none() {
        "Nothing to delete: the stack owns nothing here.".to_owned()
    } else if kinds.is_empty() {
        format!(
            "No changes: {} as the blueprint says.",
            quantity(counts.none, "resource is", "resources are")
        )
    } else {
        let unchanged = if counts.none > 0 { format!("; {} unchanged", counts.none) } else { String::new() };
        format!("Plan: {}{unchanged}.{}", kinds.join(", "), duration(plan))
    };
    line.push_str(&calls(&plan.stats.api_calls, style.calls));
    line
}

/// Resources that stay as they are and have something to tell: those that are not yet in service, which an apply waits for,
/// and those that AWS has moved on.
fn on_their_way(out: &mut String, plan: &Plan, paint: &Paint) {
    let mut told = vec![false; plan.changes.len()];
    plan.steps.iter().for_each(|step| told[step.change] = true);
    let stays = |(change, told): &(&Change, bool)| {
        change.action == Action::None && (*told || change.reason.is_some())
    };
    let waits: Vec<_> = plan.changes.iter().zip(told).filter(stays).map(|(change, _)| change).collect();
    for change in &waits {
        let reason = change.reason.as_deref().unwrap_or("not ready yet");
        push(out, 0, &format!("{} {}", change.address, paint.dim(&format!("({reason})"))));
    }
    if !waits.is_empty() {
        out.push('\n');
    }
}

/// What an apply refuses without consent.
fn refusals(out: &mut String, plan: &Plan, paint: &Paint) {
    let refused = plan.without_consent(&[]);
    if refused.is_empty() {
        return;
    }
    push(out, 0, &paint.alert("Data or protected resources would be destroyed. An apply needs for each:"));
    for (change, consent) in refused {
        let why = match consent {
            crate::model::Consent::HoldsData => "holds data",
            crate::model::Consent::Protected => "is protected",
        };
        push(out, 1, &format!("--allow-destroy '{}'  {}", change.address, paint.dim(&format!("# {why}"))));
    }
    out.push('\n');
}

/// How long the longest chain of steps usually takes, where it is worth saying.
fn duration(plan: &Plan) -> String {
    let seconds = plan.steps.iter().map(|step| step.remaining_seconds).max().unwrap_or(0);
    if seconds < 60 { String::new() } else { format!(" Usually takes {} min.", seconds.div_ceil(60)) }
}

fn calls(by_service: &BTreeMap<String, u64>, each: bool) -> String {
    let total: u64 = by_service.values().sum();
    if total == 0 {
        return String::new();
    }
    let noun = if total == 1 { "API call" } else { "API calls" };
    if !each {
        return format!(" {total} {noun}.");
    }
    let each: Vec<String> = by_service.iter().map(|(service, count)| format!("{service} {count}")).collect();
    format!(" {total} {noun} ({}).", each.join(", "))
}

fn quantity(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// An address without the place and the components, which stand above it.
fn local_name(address: &Address) -> &str {
    let text = address.as_str();
    let rest = text.split_once('/').map_or(text, |(_, rest)| rest);
    let component = address.component();
    if component.is_empty() { rest } else { rest[component.len()..].trim_start_matches('.') }
}

/// Adds a line, two spaces deep for each level.
fn push(out: &mut String, depth: usize, line: &str) {
    // Writing to a text can't fail.
    let _ = writeln!(out, "{:width$}{line}", "", width = depth * 2);
}
