//! `stackctl init`: a first stackctl.yaml and a first blueprint that plans as it stands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueHint;
use miette::{Context, IntoDiagnostic, bail};

use crate::blueprint::nearest;
use crate::catalog::Catalog;

const CONFIG: &str = include_str!("init/stackctl.yaml");
const STAGE: &str = include_str!("init/stage-1-mvp.yaml");
const COMPONENT: &str = include_str!("init/private-bucket.yaml");

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stack's name: lower case letters, digits and hyphens, such as `streamnow`
    name: String,
    /// Where the first stage runs
    #[arg(long = "in", value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The folder to write into
    #[arg(long = "into", value_name = "FOLDER", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Writes the files; refuses to overwrite any.
pub fn run(args: &Args) -> miette::Result<ExitCode> {
    if !is_stack_name(&args.name) {
        bail!(
            "`{}` can't name a stack: up to 32 lower case letters, digits and hyphens, a letter first",
            args.name
        );
    }
    if !Catalog::embedded().regions().contains(&args.region) {
        let near = nearest(&args.region, Catalog::embedded().regions().iter().map(String::as_str));
        let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        bail!("AWS has no region `{}`{near}", args.region);
    }
    let files = [
        ("stackctl.yaml", CONFIG),
        ("stage-1-mvp.yaml", STAGE),
        ("components/private-bucket.yaml", COMPONENT),
    ];
    if let Some((name, _)) = files.iter().find(|(name, _)| args.folder.join(name).exists()) {
        bail!("{} exists; nothing was written", args.folder.join(name).display());
    }
    for (name, template) in files {
        let text = template.replace("STACK_NAME", &args.name).replace("STACK_REGION", &args.region);
        write(&args.folder.join(name), &text)?;
    }
    let place = match args.folder.to_str() {
        Some("." | "blueprints") => String::new(),
        _ => format!(" --dir {}", args.folder.display()),
    };
    tell_line!(
        "\nNext: `stackctl validate{place}`, then `stackctl plan{place} --simulate`, then `stackctl plan{place}`."
    );
    Ok(ExitCode::SUCCESS)
}

fn is_stack_name(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn write(path: &Path, text: &str) -> miette::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).into_diagnostic().wrap_err_with(|| format!("{}", folder.display()))?;
    }
    fs::write(path, text).into_diagnostic().wrap_err_with(|| format!("{}", path.display()))?;
    tell_line!("wrote {}", path.display());
    Ok(())
}
