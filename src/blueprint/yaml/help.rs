//! What is said of a text that is no YAML: the mistakes that everybody makes.

/// The tab that the line at a place, or the one behind it, begins with.
pub(super) fn tab_indent(text: &str, at: usize) -> Option<usize> {
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
pub(super) fn syntax_help(text: &str, at: usize) -> Option<String> {
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
