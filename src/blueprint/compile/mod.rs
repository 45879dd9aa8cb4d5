//! From declarations to desired resources.
//!
//! Everything is lazy: a declaration is expanded (its `includeWhen` and `forEach` evaluated, its component opened) when
//! it is first referred to, a property when it is first needed. So order in the file never matters, and what waits for
//! itself is a cycle that can be named.

mod check;
mod cycle;
mod expand;
mod frame;
mod hints;
mod lifecycle;
mod literal;
mod names;
mod needs;
mod networks;
mod object;
mod parameter;
mod place;
mod position;
mod render;
mod resource;
mod twice;
mod view;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use super::cloudformation;
use super::config::Config;
use super::diagnostics::{FileId, Finding, Findings, Sources, Span};
use super::document::{Document, FileKind};
use super::expression::{Evaluator, Fault, Parser, Poisoned, Template, Val, lower, parse_template};
use super::secret;
use super::yaml::{self, Kind, Node, Plain, Scalar};
use crate::catalog::Catalog;
use crate::model::{Desired, Lookup, Region, Value};

pub use expand::output_value;
use frame::{Declared, Frame, Place, Scope};
use view::View;

/// What a compilation is given.
pub struct Surroundings<'p> {
    /// stackctl.yaml.
    pub config: &'p Config,
    /// The folder of the blueprints.
    pub folder: PathBuf,
    /// All files read.
    pub sources: &'p Sources,
    /// Everything wrong.
    pub findings: &'p Findings,
    /// The stage's number and name.
    pub stage: (u32, Arc<str>),
    /// The stage's regions.
    pub regions: Vec<Region>,
    /// The account, as far as it is known.
    pub account: Arc<str>,
}

/// The texts with expressions by their places; none for one that has a mistake.
type Templates = HashMap<(FileId, u32), Option<Arc<Template>>>;

/// Something that is computed once; the same inside itself is a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// What a declaration of a frame becomes.
    Declaration { frame: usize, at: usize },
    /// A parameter of a frame.
    Parameter { frame: usize, at: usize },
    /// An output of a frame.
    Output { frame: usize, at: usize },
    /// A property of a resource.
    Property { resource: usize, at: usize },
}

/// One compilation of one stage.
pub struct Compiler<'p> {
    pub(super) around: Surroundings<'p>,
    catalog: &'static Catalog,
    parser: RefCell<Parser>,
    templates: RefCell<Templates>,
    documents: RefCell<HashMap<Arc<str>, Option<Rc<Document>>>>,
    frames: RefCell<Vec<Rc<Frame>>>,
    roots: RefCell<Vec<Rc<Frame>>>,
    declared: RefCell<Vec<Rc<Declared>>>,
    /// What is being computed, outermost first: for naming cycles.
    busy: RefCell<Vec<Step>>,
}

/// What comes out.
pub struct Expanded {
    /// The resources in the order of the files.
    pub desired: Vec<Desired>,
    /// What is read and never changed.
    pub lookups: Vec<Lookup>,
}

impl<'p> Compiler<'p> {
    /// A compilation of a stage's file.
    pub fn new(around: Surroundings<'p>, document: &Rc<Document>) -> Self {
        let compiler = Self {
            around,
            catalog: Catalog::embedded(),
            parser: RefCell::default(),
            templates: RefCell::default(),
            documents: RefCell::default(),
            frames: RefCell::default(),
            roots: RefCell::default(),
            declared: RefCell::default(),
            busy: RefCell::default(),
        };
        let regions = compiler.around.regions.iter().cloned().map(Place::Region);
        let places: Vec<Place> = std::iter::once(Place::Stack).chain(regions).collect();
        for place in places {
            let frame = compiler.frame(Frame::root(place, document.clone()));
            compiler.roots.borrow_mut().push(frame);
        }
        compiler
    }

    /// Expands and evaluates everything.
    pub fn run(&self) -> Expanded {
        for root in self.roots.borrow().clone() {
            self.open(&root);
        }
        self.compute_parameters();
        self.check_names();
        let (mut made, mut lookups) = (Vec::new(), Vec::new());
        let declared = self.declared.borrow().clone();
        for one in declared {
            if one.instance.owned {
                made.extend(self.desired(&one).map(|desired| (one, desired)));
            } else {
                lookups.extend(self.lookup(&one));
            }
        }
        self.infer_needs(&mut made);
        self.check_twice(&made);
        self.check_networks(&made);
        self.check_cycles(&made);
        Expanded { desired: made.into_iter().map(|(_, desired)| desired).collect(), lookups }
    }

