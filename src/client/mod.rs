//! Typed calls to the daemon, over its Unix socket or to a server over TCP: one method a route.
//!
//! It finds and starts the daemon, signs in and keeps the tokens. It must not know what a terminal is, and
//! nothing of rules or of the daemon's store: what was typed goes to the daemon as it is.

mod account;
mod calls;
mod dial;
mod error;
mod exchange;
mod given;
mod handover;
mod link;
mod login;
mod payload;
mod refresh;
mod replaced;
mod seen;
mod sign_in;
mod start;
mod store;
mod tls;
mod token;
mod users;
mod wait;

use std::time::Duration;

use uuid::Uuid;

use crate::config::ClientConfig;

pub use calls::TaskQuery;
pub use error::ClientError;
pub use hyper::body::Bytes;
pub use login::{LoggedOut, SignedIn};
pub use payload::{Progress, Records};

/// How long an answer, or the next piece of a stream, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every call gives.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// A connection to the daemon that is made when it is first needed, and kept for one command.
pub struct Client {
    config: ClientConfig,
    link: Option<link::Link>,
    token: Option<token::Token>,
    given: Option<given::Given>,
    keyring: store::Guarded,
    seen: seen::Seen,
    want_unread: bool,
    notices: Vec<String>,
    replaced: bool,
    patience: Duration,
}

impl Client {
    /// Makes a client that has not connected yet.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            config,
            link: None,
            token: None,
            given: None,
            keyring: store::Guarded::new(store::system(), store::KEYRING_PATIENCE),
            seen: seen::Seen::default(),
            want_unread: false,
            notices: Vec::new(),
            replaced: false,
            patience: PATIENCE,
        }
    }

    /// Returns the zone in which the last answer that depends on one was made.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.seen.zone.as_deref()
    }

    /// Returns how many notifications are unread and the id of the newest, if it was asked and there are any.
    #[must_use]
    pub fn unread(&self) -> Option<(u64, Uuid)> {
        self.seen.unread
    }

    /// Sets whether answers are to tell of unread notifications.
    pub fn want_unread(&mut self, wanted: bool) {
        self.want_unread = wanted;
    }

    /// Takes what is to be told on stderr, such as that an older daemon was replaced.
    #[must_use]
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }
}

#[cfg(test)]
mod tests;
