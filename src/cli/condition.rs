//! What has to be true of a plan before it is shown and carried out.

use miette::miette;

use crate::pipeline::Planned;
use crate::plan::SavedPlan;

/// What a command promises beside its goal.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'a> {
    /// Nothing: what is planned is carried out.
    None,
    /// It is the plan that was saved in a file.
    SameAs(&'a str, &'a SavedPlan),
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
        }
    }
}
