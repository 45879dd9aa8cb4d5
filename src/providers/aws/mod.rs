//! AWS over its SDK.
