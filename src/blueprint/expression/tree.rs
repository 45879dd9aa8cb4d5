//! The tree of an expression.

use std::sync::Arc;

use super::functions::Function;
use super::value::Val;

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

/// What an expression asks its surroundings for, whether or not its value comes to need it.
#[derive(Clone, Copy, Debug)]
pub enum Use<'e> {
    /// A name.
    Name(&'e Arc<str>),
    /// `name.field`, which is not only asked for by `has`.
    Field(&'e Arc<str>, &'e Arc<str>),
}

/// Is told a use and its place.
type OnUse<'v> = dyn FnMut(Use<'_>, (u32, u32)) + 'v;

/// Is told a name and its place.
type OnName<'v> = dyn FnMut(&Arc<str>, (u32, u32)) + 'v;

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
    pub fn free_names(&self, bound: &mut Vec<Arc<str>>, visit: &mut OnName<'_>) {
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

    /// Visits all that is asked of the surroundings, in every branch; a macro's own variable is not.
    pub fn uses(&self, bound: &mut Vec<Arc<str>>, visit: &mut OnUse<'_>) {
        match &self.node {
            ExprNode::Select { operand, field, test: false } => {
                if let ExprNode::Name(name) = &operand.node
                    && !bound.contains(name)
                {
                    visit(Use::Field(name, field), self.at);
                }
                operand.uses(bound, visit);
            }
            ExprNode::Name(name) if !bound.contains(name) => visit(Use::Name(name), self.at),
            ExprNode::Macro { range, variable, condition, body, .. } => {
                range.uses(bound, visit);
                bound.push(variable.clone());
                condition.iter().chain(body).for_each(|part| part.uses(bound, visit));
                bound.pop();
            }
            _ => self.parts(&mut |part| part.uses(bound, visit)),
        }
    }
}
