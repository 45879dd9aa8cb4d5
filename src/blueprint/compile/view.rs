//! What an expression sees: names, attributes of resources, outputs of components.

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::rc::Rc;
use std::sync::Arc;

use super::super::diagnostics::{SourceFile, suggestion};
use super::super::document::BUILT_IN;
use super::super::expression::{
    ComponentInstance, Fault, Instance, ObjectPart, Poisoned, Unknown, Val, World, exact_unknown,
    part_unknown,
};
use super::Compiler;
use super::frame::{Place, Scope};
use crate::catalog::TypeSchema;
use crate::model::Region;

/// The surroundings of one expression.
pub struct View<'c, 'p> {
    /// The compilation.
    pub compiler: &'c Compiler<'p>,
    /// The names it stands among.
    pub scope: Rc<Scope>,
}

impl World for View<'_, '_> {
    fn name(&self, name: &str) -> Option<Result<Val, Poisoned>> {
        let frame = &self.scope.frame;
        if let Some((_, value)) = self.scope.variables.iter().rev().find(|(known, _)| &**known == name) {
            return Some(Ok(value.clone()));
        }
        if name == "@zones" {
            return Some(Ok(self.compiler.zones(&frame.place)));
        }
        if frame.by_id.contains_key(name) {
            return Some(self.compiler.declared_name(frame, name));
        }
        if let Some(at) = frame.document.parameters.iter().position(|parameter| &*parameter.name == name) {
            return Some(self.compiler.parameter(frame, at));
        }
        self.compiler.built_in(&frame.place, name).map(Ok)
    }

    fn known_names(&self) -> Vec<Arc<str>> {
        let frame = &self.scope.frame;
        let variables = self.scope.variables.iter().map(|(name, _)| name.clone());
        let parameters = frame.document.parameters.iter().map(|parameter| parameter.name.clone());
        let built_in = BUILT_IN.iter().map(|name| Arc::from(*name));
        variables.chain(frame.by_id.keys().cloned()).chain(parameters).chain(built_in).collect()
    }

