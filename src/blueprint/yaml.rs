//! YAML 1.2 with the place of every key and value: what `saphyr-parser` reports, built into a tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as RawSpan, StrInput};

use super::diagnostics::{FileId, Finding, Span, offset};

/// Aliases may not blow a file up beyond this many nodes.
const MAX_NODES: usize = 2_000_000;
/// Deeper nesting than any blueprint has; the tree is walked recursively.
const MAX_DEPTH: usize = 128;

/// A YAML node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: Kind,
}

/// The three shapes of a node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text, number, flag or null.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the file; its keys are different from each other.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A scalar as written and as YAML's core schema reads it.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// As written, quotes and folding resolved: `0123`.
    pub text: Arc<str>,
    /// Whether it is a block (`|`, `>`), whose last line break is no part of an expression.
    pub block: bool,
    /// What it means.
    pub plain: Plain,
}

/// The meaning of a scalar by YAML's core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text,
}

impl Node {
    /// The entries of a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// Whether it is an explicit or implicit null.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.plain == Plain::Null)
    }

    /// The node in a word, for messages: `a list`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
            Kind::Scalar(scalar) => match scalar.plain {
                Plain::Null => "nothing",
                Plain::Bool(_) => "a boolean",
                Plain::Int(_) => "an integer",
                Plain::Float(_) => "a number",
                Plain::Text => "a text",
            },
        }
    }
}

/// Reads one document.
///
/// # Errors
/// What is wrong with the file: the parser's first error, or every duplicate key.
pub fn parse(file: FileId, text: &str) -> Result<Node, Vec<Finding>> {
    let mut builder = Builder::new(file, text);
    let parsed = builder.document(&mut Parser::new_from_str(text));
    if let Err(finding) = parsed.as_ref() {
        builder.findings.push(finding.clone());
    }
    match parsed {
        Ok(node) if builder.findings.is_empty() => Ok(node),
        _ => Err(builder.findings),
    }
}

/// Reads all documents of a text.
///
/// # Errors
/// As [`parse`].
pub fn parse_all(file: FileId, text: &str) -> Result<Vec<Node>, Vec<Finding>> {
    let mut builder = Builder::new(file, text);
    let mut parser = Parser::new_from_str(text);
    let mut nodes = Vec::new();
    loop {
        match builder.next_document(&mut parser) {
            Ok(Some(node)) => nodes.push(node),
            Ok(None) if builder.findings.is_empty() => return Ok(nodes),
            Ok(None) => return Err(builder.findings),
            Err(finding) => {
                builder.findings.push(finding);
                return Err(builder.findings);
            }
        }
    }
}

type Result<T, E = Finding> = std::result::Result<T, E>;

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    /// Byte offsets of all characters, where the file has any beyond ASCII: the parser counts characters.
    bytes: Option<Vec<u32>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    findings: Vec<Finding>,
}

impl<'t> Builder<'t> {
    fn new(file: FileId, text: &'t str) -> Self {
        let bytes = (!text.is_ascii()).then(|| {
            text.char_indices().map(|(at, _)| offset(at)).chain(std::iter::once(offset(text.len()))).collect()
        });
        Self { file, text, bytes, anchors: HashMap::new(), nodes: 0, findings: Vec::new() }
    }

    fn byte(&self, index: usize) -> u32 {
        match &self.bytes {
            None => offset(index.min(self.text.len())),
            Some(bytes) => bytes.get(index).or(bytes.last()).copied().unwrap_or_default(),
        }
    }

    /// The span without the blanks and comments that the parser counts in behind a plain scalar or a block.
    fn span(&self, raw: RawSpan) -> Span {
        let (start, end) = (self.byte(raw.start.index()), self.byte(raw.end.index()));
        let covered = self.text.get(start as usize..end as usize).unwrap_or_default();
        Span { file: self.file, start, end: start + offset(covered.trim_end().len()) }
    }

