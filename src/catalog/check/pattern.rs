//! Texts against the schemas' patterns. Those are written for the engines of Java and JavaScript; what these read
//! otherwise than this crate's engine is rewritten before it is compiled.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex::{Regex, RegexBuilder};

use super::problem::ProblemKind;
use super::scalar::text;
use crate::model::Value;

/// What a compiled pattern may take, in bytes: repetitions of up to some thousand characters of any script fit.
const MOST_BYTES: usize = 8 << 20;

/// A text that does not match. Patterns that this crate's engine can't compile (look-around, mostly) are left to AWS.
pub(super) fn check(pattern: &Arc<str>, value: &Value) -> Option<ProblemKind> {
    let found = text(value)?;
    let misses = compiled(pattern).is_some_and(|regex| !regex.is_match(&found));
    misses.then(|| ProblemKind::Pattern { found, pattern: pattern.clone() })
}

/// Patterns are compiled once in a run: the same few stand at many places.
fn compiled(pattern: &Arc<str>) -> Option<Regex> {
    static COMPILED: LazyLock<RwLock<HashMap<Arc<str>, Option<Regex>>>> = LazyLock::new(RwLock::default);
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.clone();
    }
    let regex = compile(pattern);
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern.clone(), regex.clone());
    regex
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&rewritten(pattern)).size_limit(MOST_BYTES).build().ok()
}

/// The pattern in this crate's words: `[` means itself inside a class, a needless `\` nothing, and two surrogates
/// are one character.
fn rewritten(pattern: &str) -> String {
    const BEYOND_16_BITS: &str = r"\uD800\uDC00-\uDBFF\uDFFF";
    let pattern = pattern.replace(BEYOND_16_BITS, r"\x{10000}-\x{10FFFF}");
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match (c, in_class) {
            ('\\', _) => match chars.next() {
                Some(plain) if plain == '_' || "<>".contains(plain) || !plain.is_ascii() => out.push(plain),
                // The end of the text, which no line break follows here anyway.
                Some('Z') => out.push_str(r"\z"),
                Some(escaped) => {
                    out.extend(['\\', escaped]);
                    // Behind a class there is no range: the hyphen means itself.
                    if in_class && "wdsWDS".contains(escaped) && chars.next_if_eq(&'-').is_some() {
                        out.push_str(r"\-");
                    }
                }
                None => out.push('\\'),
            },
            ('[', false) => {
                in_class = true;
                out.push('[');
                // A `]` that comes first means itself.
                out.extend(chars.next_if_eq(&'^'));
                if chars.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
            }
            // `[:alpha:]` is a class of its own; two of `&` or `~` are an operator here and two of the same there.
            ('[', true) if chars.peek() != Some(&':') => out.push_str(r"\["),
            ('&' | '~', true) => out.extend(['\\', c]),
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog::Catalog;

    /// Those with look-around, which this crate's engine does not have, and a few that no engine takes.
    const NOT_COMPILED: usize = 158;

    fn fits(pattern: &str, text: &str) -> bool {
        check(&Arc::from(pattern), &Value::string(text)).is_none()
    }

    #[test]
    fn classes_are_read_as_java_reads_them() {
        let description = r"^([a-z,A-Z,0-9,. _\-:/()#,@[\]+=&;\{\}!$*])*$";
        assert!(fits(description, "web [a] & {b}") && !fits(description, "the gateway's nodes"));
        assert!(fits(r"^[[:alpha:]]+$", "ab") && !fits(r"^[[:alpha:]]+$", "a1"));
        assert!(fits(r"^[a&&b]+$", "a&b") && fits(r"^[^]a]$", "b") && !fits(r"^[^]a]$", "]"));
    }

    #[test]
    fn needless_escapes_and_surrogates_mean_what_they_stand_for() {
        assert!(fits(r"^[\w-.]+$", "a-b.") && !fits(r"^[\w-.]+$", "a+b"));
        assert!(fits(r"^[\w\_\-]+$", "a_b") && !fits(r"^\_$", "b"));
        let any = r"^[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*$";
        assert!(fits(any, "ü \u{1F600}") && !fits(any, "\u{1}"));
    }

    /// Whether it can't be read at all; one that would be too large is compiled by no test.
    fn is_unreadable(pattern: &str) -> bool {
        let outcome = RegexBuilder::new(&rewritten(pattern)).size_limit(1 << 10).build();
        matches!(outcome, Err(regex::Error::Syntax(_)))
    }

    #[test]
    fn few_patterns_of_the_catalog_are_left_to_aws() {
        let catalog = Catalog::embedded();
        let mut patterns: BTreeSet<Arc<str>> = BTreeSet::new();
        for schema in catalog.names().filter_map(|name| catalog.get(name)) {
            for property in schema.tree().all() {
                patterns.extend(property.pattern.clone());
                patterns.extend(property.pattern_properties.iter().map(|(pattern, _)| pattern.clone()));
            }
        }
        let left: Vec<_> = patterns.iter().filter(|pattern| is_unreadable(pattern)).collect();
        let others: Vec<_> = left.iter().filter(|pattern| !pattern.contains("(?")).collect();
        assert_eq!(left.len(), NOT_COMPILED, "of {}; without look-around: {others:#?}", patterns.len());
    }
}
