//! Carries a plan out: schedules, paces, waits, records. Emits [`Event`]s and knows nothing of their readers.

mod event;

pub use event::{Event, Outcome, Step};
