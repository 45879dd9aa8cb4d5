//! `stackctl graph`: the dependencies of a stage, drawn.

use std::process::ExitCode;

use clap::ValueEnum;
use miette::IntoDiagnostic;

use super::Common;
use crate::pipeline::known;
use crate::report::graph::{Drawing, dot, mermaid, svg};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `stage-3`, `growth` or a file [default: the stage in stackctl.yaml]
    stage: Option<String>,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t = Format::Dot)]
    format: Format,
    /// Draw each resource in a picture (SVG), however many there are; a large stage is drawn by component otherwise
    #[arg(long)]
    full: bool,
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
    let mut compiled = common.project()?.compile(args.stage.as_deref(), &common.vars)?;
    let filter = common.filter();
    let (regions, addresses) = (compiled.stage.regions.iter().cloned().collect(), &compiled.desired);
    known(&filter, &regions, &addresses.iter().map(|one| &one.address).collect()).into_diagnostic()?;
    compiled.desired.retain(|resource| filter.selects(&resource.address));
    compiled.lookups.retain(|lookup| filter.selects(&lookup.address));
    let drawing = Drawing::of(&compiled.desired, &compiled.lookups);
    let text = match args.format {
        Format::Dot => dot(&drawing),
        Format::Mermaid => mermaid(&drawing),
        Format::Svg if args.full => svg(&drawing),
        Format::Svg => svg(&drawing.folded()),
    };
    tell!("{text}");
    Ok(ExitCode::SUCCESS)
}
