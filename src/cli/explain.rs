//! `stackctl explain`: what the catalog knows of a type or property, offline.

use std::process::ExitCode;

use miette::IntoDiagnostic;

use crate::catalog::{Catalog, is_native};
use crate::report::explain;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A resource type, with a path or without: `AWS::EC2::Subnet.CidrBlock`, `apps/v1/Deployment`, `Deployment.spec`
    what: String,
}

/// Prints the explanation.
pub fn run(args: &Args) -> miette::Result<ExitCode> {
    tell!("{}", explain::explain(Catalog::embedded(), &args.what, &is_native).into_diagnostic()?);
    Ok(ExitCode::SUCCESS)
}
