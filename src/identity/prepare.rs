//! From a desired resource to what a handler is given: everything resolved, named and tagged.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::catalog::Catalog;
use crate::model::{
    Address, Attributes, Desired, Digest, EvaluateError, Json, JsonMap, Live, Map, SecretRef, StackName,
    TAG_ADDRESS, TAG_DIGEST, TAG_PROTECT, TAG_STACK, Value,
};

use super::{Owned, Rules, generated_name, insert_name, live_name, manifest_digest, written_name};

/// A desired resource when all is known.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// All properties, secrets in the clear, the generated name filled in; without the tags. Never to be shown.
    pub properties: JsonMap,
    /// All tags, stackctl's own included; empty where the type carries none.
    pub tags: BTreeMap<String, String>,
    /// The generated name, where the blueprint gives none.
    pub name: Option<String>,
    /// The properties as the blueprint means them: secrets by reference, without the generated name.
    pub resolved: Map,
    /// Over the create-only properties; what names and tokens are made of.
    pub create_only: Digest,
}

/// Why a desired resource can't be handed to its handler.
#[derive(Clone, Debug, Error)]
pub enum PrepareError {
    /// An expression failed.
    #[error("{address}: {error}")]
    Expression {
        /// Of which resource.
        address: Address,
        /// How.
        error: EvaluateError,
    },
    /// Something it refers to does not report the attribute.
    #[error("{address}: `{expression}` is still unknown: {} not reported by the provider", .waits_for.join(", "))]
    Unknown {
        /// Of which resource.
        address: Address,
        /// The expression as written.
        expression: String,
        /// The attributes it waits for, `<address>.<attribute>`.
        waits_for: Vec<String>,
    },
    /// A secret's text was not given.
    #[error("{address}: the secret `{reference}` was not read")]
    MissingSecret {
        /// Of which resource.
        address: Address,
        /// Which secret.
        reference: String,
    },
    /// A tag would show a secret.
    #[error("{address}: the tag `{key}` would show a secret; tags are readable by everyone in the account")]
    SecretTag {
        /// Of which resource.
        address: Address,
        /// Which tag.
        key: String,
    },
}

/// Resolves, names and tags a desired resource. `live` is the resource that it is matched with, none for a create
/// (a replacement's too): a generated name stays what it is.
///
/// # Errors
/// When something is still unknown, an expression fails or a secret is missing.
pub fn prepare(
    catalog: &Catalog,
    stack: &StackName,
    desired: &Desired,
    live: Option<&Live>,
    attributes: &dyn Attributes,
    secrets: &BTreeMap<SecretRef, String>,
) -> Result<Prepared, PrepareError> {
    let rules = Rules::of(catalog, &desired.resource_type);
    let (resolved, tags) = known(desired, attributes)?;
    let create_only =
        rules.create_only_digest(&resolved).ok_or_else(|| unknown(desired, &resolved, &BTreeMap::new()))?;
    let mut properties = JsonMap::with_capacity(resolved.len() + 1);
    for (name, value) in &resolved {
        match in_the_clear(desired, value, secrets)? {
            Json::Null => {}
            json => drop(properties.insert(name.to_string(), json)),
        }
    }
    let name = name_of(&rules, stack, desired, live, &resolved, Some(create_only));
    if let (Some(name), Some(rule)) = (&name, rules.facts().name) {
        insert_name(&rule, &mut properties, name);
    }
    let tags =
        if rules.is_taggable() { own_tags(&rules, stack, desired, &resolved, tags) } else { BTreeMap::new() };
    Ok(Prepared { properties, tags, name, resolved, create_only })
}

