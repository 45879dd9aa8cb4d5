//! Links the release binary at a fixed address on Linux.
//!
//! The AWS SDKs bring some 300,000 pointers in tables. In a position-independent executable the loader has to read and
//! write each of them at every start: ten megabytes and some milliseconds before `main`. Go's tools are linked so as well.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
