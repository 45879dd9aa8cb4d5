//! Reads and writes CloudFormation-shaped JSON, the form of desired and live properties.

use crate::model::{Json, JsonMap};

/// Reads properties, with CloudFormation's coercions (`"80"` is a number where a number is asked for).
#[derive(Clone, Copy)]
pub struct Shape<'a>(pub &'a JsonMap);

impl<'a> Shape<'a> {
    /// Any value; `null` counts as absent.
    pub fn get(self, name: &str) -> Option<&'a Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn str(self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    /// A text, numbers and booleans included.
    pub fn text(self, name: &str) -> Option<String> {
        self.get(name).and_then(as_text)
    }

    /// A whole number.
    pub fn int(self, name: &str) -> Option<i64> {
        as_int(self.get(name)?)
    }

    /// A whole number of the SDK's most common width.
    pub fn i32(self, name: &str) -> Option<i32> {
        self.int(name).and_then(|number| i32::try_from(number).ok())
    }

    /// Any number.
    pub fn float(self, name: &str) -> Option<f64> {
        let value = self.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A flag.
    pub fn bool(self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    /// An object.
    pub fn object(self, name: &str) -> Option<Self> {
        self.get(name)?.as_object().map(Self)
    }

    /// A list of objects; empty where absent.
    pub fn objects(self, name: &str) -> Vec<Self> {
        self.list(name).iter().filter_map(Json::as_object).map(Self).collect()
    }

    /// A list of texts; empty where absent.
    pub fn strings(self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(as_text).collect()
    }

    /// A list of texts, if the property is there: absent and empty differ.
    pub fn strings_if_set(self, name: &str) -> Option<Vec<String>> {
        self.get(name).map(|_| self.strings(name))
    }

    /// A JSON document as text (policies), whether it was written as an object or as a text.
    pub fn document(self, name: &str) -> Option<String> {
        match self.get(name)? {
            Json::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        }
    }

    fn list(self, name: &str) -> &'a [Json] {
        self.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }
}

fn as_text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn as_int(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Writes live properties; what the service leaves out is left out.
#[derive(Debug, Default)]
pub struct Writer(JsonMap);

impl Writer {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a value if there is one.
    #[must_use]
    pub fn put(mut self, name: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Writes a value.
    #[must_use]
    pub fn set(self, name: &str, value: impl Into<Json>) -> Self {
        self.put(name, Some(value))
    }

    /// Writes a list unless it is empty.
    #[must_use]
    pub fn list<T: Into<Json>>(self, name: &str, items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<Json> = items.into_iter().map(Into::into).collect();
        self.put(name, (!items.is_empty()).then_some(items))
    }

    /// Writes a nested object unless it is empty.
    #[must_use]
    pub fn nest(self, name: &str, inner: Self) -> Self {
        self.put(name, (!inner.0.is_empty()).then_some(Json::Object(inner.0)))
    }

    /// The object.
    pub fn build(self) -> JsonMap {
        self.0
    }
}

impl From<Writer> for Json {
    fn from(writer: Writer) -> Self {
        Self::Object(writer.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_are_numbers_are_read_as_numbers() {
        let json = json!({"Port": "80", "Flag": "true", "Nothing": null});
        let shape = Shape(json.as_object().unwrap());
        assert_eq!(shape.i32("Port"), Some(80));
        assert_eq!(shape.bool("Flag"), Some(true));
        assert!(shape.get("Nothing").is_none());
    }

    #[test]
    fn nothing_empty_is_written() {
        let map = Writer::new()
            .put("A", None::<String>)
            .list("B", Vec::<String>::new())
            .nest("C", Writer::new())
            .set("D", 1)
            .build();
        assert_eq!(Json::Object(map), json!({"D": 1}));
    }
}
