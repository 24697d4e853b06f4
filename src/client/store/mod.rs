//! Where refresh tokens are kept: in the system's keyring or in a file, as was said when the profile signed in.
//!
//! A keyring may be locked, missing, or silent for ever, so it is asked on a thread of its own and not waited for
//! longer than a moment. Nothing here changes the store by itself, and nothing here knows what a token is good for.

mod file;
#[cfg(feature = "keyring")]
mod keyring;
#[cfg(not(feature = "keyring"))]
mod left_out;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::api::Sensitive;
use crate::config::ConfigError;
use crate::config::profiles::Store;

use super::{ClientError, Result, wait};

#[cfg(feature = "keyring")]
pub(super) use keyring::system;
#[cfg(not(feature = "keyring"))]
pub(super) use left_out::system;

/// How long a keyring may take to answer.
pub(super) const KEYRING_PATIENCE: Duration = Duration::from_secs(2);

/// A keyring. Its methods may block for ever.
pub(super) trait Keyring: Send + Sync {
    /// Returns the secret of this name, if there is one.
    fn read(&self, name: &str) -> Result<Option<Sensitive>, Trouble>;

    /// Keeps a secret, in place of the one that has this name.
    fn write(&self, name: &str, secret: &Sensitive) -> Result<(), Trouble>;

    /// Forgets the secret of this name, if there is one.
    fn remove(&self, name: &str) -> Result<(), Trouble>;
}

/// Why a keyring can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "without a keyring there is one trouble only"))]
pub(super) enum Trouble {
    /// It was left out when this was built.
    #[cfg(any(test, not(feature = "keyring")))]
    #[error("this build has no keyring")]
    NotBuilt,
    /// There is no D-Bus session to find one by.
    #[error("there is no session bus")]
    NoBus,
    /// Nobody offers one.
    #[error("no keyring runs here")]
    NoService,
    /// It is there and closed.
    #[error("the keyring is locked")]
    Locked,
    /// It has not answered in time.
    #[error("no keyring answers within {} s", KEYRING_PATIENCE.as_secs())]
    Silent,
    /// Anything else, in the keyring's own words.
    #[error("the keyring fails: {0}")]
    Other(String),
}

/// A keyring that nobody waits for too long.
#[derive(Clone)]
pub(super) struct Guarded {
    keyring: Arc<dyn Keyring>,
    patience: Duration,
}

impl Guarded {
    pub(super) fn new(keyring: Arc<dyn Keyring>, patience: Duration) -> Self {
        Self { keyring, patience }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Keyring) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let keyring = Arc::clone(&self.keyring);
        wait::aside(self.patience, move || question(&*keyring)).await.unwrap_or(Err(Trouble::Silent))
    }

    /// Writes something and takes it away again: only that tells whether a keyring can be used.
    async fn probe(&self, name: String) -> Result<(), Trouble> {
        self.ask(move |keyring| {
            keyring.write(&name, &Sensitive::new("probe"))?;
            keyring.remove(&name)
        })
        .await
    }
}

/// Where the refresh token of one profile at one origin is kept.
pub(super) struct Secrets {
    keyring: Guarded,
    file: PathBuf,
    profile: String,
    origin: String,
}

impl Secrets {
    pub(super) fn new(keyring: Guarded, file: PathBuf, profile: &str, origin: String) -> Self {
        Self { keyring, file, profile: profile.to_owned(), origin }
    }

    /// Chooses a store for a sign-in: the one that is demanded, or the keyring where it works and else the file; then
    /// what is the matter with the keyring is told besides.
    ///
    /// # Errors
    /// When the keyring is demanded and can't be used.
    pub(super) async fn choose(&self, demanded: Option<Store>) -> Result<(Store, Option<Trouble>)> {
        if demanded == Some(Store::File) {
            return Ok((Store::File, None));
        }
        // Under a name of its own: should it be written later than anybody waits, then it takes no token's place.
        match self.keyring.probe(format!("{} (probe)", self.name())).await {
            Ok(()) => Ok((Store::Keyring, None)),
            Err(trouble) if demanded.is_none() => Ok((Store::File, Some(trouble))),
            Err(trouble) => Err(ClientError::Broken {
                message: format!("the sign-in can't be kept in the keyring: {trouble}"),
                hint: Some(match trouble {
                    Trouble::Locked | Trouble::Silent => "unlock the keyring, or use a file: `--store file`".to_owned(),
                    _ => "use a file: `--store file`".to_owned(),
                }),
            }),
        }
    }

    /// Returns the refresh token, if there is one.
    ///
    /// # Errors
    /// When the store can't be read.
    pub(super) async fn read(&self, store: Store) -> Result<Option<Sensitive>> {
        match store {
            Store::File => file::read(&self.file, &self.origin).map_err(|error| self.file_error("read", &error)),
            Store::Keyring => {
                let name = self.name();
                let read = self.keyring.ask(move |keyring| keyring.read(&name)).await;
                read.map_err(|trouble| self.keyring_error(&trouble))
            }
        }
    }

    /// Keeps a refresh token in place of the one before.
    ///
    /// # Errors
    /// When the store can't be written.
    pub(super) async fn write(&self, store: Store, secret: &Sensitive) -> Result<()> {
        match store {
            Store::File => {
                file::write(&self.file, &self.origin, secret).map_err(|error| self.file_error("written", &error))
            }
            Store::Keyring => {
                let (name, secret) = (self.name(), secret.clone());
                let kept = self.keyring.ask(move |keyring| keyring.write(&name, &secret)).await;
                kept.map_err(|trouble| self.keyring_error(&trouble))
            }
        }
    }

    /// Forgets the refresh token.
    ///
    /// # Errors
    /// When the store can't be reached or written.
    pub(super) async fn remove(&self, store: Store) -> Result<()> {
        match store {
            Store::File => file::remove(&self.file).map_err(|error| self.file_error("removed", &error)),
            Store::Keyring => {
                let name = self.name();
                let removed = self.keyring.ask(move |keyring| keyring.remove(&name)).await;
                removed.map_err(|trouble| self.keyring_error(&trouble))
            }
        }
    }

    /// Returns the name that the secret has in a keyring. The origin in it sees to it that no other server gets it.
    fn name(&self) -> String {
        format!("{}@{}", self.profile, self.origin)
    }

    fn keyring_error(&self, trouble: &Trouble) -> ClientError {
        let (message, hint) = match trouble {
            Trouble::Silent => ("the keyring with your sign-in does not answer".to_owned(), "unlock it"),
            Trouble::Locked => ("the keyring with your sign-in is locked".to_owned(), "unlock it"),
            other => (format!("the keyring with your sign-in can't be used: {other}"), "mend that"),
        };
        let login = format!("`{{nudge}} login --profile {} --store file`", self.profile);
        ClientError::Broken { message, hint: Some(format!("{hint}, or use a file: {login}")) }
    }

    fn file_error(&self, what: &str, error: &std::io::Error) -> ClientError {
        ClientError::Config(ConfigError::folder(
            format!("the sign-in in `{}` can't be {what}: {error}", self.file.display()),
            "let nobody but yourself read and write the file, or remove it and sign in again",
        ))
    }
}

#[cfg(test)]
pub(super) mod tests;
