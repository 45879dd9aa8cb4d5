//! What a handler can write: a property that it can't is an error that names it, never silently dropped.

use crate::model::JsonMap;
use crate::providers::{ErrorKind, ProviderError, Result};

/// Refuses properties that are not in `supported`; `operation` is the call that would have carried them.
pub fn only(properties: &JsonMap, supported: &[&str], operation: &'static str) -> Result<()> {
    let refused: Vec<&str> = properties
        .iter()
        .filter(|(name, value)| !value.is_null() && !supported.contains(&name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("can't set {}: take it out of the blueprint", refused.join(", "));
    Err(ProviderError::new(ErrorKind::Unsupported, operation, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_supported_is_named() {
        let properties = json!({"Name": "a", "Beta": 1, "Nothing": null});
        let error = only(properties.as_object().unwrap(), &["Name"], "svc:Create").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(error.message, "can't set Beta: take it out of the blueprint");
    }
}
