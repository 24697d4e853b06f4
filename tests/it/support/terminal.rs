//! A terminal, made by `script` of util-linux, for what looks otherwise to a person than to a pipe.

use std::process::Stdio;

use super::home::{Home, NUDGE, on_path};
use super::said::Said;
use super::skip::skip;

/// A terminal of some width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    columns: u16,
}

impl Terminal {
    /// Makes one, or says that the test `name` can't be made here.
    pub(crate) fn of(columns: u16, name: &str) -> Option<Self> {
        if on_path("script") && on_path("stty") {
            return Some(Self { columns });
        }
        skip(name, "`script` or `stty` is not installed");
        None
    }

    /// Runs a script of `sh` in it, in which `$nudge` is the binary. Both streams come back as one, in `out`, with
    /// the line breaks of a terminal made plain.
    #[track_caller]
    pub(crate) fn run(self, home: &Home, script: &str) -> Said {
        let mut command = home.command("script");
        command
            .env("nudge", NUDGE)
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .args(["-qec", &format!("stty cols {} rows 24 -echo; {script}", self.columns), "/dev/null"])
            .stdin(Stdio::null());
        let mut said = home.run(command, b"");
        said.out = said.out.replace("\r\n", "\n");
        said
    }
}
