//! What commands cost a person, in wall time: `ls`, `add`, an import and the first command with no daemon running,
//! against a floor program, and against Taskwarrior where `task` is installed.
//!
//! `cargo bench --locked --profile dist --bench commands` prints a Markdown table. It judges, and never fails for a time: only a
//! command that fails ends it with an error. It knows the binary from outside, as a person does.

mod eavesdrop;
mod floor;
mod home;
mod machine;
mod plan;
mod report;
mod stopwatch;
mod tasks;
mod taskwarrior;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use plan::Plan;

/// Any failure ends the whole, with its reason.
type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, socket, request] = &arguments[..]
        && first == floor::NAME
    {
        return floor::run(socket, request);
    }
    match Plan::read(&arguments).and_then(|plan| plan.measure()) {
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
