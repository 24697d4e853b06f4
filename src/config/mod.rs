//! Settings: flags over environment over file over default, resolved once into plain structs.
//!
//! The only place that reads the process's environment. It must not know any other room: it names folders,
//! sockets and zones, never a request, a token or a table.

mod environment;
mod folders;
mod launch;
mod locations;
mod paths;
pub mod private;
mod zone;

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;

use environment::Environment;

pub use launch::Launch;
pub use paths::Paths;
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
    /// A flag or a variable has a value that makes no sense.
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

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that can, and not under `NO_COLOR`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The flags that every command takes.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--socket`
    pub socket: Option<PathBuf>,
    /// `--zone`
    pub zone: Option<String>,
    /// `--no-autostart`
    pub no_autostart: bool,
    /// `--color`
    pub color: ColorChoice,
}

/// The flags of `daemon run`.
#[derive(Debug, Clone, Default)]
pub struct DaemonFlags {
    /// `--socket`
    pub socket: Option<PathBuf>,
    /// `--listen`, an address and a port.
    pub listen: Option<String>,
    /// `--autostarted`, which only a command that starts the daemon gives.
    pub autostarted: bool,
    /// `--log-json`
    pub log_json: bool,
}

/// What a command needs to know.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The folders.
    pub paths: Paths,
    /// The socket to connect to.
    pub socket: PathBuf,
    /// The zone to read and show dates in for this command, instead of the account's.
    pub zone: Option<String>,
    /// The machine's IANA zone, if it has one that can be named.
    pub system_zone: Option<String>,
    /// Whether a command may start the daemon. Never for a socket that was named and lies elsewhere.
    pub autostart: bool,
    /// What the session is called, such as `nudge on atlas`.
    pub device: String,
    /// How the command was called, to be put for `{nudge}` into hints.
    pub program: String,
    /// When to use colour.
    pub color: ColorChoice,
}

/// What the daemon needs to know.
#[derive(Debug, Clone)]
pub struct DaemonConfig {
    /// The folders.
    pub paths: Paths,
    /// The database file.
    pub database: PathBuf,
    /// The socket to listen on.
    pub socket: PathBuf,
    /// The address to listen on besides, loopback only.
    pub tcp: Option<SocketAddr>,
    /// True when a command started it.
    pub autostarted: bool,
    /// Which log lines to write, as `NUDGE_LOG` says; `info` by default.
    pub log_filter: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
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
/// When no folder can be found, or a flag or variable has a value that can't be used.
pub fn client(flags: &Flags, argv0: &OsStr) -> Result<ClientConfig, ConfigError> {
    resolve_client(flags, argv0, &Environment::of_process())
}

/// Resolves what the daemon needs to know.
///
/// # Errors
/// When no folder can be found, or a flag or variable has a value that can't be used.
pub fn daemon(flags: &DaemonFlags) -> Result<DaemonConfig, ConfigError> {
    resolve_daemon(flags, &Environment::of_process())
}

fn resolve_client(flags: &Flags, argv0: &OsStr, env: &Environment) -> Result<ClientConfig, ConfigError> {
    if let Some(server) = env.text("NUDGE_SERVER") {
        return Err(ConfigError::setting(
            format!("this build can't talk to the server `{server}`: only Unix sockets so far"),
            "unset NUDGE_SERVER",
        ));
    }
    let paths = Paths::resolve(env)?;
    let socket = socket(flags.socket.as_ref(), env, &paths)?;
    let forbidden = flags.no_autostart || env.switch("NUDGE_NO_AUTOSTART");
    Ok(ClientConfig {
        autostart: !forbidden && socket == paths.socket(),
        socket,
        zone: zone_override(flags, env)?,
        system_zone: zone::system(env),
        device: format!("nudge on {}", environment::host()),
        program: launch::program(argv0, env),
        color: flags.color,
        paths,
    })
}

fn resolve_daemon(flags: &DaemonFlags, env: &Environment) -> Result<DaemonConfig, ConfigError> {
    let paths = Paths::resolve(env)?;
    Ok(DaemonConfig {
        database: paths.database(),
        socket: socket(flags.socket.as_ref(), env, &paths)?,
        tcp: flags.listen.as_deref().map(loopback).transpose()?,
        autostarted: flags.autostarted,
        log_filter: env.text("NUDGE_LOG").unwrap_or_else(|| "info".to_owned()),
        log_json: flags.log_json || env.text("NUDGE_LOG_FORMAT").as_deref() == Some("json"),
        paths,
    })
}

/// A Unix socket's path has 108 bytes in the kernel's structure, the closing NUL among them.
const SOCKET_PATH_MAX: usize = 107;

fn socket(flag: Option<&PathBuf>, env: &Environment, paths: &Paths) -> Result<PathBuf, ConfigError> {
    let named = flag.cloned().or_else(|| env.path("NUDGE_SOCKET"));
    // The daemon is started in `/`, so a relative path would mean another file there.
    let socket = match named {
        Some(path) => std::path::absolute(&path).map_err(|_| {
            ConfigError::setting(format!("the socket `{}` can't be used", path.display()), "name it by a whole path")
        })?,
        None => paths.socket(),
    };
    let length = socket.as_os_str().len();
    if length > SOCKET_PATH_MAX {
        return Err(ConfigError::setting(
            format!(
                "the socket's path has {length} bytes, the system allows {SOCKET_PATH_MAX}: `{}`",
                socket.display()
            ),
            "name a shorter one with `--socket` or NUDGE_SOCKET, or a shorter folder with NUDGE_STATE_DIR",
        ));
    }
    Ok(socket)
}

fn zone_override(flags: &Flags, env: &Environment) -> Result<Option<String>, ConfigError> {
    let zone = flags.zone.clone().or_else(|| env.text("NUDGE_ZONE"));
    // Which zones exist is the daemon's to say; here only what could not even be sent is refused.
    match zone {
        Some(name) if name.is_empty() || name.len() > 255 || !name.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(ConfigError::setting(
                format!("`{}` is not the name of a time zone", name.escape_debug()),
                "give `--zone` or NUDGE_ZONE an IANA name such as Europe/Berlin",
            ))
        }
        other => Ok(other),
    }
}

fn loopback(listen: &str) -> Result<SocketAddr, ConfigError> {
    let address: SocketAddr = listen.parse().map_err(|_| {
        ConfigError::setting(
            format!("`{}` is not an address and a port", listen.escape_debug()),
            "give `--listen` something like 127.0.0.1:7711 or [::1]:7711",
        )
    })?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(ConfigError::setting(
        format!("the daemon listens on loopback only, `{address}` can be reached from outside"),
        "give `--listen` an address such as 127.0.0.1:7711",
    ))
}

#[cfg(test)]
mod tests;
