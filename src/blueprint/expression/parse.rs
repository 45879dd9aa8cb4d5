//! CEL text to [`Expr`]: the `cel` crate parses, its tree is lowered so that functions are looked up once, macros are
//! recognised, and every node knows its place in the text.

use std::collections::HashMap;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};

use super::functions::{self, Function};
use super::value::Val;
use crate::blueprint::diagnostics::{offset, suggestion};

/// An expression, parsed and checked.
#[derive(Debug)]
pub struct Program {
    /// As written, without `${` and `}`.
    pub text: Arc<str>,
    /// The tree.
    pub root: Arc<Expr>,
}

/// A node and the bytes of the program's text that it covers.
#[derive(Debug)]
pub struct Expr {
    /// First byte and the byte after the last.
    pub at: (u32, u32),
    /// What it does.
    pub node: ExprNode,
}

/// What a node does.
#[derive(Debug)]
pub enum ExprNode {
    /// A constant.
    Literal(Val),
    /// A variable, resource, component or parameter.
    Name(Arc<str>),
    /// `operand.field`, or `has(operand.field)`.
    Select {
        /// Of what.
        operand: Arc<Expr>,
        /// Which field.
        field: Arc<str>,
        /// Whether it is only asked for.
        test: bool,
    },
    /// `operand[key]`.
    Index {
        /// Of what.
        operand: Arc<Expr>,
        /// Which element.
        key: Arc<Expr>,
    },
    /// A function or a strict operator.
    Call {
        /// Which.
        function: &'static Function,
        /// A method's target comes first.
        arguments: Vec<Arc<Expr>>,
    },
    /// `==` and `!=`.
    Equal {
        /// `!=`.
        negated: bool,
        /// Both sides.
        sides: [Arc<Expr>; 2],
    },
    /// `element in collection`.
    In([Arc<Expr>; 2]),
    /// `&&`.
    And([Arc<Expr>; 2]),
    /// `||`.
    Or([Arc<Expr>; 2]),
    /// `condition ? then : otherwise`.
    Conditional([Arc<Expr>; 3]),
    /// `[a, b]`.
    List(Vec<Arc<Expr>>),
    /// `{k: v}`.
    Map(Vec<(Arc<Expr>, Arc<Expr>)>),
    /// `range.map(variable, body)` and its kin.
    Macro {
        /// Which.
        kind: MacroKind,
        /// Over what.
        range: Arc<Expr>,
        /// The element's name.
        variable: Arc<str>,
        /// The condition, and for `map` what is computed.
        condition: Option<Arc<Expr>>,
        /// What `map` computes.
        body: Option<Arc<Expr>>,
    },
    /// `file(path)`.
    File(Arc<Expr>),
}

/// The macros of CEL's standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacroKind {
    /// `map`, with or without a condition.
    Map,
    /// `filter`.
    Filter,
    /// `all`.
    All,
    /// `exists`.
    Exists,
    /// `exists_one`.
    ExistsOne,
}

/// What is wrong with an expression's text.
#[derive(Clone, Debug)]
pub struct ParseProblem {
    /// `bad_expression` or `unknown_function`.
    pub code: &'static str,
    /// Bytes of the expression.
    pub at: (u32, u32),
    /// In words.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// Parses each distinct text once.
#[derive(Default)]
pub struct Parser {
    cache: HashMap<Arc<str>, Result<Arc<Program>, ParseProblem>>,
}

impl Parser {
    /// The program of a text.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(&mut self, text: &str) -> Result<Arc<Program>, ParseProblem> {
        if let Some(known) = self.cache.get(text) {
            return known.clone();
        }
        let text: Arc<str> = Arc::from(text);
        let parsed = parse(&text).map(|root| Arc::new(Program { text: text.clone(), root: Arc::new(root) }));
        self.cache.insert(text, parsed.clone());
        parsed
    }
}

