//! The audit trail.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{execute, exists};
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::failure::reading;
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{AuditLine, Note};

/// How many lines of each kind an account keeps; what is older goes, so that nobody fills the disk by failing to sign
/// in, and nobody pushes a sign-in out of sight by changing a setting a thousand times.
const LINES: i64 = 500;

/// Writes a line.
pub(super) fn write(db: &Connection, account: Uuid, note: &Note) -> Result<()> {
    let sql = "INSERT INTO audit (account, id, at, event, peer, about, by_administrator)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (id, at) = (Uuid::now_v7(), note.at.as_microsecond());
    let values = params![
        account.as_bytes(),
        id.as_bytes(),
        at,
        note.what.as_str(),
        note.peer,
        note.about,
        note.by_administrator
    ];
    execute(db, sql, values)?;
    let sql = "DELETE FROM audit WHERE account = ?1 AND event = ?2 AND id <=
                   (SELECT id FROM audit WHERE account = ?1 AND event = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)";
    execute(db, sql, params![account.as_bytes(), note.what.as_str(), LINES]).map(|_| ())
}

/// Refuses what a session asks that no longer stands, whenever its request was let in.
pub(super) fn demand(db: &Connection, account: Uuid, note: &Note) -> Result<()> {
    let Some(session) = note.by else {
        return Ok(());
    };
    let sql = "SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account
               WHERE s.id = ?1 AND s.account = ?2 AND s.revoked_at IS NULL
                   AND a.disabled_at IS NULL AND a.deleted_at IS NULL";
    if exists(db, sql, params![session.as_bytes(), account.as_bytes()])? {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::Unauthenticated, "the session has ended meanwhile; nothing was changed")
        .with_hint("sign in: {nudge} login"))
}

/// Reads lines, the newest first.
pub(super) fn lines(db: &Connection, account: Uuid, before: Option<Uuid>, limit: usize) -> Result<Vec<AuditLine>> {
    let sql = "SELECT id, at, event, peer, about, by_administrator FROM audit
               WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let before = before.unwrap_or(Uuid::max());
    let mut found = statement.query(params![account.as_bytes(), before.as_bytes(), limit]).map_err(reading)?;
    let mut lines = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        lines.push(AuditLine {
            id: rows::uuid(row, 0)?,
            at: rows::moment(row, 1)?,
            event: rows::get(row, 2)?,
            peer: rows::get(row, 3)?,
            about: rows::get(row, 4)?,
            by_administrator: rows::get(row, 5)?,
        });
    }
    Ok(lines)
}
