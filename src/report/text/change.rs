//! The lines of changes: one for each, aligned in its group, and the differences below it.

use crate::model::{Action, Change, PathChange, ReplaceOrder, Shown};

use super::fold::Line;
use super::push;
use super::style::{Paint, Style, symbol};
use super::telling::telling;
use super::value::{cut, inside, shown, transition};

/// The changes of one component.
pub(super) fn block(out: &mut String, depth: usize, lines: &[Line<'_>], style: Style, paint: &Paint) {
    let widest = |of: fn(&Line<'_>) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let columns = Columns {
        before: depth * 2,
        symbol: widest(|line| symbol(line.changes[0].action).len()),
        name: widest(|line| line.name.chars().count()),
        resource_type: widest(|line| line.changes[0].resource_type.as_str().len()),
    };
    for line in lines {
        push(out, depth, head(line, &columns, style, paint).trim_end());
        let depth = depth + 2;
        for line in details(line.changes[0], depth * 2, style, paint) {
            push(out, depth, &line);
        }
    }
}

struct Columns {
    before: usize,
    symbol: usize,
    name: usize,
    resource_type: usize,
}

impl Columns {
    /// Where remarks begin.
    fn end(&self) -> usize {
        self.before + self.symbol + 1 + self.name + 2 + self.resource_type + 2
    }
}

fn head(line: &Line<'_>, columns: &Columns, style: Style, paint: &Paint) -> String {
    let change = line.changes[0];
    let sign = format!("{:<width$}", symbol(change.action), width = columns.symbol);
    let name = format!("{:<width$}", line.name, width = columns.name);
    let resource_type = format!("{:<width$}", change.resource_type.as_str(), width = columns.resource_type);
    format!(
        "{} {}  {}  {}",
        paint.action(change.action, &sign),
        paint.action(change.action, &name),
        resource_type,
        paint.dim(&fitting(&remark(line, style), columns.end(), style))
    )
}

/// What is said of a line's changes beside their name and type.
fn remark(line: &Line<'_>, style: Style) -> String {
    let change = line.changes[0];
    let count = (line.count > 1).then(|| format!("x{}", line.count));
    let of_one = || if line.changes.len() > 1 { String::new() } else { identifier(change) };
    let (told, reason) = match change.action {
        Action::Create if style.full => (String::new(), None),
        Action::Create => (telling(&line.changes), None),
        Action::Delete => (of_one(), change.reason.as_deref().map(|reason| format!(" # {reason}"))),
        _ => (identifier(change), None),
    };
    let told = Some(told).filter(|told| !told.is_empty());
    let remark = count.into_iter().chain(told).chain(reason).collect::<Vec<_>>().join(" ");
    remark.trim_start().to_owned()
}

/// As much of a text as fits where it begins.
fn fitting(text: &str, begin: usize, style: Style) -> String {
    style.room(begin).map_or_else(|| text.to_owned(), |room| cut(text, room))
}

fn identifier(change: &Change) -> String {
    change.live.as_ref().map(|live| live.identifier.to_string()).unwrap_or_default()
}

fn details(change: &Change, begin: usize, style: Style, paint: &Paint) -> Vec<String> {
    let mut lines = match change.action {
        Action::Create | Action::Delete if !style.full => Vec::new(),
        Action::Create => listed(change, |path| path.after.as_ref()),
        Action::Delete => listed(change, |path| path.before.as_ref()),
        _ => differences(change, begin, style, paint),
    };
    lines.extend(
        remarks(change).into_iter().map(|remark| paint.dim(&fitting(&format!("# {remark}"), begin, style))),
    );
    lines
}

/// All properties of what is made or goes.
fn listed(change: &Change, side: impl Fn(&PathChange) -> Option<&Shown>) -> Vec<String> {
    let width = change.paths.iter().map(|path| path.path.as_str().len()).max().unwrap_or(0);
    let line =
        |path: &PathChange| Some(format!("{:<width$}  {}", path.path.as_str(), shown(side(path)?, true)));
    change.paths.iter().filter_map(line).collect()
}

const FORCES: &str = "  # forces replacement";

fn differences(change: &Change, begin: usize, style: Style, paint: &Paint) -> Vec<String> {
    let paths: Vec<PathChange> =
        change.paths.iter().flat_map(|path| inside(path).unwrap_or_else(|| vec![path.clone()])).collect();
    let width = paths.iter().map(|path| path.path.as_str().len()).max().unwrap_or(0);
    let line = |path: &PathChange| {
        let forces = if path.forces_replacement { FORCES } else { "" };
        let told = fitting(&transition(path, style.full), begin + width + 2 + forces.len(), style);
        format!("{:<width$}  {told}{}", path.path.as_str(), paint.alert(forces))
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