/// Words that CEL keeps for itself or for the languages that embed it.
const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Whether a text can be a resource's, component's or parameter's id.
pub fn is_identifier(text: &str) -> bool {
    is_word(text) && !RESERVED.contains(&text)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parse(text: &str) -> Result<Expr, ParseProblem> {
    if let Some(path) = plain_path(text) {
        return Ok(path);
    }
    if text.trim().is_empty() {
        return Err(problem((0, offset(text.len())), "`${}` holds no expression"));
    }
    let renamed = rename_var(text);
    let (root, source) = cel::parser::Parser::new().parse_with_source_info(&renamed).map_err(|errors| {
        errors.errors.first().map_or_else(
            || problem((0, offset(text.len())), "not a CEL expression"),
            |error| problem(place(text, error.pos), &readable(&error.msg)),
        )
    })?;
    Lowering { source: &source, ascii: text.is_ascii(), length: offset(text.len()) }.lower(root)
}

fn problem(at: (u32, u32), message: &str) -> ParseProblem {
    ParseProblem { code: "bad_expression", at, message: message.to_owned(), help: None }
}

/// `a.b.c`, by far the most common expression, needs no grammar.
fn plain_path(text: &str) -> Option<Expr> {
    let mut expr: Option<Expr> = None;
    let mut end = 0;
    for segment in text.split('.') {
        let start = end;
        end = start + segment.len() + 1;
        let at = (0, offset(end - 1));
        let node = match expr.take() {
            None if is_identifier(segment) || segment == "var" => ExprNode::Name(Arc::from(segment)),
            Some(operand) if is_word(segment) && !matches!(segment, "in" | "true" | "false" | "null") => {
                ExprNode::Select { operand: Arc::new(operand), field: Arc::from(segment), test: false }
            }
            _ => return None,
        };
        expr = Some(Expr { at, node });
    }
    expr
}

/// The name that `var`, which CEL reserves for its hosts, has in the parser; as long, so that places stay.
const VAR: &str = "v_r";

/// `var` as a name becomes [`VAR`], outside of texts.
fn rename_var(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '"' | '\'' => super::template::literal_length(rest).unwrap_or(rest.len()),
            c if c.is_ascii_alphabetic() || c == '_' => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (token, more) = rest.split_at(length);
        out.push_str(if token == "var" && !out.ends_with('.') { VAR } else { token });
        rest = more;
    }
    out
}

/// Line and column (characters, from 1) of the parser as bytes of the text.
fn place(text: &str, (line, column): (isize, isize)) -> (u32, u32) {
    let line = usize::try_from(line - 1).unwrap_or_default();
    let column = usize::try_from(column - 1).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let start = before + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    (offset(start), offset(start + length))
}

/// ANTLR's words without its token lists.
fn readable(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message).replace(VAR, "var");
    let cut = message.find(" expecting ").unwrap_or(message.len());
    let message = message[..cut].replace("<EOF>", "the end").replace("'the end'", "the end");
    match message.strip_prefix("mismatched input ").or_else(|| message.strip_prefix("extraneous input ")) {
        Some(input) => format!("not a CEL expression: {input} is not expected here"),
        None => format!("not a CEL expression: {message}"),
    }
}

struct Lowering<'s> {
    source: &'s SourceInfo,
    ascii: bool,
    length: u32,
}

type Lowered<T> = Result<T, ParseProblem>;

