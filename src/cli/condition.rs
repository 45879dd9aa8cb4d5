//! What has to be true of a plan before it is shown and carried out.

use miette::miette;

use crate::model::{Address, Change, Identifier};
use crate::pipeline::Planned;
use crate::plan::SavedPlan;

/// What a command promises beside its goal.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    /// Nothing: what is planned is carried out.
    None,
    /// It is the plan that was saved in a file.
    SameAs(&'a str, &'a SavedPlan),
    /// An address takes over this resource, and no other.
    TakesOver(&'a Address, &'a Identifier),
}

impl Condition<'_> {
    /// Whether the command can be run again to go on: a saved plan holds no more once a part of it is done.
    pub fn can_be_repeated(self) -> bool {
        !matches!(self, Self::SameAs(..))
    }

    /// Refuses a plan that is not what was promised.
    pub fn verify(self, planned: &Planned) -> miette::Result<()> {
        match self {
            Self::None => Ok(()),
            Self::SameAs(file, saved) => saved.verify(&planned.plan).map_err(|differences| {
                let lines: Vec<String> = differences.iter().map(|one| format!("  {one}")).collect();
                miette!("{file} no longer holds; nothing was changed:\n{}\nplan again", lines.join("\n"))
            }),
            Self::TakesOver(address, identifier) => {
                let change = planned.plan.changes.iter().find(|change| change.address == *address);
                taken_over(change, address, identifier)
            }
        }
    }
}

fn taken_over(change: Option<&Change>, address: &Address, wanted: &Identifier) -> miette::Result<()> {
    match change.and_then(|change| change.live.as_ref()) {
        Some(live) if live.identifier == *wanted => Ok(()),
        Some(live) => Err(miette!(
            help = "nothing was changed; to take over another one, first take the stack's tags off this one",
            "`{address}` is {} already, and {wanted} is not taken over",
            live.identifier
        )),
        None => Err(miette!("nothing was changed: `{address}` would be made, and {wanted} not taken over")),
    }
}
