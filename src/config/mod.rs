//! Settings: flags over environment over file over default, resolved once into plain structs.
//!
//! The only place that reads the process's environment. It must not know any other room: it names folders,
//! sockets, servers and zones, never a request or a table, and of a token only that it must not be shown.

mod choice;
mod client;
mod daemon;
mod environment;
mod folders;
mod host;
mod launch;
mod locations;
mod paths;
pub mod private;
pub mod profiles;
mod secret;
mod server;
mod socket;
mod zone;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use environment::Environment;

pub use client::{ClientConfig, ColorChoice, Flags};
pub use daemon::{
    AccountSettings, DaemonConfig, DaemonFlags, LimitSettings, QuotaSettings, SessionSettings, SignUp, TcpConfig,
    TlsFiles,
};
pub use launch::Launch;
pub use paths::Paths;
pub use profiles::{Profile, Profiles};
pub use secret::Secret;
pub use server::Server;
pub use zone::time_zone;

/// The package's version, such as `0.1.0`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The build's stamp as it lies in the binary, where a test can find it and make "another build" of a copy.
static STAMP: &str = concat!("nudge-build:", env!("NUDGE_BUILD"));

/// Returns when this binary was built, in Unix seconds: of two builds the one with the larger number is newer.
#[must_use]
pub fn build() -> u64 {
    decimal(std::hint::black_box(STAMP))
}

/// The version of the HTTP interface.
pub const PROTOCOL: u32 = 1;

/// Reads a number; anything but a digit counts as nothing.
const fn decimal(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut number = 0;
    let mut place = 0;
    while place < bytes.len() {
        if bytes[place].is_ascii_digit() {
            number = number * 10 + (bytes[place] - b'0') as u64;
        }
        place += 1;
    }
    number
}

/// Whose doing it is that something can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigErrorKind {
    /// A flag, a variable or the file of settings has a value that makes no sense.
    Setting,
    /// A folder or a file is missing, somebody else's, or open to others.
    Folder,
}

/// A setting or a folder that can't be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// Whose doing it is.
    pub kind: ConfigErrorKind,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do; `{nudge}` stands for the command as the person typed it.
    pub hint: Option<String>,
}

impl ConfigError {
    /// Makes an error of a value that was given, from what is wrong and what to do.
    #[must_use]
    pub fn setting(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind: ConfigErrorKind::Setting, message: message.into(), hint: Some(hint.into()) }
    }

    /// Makes an error of a folder or file, from what is wrong and what to do.
    #[must_use]
    pub fn folder(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind: ConfigErrorKind::Folder, message: message.into(), hint: Some(hint.into()) }
    }
}

/// Returns how this program was called, to be put for `{nudge}` into hints.
#[must_use]
pub fn program(argv0: &OsStr) -> String {
    launch::program(argv0, &Environment::of_process())
}

/// Returns the same from the arguments of this process, for who does not have them at hand.
#[must_use]
pub fn program_of_process() -> String {
    program(&std::env::args_os().next().unwrap_or_default())
}

/// Resolves what a command needs to know.
///
/// # Errors
/// When no folder can be found, a flag or variable has a value that can't be used, or the profiles are damaged.
pub fn client(flags: &Flags, argv0: &OsStr) -> Result<ClientConfig, ConfigError> {
    client::resolve(flags, argv0, &Environment::of_process())
}

/// Resolves what the daemon needs to know.
///
/// # Errors
/// When no folder can be found, or a flag, a variable or the file of settings has a value that can't be used.
pub fn daemon(flags: &DaemonFlags) -> Result<DaemonConfig, ConfigError> {
    daemon::resolve(flags, &Environment::of_process())
}

/// Makes a path whole that is to mean the same file in another folder.
fn whole(path: &Path) -> Result<PathBuf, ConfigError> {
    std::path::absolute(path).map_err(|_| {
        ConfigError::setting(format!("the path `{}` can't be used", path.display()), "name it by a whole path")
    })
}

#[cfg(test)]
mod tests;
