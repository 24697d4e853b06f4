//! The program: hands the arguments to the command line, and is the daemon when that says so.

use std::process::ExitCode;

use nudge::cli::{self, Outcome};

fn main() -> ExitCode {
    match cli::main(std::env::args_os()) {
        Outcome::Exit(code) => code,
        Outcome::Daemon(config) => match nudge::daemon::run(*config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => cli::report_daemon_error(&error.to_string(), error.hint(), error.exit_code()),
        },
    }
}
