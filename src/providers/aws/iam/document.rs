//! Policy documents: IAM returns them percent-encoded (RFC 3986).

use crate::model::Json;

/// A document as JSON; as text if it is none.
pub fn decode(encoded: &str) -> Json {
    let text = percent_decode(encoded);
    serde_json::from_str(&text).unwrap_or(Json::String(text))
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2).and_then(hex)).flatten();
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_come_encoded_or_plain() {
        let expected = json!({"Version": "2012-10-17", "Note": "100%é"});
        assert_eq!(
            decode("%7B%22Version%22%3A%222012-10-17%22%2C%22Note%22%3A%22100%25%C3%A9%22%7D"),
            expected
        );
        assert_eq!(decode(r#"{"Version": "2012-10-17", "Note": "100%é"}"#), expected);
    }
}
