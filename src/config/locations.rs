//! The file `locations` at the default place: which folders the XDG variables named when the daemon started.
//!
//! One line a folder, its name, a space and the path as it is. Where the variables are not set, as under cron,
//! the same database is found by it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{ConfigError, private};

const NAMES: [&str; 3] = ["config", "data", "state"];

/// What the file says, and what it is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locations {
    folder: PathBuf,
    found: BTreeMap<&'static str, PathBuf>,
    wanted: BTreeMap<&'static str, PathBuf>,
}

impl Locations {
    /// Reads the file in `folder`; one that is missing, somebody else's or unreadable says nothing.
    pub(super) fn read(folder: PathBuf) -> Self {
        let text = private::read(&folder.join("locations"), private::Others::MayRead).unwrap_or_default();
        let found: BTreeMap<_, _> = text.split(|&byte| byte == b'\n').filter_map(line).collect();
        Self { wanted: found.clone(), folder, found }
    }

    /// Returns what the file says of a folder.
    pub(super) fn get(&self, name: &str) -> Option<PathBuf> {
        self.found.get(name).cloned()
    }

    /// Says what the file is to say of a folder: nothing where it is the default.
    pub(super) fn set(&mut self, name: &'static str, path: Option<PathBuf>) {
        // A path with a line break in it could not be read back.
        match path.filter(|path| !path.as_os_str().as_bytes().contains(&b'\n')) {
            Some(path) => self.wanted.insert(name, path),
            None => self.wanted.remove(name),
        };
    }

    /// Writes the file if it is to say something else than it does.
    pub(super) fn write(&self) -> Result<(), ConfigError> {
        if self.wanted == self.found {
            return Ok(());
        }
        let file = self.folder.join("locations");
        let outcome = if self.wanted.is_empty() { remove(&file) } else { self.store(&file) };
        outcome.map_err(|error| {
            ConfigError::folder(
                format!("can't write `{}`: {error}", file.display()),
                "without it, cron and units that lack the XDG variables look for the tasks elsewhere",
            )
        })
    }

    fn store(&self, file: &Path) -> io::Result<()> {
        private::folder(&self.folder)?;
        let mut text = Vec::new();
        for (name, path) in &self.wanted {
            text.extend_from_slice(name.as_bytes());
            text.push(b' ');
            text.extend_from_slice(path.as_os_str().as_bytes());
            text.push(b'\n');
        }
        private::write(file, &text)
    }
}

fn remove(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn line(line: &[u8]) -> Option<(&'static str, PathBuf)> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let name = NAMES.into_iter().find(|name| name.as_bytes() == &line[..space])?;
    let path = PathBuf::from(OsString::from_vec(OsStr::from_bytes(&line[space + 1..]).as_bytes().to_vec()));
    path.is_absolute().then_some((name, path))
}
