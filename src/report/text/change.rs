//! The lines of changes: one for each, aligned in its group, and the differences below it.

use crate::model::{Action, Change, PathChange, ReplaceOrder, Shown};

use super::style::{Paint, Style, symbol};
use super::telling::telling;
use super::value::{inside, shown, transition};
use super::{local_name, push};

/// The changes of one component.
pub(super) fn block(out: &mut String, depth: usize, changes: &[&Change], style: Style, paint: &Paint) {
    let widest = |of: fn(&Change) -> usize| changes.iter().map(|change| of(change)).max().unwrap_or(0);
    let columns = Columns {
        symbol: widest(|change| symbol(change.action).len()),
        name: widest(|change| local_name(&change.address).chars().count()),
        resource_type: widest(|change| change.resource_type.as_str().len()),
    };
    for change in changes {
        push(out, depth, head(change, &columns, style, paint).trim_end());
        let depth = depth + 2;
        for line in details(change, style, paint) {
            push(out, depth, &line);
        }
    }
}

struct Columns {
    symbol: usize,
    name: usize,
    resource_type: usize,
}

fn head(change: &Change, columns: &Columns, style: Style, paint: &Paint) -> String {
    let sign = format!("{:<width$}", symbol(change.action), width = columns.symbol);
    let name = format!("{:<width$}", local_name(&change.address), width = columns.name);
    let resource_type = format!("{:<width$}", change.resource_type.as_str(), width = columns.resource_type);
    let remark = match change.action {
        Action::Create if style.full => String::new(),
        Action::Create => telling(change),
        Action::Delete => {
            let reason = change.reason.as_deref().map(|reason| format!("  # {reason}")).unwrap_or_default();
            identifier(change) + &reason
        }
        _ => identifier(change),
    };
    format!(
        "{} {}  {}  {}",
        paint.action(change.action, &sign),
        paint.action(change.action, &name),
        resource_type,
        paint.dim(&remark)
    )
}

fn identifier(change: &Change) -> String {
    change.live.as_ref().map(|live| live.identifier.to_string()).unwrap_or_default()
}

fn details(change: &Change, style: Style, paint: &Paint) -> Vec<String> {
    let mut lines = match change.action {
        Action::Create | Action::Delete if !style.full => Vec::new(),
        Action::Create => listed(change, |path| path.after.as_ref()),
        Action::Delete => listed(change, |path| path.before.as_ref()),
        _ => differences(change, style, paint),
    };
    lines.extend(remarks(change).into_iter().map(|remark| paint.dim(&format!("# {remark}"))));
    lines
}

/// All properties of what is made or goes.
fn listed(change: &Change, side: impl Fn(&PathChange) -> Option<&Shown>) -> Vec<String> {
    let width = change.paths.iter().map(|path| path.path.as_str().len()).max().unwrap_or(0);
    let line =
        |path: &PathChange| Some(format!("{:<width$}  {}", path.path.as_str(), shown(side(path)?, true)));
    change.paths.iter().filter_map(line).collect()
}

fn differences(change: &Change, style: Style, paint: &Paint) -> Vec<String> {
    let paths: Vec<PathChange> =
        change.paths.iter().flat_map(|path| inside(path).unwrap_or_else(|| vec![path.clone()])).collect();
    let width = paths.iter().map(|path| path.path.as_str().len()).max().unwrap_or(0);
    let line = |path: &PathChange| {
        let forces =
            if path.forces_replacement { paint.alert("  # forces replacement") } else { String::new() };
        format!("{:<width$}  {}{forces}", path.path.as_str(), transition(path, style.full))
    };
    paths.iter().map(line).collect()
}

/// Each reason and the order of a replacement; a delete has its reason on its own line already.
fn remarks(change: &Change) -> Vec<String> {
    let reason = change.reason.as_deref().filter(|_| change.action != Action::Delete).unwrap_or_default();
    let order = change.replace_order.map(|order| match order {
        ReplaceOrder::CreateFirst => "the new one is made first",
        ReplaceOrder::DeleteFirst => "the old one goes first",
    });
    reason.split("; ").filter(|reason| !reason.is_empty()).chain(order).map(str::to_owned).collect()
}
