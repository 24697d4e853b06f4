//! Telling the days of tasks anew after their account's zone was changed. They may be many, so that it goes in slices:
//! nobody else waits for it, and a crash in the middle is gone on from.

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::execute;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::failure::{reading, writing};
use crate::daemon::store::sqlite::rows;
use crate::language::When;

const FIELDS: [&str; 4] = ["due", "scheduled", "wait", "until"];

/// Tells the days of a slice of tasks anew, in the account's zone of now; says whether none are left. Moments stay what
/// they are.
pub(super) fn days(db: &Connection, account: Uuid, limit: usize) -> Result<bool> {
    let sql = "SELECT p.number, p.recounted_to, a.zone FROM spaces p JOIN accounts a ON a.id = p.account
               WHERE a.id = ?1 AND p.recounted_to IS NOT NULL";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?));
    let found = db
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([account.as_bytes()], read).optional())
        .map_err(writing)?;
    let Some((space, from, zone)) = found else {
        return Ok(true);
    };
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let slice = slice(db, (space, from), limit)?;
    for (row, texts) in &slice {
        for (field, text) in FIELDS.into_iter().zip(texts) {
            // A day is text such as `2026-11-27`; a moment is longer.
            if let Some(text) = text.as_deref().filter(|text| text.len() == 10) {
                let day = When::from_text(text).map_err(Error::internal)?;
                let sql = format!("UPDATE tasks SET {field}_from = ?2, {field}_to = ?3 WHERE row = ?1");
                execute(db, &sql, params![row, day.from(&zone).as_microsecond(), day.to(&zone).as_microsecond()])?;
            }
        }
    }
    let last = slice.last().map(|(row, _)| *row).filter(|_| slice.len() == limit);
    // Lists that were read meanwhile had some days in the old zone: they are to be read anew.
    let sql = "UPDATE spaces SET recounted_to = ?2, seq = seq + 1 WHERE number = ?1";
    execute(db, sql, params![space, last])?;
    Ok(last.is_none())
}

type Texts = [Option<String>; FIELDS.len()];

/// Reads the dates of tasks after a row, in the order of rows.
fn slice(db: &Connection, (space, from): (i64, i64), limit: usize) -> Result<Vec<(i64, Texts)>> {
    let sql = "SELECT row, due, scheduled, wait, until FROM tasks
               WHERE row > max(?1, ?2 << 32) AND row < (?2 + 1) << 32 ORDER BY row LIMIT ?3";
    let mut statement = db.prepare_cached(sql).map_err(writing)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = statement.query(params![from, space, limit]).map_err(writing)?;
    let mut slice = Vec::new();
    while let Some(row) = found.next().map_err(writing)? {
        let texts = [rows::get(row, 1)?, rows::get(row, 2)?, rows::get(row, 3)?, rows::get(row, 4)?];
        slice.push((rows::get(row, 0)?, texts));
    }
    Ok(slice)
}

/// Returns the accounts whose days are not all told anew.
pub(super) fn half_done(db: &Connection) -> Result<Vec<Uuid>> {
    let mut statement =
        db.prepare_cached("SELECT account FROM spaces WHERE recounted_to IS NOT NULL").map_err(reading)?;
    let mut found = statement.query([]).map_err(reading)?;
    let mut accounts = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        accounts.push(rows::uuid(row, 0)?);
    }
    Ok(accounts)
}
