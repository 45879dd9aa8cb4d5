//! What is known of one resource type.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::Facts;
use super::identity;
use super::paths::{PathSet, dotted};
use super::property::{Property, PropertyId, Types};
use super::transform;
use super::tree::Tree;
use crate::model::{Identifier, Json, JsonMap};

/// What is known of one type: AWS's schema, cfn-lint's rules and the hand-written [`Facts`].
///
/// Paths are generalised: `LifecycleConfiguration.Rules.*.Status`.
#[derive(Debug)]
pub struct TypeSchema {
    name: Arc<str>,
    tree: Tree,
    facts: Facts,
    create_only: PathSet,
    conditional_create_only: PathSet,
    read_only: PathSet,
    write_only: PathSet,
    deprecated: PathSet,
    primary: Vec<Arc<str>>,
    additional: Vec<Vec<Arc<str>>>,
    handlers: BTreeMap<Arc<str>, Box<[Arc<str>]>>,
    listed_by: Vec<Vec<Arc<str>>>,
    tagging: Tagging,
    transforms: BTreeMap<Arc<str>, Arc<str>>,
    lifecycle: Option<(Arc<str>, Option<Arc<str>>)>,
    namespaced: Option<bool>,
}

#[derive(Debug, Default)]
struct Tagging {
    taggable: bool,
    property: Option<Arc<str>>,
    on_create: bool,
    updatable: bool,
}

impl TypeSchema {
    /// Reads a line of the catalog file.
    pub(super) fn build(name: &str, schema: &Json) -> Self {
        let list = |keyword| PathSet::parse(schema.get(keyword));
        let mut built = Self {
            name: Arc::from(name),
            tree: Tree::build(schema),
            facts: Facts::of(name),
            create_only: list("createOnlyProperties"),
            conditional_create_only: list("conditionalCreateOnlyProperties"),
            read_only: list("readOnlyProperties"),
            write_only: list("writeOnlyProperties"),
            deprecated: list("deprecatedProperties"),
            primary: pointers(schema.get("primaryIdentifier")),
            additional: arrays(schema.get("additionalIdentifiers")).map(|ids| pointers(Some(ids))).collect(),
            handlers: handlers(schema.get("handlers")),
            listed_by: arrays(schema.get("listedBy")).map(|names| texts(Some(names)).collect()).collect(),
            tagging: tagging(schema),
            transforms: transforms(schema.get("propertyTransform")),
            lifecycle: lifecycle(schema.get("lifecycle")),
            namespaced: schema.get("namespaced").and_then(Json::as_bool),
        };
        built.apply_facts(schema);
        built
    }

    /// Lets the hand-written facts correct the schema, and the schema complete the facts.
    fn apply_facts(&mut self, schema: &Json) {
        self.facts.holds_data |= schema.get("stateful").is_some();
        self.facts.create_first &=
            schema.get("replacementStrategy").and_then(Json::as_str) != Some("delete_then_create");
        // A Kubernetes object carries annotations in their stead.
        self.tagging.taggable |= self.facts.taggable || self.name.contains('/');
        self.facts.readable.iter().for_each(|path| self.write_only.remove(path));
        self.facts.create_only.iter().for_each(|path| self.create_only.insert(path));
    }

    /// The full name, `AWS::EC2::VPC`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether it is a kind of Kubernetes objects.
    pub fn is_kubernetes(&self) -> bool {
        self.name.contains('/')
    }

    /// Whether objects of the kind lie in a namespace; `None` for what is no Kubernetes object.
    pub fn namespaced(&self) -> Option<bool> {
        self.namespaced
    }

    /// The hand-written facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The tree of properties.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Whether a change at this generalised path (`A.Rules.*.B`) makes a replacement: the path or one above it is
    /// create-only.
    pub fn is_create_only(&self, path: &str) -> bool {
        self.create_only.covers(path)
    }

    /// Like [`is_create_only`](Self::is_create_only), for `conditionalCreateOnlyProperties`.
    pub fn is_conditional_create_only(&self, path: &str) -> bool {
        self.conditional_create_only.covers(path)
    }

    /// Whether something below this path, but not the path itself, is create-only.
    pub fn has_create_only_below(&self, path: &str) -> bool {
        !self.is_create_only(path) && self.create_only.reaches_into(path)
    }

    /// All create-only paths.
    pub fn create_only(&self) -> impl Iterator<Item = &str> {
        self.create_only.iter().map(AsRef::as_ref)
    }

    /// Whether the path or one above it is read-only.
    pub fn is_read_only(&self, path: &str) -> bool {
        self.read_only.covers(path)
    }

    /// Whether the path or one above it can't be read back.
    pub fn is_write_only(&self, path: &str) -> bool {
        self.write_only.covers(path)
    }

    /// Whether AWS advises against the path.
    pub fn is_deprecated(&self, path: &str) -> bool {
        self.deprecated.covers(path)
    }

    /// Whether the path must be written (by `required` of the object it lies in).
    pub fn is_required(&self, path: &str) -> bool {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        self.described(parent).any(|property| property.required.iter().any(|required| &**required == name))
    }

