//! The whole engine (observe, diff, plan, apply, ledger) on the simulated cloud, on tokio's paused clock: hours of
//! waiting pass in milliseconds, and every run is the same.

mod adoption;
mod convergence;
mod graph;
mod layers;
mod order;
mod patience;
mod world;
