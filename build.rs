//! Stamps the build with its time, so that of two builds it can be said which is newer.
//!
//! It runs again only when what goes into the binary changes. `SOURCE_DATE_EPOCH` makes it reproducible
//! (<https://reproducible-builds.org/specs/source-date-epoch/>).

use std::time::{SystemTime, UNIX_EPOCH};

#[expect(clippy::disallowed_methods, reason = "a build has no clock and no settings but these")]
fn main() {
    for input in ["src", "migrations", "Cargo.toml", "Cargo.lock", "build.rs"] {
        println!("cargo:rerun-if-changed={input}");
    }
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let stamp = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok()).unwrap_or_else(now);
    // Ten digits with a marker before them, so that a test can make "another build" of a copied binary.
    println!("cargo:rustc-env=NUDGE_BUILD={stamp:010}");
}