    /// Whether the list at this path is compared without order.
    ///
    /// `insertionOrder: false` says so; so does `uniqueItems` over plain values where no order is stated, which is how
    /// the schemas say "a set" for services that are older than `insertionOrder`. Lists of ids of security groups,
    /// subnets and route tables are sets in every API that takes one.
    pub fn is_set(&self, path: &str) -> bool {
        self.facts.sets.contains(&path)
            || self.described(path).any(|property| match property.insertion_order {
                Some(false) => true,
                order => {
                    self.lists_ids_of_sets(property) || (order.is_none() && self.is_set_of_scalars(property))
                }
            })
    }

    fn lists_ids_of_sets(&self, property: &Property) -> bool {
        const SETS: [&str; 2] = ["AWS::EC2::SecurityGroup.", "AWS::EC2::Subnet."];
        let of_items = property.items.and_then(|items| self.tree.get(items).format.as_ref());
        property.types.intersects(Types::ARRAY)
            && [property.format.as_ref(), of_items]
                .into_iter()
                .flatten()
                .any(|format| SETS.iter().any(|set| format.starts_with(set)))
    }

    fn is_set_of_scalars(&self, property: &Property) -> bool {
        let scalar = Types::STRING.union(Types::INTEGER).union(Types::NUMBER);
        let item_is_scalar =
            |items| self.tree.expand(items).iter().any(|id| self.tree.get(*id).types.intersects(scalar));
        property.unique_items && property.items.is_some_and(item_is_scalar)
    }

    /// Whether the value at this path is a JSON document that AWS may reformat (a policy).
    ///
    /// That is: the schema says so by `format: json`, or it takes an object of any content or the same as a text, or
    /// it is a policy by its name.
    pub fn is_document(&self, path: &str) -> bool {
        let name = path.rsplit('.').next().unwrap_or(path);
        let named = name.ends_with("PolicyDocument") || DOCUMENTS.contains(&(&*self.name, path));
        let mut any = false;
        for property in self.described(path) {
            let object = property.types.intersects(Types::OBJECT);
            let open = object && property.properties.is_empty() && property.pattern_properties.is_empty();
            let either = open && property.types.intersects(Types::STRING);
            let says_json = property.format.as_deref() == Some("json");
            any |= says_json || either || (named && (open || property.types.intersects(Types::STRING)));
        }
        any
    }

    /// The default that the schema states for a path.
    pub fn default(&self, path: &str) -> Option<&Json> {
        self.described(path).find_map(|property| property.default.as_ref())
    }

    /// The property at a path: the definition that says most of it.
    pub fn property(&self, path: &str) -> Option<&Property> {
        let mut all = self.described(path).peekable();
        let first = *all.peek()?;
        Some(all.find(|property| !property.types.is_empty()).unwrap_or(first))
    }

    /// Everything that describes the value at a path: see [`Tree::at`].
    pub fn described(&self, path: &str) -> impl Iterator<Item = &Property> {
        self.tree.at(path).into_iter().map(|id| self.tree.get(id))
    }

