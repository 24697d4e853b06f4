//! Accounts, local identities, sessions and their spaces.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::Sqlite;
use super::failure::{reading, writing};
use super::rows;
use crate::api::error::ErrorCode;
use crate::daemon::actor::SpaceId;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::model::{LocalIdentity, Session};
use crate::daemon::users::port::{NewAccount, UserStore};

#[async_trait]
impl UserStore for Sqlite {
    async fn sign_in_local(
        &self,
        identity: LocalIdentity,
        new: NewAccount,
        device: String,
        now: Timestamp,
    ) -> Result<Session> {
        // Nearly every sign-in finds its session: no reason to write.
        if let Some(session) = self.read(|db| find_local(db, &identity))? {
            return Ok(session);
        }
        self.write(move |db| match find_local(db, &identity)? {
            Some(session) => Ok(session),
            None => make_local(db, &identity, &new, &device, now),
        })
        .await
    }

    async fn session(&self, id: Uuid) -> Result<Option<Session>> {
        self.read(|db| {
            let mut statement = db
                .prepare_cached(
                    "SELECT s.id, s.account, p.number, a.zone
                     FROM sessions s JOIN accounts a ON a.id = s.account JOIN spaces p ON p.account = a.id
                     WHERE s.id = ?1 AND s.revoked_at IS NULL AND a.disabled_at IS NULL",
                )
                .map_err(reading)?;
            let found = statement.query_row([id.as_bytes()], |row| Ok(session(row))).optional().map_err(reading)?;
            found.transpose()
        })
    }
}

/// Finds the session of an identity; nothing if there is none yet.
fn find_local(db: &Connection, identity: &LocalIdentity) -> Result<Option<Session>> {
    let found = db
        .prepare_cached(
            "SELECT s.id, i.account, p.number, a.zone, i.login, a.disabled_at IS NOT NULL
             FROM local_identities i JOIN accounts a ON a.id = i.account JOIN spaces p ON p.account = a.id
             LEFT JOIN sessions s ON s.account = i.account AND s.uid = i.uid
                 AND s.kind = 'local' AND s.revoked_at IS NULL
             WHERE i.realm = ?1 AND i.uid = ?2",
        )
        .map_err(reading)?
        .query_row(params![identity.realm, identity.uid], |row| {
            let has_session: bool = row.get::<_, Option<Vec<u8>>>(0)?.is_some();
            Ok((has_session.then(|| session(row)), row.get::<_, String>(4)?, row.get::<_, bool>(5)?))
        })
        .optional()
        .map_err(reading)?;
    match found {
        None => Ok(None),
        Some((_, login, _)) if login != identity.login => {
            let detail = format!("uid {} belonged to `{login}` before, and is `{}` now", identity.uid, identity.login);
            Err(Error::refused(ErrorCode::Forbidden, detail)
                .with_hint("the administrator decides whose the tasks are; nothing was changed"))
        }
        Some((_, _, true)) => Err(Error::refused(ErrorCode::Forbidden, "the account is disabled")),
        Some((session, _, false)) => session.transpose(),
    }
}

/// Makes what is missing of account, space and session.
fn make_local(
    db: &Connection,
    identity: &LocalIdentity,
    new: &NewAccount,
    device: &str,
    now: Timestamp,
) -> Result<Session> {
    let now = now.as_microsecond();
    let known: Option<Vec<u8>> = db
        .prepare_cached("SELECT account FROM local_identities WHERE realm = ?1 AND uid = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![identity.realm, identity.uid], |row| row.get(0)).optional()
        })
        .map_err(writing)?;
    let account = match known {
        Some(id) => Uuid::from_slice(&id).map_err(Error::internal)?,
        None => make_account(db, identity, new, now)?,
    };
    db.execute(
        "INSERT INTO sessions (id, account, kind, uid, device, created_at, last_used_at)
         VALUES (?1, ?2, 'local', ?3, ?4, ?5, ?5)",
        params![Uuid::now_v7().as_bytes(), account.as_bytes(), identity.uid, device, now],
    )
    .map_err(writing)?;
    find_local(db, identity)?.ok_or_else(|| Error::internal("a session that was made is not found"))
}

fn make_account(db: &Connection, identity: &LocalIdentity, new: &NewAccount, now: i64) -> Result<Uuid> {
    let id = new.account;
    db.execute(
        "INSERT INTO accounts (id, zone, created_at) VALUES (?1, ?2, ?3)",
        params![id.as_bytes(), new.zone, now],
    )
    .map_err(writing)?;
    db.execute("INSERT INTO spaces (id, account) VALUES (?1, ?2)", params![new.space.as_bytes(), id.as_bytes()])
        .map_err(writing)?;
    db.execute(
        "INSERT INTO local_identities (realm, uid, login, account, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![identity.realm, identity.uid, identity.login, id.as_bytes(), now],
    )
    .map_err(writing)?;
    Ok(id)
}

/// Reads id, account, space and zone, in that order.
fn session(row: &rusqlite::Row<'_>) -> Result<Session> {
    let space: SpaceId = rows::space(row, 2)?;
    Ok(Session { id: rows::uuid(row, 0)?, account: rows::uuid(row, 1)?, space, zone: rows::get(row, 3)? })
}
