//! What several commands print: plans, problems, refusals, outputs.

use std::process::ExitCode;

use indexmap::IndexMap;
use miette::{IntoDiagnostic, miette};

use super::Common;
use super::common::{colored, columns};
use crate::blueprint::Compiled;
use crate::diff::Problem;
use crate::model::{Attributes, Consent, ReadFailure};
use crate::pipeline::Planned;
use crate::plan::Plan;
use crate::report::text::Style;
use crate::report::{self, outputs};

/// Shows what may be a mistake of a blueprint.
pub fn warn_of(compiled: &Compiled) {
    for warning in &compiled.warnings {
        warn_line!("{:?}", miette::Report::new(warning.clone()));
    }
}

/// Where addresses are found, for messages.
pub const ADDRESSES: &str = "`stackctl show` lists the addresses";

/// Prints a plan to standard output, with how many resources it has nothing to say of, and where it did not look.
pub fn print_plan(
    plan: &Plan,
    problems: &[Problem],
    unsearched: &[ReadFailure],
    common: &Common,
    full: bool,
) -> miette::Result<()> {
    if common.json {
        tell_line!("{}", report::json::plan(plan, problems, unsearched).into_diagnostic()?);
    } else {
        let style = Style { color: colored(), full, calls: common.verbose > 0, width: columns() };
        let text = match problems.len() {
            0 => report::text::plan(plan, style),
            unplanned => report::text::incomplete(plan, unplanned, style),
        };
        tell!("{text}{}", report::text::unsearched(unsearched, style));
    }
    Ok(())
}

/// What a plan found, as an exit code: 0 for no change, 2 for some, 1 where it does not tell all.
pub fn detailed(planned: &Planned) -> ExitCode {
    match (planned.unsearched.is_empty(), planned.plan.is_empty()) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::SUCCESS,
        (true, false) => ExitCode::from(2),
    }
}

/// Turns what could not be planned into an error that names each cause once.
pub fn refuse_problems(problems: &[Problem]) -> miette::Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let mut causes: IndexMap<String, Vec<&Problem>> = IndexMap::new();
    for problem in problems.iter().filter(|problem| !matches!(problem, Problem::Blocked { .. })) {
        causes.entry(cause(problem)).or_default().push(problem);
    }
    let blocked = problems.len() - causes.values().map(Vec::len).sum::<usize>();
    let mut list: Vec<String> = causes.into_iter().map(|(cause, of)| line(&cause, &of)).collect();
    if blocked > 0 {
        list.push(format!("  {} that depend on these can't be planned either", resources(blocked)));
    }
    Err(miette!(
        help = "nothing was changed; `--region`, `--target` and `--exclude` leave out what has a problem",
        "there is no complete plan:\n{}",
        list.join("\n")
    ))
}

/// What is the same for all that can't be read for one reason; else the problem itself.
fn cause(problem: &Problem) -> String {
    match problem {
        Problem::Unreadable { scope, error, .. } => format!("{scope}: could not be read: {error}"),
        other => other.to_string(),
    }
}

fn line(cause: &str, of: &[&Problem]) -> String {
    match of {
        [Problem::Unreadable { address, .. }] => format!("  {cause}\n    with {address}"),
        [Problem::Unreadable { address, .. }, more @ ..] => {
            format!("  {cause}\n    with {address} and {} more", resources(more.len()))
        }
        _ => format!("  {cause}"),
    }
}

fn resources(count: usize) -> String {
    if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }
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
        tell_line!("{}", serde_json::json!({"event": "outputs", "outputs": outputs::json(&outputs)}));
    } else if !outputs.is_empty() {
        tell!("\nOutputs\n{}", outputs::text(&outputs));
    }
    Ok(())
}
