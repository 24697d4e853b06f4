//! A person's machine in folders of its own, where nudge runs and its daemon lives.
//!
//! Nothing of the caller's environment gets in. The daemon that was started here is stopped when the home goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Result;
use super::stopwatch::{said, time};
use super::{eavesdrop, floor};

/// The binary that is measured.
pub(super) const NUDGE: &str = env!("CARGO_BIN_EXE_nudge");

/// The system's own folders, and nothing of whoever runs this.
pub(super) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A HOME on the disk that is measured, with the socket where its path is short.
pub(super) struct Home {
    folder: TempDir,
    state: TempDir,
}

impl Home {
    /// Makes an empty one under `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        Ok(Self { folder: TempDir::with_prefix_in("home-", folder)?, state: TempDir::with_prefix("n")? })
    }

    /// Returns the folder that all of it lies in, but for the socket and what is beside it.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.state.path().join("nudge.sock")
    }

    /// Returns a command of nudge, which writes to nobody.
    pub(super) fn nudge(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(NUDGE);
        command.env("NUDGE_STATE_DIR", self.state.path()).args(arguments);
        command
    }

    /// Returns a command of the floor program that makes the request in a file.
    pub(super) fn floor(&self, request: &Path) -> Result<Command> {
        let mut command = self.command(std::env::current_exe()?);
        command.arg(floor::NAME).arg(self.socket()).arg(request);
        Ok(command)
    }

    /// Writes the request for a page that `nudge ls --limit 25` makes to a file, with its token.
    pub(super) fn page_request(&self) -> Result<PathBuf> {
        let through = self.state.path().join("through");
        let mut command = self.nudge(&["ls", "--limit", "25", "--socket"]);
        command.arg(&through);
        let said = eavesdrop::listen(&through, &self.socket(), || time(&mut command).map(drop))?;
        fs::remove_file(&through)?;
        let request = eavesdrop::request(&said, b"GET /v1/tasks?").ok_or("`nudge ls` did not ask for a page")?;
        let file = self.path().join("request");
        fs::write(&file, request)?;
        Ok(file)
    }

    /// Starts the daemon unless it runs, and returns its process id.
    pub(super) fn start(&self) -> Result<u32> {
        Ok(said(&mut self.nudge(&["daemon", "start", "-q"]))?.trim().parse()?)
    }

    /// Stops the daemon and waits for its end.
    pub(super) fn stop(&self) -> Result<()> {
        said(&mut self.nudge(&["daemon", "stop"])).map(drop)
    }

    /// Returns a command in this home: its environment and nothing else, and no terminal.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", PATH)
            .env("TZ", "UTC")
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.socket().exists() {
            // Where a command has failed before, this one may too; the first failure is the one to tell.
            let _ = self.stop();
        }
    }
}
