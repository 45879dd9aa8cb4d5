//! The lock and the history of applies, on an object store; never a source of truth.
