//! What is changed: one property of a file, its other value, and what the catalog says of it.

use std::collections::BTreeSet;

use stackctl::catalog::Catalog;
use stackctl::model::PropertyPath;

use super::forgotten;
use super::leaves::{self, Leaf};
use super::rounds::{Dependencies, Resource};
use super::values::{self, Next};
use crate::workspace::Workspace;

/// One change.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it is written.
    pub file: &'static str,
    /// The property.
    pub leaf: Leaf,
    /// Its other value, as YAML.
    pub next: String,
    /// What the catalog says.
    pub expected: Expected,
    /// The component that the file is in the stage; none for the stage itself.
    component: Option<String>,
}

/// What a change of a property does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is changed in place.
    Update,
    /// A new one takes its place.
    Replace,
    /// The service decides.
    Either,
}

impl Case {
    /// Its resource, as the dependencies name it.
    pub fn resource(&self) -> Resource {
        (self.leaf.resource.clone(), self.leaf.resource_type.clone())
    }

    /// Whether an address (`eu-west-1/network.subnet[a]`) is the changed resource, or one of its copies.
    pub fn is_of(&self, address: &str) -> bool {
        let path = address.split_once('/').map_or("", |(_, path)| path).split('[').next().unwrap_or_default();
        match &self.component {
            Some(component) => {
                path.strip_prefix(component.as_str()) == Some(&format!(".{}", self.leaf.resource))
            }
            None => path == self.leaf.resource,
        }
    }

    /// Whether a path of a plan (`Rules[0].Status`) is the property, a part of it, or what it is a part of.
    pub fn is_at(&self, path: &str) -> bool {
        let within = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let (planned, leaf) = (PropertyPath::from(path).generalised(), self.leaf.path.as_str());
        let are_tags = planned.starts_with("Tags.") && leaf.starts_with("Tags.");
        are_tags || within(&planned, leaf) || within(leaf, &planned)
    }
}

/// What there is to change in some files.
#[derive(Default)]
pub struct Cases {
    /// The changes.
    pub all: Vec<Case>,
    /// Properties for which no other value is known.
    pub unknown: Vec<String>,
    /// Resources that the files have and the stage leaves out.
    pub left_out: BTreeSet<String>,
    /// Properties that the emulator never tells.
    pub untold: BTreeSet<String>,
}

/// All of these files, in a stage that has these resources.
pub fn of(workspace: &Workspace, stage: &str, files: &[&'static str], dependencies: &Dependencies) -> Cases {
    let mut cases = Cases::default();
    let stage_text = workspace.read(stage);
    for file in files.iter().copied() {
        let component = component(&stage_text, file);
        for leaf in leaves::of(&workspace.read(file)) {
            let next = values::other(&leaf);
            if matches!(next, Next::Unknown) {
                cases.unknown.push(format!("{leaf}: no other value is known; add one to values.rs"));
            } else if !dependencies.has(&leaf.resource, &leaf.resource_type) {
                cases.left_out.insert(format!("{file} {}", leaf.resource));
            } else if let Some(untold) = forgotten::untold(&leaf) {
                cases.untold.insert(untold);
            } else if let Next::Value(next) = next {
                let expected = expected(&leaf);
                cases.all.push(Case { file, leaf, next, expected, component: component.clone() });
            }
        }
    }
    // A statement for everybody may deny and not allow: whom it is for changes before what it does.
    cases.all.sort_by_key(|case| case.leaf.path.ends_with(".Effect"));
    cases
}

/// The id under which a stage uses a component's file.
fn component(stage: &str, file: &str) -> Option<String> {
    let name = file.strip_prefix("components/")?.strip_suffix(".yaml")?;
    let mut id = None;
    for line in stage.lines().map(str::trim) {
        id = line.strip_prefix("- id: ").or(id);
        if line == format!("use: {name}") {
            return id.map(str::to_owned);
        }
    }
    panic!("the stage does not use {file}")
}

fn expected(leaf: &Leaf) -> Expected {
    let schema = Catalog::embedded().get(&leaf.resource_type).expect("a shipped type is in the catalog");
    match () {
        () if schema.is_conditional_create_only(&leaf.path) => Expected::Either,
        () if schema.is_create_only(&leaf.path) => Expected::Replace,
        () => Expected::Update,
    }
}

#[test]
fn a_component_is_found_under_the_id_of_the_stage() {
    let stage = "components:\n  - id: media\n    use: media-bucket\n  - id: web\n    use: service\n";
    assert_eq!(component(stage, "components/service.yaml").as_deref(), Some("web"));
    assert_eq!(component(stage, "stage-3.yaml"), None);
}
