//! The ordered graph of changes, with a fingerprint of what it was computed from. Pure.
