//! From an expanded resource to a [`Desired`]: properties evaluated, tags taken out, dependencies collected.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::super::config::{is_reserved_tag, reserved_tag};
use super::super::diagnostics::{Finding, Span, suggestion};
use super::super::document::{TypeName, What, list_of, text};
use super::super::expression::{Instance, Poisoned, Val};
use super::super::head::unknown_region;
use super::super::yaml::{Kind, Node};
use super::frame::{Declared, Scope};
use super::object::placed;
use super::{Compiler, Step as Computed};
use crate::catalog::{TypeSchema, check, instead_of};
use crate::model::{
    Address, Desired, LONGEST_TAG, Lookup, Map, Origin, PropertyPath, Region, Scope as CloudScope, Value,
};

/// AWS's limit of tags on a resource, less the four that stackctl may need.
const MOST_TAGS: usize = 46;

/// What exactly stands where, for the kinds of ids.
pub type Targets = BTreeMap<PropertyPath, check::Target>;

/// What one resource's properties came to.
#[derive(Default)]
pub(super) struct Gathered {
    pub properties: Map,
    pub tags: BTreeMap<String, Value>,
    pub needs: BTreeSet<Address>,
    pub targets: Targets,
}

impl Compiler<'_> {
    /// A property of a resource, computed once.
    pub(super) fn property(&self, resource: &Arc<Instance>, name: &str) -> Result<Val, Poisoned> {
        let at = resource.properties.iter().position(|(known, _)| &**known == name).ok_or(Poisoned)?;
        let cell = &resource.properties[at].1;
        if let Some(known) = cell.get() {
            return known;
        }
        let declared = self.declared.borrow()[resource.index].clone();
        let node = declared.property(name).ok_or(Poisoned)?;
        let step = Computed::Property { resource: resource.index, at };
        let value = self.once(step, node.span, || match &declared.rendered {
            Some(rendered) => Ok(rendered.value(node)),
            None => self.value(&declared.scope, node),
        });
        let value = if name == "metadata" { value.map(|value| placed(&declared, value)) } else { value };
        cell.set(value.clone());
        value
    }

    /// The schema of a type; a type that AWS does not have, or that can't be had through its API, is reported.
    pub(super) fn schema(&self, type_name: &TypeName) -> Option<Arc<TypeSchema>> {
        let schema = self.catalog.get(&type_name.name);
        match &schema {
            None => {
                let message = format!("AWS has no resource type `{}`", type_name.name);
                let near = self.catalog.nearest(&type_name.name);
                let help = near.map(|near| format!("did you mean `{near}`?"));
                self.around
                    .findings
                    .add(Finding::new("unknown_type", type_name.span, message).maybe_help(help));
            }
            Some(schema) if !schema.can_be_made() => self.around.findings.add(unsupported(schema, type_name)),
            Some(_) => {}
        }
        schema
    }

    /// A resource as the engine takes it; none where it has a mistake.
    pub(super) fn desired(&self, declared: &Rc<Declared>) -> Option<Desired> {
        let instance = &declared.instance;
        if instance.resource_type.is_kubernetes() {
            return self.object(declared);
        }
        let schema = instance.schema.clone()?;
        let mut gathered = self.gather(declared, Some(&schema));
        let lifecycle = self.lifecycle(declared);
        self.depends_on(declared, &mut gathered.needs);
        gathered.needs.remove(&instance.address);
        self.check_literals(declared, &schema);
        self.check(declared, &schema, &gathered.properties, &gathered.targets);
        self.check_tags(declared, &gathered.tags);
        Some(Desired {
            address: instance.address.clone(),
            resource_type: instance.resource_type.clone(),
            scope: self.scope(declared, &schema),
            properties: gathered.properties,
            tags: gathered.tags,
            depends_on: gathered.needs,
            lifecycle,
            origin: self.origin(declared),
        })
    }

    /// A lookup as the engine takes it.
    pub(super) fn lookup(&self, declared: &Rc<Declared>) -> Option<Lookup> {
        let instance = &declared.instance;
        let schema = instance.schema.clone()?;
        let gathered = self.gather(declared, Some(&schema));
        self.check_literals(declared, &schema);
        for (name, _) in instance.properties.iter().filter(|(name, _)| schema.property(name).is_none()) {
            let span = declared.property(name).map_or(declared.declaration().span, |node| node.span);
            let message = format!("{} has no `{name}` to look it up by", instance.resource_type);
            let known = schema.property_names("").into_iter().map(|name| &**name);
            let help = suggestion(name, known);
            self.around.findings.add(Finding::new("unknown_property", span, message).maybe_help(help));
        }
        Some(Lookup {
            address: instance.address.clone(),
            resource_type: instance.resource_type.clone(),
            scope: self.scope(declared, &schema),
            by: gathered.properties,
            origin: self.origin(declared),
        })
    }

    fn scope(&self, declared: &Declared, schema: &TypeSchema) -> CloudScope {
        if schema.facts().global { CloudScope::Global } else { CloudScope::Region(self.region_of(declared)) }
    }

    /// What `region:` says, or the region of the place: what there is once in a stack may have to be somewhere
    /// certain, like a certificate of CloudFront's.
    pub(super) fn region_of(&self, declared: &Declared) -> Region {
        let written = declared.declaration().node.get("region").and_then(|node| {
            let value = self.value(&declared.scope, node).ok()?;
            match value.untraced() {
                Val::String(code) if self.catalog.regions().iter().any(|known| **known == **code) => {
                    Some(Region::new(code))
                }
                Val::String(unknown) => {
                    self.around.findings.add(unknown_region(unknown, node.span));
                    None
                }
                other => {
                    let message = format!(
                        "`region` is the code of an AWS region, known before anything is made; this is {}",
                        other.describe()
                    );
                    self.around.findings.add(Finding::new("wrong_type", node.span, message));
                    None
                }
            }
        });
        written.unwrap_or_else(|| self.home(&declared.scope.frame.place))
    }

    pub(super) fn origin(&self, declared: &Declared) -> Origin {
        let span = declared.span();
        let file = self.around.sources.get(span.file);
        let (line, column) = file.position(span.start);
        Origin { file: file.name.clone(), line, column }
    }

    /// All properties, with what they need. Without a schema no property is the one of the tags.
    pub(super) fn gather(&self, declared: &Declared, schema: Option<&TypeSchema>) -> Gathered {
        let instance = &declared.instance;
        let mut gathered = Gathered::default();
        if instance.owned && schema.is_some_and(TypeSchema::is_taggable) {
            let tags = self.around.config.tags.iter();
            gathered.tags.extend(tags.map(|(key, value)| (key.clone(), Value::string(value))));
        }
        for (name, _) in &instance.properties {
            let Ok(value) = self.property(instance, name) else { continue };
            let span = declared.property(name).map_or(declared.span(), |node| node.span);
            collect(&value, &mut gathered.needs);
            targets(&value, &PropertyPath::root().property(name), &mut gathered.targets);
            let Some(lowered) = self.lowered(&declared.scope, &value, span) else { continue };
            if schema.and_then(TypeSchema::tag_property) == Some(&**name) {
                gathered.tags.extend(self.tags(&lowered, span));
            } else {
                gathered.properties.insert(name.clone(), lowered);
            }
        }
        gathered
    }

    /// Tags in either of CloudFormation's forms: a list of `Key` and `Value`, or a mapping.
    fn tags(&self, value: &Value, span: Span) -> Vec<(String, Value)> {
        let pair = |item: &Value| match item {
            Value::Map(map) => Some((map.get("Key")?.as_str()?.to_owned(), map.get("Value")?.clone())),
            _ => None,
        };
        let tags = match value {
            Value::Null => Some(Vec::new()),
            Value::Map(map) => {
                Some(map.iter().map(|(key, value)| (key.to_string(), value.clone())).collect::<Vec<_>>())
            }
            Value::List(items) => {
                self.check_propagation(items, span);
                self.check_keys_once(items.iter().filter_map(pair).map(|(key, _)| key), span);
                items.iter().map(pair).collect()
            }
            _ => None,
        };
        tags.unwrap_or_else(|| {
            let message = "tags are a mapping, or a list of `Key` and `Value`, with keys that are known";
            self.around.findings.add(Finding::new("wrong_type", span, message));
            Vec::new()
        })
    }

    /// An Auto Scaling group's tags have a third member, which is refused rather than dropped where it would matter.
    fn check_propagation(&self, tags: &[Value], span: Span) {
        let stays = |tag: &Value| match tag {
            Value::Map(map) => matches!(map.get("PropagateAtLaunch"), Some(Value::Bool(false))),
            _ => false,
        };
        if tags.iter().any(stays) {
            let message = "`PropagateAtLaunch: false` can't be had: instances get all tags of their group";
            let help =
                "leave it out; instances started by the group carry the same tags, stackctl's own excepted";
            self.around.findings.add(Finding::new("unsupported", span, message).help(help));
        }
    }

    /// Of two tags with one key the last would win.
    fn check_keys_once(&self, keys: impl Iterator<Item = String>, span: Span) {
        let mut seen = BTreeSet::new();
        for key in keys {
            if seen.contains(&key) {
                let message = format!("the tag `{key}` is written twice");
                self.around
                    .findings
                    .add(Finding::new("duplicate_key", span, message).help("keep one of the two"));
            }
            seen.insert(key);
        }
    }

    fn check_tags(&self, declared: &Declared, tags: &BTreeMap<String, Value>) {
        let span = declared.property("Tags").map_or(declared.declaration().span, |node| node.span);
        // Those of stackctl.yaml are reported there.
        let own = tags.keys().filter(|key| !self.around.config.tags.contains_key(*key));
        for key in own.filter(|key| is_reserved_tag(key)) {
            self.around.findings.add(reserved_tag(key, span));
        }
        if tags.len() > MOST_TAGS {
            let message = format!("{} tags; AWS takes 50, and stackctl needs up to 4 of them", tags.len());
            self.around.findings.add(Finding::new("too_many_tags", span, message));
        }
        let length = declared.instance.address.to_tag().len();
        if length > LONGEST_TAG {
            let message = format!(
                "the address takes {length} characters as a tag and AWS takes {LONGEST_TAG}: shorten the key or the ids"
            );
            self.around.findings.add(Finding::new("bad_address", declared.declaration().span, message));
        }
    }

    pub(super) fn depends_on(&self, declared: &Declared, needs: &mut BTreeSet<Address>) {
        let frame = &declared.scope.frame;
        let declaration = declared.declaration();
        for node in list_of(&declaration.node, "dependsOn", self.around.findings) {
            let Some(name) = text(node) else { continue };
            if *name == *declaration.id {
                let message = format!("`{name}` can't wait for itself");
                self.around.findings.add(Finding::new("reference_cycle", node.span, message));
            } else if !frame.by_id.contains_key(&name) {
                let message = format!("`dependsOn`: there is nothing called `{name}` here");
                let help = suggestion(&name, frame.by_id.keys().map(|key| &**key));
                self.around
                    .findings
                    .add(Finding::new("unknown_reference", node.span, message).maybe_help(help));
            } else if let Ok(value) = self.declared_name(frame, &name) {
                self.members(&value, needs);
            }
        }
        self.component_depends_on(&declared.scope, needs);
    }

    /// What a component depends on, all in it depends on.
    fn component_depends_on(&self, scope: &Rc<Scope>, needs: &mut BTreeSet<Address>) {
        let frame = &scope.frame;
        let (Some(caller), Some(instance)) = (&frame.caller, frame.instance.get()) else { return };
        let around = &caller.frame;
        if let Some(at) = around.by_id.get(&instance.id) {
            let declaration = &around.document.declarations[*at];
            for node in list_of(&declaration.node, "dependsOn", self.around.findings) {
                match text(node).filter(|name| around.by_id.contains_key(name)) {
                    Some(name) => {
                        if let Ok(value) = self.declared_name(around, &name) {
                            self.members(&value, needs);
                        }
                    }
                    None => {
                        let message = "`dependsOn` names something that is not here";
                        self.around.findings.add(Finding::new("unknown_reference", node.span, message));
                    }
                }
            }
        }
        self.component_depends_on(caller, needs);
    }

    /// All resources that a name stands for.
    fn members(&self, value: &Val, needs: &mut BTreeSet<Address>) {
        match value.untraced() {
            Val::Resource(resource) => drop(needs.insert(resource.address.clone())),
            Val::Component(component) => {
                let frame = self.frames.borrow()[component.frame].clone();
                needs.extend(frame.resources.borrow().iter().map(|resource| resource.address.clone()));
            }
            Val::Map(map) => map.values().for_each(|item| self.members(item, needs)),
            other => other.elements().unwrap_or_default().iter().for_each(|item| self.members(item, needs)),
        }
    }
}

