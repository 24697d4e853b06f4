//! Accounts.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::{audit, deletion, execute, exists, gone, local, recount, sessions, standing, tell_anew};
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::Sqlite;
use crate::daemon::store::sqlite::failure::{is_taken, reading, writing};
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::email::Email;
use crate::daemon::users::model::{Account, AccountSettings, LocalIdentity, Note, QuotaOverrides, Standing, Usage};
use crate::daemon::users::port::{AccountStore, Credentials, Decision, Ending, NewAccount, NewPassword};

#[async_trait]
impl AccountStore for Sqlite {
    async fn sign_in_local(
        &self,
        identity: LocalIdentity,
        new: NewAccount,
        device: String,
        note: Note,
    ) -> Result<Standing> {
        self.local_sign_in(identity, new, device, note).await
    }

    async fn begin_local_again(&self, account: Uuid, uid: u32, device: String, note: Note) -> Result<Standing> {
        self.write(move |db| local::again(db, account, (uid, &device), &note)).await
    }

    async fn add_account(&self, new: NewAccount, credentials: Credentials, note: Note) -> Result<()> {
        self.write(move |db| insert(db, &new, Some(&credentials), &note)).await
    }

    async fn set_credentials(&self, account: Uuid, credentials: Credentials, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| {
            let (email, hash) = (&credentials.email, &credentials.hash);
            let sql = "UPDATE accounts SET email = ?2, email_key = ?3, password_hash = ?4
                       WHERE id = ?1 AND email IS NULL AND deleted_at IS NULL";
            let changed = db.prepare_cached(sql).and_then(|mut statement| {
                statement.execute(params![account.as_bytes(), email.as_str(), email.key(), hash])
            });
            if changed.map_err(taken)? == 0 {
                return Err(Error::refused(ErrorCode::WrongState, "this account has an email and a password already")
                    .with_hint("change them: {nudge} account rename, {nudge} passwd"));
            }
            audit::write(db, account, note)
        })
        .await
    }

    async fn set_email(&self, account: Uuid, email: Email, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| {
            let sql = "UPDATE accounts SET email = ?2, email_key = ?3
                       WHERE id = ?1 AND password_hash IS NOT NULL AND deleted_at IS NULL";
            let changed = db
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(params![account.as_bytes(), email.as_str(), email.key()]));
            needs_credentials(changed.map_err(taken)?)?;
            audit::write(db, account, note)
        })
        .await
    }

    async fn set_password(&self, account: Uuid, new: NewPassword, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| set_password(db, account, &new, note)).await
    }

    async fn strengthen(&self, account: Uuid, old: String, new: String) -> Result<()> {
        self.write(move |db| {
            let sql = "UPDATE accounts SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
            execute(db, sql, params![account.as_bytes(), old, new]).map(|_| ())
        })
        .await
    }

    async fn set_zone(&self, account: Uuid, zone: String, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| {
            let sql = "UPDATE accounts SET zone = ?2 WHERE id = ?1 AND deleted_at IS NULL";
            found(execute(db, sql, params![account.as_bytes(), zone])?)?;
            execute(db, "UPDATE spaces SET recounted_to = 0 WHERE account = ?1", [account.as_bytes()])?;
            tell_anew(db, account, note.at)?;
            audit::write(db, account, note)
        })
        .await
    }

    async fn recount_days(&self, account: Uuid, limit: usize) -> Result<bool> {
        self.write(move |db| recount::days(db, account, limit)).await
    }

    async fn half_recounted(&self) -> Result<Vec<Uuid>> {
        self.read(recount::half_done)
    }

    async fn set_settings(&self, account: Uuid, settings: AccountSettings, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| {
            let sql = "UPDATE accounts SET settings = ?2 WHERE id = ?1 AND deleted_at IS NULL";
            found(execute(db, sql, params![account.as_bytes(), rows::to_json(&settings)?])?)?;
            tell_anew(db, account, note.at)?;
            audit::write(db, account, note)
        })
        .await
    }

    async fn administer(&self, account: Uuid, decisions: Vec<Decision>) -> Result<()> {
        self.write_standing(move |db| decisions.iter().try_for_each(|decision| decide(db, account, decision))).await
    }

    async fn account(&self, id: Uuid) -> Result<Option<Account>> {
        self.read(|db| one(db, "a.id = ?1", params![id.as_bytes()]))
    }

    async fn account_of_email(&self, key: &str) -> Result<Option<Account>> {
        self.read(|db| one(db, "a.email_key = ?1", params![key]))
    }

    async fn accounts(&self, after: Option<(Timestamp, Uuid)>, limit: usize) -> Result<Vec<Account>> {
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |(at, id)| (at.as_microsecond(), id));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let wanted = "(a.created_at, a.id) > (?1, ?2) ORDER BY a.created_at, a.id LIMIT ?3";
        self.read_long(|db| many(db, wanted, params![at, id.as_bytes(), limit]))
    }

    async fn begin_deletion(&self, account: Uuid, note: Note) -> Result<()> {
        self.write_asked(account, note, move |db, note| deletion::begin(db, account, note.at)).await
    }

    async fn delete_some(&self, account: Uuid, limit: usize) -> Result<bool> {
        self.write(move |db| deletion::some(db, account, limit)).await
    }

    async fn half_deleted(&self) -> Result<Vec<Uuid>> {
        self.read(deletion::half_deleted)
    }
}

