//! Domain names and ids as Route 53 writes them.

/// A domain name without its last dot, in lower case, with `\052` and its like as the characters they stand
/// for.
pub fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name.trim_end_matches('.');
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let Some(code) = code.filter(u8::is_ascii) {
            out.push(char::from(code));
            rest = &rest[at + 4..];
        } else {
            out.push('\\');
            rest = &rest[at + 1..];
        }
    }
    out.push_str(rest);
    out.to_ascii_lowercase()
}

/// Whether two texts name the same domain.
pub fn is_same(a: &str, b: &str) -> bool {
    normal(a) == normal(b)
}

/// `Z123` of `/hostedzone/Z123`.
pub fn id(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_what_they_mean() {
        assert!(is_same("\\052.Example.com.", "*.example.com"));
        assert!(!is_same("www.example.com", "example.com"));
        assert_eq!(normal("a\\.b"), "a\\.b");
        assert_eq!(id("/hostedzone/Z123"), "Z123");
    }
}
