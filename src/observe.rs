//! Reads live state in bulk, in parallel, by scope.
