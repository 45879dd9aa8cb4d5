//! Base64, JSON and digests.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::evaluate::no_value;
use super::super::value::Val;
use super::{Depth::Deep, Depth::Shallow, Function, Outcome, elements, function, text};
use crate::model::{Json, JsonMap};

pub(super) static FUNCTIONS: &[Function] = &[
    function("base64encode", "base64encode(text)", 1..=1, Shallow, encode),
    function("base64decode", "base64decode(text)", 1..=1, Shallow, decode),
    function("base64.encode", "base64.encode(text)", 1..=1, Shallow, encode),
    function("base64.decode", "base64.decode(text)", 1..=1, Shallow, decode),
    function("toJson", "toJson(value)", 1..=1, Deep, |a| Ok(Val::string(to_json(&a[0])?.to_string()))),
    function("fromJson", "fromJson(text)", 1..=1, Shallow, from_json),
    function("sha256", "sha256(text)", 1..=1, Shallow, sha256),
];

fn encode(arguments: &[Val]) -> Outcome {
    Ok(Val::string(STANDARD.encode(text("base64encode", &arguments[0])?)))
}

fn decode(arguments: &[Val]) -> Outcome {
    let decoded = STANDARD.decode(text("base64decode", &arguments[0])?);
    let bytes = decoded.map_err(|error| format!("not base64: {error}"))?;
    String::from_utf8(bytes).map(Val::string).map_err(|_| "what is encoded is no text".to_owned())
}

fn from_json(arguments: &[Val]) -> Outcome {
    let json: Json = serde_json::from_str(text("fromJson", &arguments[0])?)
        .map_err(|error| format!("not JSON: {error}"))?;
    Ok(Val::from(&json))
}

fn sha256(arguments: &[Val]) -> Outcome {
    let digest = Sha256::digest(text("sha256", &arguments[0])?.as_bytes());
    Ok(Val::string(digest.iter().fold(String::new(), |mut out, byte| {
        // Writing into a String does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })))
}

/// A known value as JSON, `null` kept.
pub(super) fn to_json(value: &Val) -> Result<Json, String> {
    Ok(match value {
        Val::Null => Json::Null,
        Val::Bool(flag) => Json::from(*flag),
        Val::Int(number) => Json::from(*number),
        Val::Float(number) => Json::from(*number),
        Val::String(text) => Json::from(&**text),
        Val::Map(map) => Json::Object(
            map.iter()
                .map(|(key, item)| Ok((key.to_string(), to_json(item)?)))
                .collect::<Result<JsonMap, String>>()?,
        ),
        Val::List(_) | Val::Group(_) => {
            Json::Array(elements("toJson", value)?.iter().map(to_json).collect::<Result<_, _>>()?)
        }
        Val::Traced(traced) => to_json(&traced.value)?,
        Val::Secret(_) => {
            return Err("a secret can't be a part of a text: it has to be the whole value".to_owned());
        }
        Val::Resource(resource) => return Err(no_value(resource)),
        Val::Absent(absent) => return Err(absent.0.clone()),
        other => return Err(format!("{} is no JSON", other.describe())),
    })
}
