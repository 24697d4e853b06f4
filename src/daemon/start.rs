//! Starting: everything that can be refused is refused here, before anything is changed.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tracing_subscriber::EnvFilter;

use super::keys;
use super::runtime::lock::{Lock, Refused};
use super::runtime::secrets;
use super::store::sqlite::{OpenError, Options, Sqlite, backups_beside};
use super::users::Keys;
use crate::config::{ConfigError, DaemonConfig, VERSION};

/// Why the daemon did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another one has the socket or the database.
    #[error("another daemon is running: {0}")]
    Running(String),
    /// The database is refused.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// A folder can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address can't be listened on.
    #[error("can't listen on `{address}`: {source}")]
    Listen {
        /// The socket or address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// A file beside the database can't be used.
    #[error("a file of the daemon can't be used: {0}")]
    File(io::Error),
    /// The system refused something.
    #[error("can't {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The disk or the database failed while running.
    #[error("the disk or the database failed; what was acknowledged is kept as far as the disk has it")]
    Broken,
}

impl StartError {
    pub(super) fn system(what: &'static str, source: io::Error) -> Self {
        Self::System { what, source }
    }

    pub(super) fn listen(address: &dyn Display, source: io::Error) -> Self {
        Self::Listen { address: address.to_string(), source }
    }

    /// Returns what to do; `{nudge}` stands for the command.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Running(_) => Some("use it, or stop it first: {nudge} daemon stop"),
            Self::Database(error) => Some(error.hint()),
            Self::Config(error) => error.hint.as_deref(),
            Self::Listen { .. } => Some("name another one with --socket or --listen"),
            Self::Broken => Some("look at the disk; then see whether all is there: {nudge} ls"),
            Self::File(_) | Self::System { .. } => None,
        }
    }

    /// Returns the exit code of `daemon run`. A unit does not try again after 20 and 21.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Running(_) => 21,
            Self::Database(OpenError::Io { .. }) => 1,
            Self::Database(_) => 20,
            _ => 1,
        }
    }
}

/// What is held for as long as the daemon lives. The one beside the socket keeps its folder, the other the database:
/// either may be reached by another way.
pub(super) struct Locks {
    _socket: Lock,
    _database: Lock,
}

/// What was opened.
pub(super) struct Prepared {
    pub(super) locks: Locks,
    pub(super) store: Sqlite,
    pub(super) keys: Keys,
    pub(super) realm: String,
}

/// Refuses a filter for the log that means nothing: it would be taken for the name of a part, and silence all others.
///
/// # Errors
/// Names what is wrong with it.
pub(super) fn check_filter(config: &DaemonConfig) -> Result<(), StartError> {
    let is_level =
        |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word.to_lowercase().as_str());
    let wrong = config.log_filter.split(',').map(str::trim).find(|part| match part.rsplit_once('=') {
        Some((target, level)) => target.is_empty() || target.contains('=') || !is_level(level),
        None => !is_level(part),
    });
    let Some(wrong) = wrong else {
        return Ok(());
    };
    Err(StartError::Config(ConfigError::setting(
        format!("`{}` says nothing about log lines", wrong.escape_debug()),
        "NUDGE_LOG, or `filter` of the section `[log]`, is a level (error, warn, info, debug, trace) or such as \
         warn,nudge::daemon=debug",
    )))
}

/// Sends what is logged to standard error, which is a file when a command started the daemon.
pub(super) fn log(config: &DaemonConfig) {
    let filter = EnvFilter::builder().parse_lossy(&config.log_filter);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false);
    let set = if config.log_json { log.json().try_init() } else { log.try_init() };
    // Set already when a program runs two daemons, as a test may.
    drop(set);
}

/// Makes the runtime: two threads, because all that is slow is the disk.
pub(super) fn runtime() -> Result<Runtime, StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| StartError::system("start threads", error))
}

/// Takes the locks and opens what the daemon keeps.
pub(super) fn prepare(
    config: &DaemonConfig,
    committed: &Arc<Notify>,
    broken: &Arc<Notify>,
    now: Timestamp,
) -> Result<Prepared, StartError> {
    config.paths.create()?;
    let holder = format!("nudge {VERSION}, pid {}, socket {}\n", std::process::id(), config.socket.display());
    let lock_of_socket = lock(&beside(&config.socket, config), &holder)?;
    let lock_of_database = lock(&config.database.with_extension("lock"), &holder)?;
    let store = Sqlite::open(Options {
        path: config.database.clone(),
        backups: backups_beside(&config.database),
        tasks_limit: config.quotas.tasks,
        committed: Arc::clone(committed),
        broken: Arc::clone(broken),
    })?;
    // Only now: folders whose database was refused are not to be found again.
    config.paths.remember()?;
    let keys = config.paths.keys();
    crate::config::private::folder(&keys).map_err(StartError::File)?;
    let keyring = keys::open(&keys, now).map_err(StartError::File)?;
    let new_realm = || Ok(uuid::Uuid::new_v4().to_string().into_bytes());
    let realm = secrets::load_or_make(&keys.join("realm"), new_realm).map_err(StartError::File)?;
    let realm = String::from_utf8_lossy(&realm).trim().to_owned();
    Ok(Prepared { locks: Locks { _socket: lock_of_socket, _database: lock_of_database }, store, keys: keyring, realm })
}

/// The usual socket has the lock that commands look at; another one has its own beside it.
fn beside(socket: &Path, config: &DaemonConfig) -> std::path::PathBuf {
    if socket == config.paths.socket() { config.paths.lock() } else { socket.with_extension("lock") }
}

fn lock(path: &Path, holder: &str) -> Result<Lock, StartError> {
    Lock::take(path, holder).map_err(|refused| match refused {
        Refused::Held(who) => StartError::Running(who),
        Refused::Io(path, error) => {
            StartError::File(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
        }
    })
}