fn decide(db: &Connection, account: Uuid, decision: &Decision) -> Result<()> {
    match decision {
        Decision::Quotas(quotas, note) => {
            let sql = "UPDATE accounts SET quota_tasks = ?2, quota_tokens = ?3, quota_sessions = ?4
                       WHERE id = ?1 AND deleted_at IS NULL";
            let [tasks, tokens, sessions] =
                [quotas.tasks, quotas.tokens, quotas.sessions].map(|limit| limit.map(signed));
            found(execute(db, sql, params![account.as_bytes(), tasks, tokens, sessions])?)?;
            audit::write(db, account, note)
        }
        Decision::Local { realm, uid, login, note } => {
            local::decide(db, account, realm, (*uid, login.as_deref()), note.at)?;
            audit::write(db, account, note)
        }
        Decision::Disabled(disabled, note) => {
            let sql = "UPDATE accounts SET disabled_at = CASE WHEN ?2 THEN coalesce(disabled_at, ?3) END
                       WHERE id = ?1 AND deleted_at IS NULL";
            found(execute(db, sql, params![account.as_bytes(), disabled, note.at.as_microsecond()])?)?;
            if *disabled {
                sessions::end_all(db, account, note.at)?;
            }
            audit::write(db, account, note)
        }
        Decision::Password(hash, note) => {
            let new = NewPassword { hash: hash.clone(), proved: None, ending: Ending::SessionsAndTokens };
            set_password(db, account, &new, note)
        }
    }
}

fn set_password(db: &Connection, account: Uuid, new: &NewPassword, note: &Note) -> Result<()> {
    if let Some(proved) = &new.proved {
        still_has(db, account, proved)?;
    }
    let sql = "UPDATE accounts SET password_hash = ?2
               WHERE id = ?1 AND email IS NOT NULL AND deleted_at IS NULL";
    needs_credentials(execute(db, sql, params![account.as_bytes(), new.hash])?)?;
    sessions::end_all(db, account, note.at)?;
    if new.ending == Ending::SessionsAndTokens {
        execute(db, "DELETE FROM access_tokens WHERE account = ?1", [account.as_bytes()])?;
    }
    audit::write(db, account, note)
}

/// Refuses what a password has proved that is no longer the account's: it was changed while the hash was computed.
pub(super) fn still_has(db: &Connection, account: Uuid, hash: &str) -> Result<()> {
    let sql = "SELECT 1 FROM accounts WHERE id = ?1 AND password_hash = ?2";
    if exists(db, sql, params![account.as_bytes(), hash])? {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::Unauthenticated, "the password was changed meanwhile")
        .with_hint("sign in with the new one: {nudge} login"))
}

/// Makes an account and its space.
pub(super) fn insert(db: &Connection, new: &NewAccount, credentials: Option<&Credentials>, note: &Note) -> Result<()> {
    let (id, email) = (new.account, credentials.map(|credentials| &credentials.email));
    let sql = "INSERT INTO accounts (id, email, email_key, password_hash, zone, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![
        id.as_bytes(),
        email.map(Email::as_str),
        email.map(Email::key),
        credentials.map(|credentials| &credentials.hash),
        new.zone,
        note.at.as_microsecond()
    ];
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(taken)?;
    execute(db, "INSERT INTO spaces (id, account) VALUES (?1, ?2)", params![new.space.as_bytes(), id.as_bytes()])?;
    let created = crate::daemon::users::model::Happening::Created;
    audit::write(db, id, &Note { what: created, about: None, ..note.clone() })
}