    /// The names of the properties below a path, read-only ones included; the resource's own for an empty path.
    pub fn property_names(&self, path: &str) -> Vec<&Arc<str>> {
        let mut names: Vec<&Arc<str>> = self.described(path).flat_map(|p| p.properties.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A property by its place, for those that walk the tree.
    pub fn get(&self, id: PropertyId) -> &Property {
        self.tree.get(id)
    }

    /// The primary identifier out of properties, if all its parts are there; several are joined by `|`.
    pub fn identifier(&self, properties: &JsonMap) -> Option<Identifier> {
        identity::identifier(&self.name, self.primary.iter().map(AsRef::as_ref), properties)
    }

    /// The paths that make up the primary identifier, joined by dots, in the order of the identifier's parts
    /// (`["Name", "HostedZoneId", "Type", "SetIdentifier"]`).
    pub fn primary_identifier(&self) -> Vec<&str> {
        self.primary.iter().map(AsRef::as_ref).collect()
    }

    /// Other sets of paths that identify a resource.
    pub fn additional_identifiers(&self) -> &[Vec<Arc<str>>] {
        &self.additional
    }

    /// Top-level read-only names, those that expressions may ask for; those that have a read-only part too.
    pub fn attributes(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.read_only.iter().map(|path| path.split('.').next().unwrap_or(path)).collect();
        names.dedup();
        names
    }

    /// Whether resources of the type carry tags at all.
    pub fn is_taggable(&self) -> bool {
        self.tagging.taggable
    }

    /// The property that holds the tags, if there is one (`Tags`, `HostedZoneTags`, `UserTags`).
    pub fn tag_property(&self) -> Option<&str> {
        self.tagging.property.as_deref()
    }

    /// Whether the tag property is a map and not a list of `{Key, Value}`.
    pub fn tags_are_map(&self) -> bool {
        self.tag_property()
            .and_then(|path| self.property(path))
            .is_some_and(|p| p.types.intersects(Types::OBJECT))
    }

    /// Whether tags can be given in the call that creates.
    pub fn tags_on_create(&self) -> bool {
        self.tagging.on_create
    }

    /// Whether tags can be changed without a replacement.
    pub fn tags_updatable(&self) -> bool {
        self.tagging.updatable
    }

    /// The IAM actions that a handler (`create`, `read`, `update`, `delete`, `list`) needs.
    pub fn permissions(&self, handler: &str) -> &[Arc<str>] {
        self.handlers.get(handler).map_or(&[], AsRef::as_ref)
    }

    /// Whether CloudFormation's registry has a handler of this name for the type. Without `create` the Cloud Control
    /// API does not know the type either.
    pub fn has_handler(&self, handler: &str) -> bool {
        self.handlers.contains_key(handler)
    }

    /// The sets of properties of which the `list` handler wants one: it tells of what hangs under a parent. Empty where
    /// it tells of everything.
    pub fn listed_by(&self) -> &[Vec<Arc<str>>] {
        &self.listed_by
    }

    /// The JSONata expression by which AWS normalises a property, as the schema states it.
    pub fn property_transform(&self, path: &str) -> Option<&str> {
        self.transforms.get(path).map(AsRef::as_ref)
    }

    /// All paths that AWS normalises, with their expressions.
    #[cfg(test)]
    pub(super) fn property_transforms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.transforms.iter().map(|(path, rule)| (&**path, &**rule))
    }

    /// Whether the live text at a path is the desired one as AWS writes it: in lower case, a name's ARN.
    pub fn is_spelling_of(&self, path: &str, desired: &str, live: &str) -> bool {
        self.property_transform(path).is_some_and(|rule| transform::admits(rule, path, desired, live))
    }

    /// `sunset` or `shutdown`, with the date, for types that AWS gives up.
    pub fn end_of_life(&self) -> Option<(&str, Option<&str>)> {
        self.lifecycle.as_ref().map(|(status, date)| (&**status, date.as_deref()))
    }
}

/// Texts that hold a JSON document although neither schema nor name say so.
const DOCUMENTS: [(&str, &str); 7] = [
    ("AWS::CloudWatch::Dashboard", "DashboardBody"),
    ("AWS::StepFunctions::StateMachine", "DefinitionString"),
    ("AWS::ECR::Repository", "LifecyclePolicy.LifecyclePolicyText"),
    ("AWS::ECR::Repository", "RepositoryPolicyText"),
    ("AWS::EFS::FileSystem", "FileSystemPolicy"),
    ("AWS::EKS::Addon", "ConfigurationValues"),
    ("AWS::SSO::PermissionSet", "InlinePolicy"),
];

fn arrays(json: Option<&Json>) -> impl Iterator<Item = &Json> {
    json.and_then(Json::as_array).into_iter().flatten()
}

fn texts(json: Option<&Json>) -> impl Iterator<Item = Arc<str>> {
    arrays(json).filter_map(Json::as_str).map(Arc::from)
}

/// A list of JSON pointers as paths, in their order.
fn pointers(json: Option<&Json>) -> Vec<Arc<str>> {
    arrays(json).filter_map(|pointer| dotted(pointer.as_str()?)).collect()
}

fn handlers(json: Option<&Json>) -> BTreeMap<Arc<str>, Box<[Arc<str>]>> {
    let handlers = json.and_then(Json::as_object).into_iter().flatten();
    handlers.map(|(name, actions)| (Arc::from(name.as_str()), texts(Some(actions)).collect())).collect()
}

fn transforms(json: Option<&Json>) -> BTreeMap<Arc<str>, Arc<str>> {
    let transforms = json.and_then(Json::as_object).into_iter().flatten();
    transforms.filter_map(|(path, rule)| Some((dotted(path)?, Arc::from(rule.as_str()?)))).collect()
}

fn lifecycle(json: Option<&Json>) -> Option<(Arc<str>, Option<Arc<str>>)> {
    let json = json?;
    Some((Arc::from(json.get("status")?.as_str()?), json.get("date").and_then(Json::as_str).map(Arc::from)))
}

/// `tagging` of newer schemas, `taggable` of older ones; where both are missing, a property of the usual name.
fn tagging(schema: &Json) -> Tagging {
    let has = |name: &str| schema.get("properties").is_some_and(|properties| properties.get(name).is_some());
    let usual = || has("Tags").then(|| Arc::from("Tags"));
    let Some(tagging) = schema.get("tagging") else {
        let taggable = schema.get("taggable").and_then(Json::as_bool).unwrap_or_else(|| has("Tags"));
        return Tagging {
            taggable,
            property: usual().filter(|_| taggable),
            on_create: taggable,
            updatable: taggable,
        };
    };
    let flag = |name: &str| tagging.get(name).and_then(Json::as_bool).unwrap_or(true);
    let taggable = flag("taggable");
    let property = match tagging.get("tagProperty").and_then(Json::as_str) {
        // A list of specifications by resource type is no list of tags.
        Some(pointer) => dotted(pointer).filter(|path| !path.contains('.') && has(path)),
        None => usual(),
    };
    Tagging {
        taggable,
        property: property.filter(|_| taggable),
        on_create: taggable && flag("tagOnCreate"),
        updatable: taggable && flag("tagUpdatable"),
    }
}
