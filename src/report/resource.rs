//! One resource with all that is known of it.

use std::fmt::Write;

use serde_json::json;

use crate::model::{Action, Change, Json, Live, PathChange, Shown};

/// For people.
pub fn text(change: &Change) -> String {
    let mut out = match &change.live {
        Some(live) => live_text(change.address.as_str(), live),
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

/// A live resource alone.
pub fn live_text(address: &str, live: &Live) -> String {
    let mut out = format!("{address}   {}\n  id  {}\n", live.resource_type, live.identifier);
    let pretty = |value: &Json| serde_json::to_string_pretty(value).unwrap_or_default().replace('\n', "\n  ");
    let _ = writeln!(out, "\nLive properties\n  {}", pretty(&Json::Object(live.shown())));
    if !live.tags.is_empty() {
        let _ = writeln!(out, "\nTags\n  {}", pretty(&json!(live.tags)));
    }
    out
}

/// For programs.
pub fn json(change: &Change) -> Json {
    json!({
        "address": change.address,
        "type": change.resource_type,
        "region": change.address.place(),
        "action": change.action,
        "live": change.live.as_ref().map(|live| json!({
            "identifier": live.identifier,
            "properties": live.shown(),
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
