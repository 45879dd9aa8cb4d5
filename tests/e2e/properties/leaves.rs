//! The scalars under `properties:` of a blueprint file, with their places in the text.

use std::fmt;

use saphyr_parser::{Event, Parser, Span};

/// One scalar.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The resource's id in the file.
    pub resource: String,
    /// Its type.
    pub resource_type: String,
    /// The property's path, list positions as `*`: what the catalog asks for.
    pub path: String,
    /// The same with positions, which tells two items of a list apart.
    pub exact: String,
    /// The value as it is written, without quotes.
    pub text: String,
    span: Span,
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.resource, self.exact, self.resource_type)
    }
}

/// All of a file, in order.
pub fn of(text: &str) -> Vec<Leaf> {
    let mut events = Parser::new_from_str(text).map(|event| event.expect("a shipped file is YAML"));
    let mut walker = Walker::default();
    while let Some((event, span)) = events.next() {
        if matches!(event, Event::MappingStart(..)) {
            walker.mapping(&mut events);
            break;
        }
        let _ = span;
    }
    walker.leaves
}

/// The file with another value for one scalar, which may have moved since it was read.
pub fn replaced(text: &str, leaf: &Leaf, value: &str) -> String {
    let now = of(text).into_iter().find(|now| now.resource == leaf.resource && now.exact == leaf.exact);
    let span = now.unwrap_or_else(|| panic!("{leaf} is gone")).span;
    let byte = |index: usize| text.char_indices().nth(index).map_or(text.len(), |(byte, _)| byte);
    let (start, end) = (byte(span.start.index()), byte(span.end.index()));
    let written = &text[start..end];
    let kept = written.len() - written.trim_end().len();
    format!("{}{value}{}", &text[..start], &text[end - kept..])
}

/// Walks the events with the path in hand.
#[derive(Default)]
struct Walker {
    path: Vec<String>,
    resource: String,
    resource_type: String,
    leaves: Vec<Leaf>,
}

impl Walker {
    fn mapping<'a>(&mut self, events: &mut impl Iterator<Item = (Event<'a>, Span)>) {
        while let Some((Event::Scalar(key, ..), _)) = events.next() {
            self.path.push(key.into_owned());
            let (event, span) = events.next().expect("a key has a value");
            self.value(&event, span, events);
            self.path.pop();
        }
    }

    fn value<'a>(
        &mut self,
        event: &Event<'a>,
        span: Span,
        events: &mut impl Iterator<Item = (Event<'a>, Span)>,
    ) {
        match event {
            Event::Scalar(text, ..) => self.scalar(text, span),
            Event::MappingStart(..) => self.mapping(events),
            Event::SequenceStart(..) => {
                for position in 0.. {
                    let (event, span) = events.next().expect("a list ends");
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    self.path.push(position.to_string());
                    self.value(&event, span, events);
                    self.path.pop();
                }
            }
            other => panic!("a blueprint has no {other:?}"),
        }
    }

    /// `resources`, its position, then `id`, `type` or `properties` and what lies below.
    fn scalar(&mut self, text: &str, span: Span) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["resources", _, "id"] => text.clone_into(&mut self.resource),
            ["resources", _, "type"] => text.clone_into(&mut self.resource_type),
            ["resources", _, "properties", exact @ ..] => {
                let general =
                    |part: &&str| if part.parse::<usize>().is_ok() { "*" } else { *part }.to_owned();
                let leaf = Leaf {
                    resource: self.resource.clone(),
                    resource_type: self.resource_type.clone(),
                    path: exact.iter().map(general).collect::<Vec<_>>().join("."),
                    exact: exact.join("."),
                    text: text.to_owned(),
                    span,
                };
                self.leaves.push(leaf);
            }
            _ => {}
        }
    }
}

#[test]
fn a_scalar_is_replaced_where_it_stands() {
    let text =
        "# über\nresources:\n  - id: a\n    type: T\n    properties: {X: 1, Y: [\"two\", three]} # end\n";
    let leaves = of(text);
    let paths: Vec<_> = leaves.iter().map(|leaf| (leaf.exact.as_str(), leaf.path.as_str())).collect();
    assert_eq!(paths, [("X", "X"), ("Y.0", "Y.*"), ("Y.1", "Y.*")]);
    let changed = replaced(&replaced(text, &leaves[1], "'deux'"), &leaves[2], "trois");
    assert!(changed.ends_with("{X: 1, Y: ['deux', trois]} # end\n"), "{changed}");
}

#[test]
fn a_block_keeps_its_mark() {
    let text = "resources:\n  - id: a\n    properties:\n      X: |\n        one\n        two\n      Y: 3\n";
    let changed = replaced(text, &of(text)[0], "other");
    assert_eq!(changed, "resources:\n  - id: a\n    properties:\n      X: |\n        other\n      Y: 3\n");
}
