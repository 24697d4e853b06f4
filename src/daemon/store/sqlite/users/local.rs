//! Local identities and their sessions.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{audit, execute, standing};
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::Sqlite;
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{LocalIdentity, Note, Standing};
use crate::daemon::users::port::NewAccount;

impl Sqlite {
    pub(super) async fn local_sign_in(
        &self,
        identity: LocalIdentity,
        new: NewAccount,
        device: String,
        note: Note,
    ) -> Result<Standing> {
        // Nearly every sign-in finds its session: no reason to write.
        if let Some(session) = self.read(|db| find(db, &identity))? {
            return Ok(session);
        }
        self.write(move |db| match find(db, &identity)? {
            Some(session) => Ok(session),
            None => make(db, &identity, &new, &device, &note),
        })
        .await
    }
}

/// Finds the session of an identity; nothing if there is none yet.
fn find(db: &Connection, identity: &LocalIdentity) -> Result<Option<Standing>> {
    let found = db
        .prepare_cached(
            "SELECT s.id, i.login, a.disabled_at IS NOT NULL
             FROM local_identities i JOIN accounts a ON a.id = i.account
             LEFT JOIN sessions s ON s.account = i.account AND s.uid = i.uid
                 AND s.kind = 'local' AND s.revoked_at IS NULL
             WHERE i.realm = ?1 AND i.uid = ?2",
        )
        .map_err(reading)?
        .query_row(params![identity.realm, identity.uid], |row| {
            Ok((rows::optional_uuid(row, 0), row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
        })
        .optional()
        .map_err(reading)?;
    match found {
        None => Ok(None),
        Some((_, login, _)) if login != identity.login => Err(belongs_to_another(identity, &login)),
        Some((_, _, true)) => Err(Error::refused(ErrorCode::Forbidden, "the account is disabled")
            .with_hint("an administrator can enable it: {nudge} user enable USER")),
        Some((session, _, false)) => session?.map_or(Ok(None), |id| standing::session(db, id)),
    }
}

fn belongs_to_another(identity: &LocalIdentity, login: &str) -> Error {
    let detail = format!("uid {} belonged to `{login}` before, and is `{}` now", identity.uid, identity.login);
    let hint = format!(
        "nothing was changed; an administrator decides whose the tasks are: {{nudge}} user local USER {} {}, or \
         --forget; `{{nudge}} user ls` shows who USER is",
        identity.uid, identity.login
    );
    Error::refused(ErrorCode::Forbidden, detail).with_hint(hint)
}

/// Makes what is missing of account, space and session.
fn make(db: &Connection, identity: &LocalIdentity, new: &NewAccount, device: &str, note: &Note) -> Result<Standing> {
    let known: Option<Vec<u8>> = db
        .prepare_cached("SELECT account FROM local_identities WHERE realm = ?1 AND uid = ?2")
        .and_then(|mut statement| {
            statement.query_row(params![identity.realm, identity.uid], |row| row.get(0)).optional()
        })
        .map_err(writing)?;
    let account = match known {
        Some(id) => Uuid::from_slice(&id).map_err(Error::internal)?,
        None => make_account(db, identity, new, note)?,
    };
    begin(db, account, (identity.uid, device), note)
}

/// Begins a session by uid.
fn begin(db: &Connection, account: Uuid, (uid, device): (u32, &str), note: &Note) -> Result<Standing> {
    let (id, now) = (Uuid::now_v7(), note.at.as_microsecond());
    let sql = "INSERT INTO sessions (id, account, kind, uid, device, peer, created_at, last_used_at)
               VALUES (?1, ?2, 'local', ?3, ?4, ?5, ?6, ?6)";
    execute(db, sql, params![id.as_bytes(), account.as_bytes(), uid, device, note.peer, now])?;
    audit::write(db, account, note)?;
    standing::session(db, id)?.ok_or_else(|| Error::internal("a session that was made is not found"))
}

/// Finds or begins the session of a uid that is an account's.
pub(super) fn again(db: &Connection, account: Uuid, (uid, device): (u32, &str), note: &Note) -> Result<Standing> {
    let sql = "SELECT s.id FROM local_identities i
               LEFT JOIN sessions s ON s.account = i.account AND s.uid = i.uid
                   AND s.kind = 'local' AND s.revoked_at IS NULL
               WHERE i.account = ?1 AND i.uid = ?2";
    let found = db
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row(params![account.as_bytes(), uid], |row| Ok(rows::optional_uuid(row, 0))).optional()
        })
        .map_err(writing)?;
    let standing = match found.transpose()? {
        None => None,
        Some(Some(id)) => standing::session(db, id)?,
        Some(None) => Some(begin(db, account, (uid, device), note)?),
    };
    standing.ok_or_else(|| Error::refused(ErrorCode::Unauthenticated, "the uid is no longer this account's"))
}

fn make_account(db: &Connection, identity: &LocalIdentity, new: &NewAccount, note: &Note) -> Result<Uuid> {
    let now = note.at.as_microsecond();
    super::accounts::insert(db, new, None, note)?;
    let sql = "INSERT INTO local_identities (realm, uid, login, account, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    execute(db, sql, params![identity.realm, identity.uid, identity.login, new.account.as_bytes(), now])?;
    Ok(new.account)
}

/// Decides whose a uid is.
pub(super) fn decide(
    db: &Connection,
    account: Uuid,
    realm: &str,
    (uid, login): (u32, Option<&str>),
    at: Timestamp,
) -> Result<()> {
    let values = params![realm, uid, account.as_bytes(), login];
    let changed = match login {
        Some(_) => execute(
            db,
            "UPDATE local_identities SET login = ?4 WHERE realm = ?1 AND uid = ?2 AND account = ?3",
            values,
        )?,
        None => execute(
            db,
            "DELETE FROM local_identities WHERE realm = ?1 AND uid = ?2 AND account = ?3 AND ?4 IS NULL",
            values,
        )?,
    };
    if changed == 0 {
        return Err(Error::invalid("local", format!("uid {uid} is not this account's"))
            .with_hint("whose it is: {nudge} user ls"));
    }
    // Whoever signs in next by this uid begins anew.
    let sql = "UPDATE sessions SET revoked_at = ?3
               WHERE account = ?1 AND uid = ?2 AND kind = 'local' AND revoked_at IS NULL";
    execute(db, sql, params![account.as_bytes(), uid, at.as_microsecond()]).map(|_| ())
}