    fn attribute(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Fault> {
        if resource.property(name).is_some() {
            let value = self.compiler.property(resource, name)?;
            if !matches!(value.untraced(), Val::Null) {
                let value = value.in_object(ObjectPart::top(resource, name));
                return Ok(value.traced(BTreeSet::from([resource.address.clone()])));
            }
        }
        if let Some(part) = ObjectPart::top(resource, name) {
            return self.inside(&part);
        }
        let Some(schema) = &resource.schema else { return Err(Fault::Poisoned) };
        if schema.property(name).is_some() {
            return Ok(exact_unknown(resource, name, 0));
        }
        let (message, help) =
            no_attribute(resource.address.resource(), resource.resource_type.as_str(), schema, name);
        Err(Fault::new("unknown_reference", message, help))
    }

    fn inside(&self, part: &ObjectPart) -> Result<Val, Fault> {
        let Some(schema) = &part.of.schema else { return Ok(part_unknown(part, 0)) };
        let path = part.property_path().generalised();
        if schema.property(&path).is_some() {
            return Ok(part_unknown(part, 0));
        }
        let (around, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let id = part.of.address.resource();
        let message = format!("`{id}.{}`: {} has no `{path}`", part.property_path(), part.of.resource_type);
        let known = schema.property_names(around).into_iter().map(|name| &**name);
        Err(Fault::new("unknown_reference", message, suggestion(name, known)))
    }

    fn has_part(&self, of: &Instance, path: &str) -> Result<(), Fault> {
        let Some(schema) = &of.schema else { return Ok(()) };
        let (around, name) = path.rsplit_once('.').unwrap_or(("", path));
        if schema.property(path).is_some() || schema.is_open(around) {
            return Ok(());
        }
        let whole = format!("{}.{}", of.address.resource(), around.replace(".*", "[]"));
        let (message, help) = match (schema.property_names(around), name) {
            (names, _) if !names.is_empty() => {
                let help = suggestion(name, names.into_iter().map(|name| &**name));
                (format!("`{whole}` of an {} has no `{name}`", of.resource_type), help)
            }
            (_, "*") => (format!("`{whole}` of an {} is no list", of.resource_type), None),
            _ => {
                let help =
                    schema.property(&format!("{around}.*")).map(|_| format!("take one by `{whole}[0]`"));
                (format!("`{whole}` of an {} has no parts with names", of.resource_type), help)
            }
        };
        Err(Fault::new("unknown_reference", message, help))
    }

    fn output(&self, component: &Arc<ComponentInstance>, name: &str) -> Result<Val, Fault> {
        if component.output(name).is_some() {
            return Ok(self.compiler.output(component, name)?);
        }
        let (message, help) =
            no_output(&component.id, component.outputs.iter().map(|(name, _)| &**name), name);
        Err(Fault::new("unknown_reference", message, help))
    }

    fn resolve(&self, _: &Unknown) -> Result<Option<Val>, Fault> {
        Ok(None)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.compiler.file(path)
    }
}

/// That a type has no such attribute, and the one that may be meant.
pub(super) fn no_attribute(
    id: &str,
    resource_type: &str,
    schema: &TypeSchema,
    name: &str,
) -> (String, Option<String>) {
    let message = format!("`{id}.{name}`: {resource_type} has no attribute or property `{name}`");
    (message, suggestion(name, schema.property_names("").into_iter().map(|name| &**name)))
}

/// That a component has no such output, and the one that may be meant.
pub(super) fn no_output<'n>(
    id: &str,
    known: impl Iterator<Item = &'n str>,
    name: &str,
) -> (String, Option<String>) {
    (format!("the component `{id}` has no output `{name}`"), suggestion(name, known))
}

impl Compiler<'_> {
    /// A file beside the blueprints; it counts as read, so that a plan is not applied with another text in it.
    fn file(&self, path: &str) -> Result<String, String> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(format!("`{path}`: files lie in the blueprints' folder; write the path from there"));
        }
        let path = self.around.folder.join(path);
        let name = path.display().to_string();
        if let Some(known) = self.around.sources.all().iter().find(|file| *file.name == *name) {
            return Ok(known.text.to_string());
        }
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        self.around.sources.add(SourceFile::new(&name, &text));
        Ok(text)
    }

    fn zones(&self, place: &Place) -> Val {
        let region = self.home(place);
        let code = region.as_str();
        let zone = |suffix: &str| {
            Val::string(if suffix.starts_with(code) { suffix.to_owned() } else { format!("{code}{suffix}") })
        };
        match self.around.config.zones.get(code) {
            Some(suffixes) => Val::list(suffixes.iter().map(|suffix| zone(suffix)).collect()),
            None => Val::list(self.catalog.zones(code).iter().map(|suffix| zone(suffix)).collect()),
        }
    }

    /// The region of a place; what there is once in the stack is made in the stage's first region.
    pub(super) fn home(&self, place: &Place) -> Region {
        match place {
            Place::Region(region) => region.clone(),
            Place::Stack => self.around.regions.first().cloned().unwrap_or_else(|| Region::new("us-east-1")),
        }
    }

    fn built_in(&self, place: &Place, name: &str) -> Option<Val> {
        let around = &self.around;
        Some(match name {
            "region" => Val::string(self.home(place).as_str()),
            "regions" => {
                Val::list(around.regions.iter().map(|region| Val::string(region.as_str())).collect())
            }
            "stack" => Val::string(around.config.stack.as_str()),
            "stage" => Val::map([
                (Arc::from("number"), Val::Int(i64::from(around.stage.0))),
                (Arc::from("name"), Val::String(around.stage.1.clone())),
            ]),
            "account" => Val::String(around.account.clone()),
            "partition" => Val::string(partition(self.home(place).as_str())),
            "variables" | "var" => Val::Map(Arc::new(around.config.variables.clone())),
            _ => return None,
        })
    }
}

/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
