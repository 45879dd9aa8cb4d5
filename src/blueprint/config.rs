//! `stackctl.yaml`: the stack's name, account, variables, tags, environments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::diagnostics::{Finding, Findings, Span, suggestion};
use super::document::{check_keys, list_of, mapping_of, text, text_at};
use super::expression::{Val, ValMap};
use super::head::unknown_region;
use super::misread::{self, Place};
use super::secret;
use super::yaml::{Entry, Kind, Node, Plain};
use crate::catalog::Catalog;
use crate::model::{Address, ClusterAccess, StackName};

/// Keys of the file; all but the last may stand in an environment too.
pub(super) const KEYS: [&str; 9] =
    ["stack", "account", "stage", "variables", "ledger", "tags", "zones", "clusters", "environments"];
/// Keys of an entry of `clusters:`.
const CLUSTER_KEYS: [&str; 2] = ["kubeconfig", "context"];
/// How tags begin that are not people's to set.
const RESERVED_TAGS: [&str; 2] = ["stackctl:", "aws:"];

/// What `stackctl.yaml` says, for one environment.
#[derive(Clone, Debug)]
pub struct Config {
    /// The stack, its environment included.
    pub stack: StackName,
    /// The account it is bound to.
    pub account: Option<String>,
    /// The stage it is at.
    pub stage: Option<String>,
    /// Where its ledger is.
    pub ledger: Option<String>,
    /// Values for `${variables.NAME}`.
    pub variables: ValMap,
    /// On every resource.
    pub tags: BTreeMap<String, String>,
    /// Zone suffixes by region, where the catalog's are not right for this account.
    pub zones: BTreeMap<String, Vec<String>>,
    /// How clusters are reached, by name or by the address of an `AWS::EKS::Cluster`.
    pub clusters: BTreeMap<String, ClusterAccess>,
}

impl Config {
    /// Reads the file for an environment; everything that is wrong goes to `findings`.
    pub fn read(root: &Node, environment: Option<&str>, findings: &Findings) -> Option<Self> {
        check_keys(root, &KEYS, "stackctl.yaml", findings);
        let environments = mapping_of(root, "environments", findings);
        for entry in environments {
            check_keys(&entry.value, &KEYS[..KEYS.len() - 1], "an environment", findings);
            check_environment_name(entry, findings);
        }
        let over = environment.and_then(|wanted| chosen(root, environments, wanted, findings));
        let stack = stack(root, over, environment, findings);
        let layers: Vec<&Node> = [Some(root), over].into_iter().flatten().collect();
        let last = |key: &str| {
            let says = |layer: &&&Node| layer.get(key).is_some_and(|node| !node.is_null());
            text_at(layers.iter().rev().find(says)?, key, findings)
        };
        let account = last("account").filter(|(text, span)| is_account(text, *span, findings));
        let word = |found: Option<(Arc<str>, Span)>| found.map(|(text, _)| text.to_string());
        let (account, stage, ledger) = (word(account), word(last("stage")), word(last("ledger")));
        let mut layered = Layered::default();
        layers.into_iter().for_each(|layer| layered.add(layer, findings));
        let Layered { variables, tags, zones, clusters } = layered;
        Some(Self { stack: stack?, account, stage, ledger, variables, tags, zones, clusters })
    }
}

/// The mappings, which an environment adds to.
#[derive(Default)]
struct Layered {
    variables: ValMap,
    tags: BTreeMap<String, String>,
    zones: BTreeMap<String, Vec<String>>,
    clusters: BTreeMap<String, ClusterAccess>,
}

impl Layered {
    fn add(&mut self, layer: &Node, findings: &Findings) {
        for entry in mapping_of(layer, "variables", findings) {
            misread::check_value(&entry.value, Place::Any, findings);
            self.variables.insert(entry.key.clone(), literal(&entry.value));
        }
        for entry in mapping_of(layer, "tags", findings) {
            self.tags.extend(tag(entry, findings));
        }
        for entry in mapping_of(layer, "zones", findings) {
            self.zones.insert(entry.key.to_string(), zones(layer, entry, findings));
        }
        for entry in mapping_of(layer, "clusters", findings) {
            self.clusters.insert(entry.key.to_string(), cluster(entry, findings));
        }
    }
}

/// Whether a tag belongs to stackctl or to AWS.
pub(super) fn is_reserved_tag(key: &str) -> bool {
    RESERVED_TAGS.iter().any(|reserved| key.starts_with(reserved))
}

/// That such a tag is set.
pub(super) fn reserved_tag(key: &str, span: Span) -> Finding {
    let message = format!("the tag `{key}` can't be set: `stackctl:` and `aws:` are reserved");
    Finding::new("reserved_tag", span, message)
}

