//! What a person or a program reads: plan text, JSON, graphs, progress.

mod events;
pub mod explain;
mod progress;

pub use events::{JsonLines, PlainLines, ending};
pub use progress::Progress;
