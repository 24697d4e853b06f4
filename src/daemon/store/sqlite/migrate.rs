//! Bringing a database to the present schema: each migration in a transaction of its own, after a copy was made.

use std::fmt::Write as _;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use super::connection::{APPLICATION_ID, OpenError, refused, set_up_writer};

/// A step from one schema to the next. Its number is its place in the list, from 1.
pub(super) struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// All steps, in order. Once released, a step is never edited: another one is added.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { name: "accounts", sql: include_str!("../../../../migrations/sqlite/0001_accounts.sql") },
    Migration { name: "tasks", sql: include_str!("../../../../migrations/sqlite/0002_tasks.sql") },
    Migration { name: "notifications", sql: include_str!("../../../../migrations/sqlite/0003_notifications.sql") },
];

/// Applies what is missing.
pub(super) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
    path: &Path,
    backups: &Path,
) -> Result<(), OpenError> {
    let io = |error: rusqlite::Error| OpenError::io(path, error);
    let found = check(connection, migrations, path)?;
    if found == 0 {
        // Before the first table and outside the write-ahead log, so that the header tells from the start whose it is.
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(io)?;
    }
    set_up_writer(connection).map_err(io)?;
    let missing = migrations.iter().enumerate().skip(usize::try_from(found).unwrap_or(usize::MAX));
    if found > 0 && missing.len() > 0 {
        back_up(connection, found, path, backups)?;
    }
    for (index, migration) in missing {
        apply(connection, index + 1, migration).map_err(io)?;
    }
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(io)?;
    Ok(())
}

/// Refuses a schema that this build does not know, before anything is written.
fn check(connection: &Connection, migrations: &[Migration], path: &Path) -> Result<i64, OpenError> {
    let io = |error: rusqlite::Error| refused(path, error);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(io)?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(OpenError::Newer { path: path.display().to_string(), found, known });
    }
    if found > 0 {
        let mut applied = connection.prepare("SELECT number, sha256 FROM migrations ORDER BY number").map_err(io)?;
        let rows = applied.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).map_err(io)?;
        for row in rows {
            let (number, digest) = row.map_err(io)?;
            let known = usize::try_from(number - 1).ok().and_then(|index| migrations.get(index));
            if known.is_none_or(|migration| sha256(migration.sql) != digest) {
                return Err(OpenError::Diverged { path: path.display().to_string(), number });
            }
        }
    }
    Ok(found)
}

fn apply(connection: &mut Connection, number: usize, migration: &Migration) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
             number INTEGER PRIMARY KEY,
             name   TEXT NOT NULL,
             sha256 TEXT NOT NULL
         ) STRICT",
    )?;
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO migrations (number, name, sha256) VALUES (?1, ?2, ?3)",
        (i64::try_from(number).unwrap_or(i64::MAX), migration.name, sha256(migration.sql)),
    )?;
    transaction.pragma_update(None, "user_version", i64::try_from(number).unwrap_or(i64::MAX))?;
    transaction.commit()
}

/// Copies the database, whole and checked, before its schema changes.
fn back_up(connection: &Connection, found: i64, path: &Path, backups: &Path) -> Result<(), OpenError> {
    let io = |error: std::io::Error| OpenError::io(backups, error);
    std::fs::create_dir_all(backups).map_err(io)?;
    let copy = backups.join(format!("before-migration-from-{found}.db"));
    let part = copy.with_extension("part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => (),
    }
    connection.execute("VACUUM INTO ?1", [part.to_string_lossy()]).map_err(|error| OpenError::io(path, error))?;
    std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
    std::fs::rename(&part, &copy).map_err(io)?;
    std::fs::File::open(backups).and_then(|folder| folder.sync_all()).map_err(io)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        // Writing into a text does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::store::sqlite::connection::open_for_writing;

    const LATER: Migration = Migration { name: "later", sql: "CREATE TABLE later (a INTEGER) STRICT;" };
    const BROKEN: Migration =
        Migration { name: "broken", sql: "CREATE TABLE half (a INTEGER) STRICT; CREATE nonsense;" };

    fn version(connection: &Connection) -> i64 {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a version")
    }

    fn list(last: Option<Migration>) -> Vec<Migration> {
        MIGRATIONS.iter().map(|m| Migration { name: m.name, sql: m.sql }).chain(last).collect()
    }

    #[test]
    fn an_older_database_is_copied_and_then_brought_up_to_date() {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, backups) = (dir.path().join("a.db"), dir.path().join("backups"));
        let mut connection = open_for_writing(&path).expect("new");
        migrate(&mut connection, MIGRATIONS, &path, &backups).expect("applied");
        assert!(!backups.exists(), "a new database has nothing to copy");
        connection
            .execute("INSERT INTO accounts (id, zone, created_at) VALUES (zeroblob(16), 'UTC', 0)", [])
            .expect("ours");
        migrate(&mut connection, &list(Some(LATER)), &path, &backups).expect("applied");
        assert_eq!(version(&connection), 4);
        let copy = Connection::open(backups.join("before-migration-from-3.db")).expect("a copy");
        assert_eq!(version(&copy), 3);
        let accounts: i64 = copy.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0)).expect("a count");
        assert_eq!(accounts, 1);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_schema_before_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, backups) = (dir.path().join("a.db"), dir.path().join("backups"));
        let mut connection = open_for_writing(&path).expect("new");
        migrate(&mut connection, MIGRATIONS, &path, &backups).expect("applied");
        migrate(&mut connection, &list(Some(BROKEN)), &path, &backups).expect_err("broken");
        assert_eq!(version(&connection), 3);
        let half: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'half'", [], |row| row.get(0))
            .expect("a count");
        assert_eq!(half, 0);
        migrate(&mut connection, MIGRATIONS, &path, &backups).expect("still ours");
    }

    #[test]
    fn an_edited_migration_is_noticed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, backups) = (dir.path().join("a.db"), dir.path().join("backups"));
        let mut connection = open_for_writing(&path).expect("new");
        migrate(&mut connection, &list(Some(LATER)), &path, &backups).expect("applied");
        let error = migrate(&mut connection, &list(Some(BROKEN)), &path, &backups).expect_err("edited");
        assert!(matches!(error, OpenError::Diverged { number: 4, .. }), "{error}");
    }
}
