//! A component's arguments: given or default, checked against what the component says of them.

use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

use super::super::config::literal;
use super::super::diagnostics::{Finding, list_of, suggestion};
use super::super::document::{Declaration, Parameter, text};
use super::super::expression::{Poisoned, Val};
use super::super::yaml::{Kind, Node};
use super::frame::{Frame, Scope};
use super::{Compiler, Step};

impl Compiler<'_> {
    /// Reports arguments that the component does not take and those it needs.
    pub(super) fn check_arguments(&self, declaration: &Declaration, frame: &Frame) {
        let parameters = &frame.document.parameters;
        let with = declaration.node.get("with");
        for entry in with.and_then(Node::entries).unwrap_or_default() {
            if !parameters.iter().any(|parameter| parameter.name == entry.key) {
                let message =
                    format!("the component `{}` has no parameter `{}`", component(declaration), entry.key);
                let help = suggestion(&entry.key, parameters.iter().map(|parameter| &*parameter.name));
                self.around
                    .findings
                    .add(Finding::new("unknown_parameter", entry.key_span, message).maybe_help(help));
            }
        }
        let given = |name: &Arc<str>| frame.arguments.iter().any(|(known, _)| known == name);
        for parameter in
            parameters.iter().filter(|one| one.node.get("default").is_none() && !given(&one.name))
        {
            let message = format!("the component `{}` needs `{}`", component(declaration), parameter.name);
            let at = with.map_or(declaration.span, |with| with.span);
            let help = parameter.node.get("description").and_then(text).map(|text| text.to_string());
            self.around.findings.add(Finding::new("missing_parameter", at, message).maybe_help(help));
        }
    }

    /// A parameter's value, computed and checked once.
    pub(super) fn parameter(&self, frame: &Rc<Frame>, at: usize) -> Result<Val, Poisoned> {
        if let Some(known) = frame.parameters[at].get() {
            return known.clone();
        }
        let parameter = &frame.document.parameters[at];
        let step = Step::Parameter { frame: frame.index, at };
        let given = frame.arguments.iter().find(|(name, _)| *name == parameter.name);
        let place = given.map_or(parameter.span, |(_, node)| node.span);
        let value = self.once(step, place, || self.argument(frame, parameter));
        frame.parameters[at].get_or_init(|| value).clone()
    }

    fn argument(&self, frame: &Rc<Frame>, parameter: &Parameter) -> Result<Val, Poisoned> {
        let given = frame.arguments.iter().find(|(name, _)| *name == parameter.name);
        let (value, span) = match (given, &frame.caller) {
            (Some((_, node)), Some(caller)) => (self.value(caller, node)?, node.span),
            _ => {
                let default = parameter.node.get("default").ok_or(Poisoned)?;
                (self.value(&Scope::of(frame), default)?, default.span)
            }
        };
        match unfit(&parameter.node, &value) {
            None => Ok(value),
            Some((code, message)) => {
                let message = format!("`{}`: {message}", parameter.name);
                let help = lacks_quotes(&parameter.node, &value).then(|| "write it in quotes".to_owned());
                self.around.findings.add(Finding::new(code, span, message).maybe_help(help));
                Err(Poisoned)
            }
        }
    }
}

fn component(declaration: &Declaration) -> String {
    declaration.node.get("use").and_then(text).map(|name| name.to_string()).unwrap_or_default()
}

/// Whether it is a number or a flag where a text is expected.
fn lacks_quotes(wanted: &Node, value: &Val) -> bool {
    wanted.get("type").and_then(text).as_deref() == Some("string")
        && matches!(value.untraced(), Val::Int(_) | Val::Float(_) | Val::Bool(_))
}

