//! What a plan can't say: properties that their service does not tell.

use crate::model::{Change, PropertyPath};
use crate::plan::Plan;

use super::style::{Paint, Style};
use super::{push, quantity};

/// The resources that are named, and the properties of each, where not all is asked for.
const FOLDED: usize = 4;

/// Names what could have changed unseen.
pub(super) fn lines(out: &mut String, plan: &Plan, style: Style, paint: &Paint) {
    let blind: Vec<&Change> = plan.changes.iter().filter(|change| !change.untold.is_empty()).collect();
    if blind.is_empty() {
        return;
    }
    let most = if style.full { usize::MAX } else { FOLDED };
    push(
        out,
        0,
        "Can't be compared, for the service does not tell it; another value in the blueprint is not seen:",
    );
    for change in blind.iter().take(most) {
        push(out, 1, &format!("{}: {}", change.address, paint.dim(&names(&change.untold, most))));
    }
    if blind.len() > most {
        let more = quantity(blind.len() - most, "more resource", "more resources");
        push(out, 1, &paint.dim(&format!("and {more} (--full)")));
    }
    out.push('\n');
}

fn names(paths: &[PropertyPath], most: usize) -> String {
    let mut names: Vec<String> = paths.iter().take(most).map(ToString::to_string).collect();
    if paths.len() > most {
        names.push(format!("{} more", paths.len() - most));
    }
    names.join(", ")
}
