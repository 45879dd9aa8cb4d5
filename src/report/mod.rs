//! What a person or a program reads: plan text, JSON, graphs, progress.

mod events;
pub mod explain;
pub mod graph;
pub mod json;
pub mod outputs;
mod progress;
pub mod resource;
pub mod stages;
mod table;
pub mod text;

#[cfg(test)]
mod tests;

pub use events::{JsonLines, PlainLines, ending};
pub use progress::{Progress, Waiting};
