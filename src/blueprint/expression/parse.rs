//! CEL text to [`Expr`]: the `cel` crate parses, its tree is lowered.

use std::collections::HashMap;
use std::sync::Arc;

use super::lower::Lowering;
use super::tree::{Expr, ExprNode, Program};
use crate::blueprint::cloudformation;
use crate::blueprint::diagnostics::offset;

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

/// The longest expression, in bytes, and the deepest: parsed, lowered and computed recursively.
const LONGEST: usize = 16 << 10;
const DEEPEST: usize = 100;

/// Words that CEL keeps for itself or for the languages that embed it.
const RESERVED: [&str; 20] = [
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
    "loop", "null", "package", "return", "true", "var", "void", "while",
];

/// Whether a text can be a resource's, component's or parameter's id.
pub fn is_identifier(text: &str) -> bool {
    is_word(text) && !is_reserved(text)
}

/// Whether CEL keeps the word for itself.
pub fn is_reserved(text: &str) -> bool {
    RESERVED.contains(&text)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parse(text: &str) -> Result<Expr, ParseProblem> {
    if let Some(path) = plain_path(text) {
        return Ok(path);
    }
    let whole = (0, offset(text.len()));
    if text.trim().is_empty() {
        return Err(problem(whole, "`${}` holds no expression"));
    }
    if let Some(own) = cloudformation::pseudo_parameter(text.trim()) {
        let message = format!("`{}` is CloudFormation's", text.trim());
        return Err(ParseProblem { help: Some(format!("write `${{{own}}}`")), ..problem(whole, &message) });
    }
    if text.len() > LONGEST || depth(text) > DEEPEST {
        let message =
            format!("an expression has up to {LONGEST} characters, and {DEEPEST} levels of brackets");
        let help = Some("give parts of it names, as outputs of a component".to_owned());
        return Err(ParseProblem { help, ..problem(whole, &message) });
    }
    let renamed = rename(text);
    let (root, source) = cel::parser::Parser::new().parse_with_source_info(&renamed).map_err(|errors| {
        errors.errors.first().map_or_else(
            || problem(whole, "not a CEL expression"),
            |error| problem(place(text, error.pos), &readable(&error.msg)),
        )
    })?;
    Lowering { source: &source, text, ascii: text.is_ascii(), length: offset(text.len()) }.lower(root)
}

/// How deep the parser has to go, which it does recursively: brackets, and conditions in conditions.
fn depth(text: &str) -> usize {
    let (mut deepest, mut open, mut rest) = (0, vec![0_usize], text);
    while let Some(next) = rest.chars().next() {
        let mut length = next.len_utf8();
        match next {
            '"' | '\'' => length = super::template::literal_length(rest).unwrap_or(rest.len()),
            '(' | '[' | '{' => open.push(open.last().map_or(1, |outer| outer + 1)),
            ')' | ']' | '}' if open.len() > 1 => drop(open.pop()),
            '?' => open.iter_mut().last().into_iter().for_each(|conditions| *conditions += 1),
            _ => {}
        }
        deepest = deepest.max(open.last().copied().unwrap_or_default());
        rest = &rest[length..];
    }
    deepest
}

/// A text that is no expression.
pub(super) fn problem(at: (u32, u32), message: &str) -> ParseProblem {
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

/// Words that CEL reserves and blueprints use as names, with the names they have in the parser; as long, so that places
/// stay.
const RENAMED: [(&str, &str); 2] = [("var", "v_r"), ("namespace", "n_mespace")];

/// What a name of the parser is in the blueprint.
pub(super) fn original(name: &str) -> &str {
    RENAMED.iter().find(|(_, renamed)| *renamed == name).map_or(name, |(word, _)| word)
}

fn renamed(token: &str) -> &str {
    RENAMED.iter().find(|(word, _)| *word == token).map_or(token, |(_, renamed)| renamed)
}

/// Words that CEL reserves become names of the parser, outside of texts.
fn rename(text: &str) -> String {
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
        out.push_str(if out.ends_with('.') { token } else { renamed(token) });
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
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let message =
        RENAMED.iter().fold(message.to_owned(), |text, (word, renamed)| text.replace(renamed, word));
    let cut = message.find(" expecting ").unwrap_or(message.len());
    let message = message[..cut].replace("<EOF>", "the end").replace("'the end'", "the end");
    match message.strip_prefix("mismatched input ").or_else(|| message.strip_prefix("extraneous input ")) {
        Some(input) => format!("not a CEL expression: {input} is not expected here"),
        None => format!("not a CEL expression: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_or_too_long_to_be_read_is_refused() {
        let message = |text: &str| parse(text).err().map(|problem| problem.message).unwrap_or_default();
        let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
        assert_eq!(message(&nested(10)), "");
        assert!(message(&nested(101)).contains("100 levels"));
        assert!(message(&"true ? 1 : ".repeat(101)).contains("100 levels"));
        assert!(message(&format!("1{}", "+1".repeat(9000))).contains("16384 characters"));
        assert_eq!(depth(r#"a("((((", [b(c)])"#), 3);
        assert_eq!(depth("f(a ? b : c, d ? e : f) + (g)"), 3);
    }
}
