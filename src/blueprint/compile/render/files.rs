//! `path:` a file of manifests, a folder of them, or a kustomization.

use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use super::super::super::diagnostics::{Finding, Span};
use super::super::super::expression::{Poisoned, Val};
use super::super::super::yaml::Node;
use super::super::Compiler;
use super::super::frame::Scope;
use super::tool;
use crate::model::Address;

/// What a folder has that is rendered as a whole.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const MANIFESTS: [&str; 3] = ["yaml", "yml", "json"];

impl Compiler<'_> {
    /// The documents of what `path:` names.
    pub(super) fn read_path(
        &self,
        scope: &Rc<Scope>,
        node: &Node,
        address: &Address,
    ) -> Result<Vec<Node>, Poisoned> {
        let path = match self.value(scope, node)?.untraced() {
            Val::String(text) => self.beside(text, node.span)?,
            other => {
                let message = format!("`path` is a text that is known, this is {}", other.describe());
                return Err(self.refuse("wrong_type", node.span, message));
            }
        };
        if KUSTOMIZATIONS.iter().any(|name| path.join(name).is_file()) {
            return self.kustomize(&path, node.span, address);
        }
        let files = if path.is_dir() { self.manifests(&path, node.span)? } else { vec![path] };
        let mut documents = Vec::new();
        let mut outcome = Ok(());
        for file in files {
            match self.manifest_file(&file, node.span) {
                Ok(found) => documents.extend(found),
                Err(poisoned) => outcome = Err(poisoned),
            }
        }
        outcome.map(|()| documents)
    }

    /// A path inside the blueprints' folder.
    pub(super) fn beside(&self, text: &str, span: Span) -> Result<PathBuf, Poisoned> {
        let path = Path::new(text);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside || text.is_empty() {
            let message = format!("`{text}`: files lie in the blueprints' folder; write the path from there");
            return Err(self.refuse("unreadable", span, message));
        }
        let clean: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
        Ok(self.around.folder.join(clean))
    }

    /// All manifests of a folder, sorted by name.
    fn manifests(&self, folder: &Path, span: Span) -> Result<Vec<PathBuf>, Poisoned> {
        let entries = std::fs::read_dir(folder)
            .map_err(|error| self.refuse("unreadable", span, format!("{}: {error}", folder.display())))?;
        let is_manifest = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            path.is_file() && extension.is_some_and(|extension| MANIFESTS.contains(&extension))
        };
        let mut files: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_manifest).collect();
        files.sort();
        if files.is_empty() {
            let message = format!("{} has no manifests (*.yaml, *.yml, *.json)", folder.display());
            return Err(self.refuse("unreadable", span, message));
        }
        Ok(files)
    }

    fn manifest_file(&self, path: &Path, span: Span) -> Result<Vec<Node>, Poisoned> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| self.refuse("unreadable", span, format!("{name}: {error}")))?;
        self.documents(&name, &text)
    }

    /// What `kubectl kustomize` or `kustomize build` makes of a folder.
    fn kustomize(&self, folder: &Path, span: Span, address: &Address) -> Result<Vec<Node>, Poisoned> {
        let Some((name, program)) = tool::first_of(&["kubectl", "kustomize"]) else {
            let message = format!(
                "{} is a kustomization, and neither `kubectl` nor `kustomize` is on the PATH",
                folder.display()
            );
            let help = "install one of them, or keep what it renders as plain manifests";
            self.around.findings.add(Finding::new("missing_tool", span, message).help(help));
            return Err(Poisoned);
        };
        let verb = if name == "kubectl" { "kustomize" } else { "build" };
        let arguments = [verb.to_owned(), folder.display().to_string()];
        let text = tool::run(&program, &arguments, String::new())
            .map_err(|error| self.refuse("rendering", span, error.to_string()))?;
        self.documents(&format!("{address} ({name} {verb} {})", folder.display()), &text)
    }
}
