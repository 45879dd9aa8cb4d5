//! Amazon EC2: one `Describe*` call a type and region, filtered by the stack's tag, 1,000 a page.

mod tagging;
mod vpc;

pub use vpc::Vpc;

/// The word that calls are signed for.
const SERVICE: &str = "ec2";
