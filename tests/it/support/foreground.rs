//! A daemon in the foreground, as a unit or a person runs it, or a tool that runs one.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::wait::eventually;

/// A process that ends with the test.
#[derive(Debug)]
pub(crate) struct Foreground {
    child: Child,
}

impl Foreground {
    /// Starts it, with its output to nowhere but for what `command` says.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let child = command.spawn().unwrap_or_else(|error| panic!("{shown} can't be run: {error}"));
        Self { child }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself and returns its exit code and what it wrote to stderr.
    #[track_caller]
    pub(crate) fn ended(mut self, limit: Duration) -> (Option<i32>, String) {
        let status = eventually("the process ends", limit, || self.child.try_wait().expect("it can be asked"));
        let mut text = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            // What a process leaves behind may hold the stream open; what it wrote is there already.
            errors.read_to_string(&mut text).expect("messages are UTF-8");
        }
        (status.code(), text)
    }

    /// Says that nobody will read what it writes.
    pub(crate) fn silent(command: &mut Command) -> &mut Command {
        command.stdout(Stdio::null()).stderr(Stdio::null())
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        // It has ended already in a test that waited for that.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
