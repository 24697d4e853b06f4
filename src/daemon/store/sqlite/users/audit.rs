//! The audit trail.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::execute;
use crate::daemon::error::Result;
use crate::daemon::store::sqlite::failure::reading;
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{AuditLine, Note};

/// How many lines an account keeps; what is older goes, so that nobody fills the disk by failing to sign in.
const LINES: i64 = 2_000;

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
    let sql = "DELETE FROM audit WHERE account = ?1 AND id <=
                   (SELECT id FROM audit WHERE account = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    execute(db, sql, params![account.as_bytes(), LINES]).map(|_| ())
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
