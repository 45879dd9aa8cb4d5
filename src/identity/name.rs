//! Generated names: `<stack>-<component>-<resource>[-<key>]-<hash>`.
//!
//! The hash covers the address and the create-only properties, so a replacement has a new name by itself and a
//! retried create finds its first attempt. Its first characters are the stack's own, so that a name search for the
//! stack `shop` can tell its names from those of the stack `shop-staging`.

use serde_json::json;

use crate::catalog::NameRule;
use crate::model::{Address, Digest, Json, JsonMap, Map, StackName, Value};

/// Base-36 digits of the stack's digest at the head of the hash.
const STACK_DIGITS: usize = 3;
/// Base-36 digits of the digest of address and create-only properties: 31 bits.
const OWN_DIGITS: usize = 6;

/// The name of a resource whose blueprint gives none, at most `rule.max` characters of `[A-Za-z0-9-]`.
///
/// It keeps the `<stack>-` prefix and the hash whole; what lies between is cut, and the prefix too only where the
/// type's limit is shorter than both.
///
/// `properties` say whether the type's suffix (`.fifo`) applies.
pub fn generated_name(
    stack: &StackName,
    rule: &NameRule,
    address: &Address,
    create_only: Digest,
    properties: &Map,
) -> String {
    let suffix = match rule.suffix {
        Some((flag, suffix)) if matches!(properties.get(flag), Some(Value::Bool(true))) => suffix,
        _ => "",
    };
    let hash = format!(
        "{}{}",
        stack_digits(stack),
        Digest::of_json(&json!([address.as_str(), create_only])).base36(OWN_DIGITS)
    );
    let mut middle = address.path().to_owned();
    if let Some(key) = address.key() {
        middle.push('-');
        middle.push_str(key);
    }
    let mut head = hyphenated(&format!("{stack}-{middle}"));
    head.truncate(rule.max.saturating_sub(hash.len() + suffix.len() + 1));
    let name = format!("{}-{hash}{suffix}", head.trim_end_matches('-'));
    if rule.lower { name.to_ascii_lowercase() } else { name }
}

/// Whether a name was generated for this stack, and not for another one whose name begins like it.
pub fn belongs_to_stack(stack: &StackName, name: &str) -> bool {
    name.trim_end_matches(".fifo").rsplit_once('-').is_some_and(|(head, hash)| {
        let prefix = head.len().min(stack.as_str().len());
        hash.len() == STACK_DIGITS + OWN_DIGITS
            && hash.starts_with(&stack_digits(stack))
            && head.as_bytes()[..prefix] == stack.as_str().as_bytes()[..prefix]
    })
}

fn stack_digits(stack: &StackName) -> String {
    Digest::of(stack.as_str().as_bytes()).base36(STACK_DIGITS)
}

/// The text with every run of other characters as one hyphen.
fn hyphenated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            out.push(character);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out
}

/// What the blueprint writes where the rule's name belongs (`CachePolicyConfig.Name` lies in an object).
pub(crate) fn written_name<'a>(rule: &NameRule, properties: &'a Map) -> Option<&'a Value> {
    let mut parts = rule.property.split('.');
    let first = properties.get(parts.next()?)?;
    let value = parts.try_fold(first, |value, part| match value {
        Value::Map(map) => map.get(part),
        _ => None,
    })?;
    (!matches!(value, Value::Null)).then_some(value)
}

/// The name that a live resource has.
pub(crate) fn live_name<'a>(rule: &NameRule, properties: &'a JsonMap) -> Option<&'a str> {
    let mut parts = rule.property.split('.');
    let first = properties.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))?.as_str()
}

/// Puts a name where the rule says it belongs.
pub(crate) fn insert_name(rule: &NameRule, properties: &mut JsonMap, name: &str) {
    match rule.property.split_once('.') {
        None => drop(properties.insert(rule.property.to_owned(), Json::from(name))),
        Some((object, property)) => {
            let object = properties.entry(object).or_insert_with(|| Json::Object(JsonMap::new()));
            if let Json::Object(object) = object {
                object.insert(property.to_owned(), Json::from(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(stack: &str, max: usize, lower: bool, address: &str, of: &str) -> String {
        let rule = NameRule { property: "Name", max, lower, suffix: None };
        let digest = Digest::of(of.as_bytes());
        generated_name(&StackName::new(stack), &rule, &address.parse().unwrap(), digest, &Map::new())
    }

    #[test]
    fn a_queue_that_is_first_in_first_out_says_so() {
        let rule =
            NameRule { property: "QueueName", max: 20, lower: false, suffix: Some(("FifoQueue", ".fifo")) };
        let (stack, address) = (StackName::new("shop"), Address::new("eu-west-1", "jobs.queue", None));
        let fifo: Map = [("FifoQueue".into(), Value::Bool(true))].into_iter().collect();
        let name = generated_name(&stack, &rule, &address, Digest::of(b"x"), &fifo);
        assert!(
            name.strip_suffix(".fifo").is_some() && name.len() <= 20 && belongs_to_stack(&stack, &name),
            "{name}"
        );
    }

    #[test]
    fn a_name_may_lie_in_an_object() {
        let rule = NameRule { property: "CachePolicyConfig.Name", max: 128, lower: false, suffix: None };
        let mut properties = JsonMap::new();
        insert_name(&rule, &mut properties, "shop-x");
        assert_eq!(live_name(&rule, &properties), Some("shop-x"));
        let Value::Map(written) = Value::from(&Json::Object(properties)) else { unreachable!() };
        assert_eq!(written_name(&rule, &written).and_then(Value::as_str), Some("shop-x"));
    }

    #[test]
    fn a_name_says_where_it_belongs() {
        let name = name("shop", 64, false, "eu-west-1/web.alb.targetGroup[a/b]", "x");
        assert!(name.starts_with("shop-web-alb-targetGroup-a-b-"), "{name}");
        assert_eq!(name.len(), "shop-web-alb-targetGroup-a-b-".len() + STACK_DIGITS + OWN_DIGITS);
    }

    #[test]
    fn a_cut_name_keeps_prefix_and_hash() {
        let name = |key| name("streamnow", 32, true, &format!("eu-west-1/web.loadBalancer[{key}]"), "x");
        assert!(name("one").len() <= 32 && name("one").starts_with("streamnow-web-"), "{}", name("one"));
        assert_ne!(name("one"), name("two"), "what was cut still counts");
        assert_eq!(name("one"), name("one").to_lowercase());
    }

    #[test]
    fn a_replacement_has_another_name() {
        let of = |text| name("shop", 63, true, "global/cdn.policy", text);
        assert_ne!(of("before"), of("after"));
        assert_eq!(of("before"), of("before"));
    }

    #[test]
    fn even_a_long_stack_name_leaves_room_for_the_hash() {
        let stack = "a-stack-with-a-really-long-name1";
        let name = name(stack, 32, false, "global/role", "x");
        assert!(name.len() <= 32, "{name}");
        assert!(belongs_to_stack(&StackName::new(stack), &name));
    }

    #[test]
    fn a_stack_does_not_take_the_names_of_its_staging_twin() {
        let (shop, staging) = (StackName::new("shop"), StackName::new("shop-staging"));
        let name = name("shop-staging", 64, false, "global/cdn.access", "x");
        assert!(belongs_to_stack(&staging, &name));
        assert!(!belongs_to_stack(&shop, &name));
        assert!(!belongs_to_stack(&shop, "shop-made-by-hand"));
    }
}