/// The environment of this name.
fn chosen<'n>(root: &'n Node, all: &'n [Entry], wanted: &str, findings: &Findings) -> Option<&'n Node> {
    let found = all.iter().find(|entry| &*entry.key == wanted);
    if found.is_none() {
        let names = all.iter().map(|entry| &*entry.key);
        let message = format!("there is no environment `{wanted}`");
        let at = root.get("environments").map_or(root.span, |node| node.span);
        let help = suggestion(wanted, names);
        findings.add(Finding::new("unknown_environment", at, message).maybe_help(help));
    }
    found.map(|entry| &entry.value)
}

/// The stack's name: the environment's own, or that of the file with the environment's behind it.
fn stack(
    root: &Node,
    over: Option<&Node>,
    environment: Option<&str>,
    findings: &Findings,
) -> Option<StackName> {
    let (name, span) = text_at(root, "stack", findings)?;
    let own = over.filter(|over| over.get("stack").is_some()).map(|over| text_at(over, "stack", findings));
    let (name, span) = match (own, environment) {
        (Some(own), _) => own?,
        (None, Some(environment)) => (Arc::from(format!("{name}-{environment}")), span),
        (None, None) => (name, span),
    };
    if !is_stack_name(&name) {
        let message = format!("`{name}` can't name a stack: up to 32 lower case letters, digits and hyphens");
        findings.add(Finding::new("bad_id", span, message));
    }
    Some(StackName::new(&name))
}

/// An environment's name is a part of its stack's, unless that has one of its own.
fn check_environment_name(entry: &Entry, findings: &Findings) {
    let has_stack = entry.value.get("stack").is_some();
    let fits = |c: u8| {
        let is_part = c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        is_part || (has_stack && (c.is_ascii_uppercase() || b"_.".contains(&c)))
    };
    if entry.key.is_empty() || !entry.key.bytes().all(fits) {
        let message =
            format!("`{}` can't name an environment: lower case letters, digits and hyphens", entry.key);
        findings.add(Finding::new("bad_id", entry.key_span, message));
    }
}

fn is_account(text: &str, span: Span, findings: &Findings) -> bool {
    let fits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        let message = format!("`{text}` is no AWS account: those have 12 digits");
        findings.add(Finding::new("format", span, message));
    }
    fits
}

fn tag(entry: &Entry, findings: &Findings) -> Option<(String, String)> {
    if is_reserved_tag(&entry.key) {
        findings.add(reserved_tag(&entry.key, entry.key_span));
    }
    let Some(value) = text(&entry.value) else {
        let message = format!("the tag `{}` is a text, this is {}", entry.key, entry.value.describe());
        findings.add(Finding::new("wrong_type", entry.value.span, message));
        return None;
    };
    Some((entry.key.to_string(), value.to_string()))
}

/// The zones of a region, by their suffixes or names.
fn zones(layer: &Node, entry: &Entry, findings: &Findings) -> Vec<String> {
    if !Catalog::embedded().regions().iter().any(|known| **known == *entry.key) {
        findings.add(unknown_region(&entry.key, entry.key_span));
    }
    let zone = |node: &Node| {
        let zone = text(node);
        if zone.is_none() {
            let message = format!("a zone is its letter or its name, this is {}", node.describe());
            findings.add(Finding::new("wrong_type", node.span, message));
        }
        zone.map(|zone| zone.to_string())
    };
    let nodes = layer.get("zones").map_or(&[][..], |zones| list_of(zones, &entry.key, findings));
    nodes.iter().filter_map(zone).collect()
}

fn cluster(entry: &Entry, findings: &Findings) -> ClusterAccess {
    check_keys(&entry.value, &CLUSTER_KEYS, "a cluster", findings);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = !entry.key.is_empty() && entry.key.chars().all(plain);
    if !is_name && entry.key.parse::<Address>().is_err() {
        let message = format!("`{}` can't name a cluster", entry.key);
        let help = "a name of letters, digits and `-_.`, or the address of an `AWS::EKS::Cluster`";
        findings.add(Finding::new("bad_id", entry.key_span, message).help(help));
    }
    let value = |key: &str| {
        let (text, _) = entry.value.get(key).and_then(|_| text_at(&entry.value, key, findings))?;
        Some(text.to_string())
    };
    ClusterAccess { kubeconfig: value("kubeconfig").map(PathBuf::from), context: value("context") }
}

fn is_stack_name(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A node as it stands, expressions not looked for.
pub fn literal(node: &Node) -> Val {
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.plain {
            Plain::Null => Val::Null,
            Plain::Bool(flag) => Val::Bool(flag),
            Plain::Int(number) => Val::Int(number),
            Plain::Float(number) => Val::Float(number),
            Plain::Text => match secret::find(&scalar.text) {
                secret::Found::Reference(secret) => Val::Secret(secret),
                _ => Val::String(scalar.text.clone()),
            },
        },
        Kind::List(items) => Val::list(items.iter().map(literal).collect()),
        Kind::Map(entries) => {
            Val::map(entries.iter().map(|entry| (entry.key.clone(), literal(&entry.value))))
        }
    }
}
