//! What the benchmark programs share: a home to run nudge in, what the machine is, taking times, and the table.
//!
//! It must not know what is measured.

pub(crate) mod home;
pub(crate) mod machine;
pub(crate) mod report;
pub(crate) mod stopwatch;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// Any failure ends the whole, with its reason.
pub(crate) type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Prints what was measured, or why it could not be.
pub(crate) fn tell(measured: Result<String>) -> ExitCode {
    match measured {
        Ok(report) => match io::stdout().write_all(report.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => {
            // Where even that can't be said, the exit code says it.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Tells a waiting person what is being measured.
pub(crate) fn progress(what: &str) {
    // Nobody may be listening; that is no reason to stop.
    let _ = writeln!(io::stderr(), "measuring: {what}");
}
