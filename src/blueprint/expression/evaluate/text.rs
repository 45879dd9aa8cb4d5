//! Values as parts of texts.

use super::super::value::{Instance, Val};

/// A value as a part of a text.
pub fn as_text(value: &Val) -> Result<String, String> {
    Ok(match value {
        Val::String(text) => text.to_string(),
        Val::Bool(flag) => flag.to_string(),
        Val::Int(number) => number.to_string(),
        Val::Float(number) => number.to_string(),
        Val::Absent(absent) => return Err(absent.0.clone()),
        Val::Secret(_) => {
            return Err("a secret can't be a part of a text: it has to be the whole value".to_owned());
        }
        Val::Resource(resource) => return Err(no_value(resource)),
        Val::List(_) | Val::Map(_) | Val::Group(_) | Val::Component(_) => {
            return Err(format!(
                "{} can't be a part of a text: use `toJson(...)` or `.join(',')`",
                value.describe()
            ));
        }
        other => return Err(format!("{} can't be a part of a text", other.describe())),
    })
}

/// A resource stands where a value should.
pub fn no_value(resource: &Instance) -> String {
    let id = resource.address.resource();
    let identifier = resource.schema.as_ref().and_then(|schema| match schema.primary_identifier()[..] {
        [name] if !name.contains('.') => Some(name.to_owned()),
        _ => schema.attributes().first().map(|name| (*name).to_owned()),
    });
    let example = identifier.map(|name| format!(", such as `{id}.{name}`")).unwrap_or_default();
    format!("`{id}` is a resource and no value: say which attribute of it{example}")
}
