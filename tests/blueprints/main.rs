//! What the shipped blueprints promise beyond being valid: what waits for what, who stands in for whom, and that there is
//! room. All of it offline, from what they compile to.

mod capacity;
mod delivery;
mod names;
mod order;
mod refused;
mod stage;
