//! A folder with `stackctl.yaml` and the stages' blueprints.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::compile::{Compiler, Surroundings, output_value};
use super::config::{Config, literal};
use super::diagnostics::{Diagnostic, Diagnostics, Finding, Findings, SourceFile, Sources, suggestion};
use super::document::{Document, FileKind, list_of, text, text_at};
use super::expression::Val;
use super::head;
use super::yaml::{self, Node};
use super::{Compiled, External, Output, StageHead};
use crate::model::{ClusterAccess, Digest, Region, StackName};

/// The account of expressions where no credentials are asked for: `validate`, `show`, `diff`.
const NO_ACCOUNT: &str = "000000000000";

/// A folder with `stackctl.yaml` and the stages' blueprints, for one environment.
#[derive(Clone, Debug)]
pub struct Project {
    folder: PathBuf,
    environment: Option<String>,
    config: Config,
    config_text: Arc<str>,
    stages: Vec<StageHead>,
}

impl Project {
    /// Finds and reads `stackctl.yaml`, and the heads of all stages beside it.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn open(folder: Option<&Path>, environment: Option<&str>) -> Result<Self, Diagnostics> {
        let folder = find(folder)?;
        let (sources, findings) = (Sources::default(), Findings::default());
        let root = read(&folder.join("stackctl.yaml"), &sources, &findings);
        let config = root.as_ref().and_then(|root| Config::read(root, environment, &findings));
        let config_text = sources.all().first().map(|file| file.text.clone()).unwrap_or_default();
        let heads: Vec<(Node, StageHead)> = stage_files(&folder)
            .iter()
            .filter_map(|file| {
                let root = read(file, &sources, &findings)?;
                let head = head::read(&root, file, &findings)?;
                Some((root, head))
            })
            .collect();
        check_twice(&heads, &findings);
        let mut stages: Vec<StageHead> = heads.into_iter().map(|(_, head)| head).collect();
        stages.sort_by_key(|head| head.number);
        let diagnostics = findings.finish(&sources);
        let Some(config) = config else { return Err(diagnostics) };
        let project =
            Self { folder, environment: environment.map(str::to_owned), config, config_text, stages };
        if diagnostics.is_empty() { Ok(project) } else { Err(project.with_bodies(diagnostics)) }
    }

    /// What is wrong with the heads of stages, with all else that is wrong with these files.
    fn with_bodies(&self, mut diagnostics: Diagnostics) -> Diagnostics {
        let files: BTreeSet<PathBuf> =
            diagnostics.iter().filter_map(|found| found.file.as_ref().map(PathBuf::from)).collect();
        for file in stage_files(&self.folder).iter().filter(|file| files.contains(*file)) {
            let (sources, findings) = (Sources::default(), Findings::default());
            self.compile_file(file, &self.config, NO_ACCOUNT, &sources, &findings);
            diagnostics.merge(findings.finish(&sources));
        }
        diagnostics
    }

    /// The stack, its environment included.
    pub fn stack(&self) -> &StackName {
        &self.config.stack
    }

    /// The account that stackctl.yaml binds the stack to.
    pub fn account(&self) -> Option<&str> {
        self.config.account.as_deref()
    }

    /// The environment that was chosen.
    pub fn environment(&self) -> Option<&str> {
        self.environment.as_deref()
    }

    /// Where the ledger is, if stackctl.yaml says so: an address, or a path to be [placed](Self::placed).
    pub fn ledger(&self) -> Option<&str> {
        self.config.ledger.as_deref()
    }

    /// A path that is written relative to stackctl.yaml, or to the home folder (`~/`), as an absolute one.
    pub fn placed(&self, path: &Path) -> PathBuf {
        let home = path.strip_prefix("~").ok().zip(std::env::home_dir());
        let path = home.map_or_else(|| self.folder.join(path), |(rest, home)| home.join(rest));
        std::path::absolute(&path).unwrap_or(path)
    }

    /// How clusters are reached that stackctl.yaml names, by name or address; paths are absolute.
    pub fn clusters(&self) -> BTreeMap<String, ClusterAccess> {
        let access = |(name, access): (String, ClusterAccess)| {
            let kubeconfig = access.kubeconfig.map(|path| self.placed(&path));
            (name, ClusterAccess { kubeconfig, ..access })
        };
        self.config.clusters.clone().into_iter().map(access).collect()
    }

    /// A file as seen from the project's folder: the same wherever one stands.
    pub fn relative(&self, file: &str) -> String {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        // No path is the folder that one stands in.
        let (folder, file) = (absolute(&Path::new(".").join(&self.folder)), absolute(Path::new(file)));
        let common =
            folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
        let up = folder.components().skip(common).map(|_| Component::ParentDir);
        up.chain(file.components().skip(common)).collect::<PathBuf>().display().to_string()
    }

    /// The stages by number.
    pub fn stages(&self) -> &[StageHead] {
        &self.stages
    }

    /// The stage that stackctl.yaml names.
    pub fn current_stage(&self) -> Option<u32> {
        let name = self.config.stage.as_deref()?;
        self.named(name).map(|head| head.number)
    }

    fn named(&self, name: &str) -> Option<&StageHead> {
        let number = name.strip_prefix("stage-").unwrap_or(name).parse().ok();
        self.stages.iter().find(|head| head.name == name || Some(head.number) == number)
    }

    /// The file of a stage by `stage-3`, `3`, `growth` or the file's path; the one in stackctl.yaml where none is named.
    fn file(&self, stage: Option<&str>) -> Result<PathBuf, Diagnostics> {
        let missing = || {
            let help = "name one, or write `stage:` into stackctl.yaml".to_owned();
            Diagnostics::one("no_stage", "no stage is named", Some(help))
        };
        let name = stage.or(self.config.stage.as_deref()).ok_or_else(missing)?;
        if let Some(head) = self.named(name) {
            return Ok(PathBuf::from(&head.file));
        }
        [PathBuf::from(name), self.folder.join(name)].into_iter().find(|path| path.is_file()).ok_or_else(
            || {
                let known = self.stages.iter().map(|head| format!("stage-{}", head.number));
                let known: Vec<String> =
                    known.chain(self.stages.iter().map(|head| head.name.clone())).collect();
                let help = suggestion(name, known.iter().map(String::as_str));
                let folder = Some(self.folder.as_path()).filter(|path| !path.as_os_str().is_empty());
                let folder = folder.unwrap_or_else(|| Path::new("."));
                Diagnostics::one(
                    "unknown_stage",
                    format!("there is no stage `{name}` in {}", folder.display()),
                    help,
                )
            },
        )
    }

    /// Compiles a stage offline; the account in expressions is the bound one, or zeros.
    ///
    /// # Errors
    /// Everything that is wrong with it and its components.
    pub fn compile(&self, stage: Option<&str>, vars: &[String]) -> Result<Compiled, Diagnostics> {
        self.compile_for(stage, vars, self.account().unwrap_or(NO_ACCOUNT))
    }

    /// Compiles a stage for an account.
    ///
    /// # Errors
    /// Everything that is wrong with it and its components.
    pub fn compile_for(
        &self,
        stage: Option<&str>,
        vars: &[String],
        account: &str,
    ) -> Result<Compiled, Diagnostics> {
        let file = self.file(stage)?;
        let (sources, findings) = (Sources::default(), Findings::default());
        let config = self.with_vars(vars)?;
        let compiled = self.compile_file(&file, &config, account, &sources, &findings);
        let diagnostics = findings.finish(&sources);
        match compiled {
            Some(compiled) if diagnostics.is_empty() => Ok(compiled),
            _ => Err(diagnostics),
        }
    }

    fn with_vars(&self, vars: &[String]) -> Result<Config, Diagnostics> {
        let mut config = self.config.clone();
        for var in vars {
            let Some((name, value)) = var.split_once('=') else {
                let message = format!("`--var {var}` is no variable");
                return Err(Diagnostics::one(
                    "bad_variable",
                    message,
                    Some("write `--var name=value`".to_owned()),
                ));
            };
            if !config.variables.contains_key(name) {
                let help = suggestion(name, config.variables.keys().map(|known| &**known));
                let message = format!("stackctl.yaml has no variable `{name}`");
                return Err(Diagnostics::one("unknown_variable", message, help));
            }
            let parsed = yaml::parse(super::diagnostics::FileId(0), value);
            let value = match parsed {
                // A shell takes the quotes away: what YAML would read otherwise than it is written is a text.
                Ok(node) if !node.is_misread_number() => literal(&node),
                _ => Val::string(value),
            };
            config.variables.insert(Arc::from(name), value);
        }
        Ok(config)
    }

    fn compile_file(
        &self,
        file: &Path,
        config: &Config,
        account: &str,
        sources: &Sources,
        findings: &Findings,
    ) -> Option<Compiled> {
        let root = read(file, sources, findings)?;
        let stage = head::read(&root, file, findings);
        let external = external(&root, findings);
        let document = Rc::new(Document::read(&root, FileKind::Stage, findings));
        let around = Surroundings {
            config,
            folder: self.folder.clone(),
            sources,
            findings,
            stage: stage.as_ref().map_or((0, Arc::from("")), |head| (head.number, Arc::from(&*head.name))),
            regions: regions_of(stage.as_ref()),
            account: Arc::from(account),
        };
        let compiler = Compiler::new(around, &document);
        let expanded = compiler.run();
        let outputs = outputs(&compiler, &document);
        Some(Compiled {
            stack: config.stack.clone(),
            account: config.account.clone(),
            digest: self.digest(sources, config, account),
            stage: stage?,
            desired: expanded.desired,
            lookups: expanded.lookups,
            outputs,
            external,
            warnings: findings.warnings(sources),
        })
    }

    fn digest(&self, sources: &Sources, config: &Config, account: &str) -> Digest {
        let files: BTreeMap<_, _> = sources
            .all()
            .iter()
            .map(|file| (self.relative(&file.name), Digest::of(file.text.as_bytes())))
            .collect();
        let variables: Vec<String> =
            config.variables.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        Digest::of_json(&serde_json::json!({
            "files": files,
            "config": Digest::of(self.config_text.as_bytes()),
            "environment": self.environment,
            "variables": variables,
            "account": account,
        }))
    }
}

