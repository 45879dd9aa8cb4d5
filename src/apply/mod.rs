//! Carries a plan out: schedules, paces, waits, records. Emits [`Event`]s and knows nothing of their readers.

mod announce;
mod event;

pub use announce::{Announcement, AnnouncementError, Announcements};
pub use event::{Event, Outcome, Step};