impl Lowering<'_> {
    fn at(&self, id: u64) -> (u32, u32) {
        match self.source.offset_for(id) {
            Some((start, stop)) if self.ascii && start < self.length => (start, (stop + 1).min(self.length)),
            _ => (0, self.length),
        }
    }

    fn shared(&self, expr: IdedExpr) -> Lowered<Arc<Expr>> {
        self.lower(expr).map(Arc::new)
    }

    fn all(&self, exprs: Vec<IdedExpr>) -> Lowered<Vec<Arc<Expr>>> {
        exprs.into_iter().map(|expr| self.shared(expr)).collect()
    }

    fn lower(&self, expr: IdedExpr) -> Lowered<Expr> {
        let at = self.at(expr.id);
        let node = match expr.expr {
            Cel::Literal(literal) => ExprNode::Literal(self.literal(literal, at)?),
            Cel::Ident(name) => {
                let name = name.trim_start_matches('.');
                ExprNode::Name(Arc::from(if name == VAR { "var" } else { name }))
            }
            Cel::Select(select) => {
                let operand = self.shared(*select.operand)?;
                ExprNode::Select { operand, field: Arc::from(select.field.as_str()), test: select.test }
            }
            Cel::Call(call) => return self.call(at, &call.func_name, call.target, call.args),
            Cel::List(list) => ExprNode::List(self.all(list.elements)?),
            Cel::Map(map) => ExprNode::Map(
                map.entries
                    .into_iter()
                    .map(|entry| match entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            Ok((self.shared(entry.key)?, self.shared(entry.value)?))
                        }
                        EntryExpr::StructField(_) => Err(problem(at, "messages are not supported")),
                    })
                    .collect::<Lowered<_>>()?,
            ),
            Cel::Comprehension(comprehension) => return self.comprehension(at, *comprehension),
            Cel::Struct(_) => {
                return Err(problem(at, "messages are not supported, maps are: `{'key': value}`"));
            }
            Cel::Unspecified => return Err(problem(at, "not a CEL expression")),
        };
        Ok(spanning(at, node))
    }

    fn literal(&self, literal: LiteralValue, at: (u32, u32)) -> Lowered<Val> {
        Ok(match literal {
            LiteralValue::Null => Val::Null,
            LiteralValue::Boolean(flag) => Val::Bool(*flag.inner()),
            LiteralValue::Int(number) => Val::Int(*number.inner()),
            LiteralValue::Double(number) => Val::Float(*number.inner()),
            LiteralValue::String(text) => Val::string(text.inner()),
            LiteralValue::UInt(_) => {
                return Err(problem(at, "unsigned numbers are not supported: leave the `u` out"));
            }
            LiteralValue::Bytes(_) => return Err(problem(at, "bytes are not supported: leave the `b` out")),
        })
    }

    fn call(
        &self,
        at: (u32, u32),
        name: &str,
        target: Option<Box<IdedExpr>>,
        arguments: Vec<IdedExpr>,
    ) -> Lowered<Expr> {
        let method = target.is_some();
        let mut full = name.to_owned();
        let mut lowered = Vec::with_capacity(arguments.len() + 1);
        if let Some(target) = target {
            match &target.expr {
                Cel::Ident(space) if functions::find(&format!("{space}.{name}")).is_some() => {
                    full = format!("{space}.{name}");
                }
                _ => lowered.push(self.shared(*target)?),
            }
        }
        lowered.extend(self.all(arguments)?);
        let node = match (full.as_str(), lowered.len()) {
            (operators::CONDITIONAL, 3) => ExprNode::Conditional(fixed(lowered, at)?),
            (operators::LOGICAL_AND, 2) => ExprNode::And(fixed(lowered, at)?),
            (operators::LOGICAL_OR, 2) => ExprNode::Or(fixed(lowered, at)?),
            (operators::IN, 2) => ExprNode::In(fixed(lowered, at)?),
            (operators::EQUALS, 2) => ExprNode::Equal { negated: false, sides: fixed(lowered, at)? },
            (operators::NOT_EQUALS, 2) => ExprNode::Equal { negated: true, sides: fixed(lowered, at)? },
            (operators::INDEX, 2) => {
                let [operand, key] = fixed(lowered, at)?;
                ExprNode::Index { operand, key }
            }
            ("file", 1) if !method => {
                let [path] = fixed(lowered, at)?;
                ExprNode::File(path)
            }
            _ => self.function(at, &full, lowered)?,
        };
        Ok(spanning(at, node))
    }

    fn function(&self, at: (u32, u32), name: &str, mut arguments: Vec<Arc<Expr>>) -> Lowered<ExprNode> {
        let Some(function) = functions::find(name) else {
            return Err(ParseProblem {
                code: "unknown_function",
                at,
                message: format!("there is no function `{name}`"),
                help: suggestion(name, functions::names()),
            });
        };
        if !function.arity.contains(&arguments.len()) {
            let message = format!("`{name}` is called with {} arguments", arguments.len());
            let help = Some(format!("it is written {}", function.usage));
            return Err(ParseProblem { code: "bad_expression", at, message, help });
        }
        // The zones of the region that the expression stands in are a hidden variable, so that the function is pure.
        if name == "zoneNames" {
            arguments.insert(0, Arc::new(Expr { at, node: ExprNode::Name(Arc::from("@zones")) }));
        }
        Ok(ExprNode::Call { function, arguments })
    }

    /// The parser expands macros to folds over `@result`; which macro it was shows in the fold's shape.
    fn comprehension(&self, at: (u32, u32), fold: cel::common::ast::ComprehensionExpr) -> Lowered<Expr> {
        let range = self.shared(fold.iter_range)?;
        let variable: Arc<str> = Arc::from(fold.iter_var.as_str());
        let unknown = || problem(at, "this macro is not supported");
        let Cel::Call(step) = fold.loop_step.expr else { return Err(unknown()) };
        let mut arguments = step.args.into_iter();
        let (kind, condition, body) = match (step.func_name.as_str(), &fold.accu_init.expr) {
            (operators::LOGICAL_AND, _) => (MacroKind::All, arguments.nth(1), None),
            (operators::LOGICAL_OR, _) => (MacroKind::Exists, arguments.nth(1), None),
            (operators::CONDITIONAL, Cel::Literal(_)) => (MacroKind::ExistsOne, arguments.next(), None),
            (operators::CONDITIONAL, _) => {
                let condition = arguments.next();
                let body = arguments.next().and_then(appended).ok_or_else(unknown)?;
                match body.expr {
                    Cel::Ident(name) if name == fold.iter_var => (MacroKind::Filter, condition, None),
                    _ => (MacroKind::Map, condition, Some(body)),
                }
            }
            (operators::ADD, _) => {
                let Some(Cel::List(mut list)) = arguments.nth(1).map(|second| second.expr) else {
                    return Err(unknown());
                };
                (MacroKind::Map, None, list.elements.pop())
            }
            _ => return Err(unknown()),
        };
        let condition = condition.map(|expr| self.shared(expr)).transpose()?;
        let body = body.map(|expr| self.shared(expr)).transpose()?;
        Ok(spanning(at, ExprNode::Macro { kind, range, variable, condition, body }))
    }
}