/// Reports numbers and names that a stage before has: which of the two is meant nobody could tell.
fn check_twice(heads: &[(Node, StageHead)], findings: &Findings) {
    for (at, (root, head)) in heads.iter().enumerate() {
        let before = &heads[..at];
        let number = before.iter().find(|(_, other)| other.number == head.number);
        let name = before.iter().find(|(_, other)| other.name == head.name);
        for (key, value, other) in
            [("stage", head.number.to_string(), number), ("name", head.name.clone(), name)]
        {
            let (Some((_, other)), Some(node)) = (other, root.get(key)) else { continue };
            let message = format!("`{key}: {value}` stands in {} too", other.file);
            let help = "each stage has a number and a name of its own";
            findings.add(Finding::new("duplicate_stage", node.span, message).help(help));
        }
    }
}

/// Where a stage runs. One whose head is wrong is checked as if it ran in AWS's first region.
fn regions_of(head: Option<&StageHead>) -> Vec<Region> {
    match head {
        Some(head) if !head.regions.is_empty() => head.regions.clone(),
        _ => vec![Region::new("us-east-1")],
    }
}

/// `--dir`, or the first of `.` and `blueprints/` that has a stackctl.yaml.
fn find(folder: Option<&Path>) -> Result<PathBuf, Diagnostics> {
    let places = match folder {
        Some(folder) => vec![folder.to_path_buf()],
        None => vec![PathBuf::from("."), PathBuf::from("blueprints")],
    };
    let found = places.iter().find(|place| place.join("stackctl.yaml").is_file());
    found.map(|place| if place.as_os_str() == "." { PathBuf::new() } else { place.clone() }).ok_or_else(
        || {
            let names: Vec<String> =
                places.iter().map(|place| place.join("stackctl.yaml").display().to_string()).collect();
            let help = "name the folder by --dir, or begin with `stackctl init NAME`".to_owned();
            Diagnostics::one("no_project", format!("there is no {}", names.join(" and no ")), Some(help))
        },
    )
}

