//! An in-memory cloud: every type of the catalog, with latencies, eventual consistency and faults.
