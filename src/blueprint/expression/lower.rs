//! The `cel` crate's tree to [`Expr`]: functions are looked up once, macros recognised, every node knows its place.

use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr as Cel, IdedExpr, LiteralValue, SourceInfo, operators};

use super::functions;
use super::parse::{ParseProblem, original, problem};
use super::tree::{Expr, ExprNode, MacroKind};
use super::value::Val;
use crate::blueprint::diagnostics::{offset, suggestion};

/// Lowers the tree of one expression.
pub(super) struct Lowering<'s> {
    /// Where the nodes are.
    pub source: &'s SourceInfo,
    /// The text itself.
    pub text: &'s str,
    /// Whether places, which the parser counts in characters, are bytes too.
    pub ascii: bool,
    /// Of the text, in bytes.
    pub length: u32,
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

    pub(super) fn lower(&self, expr: IdedExpr) -> Lowered<Expr> {
        let at = self.at(expr.id);
        let node = match expr.expr {
            Cel::Literal(literal) => ExprNode::Literal(literal_value(literal, at)?),
            Cel::Ident(name) => {
                let name = name.trim_start_matches('.');
                ExprNode::Name(Arc::from(original(name)))
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

    /// The place of a call with its name: the parser notes the parenthesis alone.
    fn with_name(&self, at: (u32, u32), name: &str) -> (u32, u32) {
        let before = self.text.get(..at.0 as usize).unwrap_or_default();
        if before.ends_with(name) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            (at.0 - offset(name.len()), at.1 - 1)
        } else {
            at
        }
    }

    fn call(
        &self,
        at: (u32, u32),
        name: &str,
        target: Option<Box<IdedExpr>>,
        arguments: Vec<IdedExpr>,
    ) -> Lowered<Expr> {
        let method = target.is_some();
        let at = self.with_name(at, name);
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
            _ => function(at, &full, lowered)?,
        };
        let expr = spanning(at, node);
        let closed = at.0 < at.1 && self.text[expr.at.1 as usize..].starts_with(')');
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
        Ok(Expr { at: (expr.at.0, expr.at.1 + u32::from(closed && named && self.ascii)), node: expr.node })
    }

    /// The parser expands macros to folds over `@result`; which macro it was shows in the fold's shape.
    fn comprehension(&self, at: (u32, u32), fold: cel::common::ast::ComprehensionExpr) -> Lowered<Expr> {
        let range = self.shared(fold.iter_range)?;
        let variable: Arc<str> = Arc::from(original(&fold.iter_var));
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

fn literal_value(literal: LiteralValue, at: (u32, u32)) -> Lowered<Val> {
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

fn function(at: (u32, u32), name: &str, mut arguments: Vec<Arc<Expr>>) -> Lowered<ExprNode> {
    let Some(function) = functions::find(name) else {
        return Err(ParseProblem {
            code: "unknown_function",
            at,
            message: format!("there is no function `{name}`"),
            help: suggestion(name, functions::names()),
        });
    };
    let count = arguments.len();
    // The zones of the region that the expression stands in are a hidden variable, so that the function is pure.
    if name == "zoneNames" {
        arguments.insert(0, Arc::new(Expr { at, node: ExprNode::Name(Arc::from("@zones")) }));
    }
    if !function.arity.contains(&arguments.len()) {
        let message =
            format!("`{name}` is called with {count} argument{}", if count == 1 { "" } else { "s" });
        let help = Some(format!("it is written {}", function.usage));
        return Err(ParseProblem { code: "bad_expression", at, message, help });
    }
    Ok(ExprNode::Call { function, arguments })
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
            sides.iter().for_each(&mut cover);
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
