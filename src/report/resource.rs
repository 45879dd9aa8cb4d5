//! One resource with all that is known of it.

use std::fmt::Write;

use serde_json::json;

use crate::catalog::Catalog;
use crate::identity::{Rules, Veil};
use crate::model::{Action, Change, Desired, Json, JsonMap, Live, PathChange, Shown};
use crate::plan::PathRecord;

/// For people.
pub fn text(change: &Change) -> String {
    let mut out = match &change.live {
        Some(live) => live_text(change.address.as_str(), live, change.desired.as_deref()),
        None => format!("{}   {}\n  not there yet\n", change.address, change.resource_type),
    };
    if let Some(desired) = &change.desired {
        let origin = &desired.origin;
        let _ = writeln!(out, "\nWritten at {}:{}:{}", origin.file, origin.line, origin.column);
        if !desired.depends_on.is_empty() {
            let needs: Vec<&str> = desired.depends_on.iter().map(crate::model::Address::as_str).collect();
            let _ = writeln!(out, "Needs {}", needs.join(", "));
        }
    }
    match change.action {
        Action::None => out.push_str("It is as the blueprint says.\n"),
        _ => {
            let _ = writeln!(out, "\nThe next apply would {}:", verb(change.action));
            change.paths.iter().for_each(|path| out.push_str(&path_line(path)));
        }
    }
    out
}

/// A live resource alone, without the secrets that `desired` sets.
pub fn live_text(address: &str, live: &Live, desired: Option<&Desired>) -> String {
    let mut out = format!("{address}   {}\n  id  {}\n", live.resource_type, live.identifier);
    let pretty = |value: &Json| serde_json::to_string_pretty(value).unwrap_or_default().replace('\n', "\n  ");
    let _ = writeln!(out, "\nLive properties\n  {}", pretty(&Json::Object(shown(live, desired))));
    if !live.tags.is_empty() {
        let _ = writeln!(out, "\nTags\n  {}", pretty(&json!(live.tags)));
    }
    out
}

fn shown(live: &Live, desired: Option<&Desired>) -> JsonMap {
    let rules = Rules::of(Catalog::embedded(), &live.resource_type);
    Veil::of(&rules, live, desired).properties(live)
}

/// For programs.
pub fn json(change: &Change) -> Json {
    json!({
        "address": change.address,
        "type": change.resource_type,
        "region": change.address.place(),
        "action": change.action,
        "paths": change.paths.iter().map(PathRecord::from).collect::<Vec<_>>(),
        "depends_on": change.desired.as_ref().map(|desired| &desired.depends_on),
        "written_at": change.desired.as_ref().map(|desired| {
            let origin = &desired.origin;
            json!({"file": origin.file, "line": origin.line, "column": origin.column})
        }),
        "live": change.live.as_ref().map(|live| json!({
            "identifier": live.identifier,
            "properties": shown(live, change.desired.as_deref()),
            "tags": live.tags,
            "status": live.status,
        })),
    })
}

fn path_line(change: &PathChange) -> String {
    let side = |side: &Option<Shown>| match side {
        None => "(none)".to_owned(),
        Some(Shown::Value(value)) => value.to_string(),
        Some(Shown::KnownAfterApply) => "(known after apply)".to_owned(),
        Some(Shown::Sensitive) => "(sensitive)".to_owned(),
    };
    let forces = if change.forces_replacement { "  # forces replacement" } else { "" };
    format!("  {}: {} -> {}{forces}\n", change.path, side(&change.before), side(&change.after))
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create it",
        Action::Update => "change it",
        Action::Replace => "replace it",
        Action::Delete => "delete it",
        Action::Adopt => "take it over",
        Action::None => "leave it",
    }
}
