//! Accounts, sessions, tokens and what guards them, one file for each part of the user service's port.

mod accounts;
mod audit;
mod deletion;
mod guard;
mod local;
mod recount;
mod sessions;
mod standing;
mod tokens;

pub(super) use standing::StandingCache;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::failure::writing;
use crate::daemon::error::{Error, Result};

/// Runs a statement and returns how many rows it changed.
fn execute(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(writing)
}

/// Says whether a statement finds a row.
fn exists(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<bool> {
    db.prepare_cached(sql).and_then(|mut statement| statement.exists(values)).map_err(writing)
}

/// Has the notification service tell an account's reminders anew, and every list be read anew.
fn tell_anew(db: &Connection, account: Uuid, at: jiff::Timestamp) -> Result<()> {
    let sql = "UPDATE spaces SET seq = seq + 1, stale_since = ?2 WHERE account = ?1";
    execute(db, sql, params![account.as_bytes(), at.as_microsecond()]).map(|_| ())
}

/// The error for an account that is gone since the request was let in.
fn gone() -> Error {
    Error::not_found("user", "of this request")
}