    fn next(&self, parser: &mut Parser<'t, StrInput<'t>>) -> Result<(Event<'t>, RawSpan)> {
        match parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let start = self.byte(error.marker().index());
                Err(self.syntax_error(start, error.info()))
            }
            None => Ok((Event::StreamEnd, RawSpan::default())),
        }
    }

    /// The parser's words at its place, or at the tab that it stumbled over.
    fn syntax_error(&self, at: u32, words: &str) -> Finding {
        let tab = tab_indent(self.text, at as usize).map(offset);
        let start = tab.unwrap_or(at);
        let span = Span { file: self.file, start, end: start + u32::from(tab.is_some()) };
        let message = match tab {
            Some(_) => "not valid YAML: a line is indented by a tab".to_owned(),
            None => format!("not valid YAML: {words}"),
        };
        Finding::new("yaml_syntax", span, message).maybe_help(syntax_help(self.text, start as usize))
    }

    /// The next of several documents.
    fn next_document(&mut self, parser: &mut Parser<'t, StrInput<'t>>) -> Result<Option<Node>> {
        loop {
            match self.next(parser)? {
                (Event::DocumentStart(_), _) => break,
                (Event::StreamEnd, _) => return Ok(None),
                _ => {}
            }
        }
        self.anchors.clear();
        let (event, raw) = self.next(parser)?;
        self.node(parser, event, raw, 0).map(Some)
    }

    fn document(&mut self, parser: &mut Parser<'t, StrInput<'t>>) -> Result<Node> {
        loop {
            match self.next(parser)? {
                (Event::StreamStart | Event::Nothing, _) => {}
                (Event::DocumentStart(_), _) => break,
                (_, raw) => return Ok(self.empty(raw)),
            }
        }
        let (event, raw) = self.next(parser)?;
        let node = self.node(parser, event, raw, 0)?;
        loop {
            match self.next(parser)? {
                (Event::StreamEnd, _) => return Ok(node),
                (Event::DocumentStart(_), raw) => {
                    let message = "a file holds one YAML document, this one has a second";
                    return Err(Finding::new("yaml_syntax", self.span(raw), message)
                        .help("put it in a file of its own"));
                }
                _ => {}
            }
        }
    }

    fn empty(&self, raw: RawSpan) -> Node {
        let scalar = Scalar { text: Arc::from(""), block: false, plain: Plain::Null };
        Node { span: self.span(raw), kind: Kind::Scalar(scalar) }
    }

    fn node(
        &mut self,
        parser: &mut Parser<'t, StrInput<'t>>,
        event: Event<'t>,
        raw: RawSpan,
        depth: usize,
    ) -> Result<Node> {
        self.count(1, raw)?;
        if depth > MAX_DEPTH {
            return Err(Finding::new("yaml_syntax", self.span(raw), "nested deeper than 128 levels"));
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, raw),
            Event::Scalar(text, style, anchor, tag) => {
                let text: Arc<str> = Arc::from(&*text);
                let tagged_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let span = self.span(raw);
                let plain = match style {
                    ScalarStyle::Plain if !tagged_text => plain(&text, span)?,
                    _ => Plain::Text,
                };
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                (anchor, Node { span, kind: Kind::Scalar(Scalar { text, block, plain }) })
            }
            Event::SequenceStart(anchor, _) => (anchor, self.list(parser, raw, depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(parser, raw, depth)?),
            _ => return Ok(self.empty(raw)),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, raw: RawSpan) -> Result<()> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the file has more than {MAX_NODES} nodes, aliases counted each time");
        Err(Finding::new("yaml_syntax", self.span(raw), message))
    }

    fn alias(&mut self, anchor: usize, raw: RawSpan) -> Result<Node> {
        let Some(node) = self.anchors.get(&anchor) else {
            let message = "an alias inside its own anchor never ends";
            return Err(Finding::new("yaml_syntax", self.span(raw), message));
        };
        let size = size(node);
        self.count(size, raw)?;
        Ok(self.anchors[&anchor].clone())
    }

    fn list(&mut self, parser: &mut Parser<'t, StrInput<'t>>, raw: RawSpan, depth: usize) -> Result<Node> {
        let mut items = Vec::new();
        loop {
            match self.next(parser)? {
                (Event::SequenceEnd, end) => {
                    return Ok(Node { span: self.whole(raw, end), kind: Kind::List(items) });
                }
                (event, raw) => items.push(self.node(parser, event, raw, depth + 1)?),
            }
        }
    }

    fn map(&mut self, parser: &mut Parser<'t, StrInput<'t>>, raw: RawSpan, depth: usize) -> Result<Node> {
        let (mut entries, mut merged, mut seen) = (Vec::<Entry>::new(), Vec::new(), HashSet::new());
        let end = loop {
            let (event, key_raw) = self.next(parser)?;
            if event == Event::MappingEnd {
                break key_raw;
            }
            let key_node = self.node(parser, event, key_raw, depth + 1)?;
            let Kind::Scalar(key) = key_node.kind else {
                return Err(Finding::new("yaml_syntax", key_node.span, "a key has to be a text"));
            };
            let (event, value_raw) = self.next(parser)?;
            let value = self.node(parser, event, value_raw, depth + 1)?;
            if &*key.text == "<<" && key.plain == Plain::Text {
                merged.push(value);
            } else if seen.insert(key.text.clone()) {
                entries.push(Entry { key: key.text, key_span: key_node.span, value });
            } else {
                self.findings.push(
                    Finding::new("duplicate_key", key_node.span, format!("`{}` is written twice", key.text))
                        .label("the second one")
                        .help("keep one of the two"),
                );
            }
        };
        for value in merged {
            merge(&mut entries, &mut seen, value)?;
        }
        Ok(Node { span: self.whole(raw, end), kind: Kind::Map(entries) })
    }

    fn whole(&self, start: RawSpan, end: RawSpan) -> Span {
        self.span(RawSpan::new(start.start, end.end))
    }
}

/// The meaning of a scalar without quotes.
fn plain(text: &str, span: Span) -> Result<Plain> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        ".inf" | ".Inf" | ".INF" | "-.inf" | "+.inf" | ".nan" | ".NaN" | ".NAN" => {
            return Err(Finding::new("yaml_syntax", span, format!("`{text}` is no number that JSON has"))
                .help("put it in quotes if it is a text"));
        }
        _ => number(text).unwrap_or(Plain::Text),
    })
}

