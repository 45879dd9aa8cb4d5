//! The head of a stage's file: number, name, audience, objectives, budget, regions.

use std::path::Path;

use super::StageHead;
use super::diagnostics::{Finding, Findings, suggestion};
use super::document::{list_of, mapping_of, text, text_at};
use super::yaml::Node;
use crate::catalog::Catalog;
use crate::model::Region;

/// Reads the head; what is wrong goes to `findings`.
pub fn read(root: &Node, file: &Path, findings: &Findings) -> Option<StageHead> {
    let (number, span) = text_at(root, "stage", findings)?;
    let Ok(number) = number.parse::<u32>() else {
        findings.add(Finding::new(
            "wrong_type",
            span,
            format!("`stage` is a number from 1 on, not `{number}`"),
        ));
        return None;
    };
    let (name, _) = text_at(root, "name", findings)?;
    let count = |group: &str, key: &str| -> Option<u64> {
        root.get(group)?.get(key).and_then(text)?.replace('_', "").parse().ok()
    };
    let objectives = mapping_of(root, "objectives", findings)
        .iter()
        .filter_map(|entry| Some((entry.key.to_string(), text(&entry.value)?.to_string())))
        .collect();
    Some(StageHead {
        number,
        name: name.to_string(),
        file: file.display().to_string(),
        users: count("audience", "users"),
        concurrent: count("audience", "concurrent"),
        objectives,
        monthly_budget: monthly_budget(root, findings),
        regions: regions(root, findings),
    })
}

fn monthly_budget(root: &Node, findings: &Findings) -> Option<f64> {
    let node = root.get("budget")?.get("monthly")?;
    let amount = text(node).and_then(|text| text.replace('_', "").parse().ok());
    if amount.is_none() {
        findings.add(Finding::new("wrong_type", node.span, "`monthly` is a number of US dollars"));
    }
    amount
}

fn regions(root: &Node, findings: &Findings) -> Vec<Region> {
    let known = Catalog::embedded().regions();
    let nodes = list_of(root, "regions", findings);
    if nodes.is_empty() {
        findings.add(Finding::new(
            "missing_required",
            root.span,
            "`regions` is missing: where does the stage run?",
        ));
    }
    let region = |node: &Node| {
        let name = text(node)?;
        if known.iter().any(|region| **region == *name) {
            return Some(Region::new(&name));
        }
        let help = suggestion(&name, known.iter().map(String::as_str));
        findings.add(
            Finding::new("unknown_region", node.span, format!("AWS has no region `{name}`")).maybe_help(help),
        );
        None
    };
    nodes.iter().filter_map(region).collect()
}
