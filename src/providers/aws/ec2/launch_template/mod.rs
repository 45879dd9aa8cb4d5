//! `AWS::EC2::LaunchTemplate`: the template ([`template`]), and its data both ways ([`data`]) by rules
//! ([`convert`]) that are the same for every one of its parts.

#[macro_use]
mod convert;
mod data;
mod template;

pub use template::LaunchTemplate;