/// `f` of `@result + [f]`.
fn appended(step: IdedExpr) -> Option<IdedExpr> {
    let Cel::Call(call) = step.expr else { return None };
    let Cel::List(mut list) = call.args.into_iter().nth(1)?.expr else { return None };
    list.elements.pop()
}

fn fixed<const N: usize>(arguments: Vec<Arc<Expr>>, at: (u32, u32)) -> Lowered<[Arc<Expr>; N]> {
    arguments.try_into().map_err(|_| problem(at, "an operator has the wrong number of operands"))
}

/// The node with a place that covers its operands too: the parser only notes the operator.
fn spanning(at: (u32, u32), node: ExprNode) -> Expr {
    let mut whole = at;
    let mut cover = |expr: &Arc<Expr>| whole = (whole.0.min(expr.at.0), whole.1.max(expr.at.1));
    match &node {
        ExprNode::Select { operand, field, .. } => {
            cover(operand);
            whole.1 = whole.1.max(at.1 + offset(field.len()));
        }
        ExprNode::Index { operand, key } => {
            cover(operand);
            cover(key);
            whole.1 += 1;
        }
        ExprNode::Call { arguments, .. } => arguments.iter().for_each(&mut cover),
        ExprNode::Equal { sides, .. } | ExprNode::In(sides) | ExprNode::And(sides) | ExprNode::Or(sides) => {
            sides.iter().for_each(&mut cover)
        }
        ExprNode::Conditional(parts) => parts.iter().for_each(&mut cover),
        ExprNode::Macro { range, body, condition, .. } => {
            cover(range);
            body.iter().chain(condition).for_each(&mut cover);
        }
        _ => {}
    }
    Expr { at: whole, node }
}

impl Expr {
    /// Visits every direct part.
    pub fn parts(&self, visit: &mut dyn FnMut(&Arc<Self>)) {
        match &self.node {
            ExprNode::Literal(_) | ExprNode::Name(_) => {}
            ExprNode::Select { operand, .. } | ExprNode::File(operand) => visit(operand),
            ExprNode::Index { operand, key } => [operand, key].into_iter().for_each(visit),
            ExprNode::Call { arguments, .. } => arguments.iter().for_each(visit),
            ExprNode::Equal { sides, .. }
            | ExprNode::In(sides)
            | ExprNode::And(sides)
            | ExprNode::Or(sides) => sides.iter().for_each(visit),
            ExprNode::Conditional(parts) => parts.iter().for_each(visit),
            ExprNode::List(items) => items.iter().for_each(visit),
            ExprNode::Map(entries) => {
                for (key, value) in entries {
                    visit(key);
                    visit(value);
                }
            }
            ExprNode::Macro { range, condition, body, .. } => {
                [Some(range), condition.as_ref(), body.as_ref()].into_iter().flatten().for_each(visit);
            }
        }
    }

    /// Visits every name that is not a macro's own variable, with its place.
    pub fn free_names(&self, bound: &mut Vec<Arc<str>>, visit: &mut dyn FnMut(&Arc<str>, (u32, u32))) {
        match &self.node {
            ExprNode::Name(name) if !bound.contains(name) => visit(name, self.at),
            ExprNode::Macro { range, variable, condition, body, .. } => {
                range.free_names(bound, visit);
                bound.push(variable.clone());
                for part in condition.iter().chain(body) {
                    part.free_names(bound, visit);
                }
                bound.pop();
            }
            _ => self.parts(&mut |part| part.free_names(bound, visit)),
        }
    }
}