/// The tab that the line at a place, or the one behind it, begins with.
fn tab_indent(text: &str, at: usize) -> Option<usize> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut lines = text[start..].split_inclusive('\n').take(2).scan(start, |next, line| {
        let here = *next;
        *next += line.len();
        Some((here, line))
    });
    lines.find_map(|(from, line)| {
        let indent = line.len() - line.trim_start().len();
        line[..indent].find('\t').map(|tab| from + tab)
    })
}

/// The mistakes that everybody makes.
fn syntax_help(text: &str, at: usize) -> Option<String> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if text[at..].starts_with('\t') {
        return Some("YAML is indented with spaces".to_owned());
    }
    if line.contains("${") {
        return Some("put the expression in quotes: `key: \"${...}\"`".to_owned());
    }
    let open = |opening: char, closing: char| {
        let before = &text[..start];
        (before.matches(opening).count() > before.matches(closing).count()).then_some(opening)
    };
    if let Some(bracket) = open('[', ']').or_else(|| open('{', '}')) {
        return Some(format!("is a `{bracket}` above not closed?"));
    }
    let help = "is the line indented like its neighbours, and does a text with `: ` in it stand in quotes?";
    line.contains(':').then(|| help.to_owned())
}

/// A number by YAML 1.2's core schema; whole ones beyond 64 bits are texts, since no AWS property takes them.
fn number(text: &str) -> Option<Plain> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Plain::Int);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Plain::Int);
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Plain::Int);
    }
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let float: f64 = unsigned.chars().all(digits).then(|| text.parse().ok())??;
    float.is_finite().then_some(Plain::Float(float))
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
    }
}

/// `<<: *base` or a list of them: what the mapping does not have itself.
fn merge(entries: &mut Vec<Entry>, seen: &mut HashSet<Arc<str>>, value: Node) -> Result<()> {
    match value.kind {
        Kind::Map(more) => {
            entries.extend(more.into_iter().filter(|entry| seen.insert(entry.key.clone())));
            Ok(())
        }
        Kind::List(items) => items.into_iter().try_for_each(|item| merge(entries, seen, item)),
        Kind::Scalar(_) => {
            Err(Finding::new("yaml_syntax", value.span, "`<<` takes a mapping or a list of mappings"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn tree(text: &str) -> Node {
        parse(FileId(0), text).unwrap()
    }

    fn covered<'t>(text: &'t str, node: &Node) -> &'t str {
        &text[node.span.start as usize..node.span.end as usize]
    }

    #[test]
    fn every_value_knows_its_place() {
        let text =
            "größe: {a: \"ü${x}\", b: plain text  # why\n}\nlist:\n  - one\n  - |\n    two\n    lines\n";
        let root = tree(text);
        let inner = root.get("größe").unwrap();
        assert_eq!(covered(text, inner.get("a").unwrap()), "\"ü${x}\"");
        assert_eq!(covered(text, inner.get("b").unwrap()), "plain text");
        let Kind::List(items) = &root.get("list").unwrap().kind else { panic!("a list") };
        assert_eq!(covered(text, &items[0]), "one");
        assert_eq!(covered(text, &items[1]), "two\n    lines");
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        use Plain::{Bool, Float, Int, Null, Text};

        let root = tree("[1, 0x1F, 0o17, -2, 1.5, 1e3, yes, 'true', true, ~, 012, 1_000, 10.0.0.0, 1.2.3]");
        let Kind::List(items) = root.kind else { panic!("a list") };
        let plain: Vec<_> = items
            .iter()
            .map(|item| match &item.kind {
                Kind::Scalar(scalar) => scalar.plain,
                _ => panic!("a scalar"),
            })
            .collect();
        assert_eq!(
            plain,
            [
                Int(1),
                Int(31),
                Int(15),
                Int(-2),
                Float(1.5),
                Float(1000.0),
                Text,
                Text,
                Bool(true),
                Null,
                Int(12),
                Text,
                Text,
                Text
            ]
        );
    }

    #[test]
    fn anchors_and_merge_keys() {
        let root = tree("base: &b {a: 1, b: 2}\nmore: {<<: *b, b: 3}\n");
        let more = root.get("more").unwrap();
        let Kind::Scalar(b) = &more.get("b").unwrap().kind else { panic!("a scalar") };
        assert_eq!(b.plain, Plain::Int(3));
        assert!(more.get("a").is_some());
    }

    #[test]
    fn aliases_can_not_blow_up_memory() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let alias = format!("*a{}, ", level - 1).repeat(10);
            writeln!(text, "a{level}: &a{level} [{}]", alias.trim_end_matches(", ")).unwrap();
        }
        let findings = parse(FileId(0), &text).unwrap_err();
        assert!(findings[0].message.contains("nodes"), "{}", findings[0].message);
    }

    #[test]
    fn duplicate_keys_are_all_found() {
        let findings = parse(FileId(0), "a: 1\nb: 2\na: 3\nb: 4\n").unwrap_err();
        assert_eq!(findings.len(), 2);
    }
}