fn stage_files(folder: &Path) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let is_stage = |name: &str| {
        let extension = Path::new(name).extension().and_then(OsStr::to_str);
        name.starts_with("stage-") && matches!(extension, Some("yaml" | "yml"))
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_stage(name))
        .map(|name| folder.join(name))
        .collect();
    files.sort();
    files
}

/// A file's tree; what is wrong with it goes to `findings`.
fn read(path: &Path, sources: &Sources, findings: &Findings) -> Option<Node> {
    let text = std::fs::read_to_string(path);
    let (content, error) = match text {
        Ok(text) => (text, None),
        Err(error) => (String::new(), Some(error)),
    };
    let file = sources.add(SourceFile::new(&path.display().to_string(), &content));
    if let Some(error) = error {
        let span = super::diagnostics::Span { file, start: 0, end: 0 };
        findings.add(Finding::new("unreadable", span, format!("can't be read: {error}")));
        return None;
    }
    match yaml::parse(file, &content) {
        Ok(root) => Some(root),
        Err(problems) => {
            problems.into_iter().for_each(|finding| findings.add(finding));
            None
        }
    }
}

fn outputs(compiler: &Compiler<'_>, document: &Document) -> Vec<Output> {
    let output = |(name, node): &(Arc<str>, Node)| {
        let value = compiler.stage_value(output_value(node))?;
        let description = node.get("description").and_then(text).map(|text| text.to_string());
        Some(Output { name: name.to_string(), value, description })
    };
    document.outputs.iter().filter_map(output).collect()
}

fn external(root: &Node, findings: &Findings) -> Vec<External> {
    let service = |node: &Node| {
        super::document::check_keys(
            node,
            &["name", "plan", "monthly", "purpose"],
            "an external service",
            findings,
        );
        let (name, _) = text_at(node, "name", findings)?;
        let monthly = node.get("monthly").and_then(text).and_then(|text| text.parse().ok());
        if monthly.is_none() {
            let message = "`monthly` is a number of US dollars";
            findings.add(Finding::new("wrong_type", node.span, message));
        }
        let optional = |key: &str| node.get(key).and_then(text).map(|text| text.to_string());
        Some(External {
            name: name.to_string(),
            plan: optional("plan").unwrap_or_default(),
            monthly: monthly?,
            purpose: optional("purpose"),
        })
    };
    list_of(root, "external", findings).iter().filter_map(service).collect()
}

impl Diagnostics {
    /// One alone, without a place in a file.
    fn one(code: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self::from(vec![Diagnostic::without_place(code, message, help)])
    }
}
