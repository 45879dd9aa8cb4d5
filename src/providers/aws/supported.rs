//! What a handler can write: a property that it can't is an error that names it, never silently dropped.

use crate::model::{Json, JsonMap, PropertyPath};
use crate::providers::{ErrorKind, ProviderError, Result, Update, at};

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

/// Refuses to take back what has no default that an update could name; `sticky` are generalised paths.
pub fn refuse_removal(request: &Update<'_>, sticky: &[&str], operation: &'static str) -> Result<()> {
    let is_removed = |path: &&&str| {
        at(request.properties, path).is_none_or(Json::is_null)
            && request.delta.removed.iter().any(|removed| overlaps(removed, path))
    };
    sticky.iter().find(is_removed).map_or(Ok(()), |path| {
        let message = format!("{path} can't be taken back, only changed: write the value it shall have");
        Err(ProviderError::new(ErrorKind::Unsupported, operation, message))
    })
}

/// Whether a change lies at or under a path (`ResourcesVpcConfig.SubnetIds`), or takes in all of it.
pub fn overlaps(touched: &PropertyPath, path: &str) -> bool {
    let touched = touched.generalised();
    lies_in(&touched, path) || lies_in(path, &touched)
}

fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
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
