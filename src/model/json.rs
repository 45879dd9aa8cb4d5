//! Resolved, CloudFormation-shaped JSON: what a handler is given and what it reports.

/// Any JSON value.
pub type Json = serde_json::Value;
/// A JSON object; keys keep the order they were written in.
pub type JsonMap = serde_json::Map<String, Json>;
