//! The system's keyring: Secret Service over D-Bus.
//!
//! It knows how the keyring's troubles are told apart, and not how long to wait.

use std::sync::Arc;

use keyring::{Entry, Error};

use crate::api::Sensitive;

use super::{Keyring, Trouble};

/// What the secrets of this program are filed under.
const SERVICE: &str = "nudge";

/// Returns the system's keyring. It is not looked for before it is asked something.
pub(in crate::client) fn system() -> Arc<dyn Keyring> {
    Arc::new(System)
}

struct System;

impl Keyring for System {
    fn read(&self, name: &str) -> Result<Option<Sensitive>, Trouble> {
        match entry(name)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(trouble(&error)),
        }
    }

    fn write(&self, name: &str, secret: &Sensitive) -> Result<(), Trouble> {
        entry(name)?.set_password(secret.expose()).map_err(|error| trouble(&error))
    }

    fn remove(&self, name: &str) -> Result<(), Trouble> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(trouble(&error)),
        }
    }
}

fn entry(name: &str) -> Result<Entry, Trouble> {
    Entry::new(SERVICE, name).map_err(|error| match (error, Entry::store_status()) {
        (Error::NoDefaultStore, Err(cause)) => no_store(&told(cause)),
        (error, _) => trouble(&error),
    })
}

/// Understands why no keyring was found: the crates below tell it in words only.
fn no_store(cause: &str) -> Trouble {
    // D-Bus has names for the case that there is a bus and nobody on it who is, or can be started as, a keyring.
    if ["ServiceUnknown", "NameHasNoOwner", "ServiceNotFound", "Spawn."].iter().any(|name| cause.contains(name)) {
        Trouble::NoService
    } else if cause.contains("NoReply") || cause.contains("Timeout") {
        Trouble::Silent
    } else {
        Trouble::NoBus
    }
}

fn trouble(error: &Error) -> Trouble {
    match error {
        // Locked, or there is no keyring yet, which nobody was asked to make a password for.
        Error::NoStorageAccess(_) => Trouble::Locked,
        // What these show may be the secret itself.
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) => {
            Trouble::Other("what it keeps for this sign-in can't be read".to_owned())
        }
        error if told(error).contains("IsLocked") => Trouble::Locked,
        error => Trouble::Other(told(error)),
    }
}

/// Returns an error with its causes, in one line.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_of_a_missing_keyring_are_told_apart() {
        assert_eq!(no_store("org.freedesktop.DBus.Error.ServiceUnknown: no provider"), Trouble::NoService);
        assert_eq!(no_store("I/O error: No such file or directory"), Trouble::NoBus);
    }

    #[test]
    fn a_secret_that_can_not_be_read_is_not_shown() {
        let trouble = trouble(&Error::BadEncoding(b"hunter2\xff".to_vec()));
        assert!(matches!(trouble, Trouble::Other(_)) && !trouble.to_string().contains("104"), "{trouble}");
    }
}
