//! What a request refers to: it has to be there, and usable.

use std::collections::BTreeSet;

use super::cloud::{Call, State, error};
use super::held::Held;
use crate::model::{Json, JsonMap};
use crate::providers::{ErrorKind, Result};

/// Whether all that properties refer to can be used. `name` is their own, which may be that of one that is gone.
pub(super) fn check(
    state: &State,
    call: &Call<'_>,
    properties: &JsonMap,
    name: Option<&str>,
    now: u64,
) -> Result<()> {
    let mut texts = BTreeSet::new();
    properties.values().for_each(|value| texts_of(value, &mut texts));
    texts.retain(|text| Some(*text) != name);
    for text in texts {
        if state.store.is_ghost(text) {
            let message = format!("'{text}' does not exist");
            return Err(error(call, ErrorKind::Invalid, "InvalidParameterValue", message));
        }
        for (_, other) in state.store.called(text) {
            // A name says nothing about what it names; only made-up ids and ARNs are certain.
            if !text.contains(&other.seed) && !text.starts_with("arn:") {
                continue;
            }
            usable(other, now).map_err(|(kind, code)| {
                error(call, kind, code, format!("'{text}' ({}) can't be used", other.resource_type))
            })?;
        }
    }
    Ok(())
}

/// Whether something that exists can be referred to.
fn usable(other: &Held, now: u64) -> std::result::Result<(), (ErrorKind, &'static str)> {
    if other.visible_ms > now || (other.ready_ms <= now && other.usable_ms > now) {
        Err((ErrorKind::NotYet, "InvalidParameterValue"))
    } else if other.gone_ms.is_some() || other.broken.is_some() || other.ready_ms > now {
        Err((ErrorKind::Invalid, "IncorrectState"))
    } else {
        Ok(())
    }
}

fn texts_of<'a>(value: &'a Json, texts: &mut BTreeSet<&'a str>) {
    match value {
        Json::String(text) => drop(texts.insert(text)),
        Json::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Json::Object(map) => map.values().for_each(|item| texts_of(item, texts)),
        _ => {}
    }
}
