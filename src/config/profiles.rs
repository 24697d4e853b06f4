//! The profiles: which daemons this person signed in to, how, and which of them is meant when none is named.
//!
//! One machine-written file, replaced as a whole under a lock. It holds no token and no password.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Paths, Server, private};

/// The profile of one's own daemon, which is there without an entry.
pub const LOCAL: &str = "local";

/// How long another command may hold the lock; each holds it for one small write.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait before the lock is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// How the caller is known to the daemon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// By the uid at the other end of the Unix socket.
    #[default]
    Uid,
    /// By email and password.
    Password,
}

/// Where refresh tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// In a file that only its owner may read.
    File,
    /// In the system's keyring.
    Keyring,
}

/// A daemon, and how this person signs in to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// What it is called; in the file it stands before the entry.
    #[serde(skip)]
    pub name: String,
    /// The server's normal form, as [`Server::origin`] gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// A Unix socket other than one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<PathBuf>,
    /// A file with certificates of those who may vouch for the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The account's email, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How the caller is known there.
    pub way: Way,
    /// Where the refresh token is kept; not set until there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<Store>,
    /// True after `logout`, until the next `login`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub signed_out: bool,
}

impl Profile {
    /// Makes the profile of one's own daemon.
    #[must_use]
    pub fn local() -> Self {
        Self { name: LOCAL.to_owned(), ..Self::default() }
    }
}

/// All profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles {
    /// The one that is meant when nothing else is named.
    pub current: String,
    /// The profiles by name; one's own needs no entry.
    pub profiles: BTreeMap<String, Profile>,
}

impl Default for Profiles {
    fn default() -> Self {
        Self { current: LOCAL.to_owned(), profiles: BTreeMap::new() }
    }
}

impl Profiles {
    /// Reads the file; without one there is only one's own daemon.
    ///
    /// # Errors
    /// When it is damaged, somebody else's or open to others.
    pub fn load(paths: &Paths) -> Result<Self, ConfigError> {
        let path = paths.profiles();
        let text = private::read_checked(&path, private::Others::Nothing).map_err(|error| unusable(&path, &error))?;
        text.map_or_else(|| Ok(Self::default()), |text| read(&text).map_err(|what| unusable(&path, &what)))
    }

    /// Changes the profiles under the lock, so that no change of another command is lost.
    ///
    /// # Errors
    /// When the file can't be read or written, the lock is held for too long, or the change makes no sense.
    pub fn change(paths: &Paths, change: impl FnOnce(&mut Self)) -> Result<Self, ConfigError> {
        paths.create()?;
        let path = paths.profiles();
        let failed = |error: io::Error| unusable(&path, &error);
        // It is let go of when this ends.
        let _lock = lock(&paths.profiles_lock())?;
        let before = Self::load(paths)?;
        let mut after = before.clone();
        change(&mut after);
        for (name, profile) in &mut after.profiles {
            profile.name.clone_from(name);
        }
        after.check().map_err(|what| unusable(&path, &what))?;
        if after == Self::default() {
            remove(&path).map_err(failed)?;
        } else if after != before {
            let text = serde_json::to_vec_pretty(&after).map_err(|error| failed(error.into()))?;
            private::write_durable(&path, &text).map_err(failed)?;
        }
        Ok(after)
    }

    /// Returns a profile by its name; one's own is always there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Profile> {
        self.profiles.get(name).cloned().or_else(|| (name == LOCAL).then(Profile::local))
    }

    /// Looks at what serde can't: names, servers and which is the current one.
    fn check(&self) -> Result<(), String> {
        for (name, profile) in &self.profiles {
            if !is_name(name) {
                return Err(format!("`{}` is no name of a profile", name.escape_debug()));
            }
            let normal = match &profile.server {
                Some(origin) => Server::parse(origin).is_ok_and(|server| server.origin() == *origin),
                None => true,
            };
            let paths = [&profile.socket, &profile.ca].into_iter().flatten().all(|path| path.is_absolute());
            let both = profile.server.is_some() && profile.socket.is_some();
            let own = name == LOCAL && (profile.server.is_some() || profile.socket.is_some());
            if !normal || !paths || both || own {
                return Err(format!("the profile `{name}` does not name one daemon"));
            }
        }
        match self.get(&self.current) {
            Some(_) => Ok(()),
            None => Err(format!("there is no profile `{}`, the current one", self.current.escape_debug())),
        }
    }
}

/// Tells whether a text may be a profile's name, and so a part of file names: 1 to 64 of `a-z 0-9 . _ -`, and no dot
/// at the beginning.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(is_plain)
}

const NAME_MAX: usize = 64;

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
}

/// Makes a text fit to be a name. Of a long one the end is kept, which says more of a path.
pub(super) fn fit(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let plain: String = lower.chars().map(|c| if c.is_ascii() && is_plain(c as u8) { c } else { '-' }).collect();
    let end = &plain[plain.len().saturating_sub(NAME_MAX)..];
    let name = end.trim_matches(['-', '.']);
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

fn read(text: &[u8]) -> Result<Profiles, String> {
    let mut profiles: Profiles = serde_json::from_slice(text).map_err(|error| format!("it is damaged: {error}"))?;
    for (name, profile) in &mut profiles.profiles {
        profile.name.clone_from(name);
    }
    profiles.check()?;
    Ok(profiles)
}

fn unusable(path: &Path, what: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::folder(
        format!("the profiles in `{}` can't be used: {what}", path.display()),
        "mend the file, or move it away and sign in again with `{nudge} login`",
    )
}

/// Takes the lock, and gives up rather than wait for ever for a process that was stopped while it held it.
fn lock(path: &Path) -> Result<File, ConfigError> {
    let failed = |error: &dyn std::fmt::Display| {
        ConfigError::folder(
            format!("can't lock `{}`: {error}", path.display()),
            "see to its permissions, and whether another `{nudge}` was stopped in the middle of its work",
        )
    };
    let file = private::append(path).map_err(|error| failed(&error))?;
    let begin = Instant::now();
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(Errno::WOULDBLOCK | Errno::INTR) if begin.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Err(Errno::WOULDBLOCK) => return Err(failed(&"another process holds it")),
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
