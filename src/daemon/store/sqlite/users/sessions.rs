//! Sessions, and the refresh tokens of those that were begun by password.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::standing::Key;
use super::{accounts, audit, execute, guard, standing, tokens};
use crate::api::auth::SessionKind;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::Sqlite;
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{AccessToken, Note, Session, Standing};
use crate::daemon::users::port::{NewAccessToken, NewSession, Presented, Refreshed, SessionStore};

/// A session that was unused for so long makes way for a new one.
const UNUSED: SignedDuration = SignedDuration::from_hours(24);

#[async_trait]
impl SessionStore for Sqlite {
    async fn standing(&self, session: Uuid) -> Result<Option<Standing>> {
        self.who_stands(Key::Session(session))
    }

    async fn standing_of_token(&self, hash: [u8; 32]) -> Result<Option<Standing>> {
        self.who_stands(Key::Token(hash))
    }

    async fn token_stands(&self, token: Uuid) -> Result<bool> {
        self.read(|db| {
            let sql = "SELECT 1 FROM access_tokens t JOIN accounts a ON a.id = t.account
                       WHERE t.id = ?1 AND a.disabled_at IS NULL AND a.deleted_at IS NULL";
            db.prepare_cached(sql).and_then(|mut found| found.exists([token.as_bytes()])).map_err(reading)
        })
    }

    async fn begin_session(&self, new: NewSession, note: Note) -> Result<Standing> {
        self.write_standing(move |db| begin(db, &new, &note)).await
    }

    async fn refresh(&self, presented: Presented, note: Note) -> Result<Refreshed> {
        // The parent that was refreshed before, and whose successor is not used yet: nothing is to be written.
        if let Some(standing) = self.read(|db| repeated(db, &presented))? {
            return Ok(Refreshed::Good(standing));
        }
        self.write_standing_if(move |db| {
            let outcome = refresh(db, &presented, &note)?;
            let ended = outcome == Refreshed::Replayed;
            Ok((outcome, ended))
        })
        .await
    }

    async fn sessions(&self, account: Uuid) -> Result<Vec<Session>> {
        self.read(|db| list(db, account))
    }

    async fn end_session(&self, account: Uuid, session: Uuid, note: Note) -> Result<bool> {
        self.write_asked(account, note, move |db, note| {
            let sql = "UPDATE sessions SET revoked_at = ?3 WHERE id = ?2 AND account = ?1 AND revoked_at IS NULL";
            let at = note.at.as_microsecond();
            let ended = execute(db, sql, params![account.as_bytes(), session.as_bytes(), at])? > 0;
            if ended {
                audit::write(db, account, note)?;
            }
            Ok(ended)
        })
        .await
    }

    async fn end_sessions(&self, account: Uuid, note: Note) -> Result<u64> {
        self.write_asked(account, note, move |db, note| {
            let ended = end_all(db, account, note.at)?;
            audit::write(db, account, note)?;
            Ok(ended)
        })
        .await
    }

    async fn expire_sessions(&self, before: Timestamp) -> Result<()> {
        let before = before.as_microsecond();
        // Those by uid need no end: whoever has the uid signs in again at once. They go when nobody used them.
        let sql = "SELECT 1 FROM sessions WHERE last_used_at < ?1 LIMIT 1";
        let some =
            self.read(|db| db.prepare_cached(sql).and_then(|mut found| found.exists([before])).map_err(reading))?;
        if !some {
            return Ok(());
        }
        self.write_standing(move |db| execute(db, "DELETE FROM sessions WHERE last_used_at < ?1", [before]).map(|_| ()))
            .await
    }

    async fn add_token(&self, account: Uuid, token: NewAccessToken, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| tokens::add(db, account, &token, note)).await
    }

    async fn tokens(&self, account: Uuid) -> Result<Vec<AccessToken>> {
        self.read(|db| tokens::list(db, account))
    }

    async fn revoke_token(&self, account: Uuid, token: Uuid, note: Note) -> Result<bool> {
        self.write_asked(account, note, move |db, note| tokens::revoke(db, account, token, note)).await
    }

    async fn revoke_tokens(&self, account: Uuid, note: Note) -> Result<u64> {
        self.write_asked(account, note, move |db, note| {
            let revoked = execute(db, "DELETE FROM access_tokens WHERE account = ?1", [account.as_bytes()])? as u64;
            audit::write(db, account, note)?;
            Ok(revoked)
        })
        .await
    }

    async fn note_use(&self, used: Vec<(Uuid, Timestamp)>) -> Result<()> {
        self.write(move |db| {
            for (id, at) in &used {
                let values = params![id.as_bytes(), at.as_microsecond()];
                let sql = "UPDATE sessions SET last_used_at = max(last_used_at, ?2) WHERE id = ?1";
                if execute(db, sql, values)? == 0 {
                    let sql =
                        "UPDATE access_tokens SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1";
                    execute(db, sql, values)?;
                }
            }
            Ok(())
        })
        .await
    }
}

