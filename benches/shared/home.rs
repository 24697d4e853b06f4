//! A person's machine in folders of its own, where nudge runs and its daemon lives.
//!
//! Nothing of the caller's environment gets in. The daemon that was started here is stopped when the home goes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Result;
use super::stopwatch::said;

/// The binary that is measured.
pub(crate) const NUDGE: &str = env!("CARGO_BIN_EXE_nudge");

/// Names the profile that it was built with: cargo builds into a folder of that name.
pub(crate) fn profile() -> String {
    let folder = Path::new(NUDGE).parent().and_then(Path::file_name).unwrap_or_default();
    folder.to_string_lossy().into_owned()
}

/// The system's own folders, and nothing of whoever runs this.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A HOME on the disk that is measured, with the socket where its path is short.
pub(crate) struct Home {
    folder: TempDir,
    state: TempDir,
}

impl Home {
    /// Makes an empty one under `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self { folder: TempDir::with_prefix_in("home-", folder)?, state: TempDir::with_prefix("n")? })
    }

    /// Returns the folder that all of it lies in, but for the socket and what is beside it.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of the socket, whose path is short.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// Returns the socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.state.path().join("nudge.sock")
    }

    /// Returns a command of nudge, which writes to nobody.
    pub(crate) fn nudge(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(NUDGE);
        command.env("NUDGE_STATE_DIR", self.state.path()).args(arguments);
        command
    }

    /// Starts the daemon unless it runs, and returns its process id.
    pub(crate) fn start(&self) -> Result<u32> {
        Ok(said(&mut self.nudge(&["daemon", "start", "-q"]))?.trim().parse()?)
    }

    /// Stops the daemon and waits for its end.
    pub(crate) fn stop(&self) -> Result<()> {
        said(&mut self.nudge(&["daemon", "stop"])).map(drop)
    }

    /// Returns a command in this home: its environment and nothing else, and no terminal.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
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
