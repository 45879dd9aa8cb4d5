//! `helm:` a chart, rendered with `helm template`.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::super::super::diagnostics::{Finding, Span};
use super::super::super::document::{Declaration, check_keys, text};
use super::super::super::expression::{Poisoned, Val};
use super::super::super::yaml::{Kind, Node};
use super::super::Compiler;
use super::super::frame::Scope;
use super::super::object::DEFAULT_NAMESPACE;
use super::super::resource::collect;
use super::blanks::{Blanks, Run};
use super::{Chart, Moment, tool};
use crate::model::{Address, Map, Value};

const KEYS: [&str; 6] = ["chart", "repository", "version", "release", "namespace", "values"];

/// A chart as it is declared.
struct Declared {
    /// As written.
    name: Arc<str>,
    /// As `helm` takes it.
    chart: String,
    repository: Option<Arc<str>>,
    version: Option<Arc<str>>,
    release: Arc<str>,
    namespace: Arc<str>,
    values: Value,
    needs: BTreeSet<Address>,
    /// Where its values stand, for what is wrong with them.
    span: Span,
}

impl Compiler<'_> {
    /// The documents of a chart.
    pub(super) fn render_chart(
        &self,
        scope: &Rc<Scope>,
        declaration: &Declaration,
        node: &Node,
        address: &Address,
    ) -> Result<(Vec<Node>, Chart), Poisoned> {
        check_keys(node, &KEYS, "`helm`", self.around.findings);
        let declared = self.chart(scope, declaration, node)?;
        let Some((_, program)) = tool::first_of(&["helm"]) else {
            let message =
                format!("the chart `{}` is rendered with `helm`, which is not on the PATH", declared.name);
            let help = "install it (https://helm.sh/docs/intro/install/), or keep what it renders as plain manifests";
            self.around.findings.add(Finding::new("missing_tool", node.span, message).help(help));
            return Err(Poisoned);
        };
        let version = self.server_version(scope, declaration);
        let arguments = declared.arguments(version.as_deref());
        let (text, blanks) = self.render(&program, &arguments, &declared)?;
        let documents = self.documents(&format!("{address} (helm template {})", declared.name), &text)?;
        self.check_secrets(&documents, &blanks, address)?;
        let Declared { namespace, needs, .. } = declared;
        Ok((documents, Chart { blanks, namespace, needs, helm: true }))
    }

    /// What the chart renders to. Where values are not known it is rendered twice, with other texts in their place: what
    /// it makes of them, beside passing them on, would not be what it makes of the values.
    fn render(
        &self,
        program: &Path,
        arguments: &[String],
        declared: &Declared,
    ) -> Result<(String, Blanks), Poisoned> {
        let run = |which: Run| {
            let mut blanks = Blanks::default();
            let values = blanks.stand_in(&declared.values, which).to_string();
            match tool::run(program, arguments, values) {
                Ok(text) => Ok((blanks.marked(&text, which), blanks)),
                Err(error) => Err(self.refuse("rendering", declared.span, error.to_string())),
            }
        };
        let (text, blanks) = run(Run::First)?;
        if blanks.is_empty() {
            return Ok((text, blanks));
        }
        let (again, _) = run(Run::Second)?;
        let Some((first, second)) = text.lines().zip(again.lines()).find(|(one, two)| one != two) else {
            return Ok((text, blanks));
        };
        let message = format!(
            "`{}` does not pass on as it is a value that is known only after apply: with another one, `{}` is `{}`",
            declared.name,
            first.trim(),
            second.trim()
        );
        let help = "give it a value that is known, or set what it renders by a resource of its own; a chart that makes up \
                    random values can't be used with values that are not known";
        self.around.findings.add(Finding::new("not_known", declared.span, message).help(help));
        Err(Poisoned)
    }

    fn chart(&self, scope: &Rc<Scope>, declaration: &Declaration, node: &Node) -> Result<Declared, Poisoned> {
        let mut needs = BTreeSet::new();
        let mut known = |key: &str| -> Result<Option<Arc<str>>, Poisoned> {
            let Some(inner) = node.get(key).filter(|inner| !inner.is_null()) else { return Ok(None) };
            // As written: a version such as 1.20 is no number.
            if let Some(plain) = text(inner).filter(|text| !text.contains("${")) {
                return Ok(Some(plain));
            }
            let value = self.value(scope, inner)?;
            collect(&value, &mut needs);
            match value.untraced() {
                Val::String(text) => Ok(Some(text.clone())),
                other => {
                    let message = format!("`{key}` is a text that is known, this is {}", other.describe());
                    Err(self.refuse("wrong_type", inner.span, message))
                }
            }
        };
        let (chart, repository, version) = (known("chart")?, known("repository")?, known("version")?);
        let (release, namespace) = (known("release")?, known("namespace")?);
        let Some(chart) = chart else {
            return Err(self.refuse("missing_required", node.span, "`chart` is missing here"));
        };
        let is_remote = repository.is_some() || chart.starts_with("oci://");
        if is_remote && version.is_none() {
            let message =
                format!("the chart `{chart}` needs a `version`: with another one it would be another plan");
            return Err(self.refuse("missing_required", node.span, message));
        }
        let span = node.get("chart").map_or(node.span, |node| node.span);
        let name = chart;
        let chart = if is_remote { name.to_string() } else { self.local_chart(&name, span)? };
        let (values, span) = self.chart_values(scope, node, &mut needs)?;
        let release = release.unwrap_or_else(|| Arc::from(declaration.id.to_lowercase().replace('_', "-")));
        let namespace = namespace.unwrap_or_else(|| Arc::from(DEFAULT_NAMESPACE));
        Ok(Declared { name, chart, repository, version, release, namespace, values, needs, span })
    }

    fn local_chart(&self, chart: &str, span: Span) -> Result<String, Poisoned> {
        let path = self.beside(chart, span)?;
        if path.is_file() || path.join("Chart.yaml").is_file() {
            let path = std::path::absolute(&path).unwrap_or(path);
            return Ok(path.display().to_string());
        }
        let message = format!("there is no chart in {}", path.display());
        let help = "a chart of a repository needs `repository` too";
        self.around.findings.add(Finding::new("unreadable", span, message).help(help));
        Err(Poisoned)
    }

    fn chart_values(
        &self,
        scope: &Rc<Scope>,
        node: &Node,
        needs: &mut BTreeSet<Address>,
    ) -> Result<(Value, Span), Poisoned> {
        let Some(values) = node.get("values").filter(|values| !values.is_null()) else {
            return Ok((Value::Map(Map::new()), node.span));
        };
        let value = self.value(scope, values)?;
        collect(&value, needs);
        match self.lowered(scope, &value, values.span).ok_or(Poisoned)? {
            value @ Value::Map(_) => Ok((value, values.span)),
            _ => Err(self.refuse("wrong_type", values.span, "`values` is a mapping that is known")),
        }
    }

    /// The version of a cluster that the stack makes, for charts that ask for it.
    fn server_version(&self, scope: &Rc<Scope>, declaration: &Declaration) -> Option<String> {
        let value = self.value(scope, declaration.node.get("cluster")?).ok()?;
        let Val::Resource(cluster) = value.untraced() else { return None };
        cluster.property("Version")?;
        match self.property(cluster, "Version").ok()?.untraced() {
            Val::String(version) => Some(version.to_string()),
            _ => None,
        }
    }

    /// Secrets are whole values: the reference in the middle of a text would be shown, and never be resolved.
    fn check_secrets(&self, nodes: &[Node], blanks: &Blanks, address: &Address) -> Result<(), Poisoned> {
        let mut outcome = Ok(());
        let mut left: Vec<&Node> = nodes.iter().collect();
        while let Some(node) = left.pop() {
            match &node.kind {
                Kind::Scalar(scalar) if blanks.cuts_secret(&scalar.text) => {
                    let message = format!(
                        "{address}: the chart makes a secret a part of a text; it has to be the whole value"
                    );
                    outcome = Err(self.refuse("bad_secret", node.span, message));
                }
                Kind::Scalar(_) => {}
                Kind::List(items) => left.extend(items),
                Kind::Map(entries) => left.extend(entries.iter().map(|entry| &entry.value)),
            }
        }
        outcome
    }
}