type Unfit = Option<(&'static str, String)>;

/// Why a value does not fit a parameter's description; what is unknown fits.
fn unfit(wanted: &Node, value: &Val) -> Unfit {
    let value = value.untraced();
    if matches!(value, Val::Unknown(_) | Val::Null) {
        return None;
    }
    let kind = wanted.get("type").and_then(text);
    type_unfit(kind.as_deref(), value)
        .or_else(|| enum_unfit(wanted, value))
        .or_else(|| number_unfit(wanted, value))
        .or_else(|| text_unfit(wanted, value))
        .or_else(|| length_unfit(wanted, value))
        .or_else(|| elements_unfit(wanted, value))
}

fn type_unfit(kind: Option<&str>, value: &Val) -> Unfit {
    let fits = match kind {
        Some("string") => matches!(value, Val::String(_) | Val::Secret(_)),
        Some("integer") => matches!(value, Val::Int(_)),
        Some("number") => matches!(value, Val::Int(_) | Val::Float(_)),
        Some("boolean") => matches!(value, Val::Bool(_)),
        Some("list" | "array") => value.elements().is_some(),
        Some("map" | "object") => matches!(value, Val::Map(_) | Val::Component(_)),
        Some("resource") => matches!(value, Val::Resource(_)),
        Some("component") => matches!(value, Val::Component(_) | Val::Map(_)),
        _ => true,
    };
    let article = |kind: &str| if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    (!fits).then(|| {
        let kind = kind.unwrap_or_default();
        ("wrong_type", format!("{} {kind} is expected, this is {}", article(kind), value.describe()))
    })
}

fn enum_unfit(wanted: &Node, value: &Val) -> Unfit {
    let Some(Node { kind: Kind::List(allowed), .. }) = wanted.get("enum") else { return None };
    let texts: Vec<Arc<str>> = allowed.iter().filter_map(text).collect();
    let found = scalar_text(value)?;
    if texts.iter().any(|allowed| **allowed == *found) {
        return None;
    }
    let names: Vec<&str> = texts.iter().map(|text| &**text).collect();
    Some(("bad_enum", format!("`{found}` is not one of {}", list_of(&names))))
}

fn number_unfit(wanted: &Node, value: &Val) -> Unfit {
    let number = number(value)?;
    let limit = |key: &str| wanted.get(key).map(literal).and_then(|value| self::number(&value));
    if let Some(least) = limit("minimum").filter(|least| number < *least) {
        return Some(("range", format!("{number} is less than {least}")));
    }
    limit("maximum")
        .filter(|most| number > *most)
        .map(|most| ("range", format!("{number} is more than {most}")))
}

fn text_unfit(wanted: &Node, value: &Val) -> Unfit {
    let Val::String(found) = value else { return None };
    let pattern = wanted.get("pattern").and_then(text).and_then(|pattern| regex::Regex::new(&pattern).ok());
    if pattern.is_some_and(|pattern| !pattern.is_match(found)) {
        let pattern = wanted.get("pattern").and_then(text).unwrap_or_default();
        return Some(("pattern", format!("`{found}` does not match `{pattern}`")));
    }
    match wanted.get("format").and_then(text).as_deref() {
        Some("ipv4-network") => network_unfit(found),
        Some("ipv6-network") => {
            ipnet::Ipv6Net::from_str(found).err().map(|_| bad_cidr(found, "an IPv6 range"))
        }
        Some("ipv4") => std::net::Ipv4Addr::from_str(found).err().map(|_| bad_cidr(found, "an IPv4 address")),
        Some("hostname") if !is_host_name(found) => {
            Some(("format", format!("`{found}` is not a host name such as `www.example.com`")))
        }
        _ => None,
    }
}

/// RFC 1123: labels of letters, digits and inner hyphens, up to 63 each and 253 in all; an underscore may begin one, as
/// in `_dmarc`, and `*` may be the first.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let word = label.strip_prefix('_').unwrap_or(label);
        (1..=63).contains(&label.len())
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let name = text.strip_prefix("*.").unwrap_or(text);
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(is_label)
}

/// How long a text or a list may be.
fn length_unfit(wanted: &Node, value: &Val) -> Unfit {
    let (length, unit, least, most) = match value {
        Val::String(text) => (text.chars().count(), "characters", "minLength", "maxLength"),
        other => (other.elements()?.len(), "elements", "minItems", "maxItems"),
    };
    let limit = |key: &str| wanted.get(key).and_then(text)?.parse::<usize>().ok();
    if let Some(least) = limit(least).filter(|least| length < *least) {
        return Some(("length", format!("{length} {unit} are fewer than {least}")));
    }
    limit(most)
        .filter(|most| length > *most)
        .map(|most| ("length", format!("{length} {unit} are more than {most}")))
}

fn bad_cidr(found: &str, wanted: &str) -> (&'static str, String) {
    ("bad_cidr", format!("`{found}` is not {wanted}"))
}

fn network_unfit(found: &str) -> Unfit {
    let Ok(network) = ipnet::Ipv4Net::from_str(found) else {
        return Some(bad_cidr(found, "an IPv4 range such as `10.0.0.0/16`"));
    };
    (network.trunc() != network).then(|| {
        let message = format!("`{found}` has bits behind its prefix; the range is `{}`", network.trunc());
        ("bad_cidr", message)
    })
}

fn elements_unfit(wanted: &Node, value: &Val) -> Unfit {
    let items = wanted.get("items")?;
    let bad = value.elements()?.iter().enumerate().find_map(|(at, item)| Some((at, unfit(items, item)?)));
    bad.map(|(at, (code, message))| (code, format!("element {at}: {message}")))
}

fn scalar_text(value: &Val) -> Option<String> {
    match value {
        Val::String(text) => Some(text.to_string()),
        Val::Int(number) => Some(number.to_string()),
        Val::Float(number) => Some(number.to_string()),
        Val::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits of parameters are small")]
fn number(value: &Val) -> Option<f64> {
    match value {
        Val::Int(number) => Some(*number as f64),
        Val::Float(number) => Some(*number),
        _ => None,
    }
}
