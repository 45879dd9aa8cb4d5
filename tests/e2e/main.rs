//! The binary against AWS over the wire: emulators on free ports, the shipped blueprints, and boto3 as a
//! second pair of eyes that shares no code with stackctl.
//!
//! Each test has a folder and an AWS account of its own, so all run side by side against one emulator.
//! Without Python they print SKIPPED and why; where `CI` is set they fail instead.
#![cfg(feature = "aws")]

mod emulators;
mod other_client;
mod workspace;

mod crash;
mod drift;
mod environments;
mod locks;
mod properties;
mod reads;
mod refresh;
mod removal;
mod stages;