impl Declared {
    fn arguments(&self, server_version: Option<&str>) -> Vec<String> {
        let mut arguments = vec!["template".to_owned(), self.release.to_string(), self.chart.clone()];
        let mut option = |name: &str, value: Option<&str>| {
            arguments.extend(value.into_iter().flat_map(|value| [name.to_owned(), value.to_owned()]));
        };
        option("--namespace", Some(&self.namespace));
        option("--repo", self.repository.as_deref());
        option("--version", self.version.as_deref());
        option("--kube-version", server_version);
        option("--values", Some("-"));
        arguments.extend(["--include-crds".to_owned(), "--skip-tests".to_owned()]);
        arguments
    }
}

/// When an object of a chart is made; `None` for a hook of a moment that never comes here: tests, deletions, rollbacks.
///
/// <https://helm.sh/docs/topics/charts_hooks/>
pub(super) fn moment(node: &Node) -> Option<Moment> {
    let annotation = |name: &str| node.get("metadata")?.get("annotations")?.get(name).and_then(text);
    let Some(hooks) = annotation("helm.sh/hook") else { return Some(Moment::Along) };
    let weight = annotation("helm.sh/hook-weight").and_then(|weight| weight.parse().ok()).unwrap_or(0);
    let is = |names: [&str; 2]| hooks.split(',').any(|hook| names.contains(&hook.trim()));
    if is(["pre-install", "pre-upgrade"]) {
        Some(Moment::Before(weight))
    } else if is(["post-install", "post-upgrade"]) {
        Some(Moment::After(weight))
    } else if hooks.trim() == "crd-install" {
        Some(Moment::Along)
    } else {
        None
    }
}
