//! Desired x live -> changes. Pure: no I/O, not async.