/// The secrets that a desired resource asks for, to be read before it is [prepared](prepare).
///
/// # Errors
/// When an expression fails.
pub fn needed_secrets(
    desired: &Desired,
    attributes: &dyn Attributes,
) -> Result<BTreeSet<SecretRef>, PrepareError> {
    fn collect(value: &Value, found: &mut BTreeSet<SecretRef>) {
        match value {
            Value::Secret(secret) => drop(found.insert(secret.clone())),
            Value::List(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Map(map) => map.values().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for value in desired.properties.values() {
        let resolved = value.resolve(attributes).map_err(|error| expression(desired, error))?;
        collect(&resolved, &mut found);
    }
    Ok(found)
}

/// Resolves properties as far as they can be.
///
/// # Errors
/// When an expression fails on the values it now sees.
pub fn resolve_all(properties: &Map, attributes: &dyn Attributes) -> Result<Map, EvaluateError> {
    properties.iter().map(|(name, value)| Ok((name.clone(), value.resolve(attributes)?))).collect()
}

/// The name that stackctl gives: none where the type has no rule, the blueprint names it, or it is still unknown.
pub(crate) fn name_of(
    rules: &Rules,
    stack: &StackName,
    desired: &Desired,
    live: Option<&Live>,
    resolved: &Map,
    create_only: Option<Digest>,
) -> Option<String> {
    let rule = rules.facts().name.as_ref()?;
    if written_name(rule, resolved).is_some() {
        return None;
    }
    if let Some(name) = live.and_then(|live| live_name(rule, &live.properties)) {
        return Some(name.to_owned());
    }
    Some(generated_name(stack, rule, &desired.address, create_only?, resolved))
}

/// The value with secrets by their references, for digests; `None` while a leaf is unknown.
pub(crate) fn redacted(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Secret(secret) => Json::from(&*secret.0),
        Value::List(items) => Json::Array(items.iter().map(redacted).collect::<Option<_>>()?),
        Value::Map(map) => {
            let mut out = JsonMap::with_capacity(map.len());
            for (key, item) in map.iter().filter(|(_, item)| !matches!(item, Value::Null)) {
                out.insert(key.to_string(), redacted(item)?);
            }
            Json::Object(out)
        }
        other => other.to_json()?,
    })
}

fn known(
    desired: &Desired,
    attributes: &dyn Attributes,
) -> Result<(Map, BTreeMap<String, String>), PrepareError> {
    let resolved =
        resolve_all(&desired.properties, attributes).map_err(|error| expression(desired, error))?;
    let mut unresolved = BTreeMap::new();
    let mut tags = BTreeMap::new();
    for (key, value) in &desired.tags {
        let value = value.resolve(attributes).map_err(|error| expression(desired, error))?;
        match tag_text(&value) {
            Some(text) => drop(tags.insert(key.clone(), text)),
            None if matches!(value, Value::Secret(_)) => {
                return Err(PrepareError::SecretTag { address: desired.address.clone(), key: key.clone() });
            }
            None => drop(unresolved.insert(key.clone(), value)),
        }
    }
    unresolved.retain(|_, value| !matches!(value, Value::Null));
    if !unresolved.is_empty() || !resolved.values().all(Value::is_known) {
        return Err(unknown(desired, &resolved, &unresolved));
    }
    Ok((resolved, tags))
}

/// A scalar as the text of a tag.
pub(crate) fn tag_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(Json::from(*number).to_string()),
        Value::List(_) | Value::Map(_) => value.to_json().map(|json| json.to_string()),
        Value::Null | Value::Secret(_) | Value::Deferred(_) => None,
    }
}

fn own_tags(
    rules: &Rules,
    stack: &StackName,
    desired: &Desired,
    resolved: &Map,
    mut tags: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let owned = Owned::of(rules, resolved, tags.keys().map(String::as_str), &desired.lifecycle.unrecorded);
    tags.extend(owned.owns.tags());
    tags.insert(TAG_STACK.to_owned(), stack.to_string());
    tags.insert(TAG_ADDRESS.to_owned(), desired.address_mark());
    if desired.lifecycle.protect && !rules.is_kubernetes() {
        tags.insert(TAG_PROTECT.to_owned(), "true".to_owned());
    }
    if rules.is_kubernetes() {
        let digest = manifest_digest(resolved, &desired.lifecycle.ignore);
        tags.extend(digest.map(|digest| (TAG_DIGEST.to_owned(), digest.to_string())));
    }
    tags
}

fn in_the_clear(
    desired: &Desired,
    value: &Value,
    secrets: &BTreeMap<SecretRef, String>,
) -> Result<Json, PrepareError> {
    Ok(match value {
        Value::Secret(secret) => Json::from(secrets.get(secret).map(String::as_str).ok_or_else(|| {
            PrepareError::MissingSecret { address: desired.address.clone(), reference: secret.0.to_string() }
        })?),
        Value::List(items) => Json::Array(
            items.iter().map(|item| in_the_clear(desired, item, secrets)).collect::<Result<_, _>>()?,
        ),
        Value::Map(map) => {
            let mut out = JsonMap::with_capacity(map.len());
            for (key, item) in map.iter().filter(|(_, item)| !matches!(item, Value::Null)) {
                out.insert(key.to_string(), in_the_clear(desired, item, secrets)?);
            }
            Json::Object(out)
        }
        other => other.to_json().unwrap_or_default(),
    })
}

fn expression(desired: &Desired, error: EvaluateError) -> PrepareError {
    PrepareError::Expression { address: desired.address.clone(), error }
}

fn unknown(desired: &Desired, resolved: &Map, tags: &BTreeMap<String, Value>) -> PrepareError {
    fn first(value: &Value) -> Option<&crate::model::Deferred> {
        match value {
            Value::Deferred(deferred) => Some(deferred),
            Value::List(items) => items.iter().find_map(first),
            Value::Map(map) => map.values().find_map(first),
            _ => None,
        }
    }
    let deferred = resolved.values().chain(tags.values()).find_map(first);
    PrepareError::Unknown {
        address: desired.address.clone(),
        expression: deferred.map(|deferred| deferred.source.to_string()).unwrap_or_default(),
        waits_for: deferred
            .map(|deferred| {
                deferred
                    .references
                    .iter()
                    .map(|wait| format!("{}.{}", wait.address, wait.attribute))
                    .collect()
            })
            .unwrap_or_default(),
    }
}
