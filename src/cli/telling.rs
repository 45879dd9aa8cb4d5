//! What several commands print: plans, problems, refusals, outputs.

use miette::{IntoDiagnostic, miette};

use super::common::colored;
use crate::blueprint::Compiled;
use crate::diff::Problem;
use crate::model::{Attributes, Consent};
use crate::plan::Plan;
use crate::report::{self, outputs};

/// Prints a plan to standard output.
pub fn print_plan(plan: &Plan, json: bool, full: bool) -> miette::Result<()> {
    if json {
        println!("{}", report::json::plan(plan).into_diagnostic()?);
    } else {
        print!("{}", report::text::plan(plan, report::text::Style { color: colored(), full }));
    }
    Ok(())
}

/// Turns what could not be planned into an error that names all of it.
pub fn refuse_problems(problems: &[Problem]) -> miette::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
    let count =
        if problems.len() == 1 { "a problem".to_owned() } else { format!("{} problems", problems.len()) };
    Err(miette!("there is no complete plan, because of {count}:\n{}", list.join("\n")))
}

/// Refuses to destroy what nobody named.
pub fn refuse_without_consent(plan: &Plan, allow_destroy: &[String]) -> miette::Result<()> {
    let refused = plan.without_consent(allow_destroy);
    if refused.is_empty() {
        return Ok(());
    }
    let line = |(change, consent): &(&crate::model::Change, Consent)| {
        let why = match consent {
            Consent::HoldsData => "holds data",
            Consent::Protected => "is protected",
        };
        format!("  --allow-destroy '{}'  # {why}", change.address)
    };
    let lines: Vec<String> = refused.iter().map(line).collect();
    Err(miette!(
        help = "nothing was changed; the globs may cover several (`--allow-destroy 'us-east-1/*'`)",
        "this would destroy what needs consent; if that is meant, add:\n{}",
        lines.join("\n")
    ))
}

/// Prints a stage's outputs, as far as they are known.
pub fn print_outputs(compiled: &Compiled, attributes: &dyn Attributes, json: bool) -> miette::Result<()> {
    let outputs = outputs::evaluate(&compiled.outputs, attributes).into_diagnostic()?;
    if json {
        println!("{}", serde_json::json!({"event": "outputs", "outputs": outputs::json(&outputs)}));
    } else if !outputs.is_empty() {
        print!("\nOutputs\n{}", outputs::text(&outputs));
    }
    Ok(())
}