/// The unique index on the folded email decides, whatever was seen before.
fn taken(error: rusqlite::Error) -> Error {
    if is_taken(&error) { crate::daemon::users::model::email_taken() } else { writing(error) }
}

fn found(changed: usize) -> Result<()> {
    if changed == 0 { Err(gone()) } else { Ok(()) }
}

fn needs_credentials(changed: usize) -> Result<()> {
    if changed > 0 {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::WrongState, "this account has no email and no password yet")
        .with_hint("give it both: {nudge} signup"))
}

fn signed(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

const ACCOUNT: &str = "a.id, a.email, a.password_hash, a.zone, a.settings, a.created_at, a.disabled_at,
    a.quota_tasks, a.quota_tokens, a.quota_sessions, p.task_count,
    (SELECT count(*) FROM access_tokens t WHERE t.account = a.id),
    (SELECT count(*) FROM sessions s WHERE s.account = a.id AND s.kind = 'password' AND s.revoked_at IS NULL),
    (SELECT json_group_array(json_array(uid, login)) FROM local_identities i WHERE i.account = a.id),
    max(coalesce((SELECT max(last_used_at) FROM sessions s WHERE s.account = a.id), 0),
        coalesce((SELECT max(last_used_at) FROM access_tokens t WHERE t.account = a.id), 0))";

fn one(db: &Connection, wanted: &str, values: impl rusqlite::Params) -> Result<Option<Account>> {
    many(db, wanted, values).map(|mut found| found.pop())
}

fn many(db: &Connection, wanted: &str, values: impl rusqlite::Params) -> Result<Vec<Account>> {
    let sql = format!(
        "SELECT {ACCOUNT} FROM accounts a JOIN spaces p ON p.account = a.id
         WHERE a.deleted_at IS NULL AND {wanted}"
    );
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let mut found = statement.query(values).map_err(reading)?;
    let mut accounts = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        accounts.push(account(row)?);
    }
    Ok(accounts)
}

fn account(row: &Row<'_>) -> Result<Account> {
    let limit = |index| Ok::<_, Error>(rows::get::<Option<i64>>(row, index)?.map(i64::unsigned_abs));
    let count = |index| rows::get::<i64>(row, index).map(i64::unsigned_abs);
    let last_used: i64 = rows::get(row, 14)?;
    Ok(Account {
        id: rows::uuid(row, 0)?,
        email: rows::get(row, 1)?,
        password_hash: rows::get(row, 2)?,
        zone: rows::get(row, 3)?,
        settings: standing::settings(&rows::get::<String>(row, 4)?)?,
        local: rows::from_json(&rows::get::<String>(row, 13)?)?,
        created_at: rows::moment(row, 5)?,
        disabled_at: rows::optional_moment(row, 6)?,
        quotas: QuotaOverrides { tasks: limit(7)?, tokens: limit(8)?, sessions: limit(9)? },
        usage: Usage { tasks: count(10)?, tokens: count(11)?, sessions: count(12)? },
        last_used_at: if last_used > 0 { Some(rows::moment(row, 14)?) } else { None },
    })
}

/// Returns the limit that an account has of its own.
pub(super) fn own_limit(db: &Connection, account: Uuid, column: &'static str) -> Result<Option<u64>> {
    let sql = format!("SELECT {column} FROM accounts WHERE id = ?1 AND disabled_at IS NULL AND deleted_at IS NULL");
    let found = db
        .prepare_cached(&sql)
        .and_then(|mut statement| {
            statement.query_row([account.as_bytes()], |row| row.get::<_, Option<i64>>(0)).optional()
        })
        .map_err(writing)?;
    match found {
        Some(limit) => Ok(limit.map(i64::unsigned_abs)),
        None => Err(Error::refused(ErrorCode::Unauthenticated, "the account is not there, or disabled")),
    }
}

/// Says whether an account is there.
pub(super) fn is_there(db: &Connection, account: Uuid) -> Result<bool> {
    exists(db, "SELECT 1 FROM accounts WHERE id = ?1", [account.as_bytes()])
}
