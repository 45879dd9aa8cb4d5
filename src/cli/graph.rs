//! `stackctl graph`: the dependencies of a stage, drawn.

use std::process::ExitCode;

use clap::ValueEnum;

use super::Common;
use crate::report::graph::{Drawing, dot, mermaid, svg};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth` or a file [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Graphviz
    Dot,
    /// For Markdown pages
    Mermaid,
    /// A picture of its own, no Graphviz needed
    Svg,
}

/// Prints the drawing.
pub fn run(args: &Args, common: &Common) -> miette::Result<ExitCode> {
    let compiled = common.project()?.compile(args.stage.as_deref(), &common.vars)?;
    let drawing = Drawing::of(&compiled.desired, &compiled.lookups);
    let text = match args.format {
        Format::Dot => dot(&drawing),
        Format::Mermaid => mermaid(&drawing),
        Format::Svg => svg(&drawing),
    };
    tell!("{text}");
    Ok(ExitCode::SUCCESS)
}
