//! Digests of data: for fingerprints, generated names, tokens and the ownership tag.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 128 bits of a SHA-256, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest([u8; 16]);

impl Digest {
    /// Of any bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&hash[..16]);
        Self(short)
    }

    /// Of JSON, independent of the order of object keys.
    pub fn of_json(value: &super::Json) -> Self {
        let mut text = String::new();
        canonical(value, &mut text);
        Self::of(text.as_bytes())
    }

    /// The first `len` characters in base 36, fit for names (`[a-z0-9]`).
    pub fn base36(&self, len: usize) -> String {
        let mut number = u128::from_be_bytes(self.0);
        let mut out = String::with_capacity(len);
        for _ in 0..len {
            let digit = u32::try_from(number % 36).unwrap_or_default();
            out.push(char::from_digit(digit, 36).unwrap_or('0'));
            number /= 36;
        }
        out
    }
}

/// Four base64url characters (24 bits) of a text's SHA-256: the entries of the ownership tag.
pub fn short_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..3])
}

fn canonical(value: &super::Json, out: &mut String) {
    use super::Json;
    match value {
        Json::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (key, item) in keys {
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push(':');
                canonical(item, out);
                out.push(',');
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_does_not_matter_and_values_do() {
        assert_eq!(
            Digest::of_json(&json!({"a": 1, "b": [1, 2]})),
            Digest::of_json(&json!({"b": [1, 2], "a": 1}))
        );
        assert_ne!(Digest::of_json(&json!({"a": 1})), Digest::of_json(&json!({"a": "1"})));
    }

    #[test]
    fn a_digest_survives_json() {
        let digest = Digest::of(b"x");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
    }

    #[test]
    fn short_hashes_have_four_characters() {
        assert_eq!(short_hash("VersioningConfiguration.Status").len(), 4);
    }
}
