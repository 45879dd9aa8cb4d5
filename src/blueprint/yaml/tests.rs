//! What is read from YAML texts, and what is said of those that are none.

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
    let text = "größe: {a: \"ü${x}\", b: plain text  # why\n}\nlist:\n  - one\n  - |\n    two\n    lines\n";
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