/// That nobody can make one, or tell what became of it.
fn unsupported(schema: &TypeSchema, type_name: &TypeName) -> Finding {
    let name = &type_name.name;
    let message = if schema.has_handler("create") {
        format!("AWS's Cloud Control API can make an {name} but not read it back")
    } else {
        format!("AWS's Cloud Control API does not know {name}")
    };
    let help = instead_of(name).map_or_else(
        || "stackctl has no handler of its own for it: it has to be made by other means".to_owned(),
        |instead| format!("write {instead} in its stead"),
    );
    Finding::new("unsupported_type", type_name.span, message).help(help)
}

/// The node of a path inside a resource's properties, or of what is nearest around it.
pub(super) fn node_at<'d>(declared: &'d Declared, path: &PropertyPath) -> Option<&'d Node> {
    if let What::Lookup(_) = declared.declaration().what {
        return None;
    }
    let mut node = declared.body()?;
    for step in steps(path.as_str()) {
        let inner = match (step, &node.kind) {
            (Step::Name(name), _) => node.get(name),
            (Step::Index(at), Kind::List(items)) => items.get(at),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    Some(node)
}

enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(at) => Step::Index(at),
            None => Step::Name(part),
        }
    })
}

/// Every resource that a value came from or waits for.
pub(super) fn collect(value: &Val, needs: &mut BTreeSet<Address>) {
    match value {
        Val::Traced(traced) => {
            needs.extend(traced.from.iter().cloned());
            collect(&traced.value, needs);
        }
        Val::Unknown(unknown) => {
            needs.extend(unknown.deferred.references.iter().map(|reference| reference.address.clone()));
        }
        Val::List(items) => items.iter().for_each(|item| collect(item, needs)),
        Val::Map(map) => map.values().for_each(|item| collect(item, needs)),
        _ => {}
    }
}

fn targets(value: &Val, path: &PropertyPath, found: &mut Targets) {
    match value.untraced() {
        Val::Unknown(unknown) => {
            if let Some((instance, attribute)) = &unknown.exact {
                let target = check::Target {
                    resource_type: instance.resource_type.clone(),
                    attribute: attribute.clone(),
                    many: false,
                };
                found.insert(path.clone(), target);
            }
        }
        Val::List(items) => {
            items.iter().enumerate().for_each(|(at, item)| targets(item, &path.index(at), found));
        }
        Val::Map(map) => map.iter().for_each(|(name, item)| targets(item, &path.property(name), found)),
        _ => {}
    }
}
