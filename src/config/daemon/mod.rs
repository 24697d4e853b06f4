//! What the daemon needs to know: flags over environment over its file over defaults, resolved once.

mod file;
mod listen;
mod settings;

use std::path::PathBuf;

use serde::Deserialize;

use super::environment::Environment;
use super::{ConfigError, Paths, socket};

pub use listen::{TcpConfig, TlsFiles};
pub use settings::{AccountSettings, LimitSettings, QuotaSettings, SessionSettings, SignUp};

/// The flags of `daemon run`.
#[derive(Debug, Clone, Default)]
pub struct DaemonFlags {
    /// `--socket`
    pub socket: Option<PathBuf>,
    /// `--config`, the file of settings.
    pub config: Option<PathBuf>,
    /// `--listen`, an address and a port.
    pub listen: Option<String>,
    /// `--tls-cert`
    pub tls_cert: Option<PathBuf>,
    /// `--tls-key`
    pub tls_key: Option<PathBuf>,
    /// `--plain-http`, to be reached from outside without TLS.
    pub plain_http: bool,
    /// `--autostarted`, which only a command that starts the daemon gives.
    pub autostarted: bool,
    /// `--log-json`
    pub log_json: bool,
}

/// What the daemon needs to know.
#[derive(Debug, Clone)]
pub struct DaemonConfig {
    /// The folders.
    pub paths: Paths,
    /// The file of settings that was read, if there was one.
    pub file: Option<PathBuf>,
    /// The database file.
    pub database: PathBuf,
    /// The socket to listen on.
    pub socket: PathBuf,
    /// How it is reached over TCP, if at all.
    pub tcp: Option<TcpConfig>,
    /// Who may have an account.
    pub accounts: AccountSettings,
    /// How much may be asked at once and how often.
    pub limits: LimitSettings,
    /// How much an account may keep.
    pub quotas: QuotaSettings,
    /// How long sessions and the audit trail are kept.
    pub sessions: SessionSettings,
    /// True when a command started it.
    pub autostarted: bool,
    /// Which log lines to write; `info` by default.
    pub log_filter: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LogFormat {
    Text,
    Json,
}

pub(super) fn resolve(flags: &DaemonFlags, env: &Environment) -> Result<DaemonConfig, ConfigError> {
    let paths = Paths::resolve(env)?;
    let (settings, file) = file::find(flags, env, &paths)?;
    let named = flags.socket.clone().or_else(|| env.path("NUDGE_SOCKET"));
    let format = if flags.log_json { Some(LogFormat::Json) } else { log_format(env)? };
    Ok(DaemonConfig {
        database: paths.database(),
        socket: socket::usable(&named.unwrap_or_else(|| paths.socket()))?,
        tcp: listen::resolve(flags, settings.tcp)?,
        accounts: settings.accounts,
        limits: settings.limits,
        quotas: settings.quotas,
        sessions: settings.sessions,
        autostarted: flags.autostarted,
        log_filter: env.text("NUDGE_LOG").or(settings.log.filter).unwrap_or_else(|| "info".to_owned()),
        log_json: format.or(settings.log.format) == Some(LogFormat::Json),
        file,
        paths,
    })
}

fn log_format(env: &Environment) -> Result<Option<LogFormat>, ConfigError> {
    match env.text("NUDGE_LOG_FORMAT").as_deref() {
        None => Ok(None),
        Some("text") => Ok(Some(LogFormat::Text)),
        Some("json") => Ok(Some(LogFormat::Json)),
        Some(other) => Err(ConfigError::setting(
            format!("NUDGE_LOG_FORMAT is `{}`, which is no format of log lines", other.escape_debug()),
            "set it to text or json",
        )),
    }
}

#[cfg(test)]
mod tests;
