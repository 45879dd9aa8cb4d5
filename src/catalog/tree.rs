//! The tree of a type's properties, in one arena.
//!
//! References between definitions are indices into the arena, so a recursive schema (WAF's statements) is finite.

use super::extension::Extension;
use super::property::{Additional, Property, PropertyId};

/// All properties of a type.
#[derive(Debug)]
pub struct Tree {
    pub(super) arena: Vec<Property>,
    pub(super) root: PropertyId,
    pub(super) extensions: Vec<Extension>,
}

impl Tree {
    /// The resource itself.
    pub fn root(&self) -> PropertyId {
        self.root
    }

    /// A property by its place.
    pub fn get(&self, id: PropertyId) -> &Property {
        &self.arena[id.0 as usize]
    }

    /// All properties, in no order.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = &Property> {
        self.arena.iter()
    }

    /// cfn-lint's own rules.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Everything that describes the value at a generalised path: the property, the definition it refers to, and the
    /// branches of its `allOf`, `anyOf` and `oneOf`. Empty where the schema knows no such path.
    pub fn at(&self, path: &str) -> Vec<PropertyId> {
        let mut here = self.expand(self.root);
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            let mut next = Vec::new();
            for id in here.iter().flat_map(|id| self.child(*id, segment)).collect::<Vec<_>>() {
                self.expand_into(id, &mut next);
            }
            here = next;
        }
        here
    }

    /// A property with all that applies to the same value.
    pub fn expand(&self, id: PropertyId) -> Vec<PropertyId> {
        let mut out = Vec::new();
        self.expand_into(id, &mut out);
        out
    }

    fn expand_into(&self, id: PropertyId, out: &mut Vec<PropertyId>) {
        if out.contains(&id) {
            return;
        }
        out.push(id);
        let property = self.get(id);
        if let Some(target) = property.reference {
            self.expand_into(target, out);
        }
        if let Some(rules) = &property.rules {
            for branch in rules.all_of.iter().chain(&rules.any_of).chain(&rules.one_of) {
                self.expand_into(*branch, out);
            }
        }
    }

    /// What describes a named member of an object, or (`*`) the elements of a list or the values of a map.
    fn child(&self, id: PropertyId, segment: &str) -> Vec<PropertyId> {
        let property = self.get(id);
        if segment == "*" {
            let values = property.pattern_properties.iter().map(|(_, id)| *id);
            return property.items.into_iter().chain(values).collect();
        }
        if let Some(child) = property.properties.get(segment) {
            return vec![*child];
        }
        // The pattern is not asked here: a map has one or two, and what they say of the value is the same.
        let mut out: Vec<PropertyId> = property.pattern_properties.iter().map(|(_, id)| *id).collect();
        if let Additional::Schema(id) = property.additional {
            out.push(id);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::Types;

    #[test]
    fn a_recursive_schema_is_finite_and_can_be_walked() {
        let tree = Tree::build(&json!({
            "properties": {"Statement": {"$ref": "#/definitions/S"}},
            "definitions": {"S": {"type": "object", "properties": {
                "Not": {"$ref": "#/definitions/S"},
                "All": {"type": "array", "items": {"$ref": "#/definitions/S"}},
                "Text": {"type": "string", "maxLength": 3},
            }}},
        }));
        let found = tree.at("Statement.Not.All.*.Not.Text");
        assert_eq!(found.len(), 1);
        assert_eq!(tree.get(found[0]).bounds.as_ref().unwrap().max_length, Some(3));
        assert!(tree.at("Statement.Nothing").is_empty());
    }

    #[test]
    fn what_stands_beside_a_reference_counts_too() {
        let tree = Tree::build(&json!({
            "properties": {"A": {"$ref": "#/definitions/D", "default": 7}},
            "definitions": {"D": {"type": "integer"}},
        }));
        let found: Vec<&Property> = tree.at("A").into_iter().map(|id| tree.get(id)).collect();
        assert_eq!(found[0].default, Some(json!(7)));
        assert_eq!(found[1].types, Types::INTEGER);
    }

    #[test]
    fn a_path_leads_through_branches_and_maps() {
        let tree = Tree::build(&json!({
            "oneOf": [{"properties": {"A": {"type": "object", "patternProperties": {".*": {"type": "string"}}}}}],
        }));
        assert_eq!(tree.at("A.anything").len(), 1);
        assert_eq!(tree.at("A.*").len(), 1);
    }
}
