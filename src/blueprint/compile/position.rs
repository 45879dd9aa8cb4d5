//! Where a part of a scalar's text stands in the file.

use super::super::diagnostics::offset;

/// The bytes of `written`, a scalar as it stands in the file, that a part of its text comes from; at least one.
/// `None` where escapes or folding keep the two apart.
pub fn of(written: &str, text: &str, (start, end): (u32, u32)) -> Option<(u32, u32)> {
    let (start, end) = (start as usize, end.max(start + 1) as usize);
    if let Some(shift) = written.find(text.trim_end()) {
        return Some((offset(shift + start), offset(shift + end)));
    }
    match (in_block(written, text, start), in_block(written, text, end - 1)) {
        (Some(first), Some(last)) => Some((offset(first), offset(last + 1))),
        _ => alone(written, text.get(start..end)?),
    }
}

/// A byte of a block's text: its lines stand in the file as they are, behind their indentation.
fn in_block(written: &str, text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?;
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text[line_start..].lines().next()?.trim_end();
    let number = before.matches('\n').count();
    let (above, here): (usize, &str) = written
        .split_inclusive('\n')
        .scan(0, |sum, line| {
            let above = *sum;
            *sum += line.len();
            Some((above, line))
        })
        .nth(number)?;
    let indent = here.trim_end().strip_suffix(line)?.len();
    Some(above + indent + at - line_start)
}

/// A part that stands in the file once.
fn alone(written: &str, part: &str) -> Option<(u32, u32)> {
    let mut found = written.match_indices(part);
    let (at, _) = found.next()?;
    found.next().is_none().then(|| (offset(at), offset(at + part.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered<'w>(written: &'w str, text: &str, part: &str) -> Option<&'w str> {
        let start = text.find(part).unwrap();
        let (start, end) = of(written, text, (offset(start), offset(start + part.len())))?;
        Some(&written[start as usize..end as usize])
    }

    #[test]
    fn parts_are_found_as_they_stand() {
        assert_eq!(covered("\"a ${b} c\"", "a ${b} c", "b"), Some("b"));
        assert_eq!(covered("one\n    two ${b}\n    ${b}", "one\ntwo ${b}\n${b}\n", "two"), Some("two"));
        assert_eq!(of("one\n    two ${b}\n    ${b}", "one\ntwo ${b}\n${b}\n", (15, 16)), Some((23, 24)));
    }

    #[test]
    fn folded_and_escaped_texts_are_searched() {
        assert_eq!(covered("a\n  ${name}", "a ${name}", "name"), Some("name"));
        assert_eq!(covered("\"\\t${name}\"", "\t${name}", "name"), Some("name"));
        assert_eq!(covered("\"\\t${x + x}\"", "\t${x + x}", "x"), None);
    }
}
