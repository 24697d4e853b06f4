//! What commands cost a person, in wall time: `ls`, `add`, an import and the first command with no daemon running,
//! against a floor program, and against Taskwarrior where `task` is installed.
//!
//! `cargo bench --locked --profile dist --bench commands` prints a Markdown table. It judges, and never fails for a time: only a
//! command that fails ends it with an error. It knows the binary from outside, as a person does.

mod eavesdrop;
mod floor;
mod home;
mod plan;
#[allow(dead_code, reason = "each benchmark uses its part")]
#[path = "../shared/mod.rs"]
mod shared;
mod tasks;
mod taskwarrior;

use std::process::ExitCode;

use plan::Plan;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, socket, request] = &arguments[..]
        && first == floor::NAME
    {
        return floor::run(socket, request);
    }
    shared::tell(Plan::read(&arguments).and_then(|plan| plan.measure()))
}
