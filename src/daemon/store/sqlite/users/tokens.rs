//! Personal access tokens.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{accounts, audit, execute, standing};
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{AccessToken, Note};
use crate::daemon::users::port::NewAccessToken;

pub(super) fn add(db: &Connection, account: Uuid, token: &NewAccessToken, note: &Note) -> Result<()> {
    let limit = accounts::own_limit(db, account, "quota_tokens")?.unwrap_or(token.limit);
    let count: i64 = db
        .prepare_cached("SELECT count(*) FROM access_tokens WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account.as_bytes()], |row| row.get(0)))
        .map_err(writing)?;
    if count.unsigned_abs() >= limit {
        return Err(Error::quota("tokens", limit));
    }
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let sql = "INSERT INTO access_tokens (id, account, name, hash, scopes, created_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values = params![
        token.id.as_bytes(),
        account.as_bytes(),
        token.name,
        &token.hash[..],
        scopes.join(" "),
        note.at.as_microsecond(),
        token.expires_at.map(jiff::Timestamp::as_microsecond)
    ];
    execute(db, sql, values)?;
    audit::write(db, account, note)
}

pub(super) fn list(db: &Connection, account: Uuid) -> Result<Vec<AccessToken>> {
    let sql = "SELECT id, name, scopes, created_at, expires_at, last_used_at FROM access_tokens
               WHERE account = ?1 ORDER BY created_at DESC, id DESC";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query([account.as_bytes()]).map_err(reading)?;
    let mut tokens = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        tokens.push(AccessToken {
            id: rows::uuid(row, 0)?,
            name: rows::get(row, 1)?,
            scopes: standing::scopes(&rows::get::<String>(row, 2)?)?,
            created_at: rows::moment(row, 3)?,
            expires_at: rows::optional_moment(row, 4)?,
            last_used_at: rows::optional_moment(row, 5)?,
        });
    }
    Ok(tokens)
}

pub(super) fn revoke(db: &Connection, account: Uuid, token: Uuid, note: &Note) -> Result<bool> {
    let sql = "DELETE FROM access_tokens WHERE id = ?2 AND account = ?1 RETURNING name";
    let name: Option<String> =
        rusqlite::OptionalExtension::optional(db.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row(params![account.as_bytes(), token.as_bytes()], |row| row.get(0))
        }))
        .map_err(writing)?;
    let Some(name) = name else {
        return Ok(false);
    };
    audit::write(db, account, &Note { about: Some(name), ..note.clone() })?;
    Ok(true)
}