fn begin(db: &Connection, new: &NewSession, note: &Note) -> Result<Standing> {
    let (account, now) = (new.account, note.at.as_microsecond());
    if let Some(proved) = &new.proved {
        accounts::still_has(db, account, proved)?;
    }
    let limit = accounts::own_limit(db, account, "quota_sessions")?.unwrap_or(new.limit);
    let sql = "SELECT count(*) FROM sessions WHERE account = ?1 AND kind = 'password' AND revoked_at IS NULL";
    let count: i64 = db
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([account.as_bytes()], |row| row.get(0)))
        .map_err(writing)?;
    if count.unsigned_abs() >= limit {
        let unused = note.at.saturating_sub(UNUSED).unwrap_or(Timestamp::MIN).as_microsecond();
        let sql = "UPDATE sessions SET revoked_at = ?2 WHERE id =
                       (SELECT id FROM sessions WHERE account = ?1 AND kind = 'password' AND revoked_at IS NULL
                            AND last_used_at < ?3 ORDER BY last_used_at LIMIT 1)";
        if limit == 0 || execute(db, sql, params![account.as_bytes(), now, unused])? == 0 {
            return Err(Error::quota("sessions", limit));
        }
    }
    let sql = "INSERT INTO sessions
                   (id, account, kind, device, peer, created_at, last_used_at, generation, refresh_hash)
               VALUES (?1, ?2, 'password', ?3, ?4, ?5, ?5, 0, ?6)";
    let values = params![new.id.as_bytes(), account.as_bytes(), new.device, note.peer, now, &new.refresh_hash[..]];
    execute(db, sql, values)?;
    audit::write(db, account, note)?;
    if let Some(peer) = &new.peer {
        guard::know(db, account, peer, note.at)?;
    }
    standing::session(db, new.id)?.ok_or_else(|| Error::internal("a session that was made is not found"))
}

/// What is known of the refresh tokens of a session that stands.
struct Family {
    account: Uuid,
    generation: i64,
    hash: Vec<u8>,
    next_hash: Option<Vec<u8>>,
}

fn family(db: &Connection, presented: &Presented) -> Result<Option<Family>> {
    let sql = "SELECT account, generation, refresh_hash, next_hash FROM sessions
               WHERE id = ?1 AND kind = 'password' AND revoked_at IS NULL AND last_used_at >= ?2";
    let values = params![presented.session.as_bytes(), presented.used_since.as_microsecond()];
    let read = |row: &Row<'_>| {
        let account = rows::uuid(row, 0);
        Ok((account, row.get(1)?, row.get(2)?, row.get(3)?))
    };
    let found = db
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row(values, read).optional())
        .map_err(reading)?;
    let Some((account, generation, hash, next_hash)) = found else {
        return Ok(None);
    };
    Ok(Some(Family { account: account?, generation, hash, next_hash }))
}

/// Finds the session of a token whose successor was given out before and waits to be used.
fn repeated(db: &Connection, presented: &Presented) -> Result<Option<Standing>> {
    match family(db, presented)? {
        Some(family)
            if family.generation == i64::from(presented.generation)
                && family.hash == presented.hash
                && family.next_hash.as_deref() == Some(&presented.next_hash[..]) =>
        {
            standing::session(db, presented.session)
        }
        _ => Ok(None),
    }
}

fn refresh(db: &Connection, presented: &Presented, note: &Note) -> Result<Refreshed> {
    let Some(family) = family(db, presented)? else {
        return Ok(Refreshed::Unknown);
    };
    let generation = i64::from(presented.generation);
    let id = presented.session;
    let is_current = generation == family.generation && family.hash == presented.hash;
    let is_next = generation == family.generation + 1 && family.next_hash.as_deref() == Some(&presented.hash[..]);
    if is_current || is_next {
        let sql = "UPDATE sessions SET generation = ?2, refresh_hash = ?3, next_hash = ?4,
                       last_used_at = max(last_used_at, ?5) WHERE id = ?1";
        let (hash, next, at) = (&presented.hash[..], &presented.next_hash[..], note.at.as_microsecond());
        execute(db, sql, params![id.as_bytes(), generation, hash, next, at])?;
        if let Some(peer) = &presented.peer {
            guard::know_still(db, family.account, peer, note.at)?;
        }
        return Ok(standing::session(db, id)?.map_or(Refreshed::Unknown, Refreshed::Good));
    }
    if generation < family.generation {
        // Either the thief or the owner has the newer one, and nobody can say who: both are signed out (RFC 9700,
        // section 4.14.2).
        let sql = "UPDATE sessions SET revoked_at = ?2 WHERE id = ?1";
        execute(db, sql, params![id.as_bytes(), note.at.as_microsecond()])?;
        audit::write(db, family.account, note)?;
        return Ok(Refreshed::Replayed);
    }
    Ok(Refreshed::Unknown)
}

/// Ends all sessions of an account and says how many.
pub(super) fn end_all(db: &Connection, account: Uuid, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE sessions SET revoked_at = ?2 WHERE account = ?1 AND revoked_at IS NULL";
    execute(db, sql, params![account.as_bytes(), now.as_microsecond()]).map(|ended| ended as u64)
}

fn list(db: &Connection, account: Uuid) -> Result<Vec<Session>> {
    let sql = "SELECT id, kind, device, peer, created_at, last_used_at FROM sessions
               WHERE account = ?1 AND revoked_at IS NULL ORDER BY last_used_at DESC, id";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query([account.as_bytes()]).map_err(reading)?;
    let mut sessions = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        let is_local = rows::get::<String>(row, 1)? == "local";
        sessions.push(Session {
            id: rows::uuid(row, 0)?,
            kind: if is_local { SessionKind::Local } else { SessionKind::Password },
            device: rows::get(row, 2)?,
            peer: rows::get(row, 3)?,
            created_at: rows::moment(row, 4)?,
            last_used_at: rows::moment(row, 5)?,
        });
    }
    Ok(sessions)
}
