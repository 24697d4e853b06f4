//! The access token in its file, bound to the server or socket it came over, the database behind it and the way
//! it was got, and sent nowhere else.
//!
//! Any number of commands may write it at once: each replaces the file as a whole and every token is good.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::Sensitive;
use crate::api::auth::TokenAnswer;
use crate::config::profiles::Way;
use crate::config::{ClientConfig, ConfigError, ConfigErrorKind, Server, private};

/// A token is taken as ended this many seconds early, so that it does not end on the way.
const EARLY: i64 = 30;

/// A token and what it is good for. It has no `Debug`, so that no token gets into a message.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Token {
    origin: String,
    /// The database that the daemon at the usual socket is to keep; of any other daemon, nothing is expected.
    #[serde(default)]
    database: Option<PathBuf>,
    /// How it was got: the profile may have come to mean another way since.
    #[serde(default)]
    way: Way,
    #[serde(rename = "access_token")]
    pub(super) bearer: Sensitive,
    expires_at: Timestamp,
    pub(super) account: Uuid,
    pub(super) zone: String,
}

impl Token {
    /// Makes a token of the daemon's answer.
    pub(super) fn new(config: &ClientConfig, answer: &TokenAnswer, now: Timestamp) -> Self {
        // Longer than a day is not believed: then it is asked for again, which costs little.
        let seconds = i64::try_from(answer.expires_in).unwrap_or(i64::MAX).min(86_400);
        Self {
            origin: origin(config),
            database: database(config),
            way: config.profile.way,
            bearer: answer.access_token.clone(),
            expires_at: now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now),
            account: answer.account,
            zone: answer.zone.clone(),
        }
    }

    /// Reads the stored token, if it is for this server or socket and database, was got in the profile's way, and is
    /// still good.
    pub(super) fn load(config: &ClientConfig, now: Timestamp) -> Option<Self> {
        let text = private::read(&config.paths.token(&config.profile.name), private::Others::Nothing)?;
        let token: Self = serde_json::from_slice(&text).ok()?;
        let ours =
            token.origin == origin(config) && token.database == database(config) && token.way == config.profile.way;
        (ours && token.is_good(now)).then_some(token)
    }

    /// Removes the stored token, if there is one.
    pub(super) fn remove(config: &ClientConfig) -> std::io::Result<()> {
        match std::fs::remove_file(config.paths.token(&config.profile.name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Tells whether it will be good for a while yet.
    pub(super) fn is_good(&self, now: Timestamp) -> bool {
        now.as_second() + EARLY < self.expires_at.as_second()
    }

    /// Stores it for the next command, in place of the one that is there.
    pub(super) fn store(&self, config: &ClientConfig) -> Result<(), ConfigError> {
        config.paths.create()?;
        let path = config.paths.token(&config.profile.name);
        let kept = path.parent().map_or(Ok(()), private::folder).and_then(|()| {
            let text = serde_json::to_vec(self)?;
            private::write(&path, &text)
        });
        kept.map_err(|error| ConfigError {
            kind: ConfigErrorKind::Folder,
            message: format!("can't keep the access token in `{}`: {error}", path.display()),
            hint: None,
        })
    }
}

/// Returns the database that the daemon is to keep: these folders' own at their own socket.
pub(super) fn database(config: &ClientConfig) -> Option<PathBuf> {
    (config.server.is_none() && config.socket == config.paths.socket()).then(|| config.paths.database())
}

/// Returns where tokens come from and go to.
pub(super) fn origin(config: &ClientConfig) -> String {
    config.server.as_ref().map_or_else(|| format!("unix:{}", config.socket.display()), Server::origin)
}
