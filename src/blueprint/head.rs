//! The head of a stage's file: number, name, audience, objectives, budget, regions.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;

use super::StageHead;
use super::diagnostics::{Finding, Findings, Span, suggestion};
use super::document::{check_keys, list_of, mapping_of, text, text_at};
use super::yaml::Node;
use crate::catalog::Catalog;
use crate::model::Region;

/// Reads the head; everything that is wrong goes to `findings`.
pub fn read(root: &Node, file: &Path, findings: &Findings) -> Option<StageHead> {
    let number = number(root, findings);
    let name = text_at(root, "name", findings);
    for (key, what, keys) in
        [("audience", "an audience", &["users", "concurrent"][..]), ("budget", "a budget", &["monthly"])]
    {
        root.get(key).into_iter().for_each(|node| check_keys(node, keys, what, findings));
    }
    let people = |key| amount(root, "audience", key, "a number of people", findings);
    let (users, concurrent) = (people("users"), people("concurrent"));
    let monthly_budget = amount(root, "budget", "monthly", "a number of US dollars", findings);
    let (objectives, regions) = (objectives(root, findings), regions(root, findings));
    Some(StageHead {
        number: number?,
        name: name?.0.to_string(),
        file: file.display().to_string(),
        users,
        concurrent,
        objectives,
        monthly_budget: monthly_budget.filter(|amount: &f64| amount.is_finite()),
        regions,
    })
}

fn number(root: &Node, findings: &Findings) -> Option<u32> {
    let (written, span) = text_at(root, "stage", findings)?;
    let number = written.parse().ok().filter(|number| *number > 0);
    if number.is_none() {
        let message = format!("`stage` is a number from 1 on, not `{written}`");
        findings.add(Finding::new("wrong_type", span, message));
    }
    number
}

/// A number in a group of the head, which may be left out; `1_000` is one too.
fn amount<N: FromStr>(root: &Node, group: &str, key: &str, what: &str, findings: &Findings) -> Option<N> {
    let node = root.get(group)?.get(key)?;
    let written = text(node).filter(|text| !text.starts_with('-'));
    let amount = written.and_then(|text| text.replace('_', "").parse().ok());
    if amount.is_none() {
        findings.add(Finding::new("wrong_type", node.span, format!("`{key}` is {what}")));
    }
    amount
}

fn objectives(root: &Node, findings: &Findings) -> Vec<(String, String)> {
    let objective = |(name, node): (&str, &Node)| match text(node) {
        Some(text) => Some((name.to_owned(), text.to_string())),
        None => {
            let message = format!("the objective `{name}` is a text, this is {}", node.describe());
            findings.add(Finding::new("wrong_type", node.span, message));
            None
        }
    };
    let entries = mapping_of(root, "objectives", findings).iter();
    entries.filter_map(|entry| objective((&*entry.key, &entry.value))).collect()
}

fn regions(root: &Node, findings: &Findings) -> Vec<Region> {
    let known = Catalog::embedded().regions();
    let nodes = list_of(root, "regions", findings);
    if root.get("regions").is_none_or(|node| node.is_null() || node.is_empty_list()) {
        let message = "`regions` is missing: where does the stage run?";
        findings.add(Finding::new("missing_required", root.span, message));
    }
    let mut named = HashSet::new();
    let region = |node: &Node| {
        let Some(name) = text(node) else {
            let message = format!("a region is its code, such as `us-east-1`, this is {}", node.describe());
            findings.add(Finding::new("wrong_type", node.span, message));
            return None;
        };
        if !named.insert(name.clone()) {
            let message = format!("the region `{name}` is named twice");
            findings.add(Finding::new("duplicate_region", node.span, message).help("keep one of the two"));
            return None;
        }
        if known.iter().any(|region| **region == *name) {
            return Some(Region::new(&name));
        }
        findings.add(unknown_region(&name, node.span));
        None
    };
    nodes.iter().filter_map(region).collect()
}

/// That AWS has no such region.
pub(super) fn unknown_region(name: &str, span: Span) -> Finding {
    let known = Catalog::embedded().regions();
    let help = suggestion(name, known.iter().map(String::as_str));
    Finding::new("unknown_region", span, format!("AWS has no region `{name}`")).maybe_help(help)
}
