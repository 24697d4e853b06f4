//! Taskwarrior in a home of its own, to compare with. It is set up as a person leaves it, but asks nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::shared::Result;
use super::shared::home::{Home, PATH};
use super::shared::stopwatch::said;

const SETTINGS: &str = "data.location=~/.task\nconfirmation=off\nnews.version=9.9.9\n";

/// Taskwarrior with its own data.
pub(super) struct Taskwarrior(Home);

impl Taskwarrior {
    /// Returns which version is installed, if any is.
    pub(super) fn version(folder: &Path) -> Result<Option<String>> {
        if !PATH.split(':').any(|folder| Path::new(folder).join("task").is_file()) {
            return Ok(None);
        }
        let version = said(&mut Self::new(folder)?.task(&["--version"]))?;
        Ok(Some(version.trim().to_owned()))
    }

    /// Sets an empty one up under `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let home = Home::new(folder)?;
        fs::create_dir(home.path().join(".task"))?;
        fs::write(home.path().join(".taskrc"), SETTINGS)?;
        Ok(Self(home))
    }

    /// Returns one of its commands.
    pub(super) fn task(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command("task");
        command.args(arguments);
        command
    }
}
