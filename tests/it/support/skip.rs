//! Saying that a test could not be made here, so that a green run never hides it.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Tells that `name` is not tested and why, past the test runner's capture, and in the file that `NUDGE_SKIPS` names.
#[expect(clippy::disallowed_methods, reason = "a setting of the test run, not of the program")]
pub(crate) fn skip(name: &str, why: &str) {
    let line = format!("SKIP {name}: {why}\n");
    // A lost line on a terminal must not fail the test.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(file) = std::env::var_os("NUDGE_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(file);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the file of skips can be written");
    }
}
