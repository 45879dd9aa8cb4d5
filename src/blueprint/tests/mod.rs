//! Blueprints as folders of files: what they compile to, and what is said when they are wrong.

mod compiled;
mod documents;
mod errors;
mod heads;
mod hints;
mod inputs;
mod literals;
mod object_errors;
mod objects;
mod parts;
mod places;
mod rendered;
mod schemas;
mod twice;
mod types;
mod words;

use std::fs;
use std::path::Path;

use super::{Compiled, Project};

/// A stage's head, five lines, for blueprints that are about resources.
const HEAD: &str = "stage: 1\nname: mvp\nregions: [us-east-1]\n\n";

/// A folder with these files; `stackctl.yaml` is made if it is not one of them.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        fs::write(path, text).unwrap();
    };
    write("stackctl.yaml", "stack: shop\n");
    files.iter().for_each(|(name, text)| write(name, text));
    folder
}

/// Everything that is said about these files, with paths as seen from their folder.
fn mistakes(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let outcome =
        Project::open(Some(folder.path()), None).and_then(|project| project.compile(Some("mvp"), &[]));
    let diagnostics = outcome.err().map_or_else(|| "no mistakes".to_owned(), |found| found.render(false));
    diagnostics.replace(&format!("{}/", folder.path().display()), "")
}

/// Everything that is said about a stage with these resources, components and outputs.
fn mistakes_in(body: &str) -> String {
    mistakes(&[("stage-1-mvp.yaml", &format!("{HEAD}{body}"))])
}

/// What the stage `mvp` of these files compiles to.
fn compiled(files: &[(&str, &str)], environment: Option<&str>, vars: &[&str]) -> Compiled {
    let folder = folder(files);
    let vars: Vec<String> = vars.iter().map(|var| (*var).to_owned()).collect();
    let outcome = Project::open(Some(folder.path()), environment)
        .and_then(|project| project.compile(Some("mvp"), &vars));
    outcome.unwrap_or_else(|found| panic!("{}", found.render(false)))
}

/// What a stage with these resources, components and outputs compiles to.
fn compiled_of(body: &str) -> Compiled {
    compiled(&[("stage-1-mvp.yaml", &format!("{HEAD}{body}"))], None, &[])
}
