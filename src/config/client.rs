//! What a command needs to know, from its flags, the environment and the profiles.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::environment::{self, Environment};
use super::{ConfigError, Paths, Profile, Secret, Server, choice, launch, zone};

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
    /// `--server`
    pub server: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--ca`
    pub ca: Option<PathBuf>,
    /// `--token-stdin`
    pub token_stdin: bool,
    /// `--zone`
    pub zone: Option<String>,
    /// `--no-autostart`
    pub no_autostart: bool,
    /// `--color`
    pub color: ColorChoice,
    /// True for a verb that is about this machine: where no daemon is named, one's own is meant, and not the one that
    /// was signed in to last.
    pub own: bool,
}

/// What a command needs to know.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The folders.
    pub paths: Paths,
    /// The server to connect to; without one, the socket.
    pub server: Option<Server>,
    /// The socket to connect to when there is no server.
    pub socket: PathBuf,
    /// How to sign in there; recorded, or what `login` is to record.
    pub profile: Profile,
    /// A token that was given for this command, by `NUDGE_TOKEN`.
    pub token: Option<Secret>,
    /// Whether such a token stands on standard input instead.
    pub token_stdin: bool,
    /// The zone to read and show dates in for this command, instead of the account's.
    pub zone: Option<String>,
    /// The machine's IANA zone, if it has one that can be named.
    pub system_zone: Option<String>,
    /// Whether a command may start the daemon. Never for a server, or a socket that was named and lies elsewhere.
    pub autostart: bool,
    /// What the session is called, such as `nudge on atlas`.
    pub device: String,
    /// How the command was called, to be put for `{nudge}` into hints.
    pub program: String,
    /// When to use colour.
    pub color: ColorChoice,
}

pub(super) fn resolve(flags: &Flags, argv0: &OsStr, env: &Environment) -> Result<ClientConfig, ConfigError> {
    let paths = Paths::resolve(env)?;
    let choice = choice::choose(flags, env, &paths)?;
    let forbidden = flags.no_autostart || env.switch("NUDGE_NO_AUTOSTART");
    Ok(ClientConfig {
        autostart: !forbidden && choice.server.is_none() && choice.socket == paths.socket(),
        server: choice.server,
        socket: choice.socket,
        profile: choice.profile,
        token: token(flags, env)?,
        token_stdin: flags.token_stdin,
        zone: zone_override(flags, env)?,
        system_zone: zone::system(env),
        device: format!("nudge on {}", environment::host()),
        program: launch::program(argv0, env),
        color: flags.color,
        paths,
    })
}

/// Takes the token out of the environment, unless a flag says that it comes another way.
fn token(flags: &Flags, env: &Environment) -> Result<Option<Secret>, ConfigError> {
    const NAME: &str = "NUDGE_TOKEN";
    let given = if flags.token_stdin { None } else { env.text(NAME) };
    // Not as other variables: `NUDGE_TOKEN=$(cat missing)` is not to run with all that the person may do.
    if !flags.token_stdin && given.is_none() && env.is_set(NAME) {
        return Err(ConfigError::setting("NUDGE_TOKEN is empty", "unset it, or put a token there"));
    }
    given.map(|text| Secret::token(NAME, text)).transpose()
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
