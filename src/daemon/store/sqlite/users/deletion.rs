//! Deleting an account. Its data may be much, so that it goes in slices: nobody else waits for it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{execute, gone};
use crate::daemon::error::Result;
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::store::sqlite::rows;

/// What hangs on a space, with what a slice of it is chosen by; what hangs on these goes with them.
const OF_SPACE: [(&str, &str); 6] = [
    ("events", "(space, seq, ordinal)"),
    ("operations", "id"),
    ("notifications", "id"),
    ("reminders", "id"),
    ("tasks", "row"),
    ("series", "(space, id)"),
];

/// From now on nobody signs in, the email is free, and the uid begins anew.
pub(super) fn begin(db: &Connection, account: Uuid, now: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET deleted_at = ?2, email = NULL, email_key = NULL, password_hash = NULL
               WHERE id = ?1 AND deleted_at IS NULL";
    if execute(db, sql, params![account.as_bytes(), now.as_microsecond()])? == 0 {
        return Err(gone());
    }
    for table in ["sessions", "access_tokens", "local_identities", "known_peers"] {
        execute(db, &format!("DELETE FROM {table} WHERE account = ?1"), [account.as_bytes()])?;
    }
    // What was still to be reminded of is not.
    let sql = "DELETE FROM reminders WHERE state = 'pending'
                   AND space = (SELECT number FROM spaces WHERE account = ?1)";
    execute(db, sql, [account.as_bytes()]).map(|_| ())
}

/// Deletes a slice; the account itself with the last one.
pub(super) fn some(db: &Connection, account: Uuid, limit: usize) -> Result<bool> {
    let sql = "SELECT p.number FROM spaces p JOIN accounts a ON a.id = p.account
               WHERE a.id = ?1 AND a.deleted_at IS NOT NULL";
    let space: Option<i64> = db
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([account.as_bytes()], |row| row.get(0)).optional())
        .map_err(writing)?;
    let Some(space) = space else {
        return Ok(true);
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    for (table, key) in OF_SPACE {
        let sql =
            format!("DELETE FROM {table} WHERE {key} IN (SELECT {} FROM {table} WHERE space = ?1 LIMIT ?2)", bare(key));
        if execute(db, &sql, params![space, limit])? > 0 {
            return Ok(false);
        }
    }
    let sql = "DELETE FROM accounts WHERE id = ?1 AND deleted_at IS NOT NULL";
    execute(db, sql, [account.as_bytes()]).map(|_| true)
}

fn bare(key: &str) -> &str {
    key.trim_matches(['(', ')'])
}

/// Returns the accounts whose deletion was begun.
pub(super) fn half_deleted(db: &Connection) -> Result<Vec<Uuid>> {
    let sql = "SELECT id FROM accounts WHERE deleted_at IS NOT NULL ORDER BY deleted_at";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query([]).map_err(reading)?;
    let mut accounts = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        accounts.push(rows::uuid(row, 0)?);
    }
    Ok(accounts)
}
