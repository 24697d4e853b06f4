//! What signing in costs: logins per second against the machine's own argon2 rate, what meanwhile becomes of other
//! requests and of the daemon's memory, and whether the time of a refusal tells which emails are known.
//!
//! `cargo bench --locked --profile dist --bench accounts` prints a Markdown table. It judges, and never fails for a figure.
//! It knows the binary from outside: its commands, its file of settings and its HTTP interface.

mod bench;
mod daemon;
mod floor;
mod gap;
mod http;
mod logins;
mod plan;
mod reads;
#[allow(dead_code, reason = "each benchmark uses its part")]
#[path = "../shared/mod.rs"]
mod shared;

use std::process::ExitCode;

use plan::Plan;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    shared::tell(Plan::read(&arguments).and_then(|plan| plan.measure()))
}
