//! Texts with `${...}` in them: a text that is one expression keeps its type, around it they are joined.

use std::sync::Arc;

use super::parse::{ParseProblem, Parser};
use super::tree::{Program, Use};
use crate::blueprint::diagnostics::offset;

/// A text with expressions.
#[derive(Debug)]
pub struct Template {
    /// As written.
    pub source: Arc<str>,
    /// In order.
    pub parts: Vec<Part>,
    /// Whether it is one expression and nothing else.
    pub whole: bool,
}

/// A run of text or an expression.
#[derive(Debug)]
pub enum Part {
    /// As it stands.
    Text(Arc<str>),
    /// An expression.
    Expression {
        /// Parsed.
        program: Arc<Program>,
        /// The byte of the template's text where the expression (after `${`) begins.
        start: u32,
    },
}

impl Template {
    /// Visits all that its expressions ask of their surroundings; places count from the template's beginning.
    pub fn uses(&self, visit: &mut dyn FnMut(Use<'_>, (u32, u32))) {
        for part in &self.parts {
            if let Part::Expression { program, start } = part {
                let mut shifted = |found: Use<'_>, at: (u32, u32)| visit(found, (start + at.0, start + at.1));
                program.root.uses(&mut Vec::new(), &mut shifted);
            }
        }
    }
}

/// What is wrong with an expression of a text.
#[derive(Clone, Debug)]
pub struct TemplateProblem {
    /// The byte of the template's text where the expression begins.
    pub start: u32,
    /// What is wrong; its place counts from there.
    pub problem: ParseProblem,
}

/// Splits a text at its `${...}`; `$${` stands for `${` itself. `None` if there is nothing to compute or unescape.
///
/// # Errors
/// Everything that is wrong with the expressions.
pub fn parse_template(
    parser: &mut Parser,
    text: &str,
    block: bool,
) -> Result<Option<Template>, Vec<TemplateProblem>> {
    if !text.contains("${") {
        return Ok(None);
    }
    // The last line break of a block is YAML's, not the expression's.
    let text = if block && text.trim_end().ends_with('}') && text.starts_with("${") {
        text.trim_end()
    } else {
        text
    };
    let (mut parts, mut problems) = (Vec::new(), Vec::new());
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let dollar = at + found;
        if text[..dollar].ends_with('$') {
            literal.push_str(&text[at..dollar - 1]);
            literal.push_str("${");
            at = dollar + 2;
            continue;
        }
        literal.push_str(&text[at..dollar]);
        let start = dollar + 2;
        let Some(length) = expression_length(&text[start..]) else {
            problems.push(unterminated(dollar));
            break;
        };
        if !literal.is_empty() {
            parts.push(Part::Text(Arc::from(literal.as_str())));
            literal.clear();
        }
        match parser.parse(&text[start..start + length]) {
            Ok(program) => parts.push(Part::Expression { program, start: offset(start) }),
            Err(problem) => problems.push(TemplateProblem { start: offset(start), problem }),
        }
        at = start + length + 1;
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() {
        parts.push(Part::Text(Arc::from(literal.as_str())));
    }
    let whole = matches!(parts.as_slice(), [Part::Expression { .. }]);
    Ok(Some(Template { source: Arc::from(text), parts, whole }))
}

fn unterminated(dollar: usize) -> TemplateProblem {
    let message = "`${` is not closed by `}`".to_owned();
    let help = Some("write `$${` for the two characters themselves".to_owned());
    TemplateProblem {
        start: offset(dollar),
        problem: ParseProblem { code: "bad_expression", at: (0, 2), message, help },
    }
}

/// How many bytes an expression has before the `}` that ends it.
fn expression_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        match next {
            '"' | '\'' => {
                at += literal_length(&text[at..])?;
                continue;
            }
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        at += next.len_utf8();
    }
    None
}

/// How many bytes the CEL text literal has that the text begins with; `None` if it has no end.
pub(super) fn literal_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let (open, close) = if text.starts_with(&triple) { (3, triple.as_str()) } else { (1, &text[..1]) };
    let mut at = open;
    while at < text.len() {
        if text[at..].starts_with(close) {
            return Some(at + close.len());
        }
        let next = text[at..].chars().next()?;
        at += next.len_utf8();
        if next == '\\' {
            at += text[at..].chars().next()?.len_utf8();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<String> {
        let template = parse_template(&mut Parser::default(), text, false).unwrap().expect("a template");
        template
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.to_string(),
                Part::Expression { program, start } => format!("<{}@{start}>", program.text),
            })
            .collect()
    }

    #[test]
    fn texts_are_split_at_expressions() {
        assert_eq!(shape("${a}"), ["<a@2>"]);
        assert_eq!(shape("x-${a.b}-y${c}"), ["x-", "<a.b@4>", "-y", "<c@12>"]);
        assert_eq!(shape("${ {'a': '}'}['a'] }"), ["< {'a': '}'}['a'] @2>"]);
        assert_eq!(shape(r#"${"\"}"}"#), [r#"<"\"}"@2>"#]);
        assert_eq!(shape("$${HOME}/${a}"), ["${HOME}/", "<a@11>"]);
        assert_eq!(shape("$${HOME}"), ["${HOME}"]);
    }

    #[test]
    fn an_open_expression_is_a_mistake() {
        let problems = parse_template(&mut Parser::default(), "a ${b", false).unwrap_err();
        assert!(problems[0].problem.message.contains("not closed"));
    }
}
