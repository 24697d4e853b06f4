//! What the commands are measured against, in the same home: the floor program and the request that it makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::shared::Result;
use super::shared::home::Home;
use super::shared::stopwatch::time;
use super::{eavesdrop, floor};

impl Home {
    /// Returns a command of the floor program that makes the request in a file.
    pub(super) fn floor(&self, request: &Path) -> Result<Command> {
        let mut command = self.command(std::env::current_exe()?);
        command.arg(floor::NAME).arg(self.socket()).arg(request);
        Ok(command)
    }

    /// Writes the request for a page that `nudge ls --limit 25` makes to a file, with its token.
    pub(super) fn page_request(&self) -> Result<PathBuf> {
        let through = self.state().join("through");
        let mut command = self.nudge(&["ls", "--limit", "25", "--socket"]);
        command.arg(&through);
        let said = eavesdrop::listen(&through, &self.socket(), || time(&mut command).map(drop))?;
        fs::remove_file(&through)?;
        let request = eavesdrop::request(&said, b"GET /v1/tasks?").ok_or("`nudge ls` did not ask for a page")?;
        let file = self.path().join("request");
        fs::write(&file, request)?;
        Ok(file)
    }
}
