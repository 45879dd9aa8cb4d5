//! `stackctl.yaml`: the stack's name, account, variables, tags, environments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::diagnostics::{Finding, Findings, suggestion};
use super::document::{check_keys, mapping_of, text, text_at};
use super::expression::{Val, ValMap};
use super::secret;
use super::yaml::{Entry, Kind, Node, Plain};
use crate::model::{Address, ClusterAccess, StackName};

/// Keys of the file; all but the last may stand in an environment too.
pub(super) const KEYS: [&str; 9] =
    ["stack", "account", "stage", "variables", "ledger", "tags", "zones", "clusters", "environments"];
/// Keys of an entry of `clusters:`.
const CLUSTER_KEYS: [&str; 2] = ["kubeconfig", "context"];

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
    /// Reads the file for an environment; what is wrong goes to `findings`.
    pub fn read(root: &Node, environment: Option<&str>, findings: &Findings) -> Option<Self> {
        check_keys(root, &KEYS, "stackctl.yaml", findings);
        let (name, span) = text_at(root, "stack", findings)?;
        let environments = mapping_of(root, "environments", findings);
        let over = match environment {
            None => None,
            Some(wanted) => {
                let found = environments.iter().find(|entry| &*entry.key == wanted);
                if found.is_none() {
                    let names = environments.iter().map(|entry| &*entry.key);
                    let message = format!("there is no environment `{wanted}`");
                    let at = root.get("environments").map_or(root.span, |node| node.span);
                    findings.add(
                        Finding::new("unknown_environment", at, message)
                            .maybe_help(suggestion(wanted, names)),
                    );
                }
                found.map(|entry| &entry.value)
            }
        };
        for entry in environments {
            check_keys(&entry.value, &KEYS[..KEYS.len() - 1], "an environment", findings);
        }
        let name =
            over.and_then(|over| over.get("stack")).and_then(text).unwrap_or_else(|| match environment {
                Some(environment) => Arc::from(format!("{name}-{environment}")),
                None => name,
            });
        if !is_stack_name(&name) {
            let message =
                format!("`{name}` can't name a stack: up to 32 lower case letters, digits and hyphens");
            findings.add(Finding::new("bad_id", span, message));
        }
        let layers: Vec<&Node> = [Some(root), over].into_iter().flatten().collect();
        let last = |key: &str| layers.iter().rev().find_map(|layer| layer.get(key)).and_then(text);
        let mut config = Self {
            stack: StackName::new(&name),
            account: last("account").map(|text| text.to_string()),
            stage: last("stage").map(|text| text.to_string()),
            ledger: last("ledger").map(|text| text.to_string()),
            variables: ValMap::new(),
            tags: BTreeMap::new(),
            zones: BTreeMap::new(),
            clusters: BTreeMap::new(),
        };
        for layer in layers {
            for entry in mapping_of(layer, "variables", findings) {
                config.variables.insert(entry.key.clone(), literal(&entry.value));
            }
            for entry in mapping_of(layer, "tags", findings) {
                config
                    .tags
                    .extend(text(&entry.value).map(|value| (entry.key.to_string(), value.to_string())));
            }
            for entry in mapping_of(layer, "zones", findings) {
                let Kind::List(zones) = &entry.value.kind else { continue };
                let zones = zones.iter().filter_map(text).map(|zone| zone.to_string()).collect();
                config.zones.insert(entry.key.to_string(), zones);
            }
            for entry in mapping_of(layer, "clusters", findings) {
                config.clusters.insert(entry.key.to_string(), cluster(entry, findings));
            }
        }
        Some(config)
    }
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
