//! AWS's published resource schemas, compiled in and read one type at a time.

use std::sync::Arc;

use crate::model::{Identifier, Json, JsonMap};

/// All types that AWS publishes a schema for.
pub struct Catalog {}

impl Catalog {
    /// The catalog in this binary.
    pub fn embedded() -> &'static Self {
        &Self {}
    }

    /// A type's schema, decoded on first use.
    pub fn get(&self, _resource_type: &str) -> Option<Arc<TypeSchema>> {
        None
    }

    /// The type whose name is nearest to this one, if any is near: for messages.
    pub fn nearest(&self, _resource_type: &str) -> Option<String> {
        None
    }
}

/// What is known of one type.
pub struct TypeSchema {}

/// What the schemas leave out (hand-written table).
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether there is one for the whole partition and not one a region.
    pub global: bool,
    /// How long a create usually takes, in seconds; 5 where nothing is known.
    pub create_seconds: u32,
    /// Whether deleting it destroys data.
    pub holds_data: bool,
    /// The property that is its unique name, for types that get a generated one.
    pub name: Option<NameRule>,
    /// Read-only attributes that an update in place may change (`LatestVersionNumber`).
    pub volatile: &'static [&'static str],
    /// Whether two may exist side by side during a replacement.
    pub create_first: bool,
    /// Inline properties that also exist as resources of their own: (`SecurityGroupIngress`, its type).
    pub inline_children: &'static [(&'static str, &'static str)],
}

/// The rule for a generated name.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// The property (`RoleName`).
    pub property: &'static str,
    /// The longest name, in characters.
    pub max: usize,
    /// Whether only lower case is allowed.
    pub lower: bool,
}

impl TypeSchema {
    /// The hand-written facts.
    pub fn facts(&self) -> &Facts {
        static NONE: Facts = Facts {
            global: false,
            create_seconds: 5,
            holds_data: false,
            name: None,
            volatile: &[],
            create_first: true,
            inline_children: &[],
        };
        &NONE
    }

    /// Whether a change at this generalised path (`A.Rules.*.B`) makes a replacement: the path or one above it is
    /// create-only.
    pub fn is_create_only(&self, _path: &str) -> bool {
        false
    }

    /// Like [`is_create_only`](Self::is_create_only), for `conditionalCreateOnlyProperties`.
    pub fn is_conditional_create_only(&self, _path: &str) -> bool {
        false
    }

    /// Whether the path or one above it is read-only.
    pub fn is_read_only(&self, _path: &str) -> bool {
        false
    }

    /// Whether the path or one above it can't be read back.
    pub fn is_write_only(&self, _path: &str) -> bool {
        false
    }

    /// Whether the path must be written (by `required` of the object it lies in).
    pub fn is_required(&self, _path: &str) -> bool {
        false
    }

    /// Whether the list at this path is compared without order.
    pub fn is_set(&self, _path: &str) -> bool {
        false
    }

    /// Whether the value at this path is a JSON document that AWS may reformat (a policy).
    pub fn is_document(&self, _path: &str) -> bool {
        false
    }

    /// The default that the schema states for a path.
    pub fn default(&self, _path: &str) -> Option<&Json> {
        None
    }

    /// The primary identifier out of properties, if all its parts are there.
    pub fn identifier(&self, _properties: &JsonMap) -> Option<Identifier> {
        None
    }

    /// Top-level read-only names, those that expressions may ask for.
    pub fn attributes(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Whether resources of the type carry tags at all.
    pub fn is_taggable(&self) -> bool {
        true
    }

    /// The property that holds the tags, if there is one (`Tags`, `HostedZoneTags`, `UserTags`).
    pub fn tag_property(&self) -> Option<&str> {
        Some("Tags")
    }

    /// The paths that make up the primary identifier, joined by dots, in the order of the identifier's parts
    /// (`["Name", "HostedZoneId", "Type", "SetIdentifier"]`).
    pub fn primary_identifier(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Whether the tag property is an object (`{team: web}`) and not a list of `Key` and `Value`.
    pub fn tags_are_map(&self) -> bool {
        false
    }
}
