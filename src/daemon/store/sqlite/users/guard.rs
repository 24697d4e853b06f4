//! Failed sign-ins and the audit trail.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{accounts, audit, execute, exists};
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::Sqlite;
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::users::model::{AuditLine, Note};
use crate::daemon::users::port::{Attempt, GuardStore};
use crate::daemon::users::throttle::{Attempts, wait_after};

/// How many failures are kept; beyond, the oldest are forgotten.
const FAILURES: i64 = 20_000;
/// For how long a peer that an account has signed in from is spared the account's wait.
const KNOWN: SignedDuration = SignedDuration::from_hours(24 * 30);

#[async_trait]
impl GuardStore for Sqlite {
    async fn begin_attempt(&self, attempt: Attempt) -> Result<Option<SignedDuration>> {
        self.write(move |db| begin(db, &attempt)).await
    }

    async fn wait_of(&self, attempt: &Attempt) -> Result<Option<SignedDuration>> {
        self.read(|db| wait(db, &keys(db, attempt)?, attempt.at))
    }

    async fn attempt_failed(&self, attempt: Attempt, note: Note) -> Result<()> {
        self.write(move |db| {
            for key in keys(db, &attempt)? {
                let sql = "UPDATE sign_in_failures SET last_at = max(last_at, ?2) WHERE key = ?1";
                execute(db, sql, params![key, note.at.as_microsecond()])?;
            }
            match attempt.account {
                Some(account) if accounts::is_there(db, account)? => audit::write(db, account, &note),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn attempt_succeeded(&self, attempt: Attempt, account: Uuid, now: Timestamp) -> Result<()> {
        self.write(move |db| {
            for key in keys(db, &attempt)? {
                if key == attempt.peer {
                    take_back(db, &key, attempt.at)?;
                } else {
                    execute(db, "DELETE FROM sign_in_failures WHERE key = ?1", [key])?;
                }
            }
            if !accounts::is_there(db, account)? {
                return Ok(());
            }
            know(db, account, &attempt.peer, now)
        })
        .await
    }

    async fn attempt_untried(&self, attempt: Attempt) -> Result<()> {
        self.write(move |db| keys(db, &attempt)?.iter().try_for_each(|key| take_back(db, key, attempt.at))).await
    }

    async fn audit(&self, account: Uuid, before: Option<Uuid>, limit: usize) -> Result<Vec<AuditLine>> {
        self.read(|db| audit::lines(db, account, before, limit))
    }

    async fn forget(&self, audit_before: Timestamp, failures_before: Timestamp) -> Result<()> {
        let (audit, failures) = (audit_before.as_microsecond(), failures_before.as_microsecond());
        let some = self.read(|db| {
            let sql = "SELECT 1 WHERE EXISTS (SELECT 1 FROM audit WHERE at < ?1)
                           OR EXISTS (SELECT 1 FROM sign_in_failures WHERE last_at < ?2)";
            db.prepare_cached(sql).and_then(|mut found| found.exists([audit, failures])).map_err(reading)
        })?;
        if !some {
            return Ok(());
        }
        self.write(move |db| {
            execute(db, "DELETE FROM audit WHERE at < ?1", [audit])?;
            execute(db, "DELETE FROM sign_in_failures WHERE last_at < ?1", [failures]).map(|_| ())
        })
        .await
    }
}

/// Keeps that an account has signed in from a peer.
pub(super) fn know(db: &Connection, account: Uuid, peer: &str, now: Timestamp) -> Result<()> {
    let sql = "DELETE FROM known_peers WHERE account = ?1 AND last_at < ?2";
    execute(db, sql, params![account.as_bytes(), before(now, KNOWN)])?;
    let sql = "INSERT INTO known_peers (account, peer, first_at, last_at) VALUES (?1, ?2, ?3, ?3)
               ON CONFLICT (account, peer) DO UPDATE SET last_at = max(last_at, excluded.last_at)";
    execute(db, sql, params![account.as_bytes(), peer, now.as_microsecond()]).map(|_| ())
}

/// Goes on knowing a peer that an account is known to be used from.
pub(super) fn know_still(db: &Connection, account: Uuid, peer: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE known_peers SET last_at = max(last_at, ?3) WHERE account = ?1 AND peer = ?2";
    execute(db, sql, params![account.as_bytes(), peer, now.as_microsecond()]).map(|_| ())
}

fn before(at: Timestamp, span: SignedDuration) -> i64 {
    at.saturating_sub(span).unwrap_or(Timestamp::MIN).as_microsecond()
}

/// What an attempt is counted by: the peer and the account, each by itself; where the account has signed in from this
/// peer lately, the two together and nothing else.
fn keys(db: &Connection, attempt: &Attempt) -> Result<Vec<String>> {
    if let Some(account) = attempt.account {
        let sql = "SELECT 1 FROM known_peers
                   WHERE account = ?1 AND peer = ?2 AND first_at <= ?3 AND last_at >= ?4";
        let at = attempt.at.as_microsecond();
        if exists(db, sql, params![account.as_bytes(), attempt.peer, at, before(attempt.at, KNOWN)])? {
            return Ok(vec![format!("known:{account}:{}", attempt.peer)]);
        }
    }
    let mut keys = vec![attempt.peer.clone()];
    // A sign-up is counted by its peer alone, which stands in both places.
    if attempt.email != attempt.peer {
        keys.push(attempt.email.clone());
    }
    Ok(keys)
}

fn begin(db: &Connection, attempt: &Attempt) -> Result<Option<SignedDuration>> {
    let keys = keys(db, attempt)?;
    let wait = wait(db, &keys, attempt.at)?;
    if wait.is_none() {
        for key in &keys {
            count(db, key, attempt.at)?;
        }
    }
    Ok(wait)
}

/// The longest wait of any.
fn wait(db: &Connection, keys: &[String], at: Timestamp) -> Result<Option<SignedDuration>> {
    let mut waits = Vec::new();
    for key in keys {
        waits.extend(failures(db, key)?.and_then(|attempts| attempts.blocked_for(at)));
    }
    Ok(waits.into_iter().max())
}

fn failures(db: &Connection, key: &str) -> Result<Option<Attempts>> {
    let found: Option<(u32, i64)> = db
        .prepare_cached("SELECT failures, last_at FROM sign_in_failures WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .map_err(writing)?;
    let Some((failures, last)) = found else {
        return Ok(None);
    };
    Ok(Some(Attempts { failures, last: Timestamp::from_microsecond(last).map_err(Error::internal)? }))
}

/// Takes one failure back, and with it the wait that it began: one that was over stays over.
fn take_back(db: &Connection, key: &str, at: Timestamp) -> Result<()> {
    let Some(left) = failures(db, key)?.map_or(0, |attempts| attempts.failures).checked_sub(1) else {
        return Ok(());
    };
    if left == 0 {
        return execute(db, "DELETE FROM sign_in_failures WHERE key = ?1", [key]).map(|_| ());
    }
    let sql = "UPDATE sign_in_failures SET failures = ?2, last_at = min(last_at, ?3) WHERE key = ?1";
    execute(db, sql, params![key, left, before(at, wait_after(left))]).map(|_| ())
}

/// Counts a failure.
fn count(db: &Connection, key: &str, at: Timestamp) -> Result<()> {
    let Attempts { failures, last } = Attempts::after_failure(failures(db, key)?, at);
    let sql = "INSERT INTO sign_in_failures (key, failures, last_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at";
    execute(db, sql, params![key, failures, last.as_microsecond()])?;
    let sql = "DELETE FROM sign_in_failures WHERE last_at <
                   (SELECT last_at FROM sign_in_failures ORDER BY last_at DESC LIMIT 1 OFFSET ?1)";
    execute(db, sql, [FAILURES]).map(|_| ())
}
