//! YAML 1.2 with the place of every key and value: what `saphyr-parser` reports, built into a tree.

mod help;
mod node;
mod scalar;
mod tag;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as RawSpan, StrInput, Tag};

use super::diagnostics::{FileId, Finding, Span, offset};
use help::{syntax_help, tab_indent};
use scalar::plain;

pub use node::{Entry, Kind, Node, Plain, Scalar};

/// Aliases may not blow a file up beyond this many nodes.
const MAX_NODES: usize = 2_000_000;
/// Deeper nesting than any blueprint has; the tree is walked recursively.
const MAX_DEPTH: usize = 128;

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
        let (anchor, tag, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, raw),
            Event::Scalar(text, style, anchor, tag) => {
                let text: Arc<str> = Arc::from(&*text);
                let span = self.span(raw);
                let plain = match style {
                    // What a tag says of it comes first.
                    ScalarStyle::Plain if tag.is_none() => plain(&text, span)?,
                    _ => Plain::Text,
                };
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                (anchor, tag, Node { span, kind: Kind::Scalar(Scalar { text, block, plain }) })
            }
            Event::SequenceStart(anchor, tag) => (anchor, tag, self.list(parser, raw, depth)?),
            Event::MappingStart(anchor, tag) => (anchor, tag, self.map(parser, raw, depth)?),
            _ => return Ok(self.empty(raw)),
        };
        let node = match tag {
            Some(tag) => self.tagged(&tag, node),
            None => node,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// The node as its tag says; one whose tag is reported is taken as it stands, so that all else is found too.
    fn tagged(&mut self, tag: &Tag, node: Node) -> Node {
        match tag::tagged(tag, node.clone()) {
            Ok(node) => node,
            Err(finding) => {
                self.findings.push(finding);
                node
            }
        }
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