    /// The value of a node among the names of the whole stage: in the region where there is one, else in the stack.
    pub fn stage_value(&self, node: &Node) -> Option<Value> {
        let roots = self.roots.borrow().clone();
        let root = if let [_, region] = roots.as_slice() { region } else { roots.first()? };
        let scope = Scope::of(root);
        let value = self.value(&scope, node).ok()?;
        self.lowered(&scope, &value, node.span)
    }

    /// The value of a node; every mistake in it is reported.
    fn value(&self, scope: &Rc<Scope>, node: &Node) -> Result<Val, Poisoned> {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(scope, node, scalar),
            Kind::List(items) => {
                let values: Vec<_> = items.iter().map(|item| self.value(scope, item)).collect();
                Ok(Val::list(values.into_iter().collect::<Result<_, _>>()?))
            }
            Kind::Map(entries) => {
                let values: Vec<_> = entries
                    .iter()
                    .map(|entry| Ok((entry.key.clone(), self.value(scope, &entry.value)?)))
                    .collect();
                Ok(Val::map(values.into_iter().collect::<Result<Vec<_>, _>>()?))
            }
        }
    }

    fn scalar(&self, scope: &Rc<Scope>, node: &Node, scalar: &Scalar) -> Result<Val, Poisoned> {
        match scalar.plain {
            Plain::Null => return Ok(Val::Null),
            Plain::Bool(flag) => return Ok(Val::Bool(flag)),
            Plain::Int(number) => return Ok(Val::Int(number)),
            Plain::Float(number) => return Ok(Val::Float(number)),
            Plain::Text => {}
        }
        let Some(template) = self.template(node, scalar)? else {
            return self.text_or_secret(node.span, &scalar.text);
        };
        let view = View { compiler: self, scope: scope.clone() };
        let value = Evaluator::new(&view, &template.source)
            .template(&template)
            .map_err(|fault| self.report(fault, node, &template))?;
        if !template.source.starts_with("secret://") {
            return Ok(value);
        }
        match value.untraced() {
            Val::String(text) => self.text_or_secret(node.span, text),
            _ => {
                let message = "which secret it is has to be known before anything is made";
                self.around.findings.add(Finding::new("not_known", node.span, message));
                Err(Poisoned)
            }
        }
    }

    fn text_or_secret(&self, span: Span, text: &Arc<str>) -> Result<Val, Poisoned> {
        if let Some(help) = cloudformation::dynamic_reference(text) {
            let message = "`{{resolve:...}}` is CloudFormation's; here it would stay as it is written";
            self.around.findings.add(Finding::new("dynamic_reference", span, message).help(help));
            return Err(Poisoned);
        }
        match secret::find(text) {
            secret::Found::None => Ok(Val::String(text.clone())),
            secret::Found::Reference(secret) => Ok(Val::Secret(secret)),
            secret::Found::Wrong { message, help } => {
                self.around.findings.add(Finding::new("bad_secret", span, message).help(help));
                Err(Poisoned)
            }
        }
    }

    fn template(&self, node: &Node, scalar: &Scalar) -> Result<Option<Arc<Template>>, Poisoned> {
        if !scalar.text.contains("${") {
            return Ok(None);
        }
        let key = (node.span.file, node.span.start);
        if let Some(known) = self.templates.borrow().get(&key) {
            return known.clone().map(Some).ok_or(Poisoned);
        }
        let parsed = parse_template(&mut self.parser.borrow_mut(), &scalar.text, scalar.block);
        let template = match parsed {
            Ok(template) => template.map(Arc::new),
            Err(problems) => {
                for found in problems {
                    let at = (found.start + found.problem.at.0, found.start + found.problem.at.1);
                    let span = self.within(node.span, &scalar.text, at);
                    let finding = Finding::new(found.problem.code, span, found.problem.message);
                    self.around.findings.add(finding.maybe_help(found.problem.help));
                }
                None
            }
        };
        self.templates.borrow_mut().insert(key, template.clone());
        template.map(Some).ok_or(Poisoned)
    }

    /// Reports an expression's mistake at its place in the file.
    fn report(&self, fault: Fault, node: &Node, template: &Template) -> Poisoned {
        if let Fault::Problem(problem) = fault {
            let span = self.within(node.span, &template.source, problem.at);
            self.around
                .findings
                .add(Finding::new(problem.code, span, problem.message).maybe_help(problem.help));
        }
        Poisoned
    }

    /// Bytes of a scalar's text as a place in the file, the whole scalar where they do not stand there as they are.
    fn within(&self, span: Span, text: &str, at: (u32, u32)) -> Span {
        let source = self.around.sources.get(span.file);
        let written = source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        position::of(written, text, at).map_or(span, |(start, end)| span.part(start, end))
    }

    /// A value as properties have it; what can't be a value is reported.
    fn lowered(&self, scope: &Rc<Scope>, value: &Val, span: Span) -> Option<Value> {
        let view = View { compiler: self, scope: scope.clone() };
        match lower(value, &view) {
            Ok(value) => Some(value),
            Err(Fault::Problem(problem)) => {
                let finding = Finding::new(problem.code, span, problem.message);
                self.around.findings.add(finding.maybe_help(problem.help));
                None
            }
            Err(Fault::Poisoned) => None,
        }
    }

    /// A component's file, read once.
    fn document(&self, name: &Arc<str>, span: Span) -> Option<Rc<Document>> {
        if let Some(known) = self.documents.borrow().get(name) {
            return known.clone();
        }
        let document = self.read_component(name, span).map(Rc::new);
        self.documents.borrow_mut().insert(name.clone(), document.clone());
        document
    }

    fn read_component(&self, name: &str, span: Span) -> Option<Document> {
        let folder = &self.around.folder;
        let path = if name.contains('/') {
            folder.join(name)
        } else {
            folder.join("components").join(format!("{name}.yaml"))
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let why = if error.kind() == std::io::ErrorKind::NotFound {
                    String::new()
                } else {
                    format!(": {error}")
                };
                let message = format!("there is no component `{name}` ({}){why}", path.display());
                let known = component_names(folder);
                let help = super::diagnostics::suggestion(name, known.iter().map(String::as_str));
                self.around.findings.add(Finding::new("unknown_component", span, message).maybe_help(help));
                return None;
            }
        };
        let file = super::diagnostics::SourceFile::new(&path.display().to_string(), &text);
        let file = self.around.sources.add(file);
        match yaml::parse(file, &text) {
            Ok(root) => Some(Document::read(&root, FileKind::Component, self.around.findings)),
            Err(findings) => {
                findings.into_iter().for_each(|finding| self.around.findings.add(finding));
                None
            }
        }
    }

    fn frame(&self, frame: Frame) -> Rc<Frame> {
        let mut frames = self.frames.borrow_mut();
        let frame = Rc::new(Frame { index: frames.len(), ..frame });
        frames.push(frame.clone());
        frame
    }

    /// Computes something that others may refer to; what waits for itself is reported with the way around.
    fn once<T>(
        &self,
        step: Step,
        span: Span,
        compute: impl FnOnce() -> Result<T, Poisoned>,
    ) -> Result<T, Poisoned> {
        let around = self.busy.borrow().iter().position(|busy| *busy == step);
        if let Some(from) = around {
            let way: Vec<String> =
                self.busy.borrow()[from..].iter().map(|step| self.name_of(*step)).collect();
            self.around.findings.add(cycle::finding(&way, span));
            return Err(Poisoned);
        }
        self.busy.borrow_mut().push(step);
        let result = compute();
        self.busy.borrow_mut().pop();
        result
    }

    /// A step as a person would write it: `network.subnet[a].VpcId`.
    fn name_of(&self, step: Step) -> String {
        let inside = |frame: usize, name: &dyn Fn(&Document) -> Arc<str>| {
            let frame = &self.frames.borrow()[frame];
            format!("{}{}", frame.path, name(&frame.document))
        };
        match step {
            Step::Declaration { frame, at } => {
                inside(frame, &|document| document.declarations[at].id.clone())
            }
            Step::Parameter { frame, at } => inside(frame, &|document| document.parameters[at].name.clone()),
            Step::Output { frame, at } => inside(frame, &|document| document.outputs[at].0.clone()),
            Step::Property { resource, at } => {
                let instance = &self.declared.borrow()[resource].instance;
                format!("{}.{}", cycle::short(&instance.address), instance.properties[at].0)
            }
        }
    }
}

fn component_names(folder: &std::path::Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("components")).into_iter().flatten().flatten();
    let names = files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()));
    names.collect()
}
