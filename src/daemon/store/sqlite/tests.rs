//! The SQLite backend keeps what the ports promise, and its writer what it promises.

use std::sync::Arc;

use tokio::sync::Notify;
use uuid::Uuid;

use super::{Options, Sqlite, backups_beside};
use crate::daemon::actor::SpaceId;
use crate::daemon::error::Error;
use crate::daemon::store::contract::{Ports, contract_tests};

fn open(dir: &std::path::Path) -> Sqlite {
    let path = dir.join("nudge.db");
    let backups = backups_beside(&path);
    Sqlite::open(Options {
        path,
        backups,
        tasks_limit: 1000,
        committed: Arc::new(Notify::new()),
        broken: Arc::new(Notify::new()),
    })
    .expect("opened")
}

fn ports() -> Ports {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    Ports {
        users: Arc::new(store.clone()),
        tasks: Arc::new(store.clone()),
        notifications: Arc::new(store),
        _keep: Box::new(dir),
    }
}

contract_tests!(
    ports();
    sign_in_makes_one_account,
    a_reused_uid_is_refused,
    a_task_comes_back_whole,
    a_task_is_found_by_parts_of_its_id,
    numbers_are_never_reused,
    brought_numbers_are_kept_if_free,
    a_stale_change_does_nothing,
    one_of_many_changes_wins,
    operations_and_their_events_are_kept,
    slices_make_one_operation,
    later_touches_are_known,
    lists_are_ordered_and_paged,
    filters_find_what_they_say,
    series_are_kept,
    reminders_are_taken_and_fired_once,
    deliveries_are_leased,
    the_inbox_is_read_by_its_owner,
    an_email_has_one_account,
    credentials_are_given_once,
    a_new_password_ends_what_it_is_to_end,
    a_hash_is_strengthened_only_if_it_is_still_the_same,
    zone_settings_and_limits_are_kept,
    a_disabled_account_lets_nobody_in,
    whose_a_uid_is_can_be_decided,
    accounts_are_listed_in_pages,
    an_account_is_deleted_with_all_it_has,
    sessions_and_tokens_stand_for_their_account,
    what_no_longer_stands_changes_nothing,
    sessions_have_a_limit,
    refresh_tokens_rotate,
    sessions_are_ended_by_their_owner,
    tokens_are_revoked_by_their_owner,
    failed_attempts_have_to_wait,
    success_spares_the_peer_the_wait_of_the_account,
    what_happened_is_read_by_its_account,
);

#[tokio::test]
async fn a_bad_operation_never_harms_its_neighbours() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let execute =
        |sql: &'static str| store.write(move |db| db.execute(sql, []).map(|_| ()).map_err(super::failure::writing));
    execute("CREATE TABLE t (a INTEGER PRIMARY KEY)").await.expect("made");
    let (one, bad, panicked, two) = tokio::join!(
        execute("INSERT INTO t VALUES (1)"),
        store.write(|db| {
            db.execute("INSERT INTO t VALUES (100)", []).map_err(super::failure::writing)?;
            Err::<(), _>(Error::Changed)
        }),
        store.write(|db| -> Result<(), Error> {
            db.execute("INSERT INTO t VALUES (101)", []).map_err(super::failure::writing)?;
            panic!("on purpose")
        }),
        execute("INSERT INTO t VALUES (2)"),
    );
    one.expect("stored");
    two.expect("stored");
    assert!(matches!(bad, Err(Error::Changed)));
    assert!(matches!(panicked, Err(Error::Internal(_))));
    let sum = store.read(|db| {
        db.query_row("SELECT sum(a) FROM t", [], |row| row.get::<_, i64>(0)).map_err(super::failure::reading)
    });
    assert_eq!(sum.expect("read"), 3);
}

#[tokio::test]
async fn every_connection_is_set_up_as_durability_needs() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let pragma = |db: &rusqlite::Connection, name: &str| {
        db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0)).expect("known")
    };
    let set_up =
        store.write(move |db| Ok(["journal_mode", "synchronous", "foreign_keys"].map(|name| pragma(db, name)))).await;
    assert_eq!(format!("{:?}", set_up.expect("read")), "[Text(\"wal\"), Integer(2), Integer(1)]");
    let is_read_only = store.read(|db| Ok(db.is_readonly("main").expect("known")));
    assert!(is_read_only.expect("read"));
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let error = store.read(|db| db.query_row(endless, [], |_| Ok(())).map_err(super::failure::reading));
    assert!(matches!(error, Err(Error::Unavailable(_))));
    store.ping().expect("the connection is as good as before");
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_no_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    let execute =
        |sql: &'static str| store.write(move |db| db.execute(sql, []).map(|_| ()).map_err(super::failure::writing));
    let pages = |most: i64| {
        store.write(move |db| {
            let set = format!("PRAGMA max_page_count = {most}");
            db.query_row(&set, [], |row| row.get::<_, i64>(0)).map_err(super::failure::writing)
        })
    };
    execute("CREATE TABLE t (a BLOB)").await.expect("made");
    // SQLite raises a limit below the present size to that size: there is no page to be had.
    pages(1).await.expect("set");
    let fill = "INSERT INTO t SELECT randomblob(100000)";
    let (one, two) = tokio::join!(execute(fill), execute(fill));
    assert!(matches!((one, two), (Err(Error::StorageFull), Err(Error::StorageFull))));
    let rows = store.read(|db| {
        db.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).map_err(super::failure::reading)
    });
    assert_eq!(rows.expect("read"), 0);
    store.ping().expect("it goes on");
    pages(1_000_000).await.expect("set");
    execute(fill).await.expect("there is room again");
}

#[tokio::test]
async fn a_closed_store_is_whole_in_its_file_and_takes_no_more() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = open(dir.path());
    store
        .write(|db| db.execute("CREATE TABLE t (a)", []).map(|_| ()).map_err(super::failure::writing))
        .await
        .expect("made");
    store.close();
    assert!(!dir.path().join("nudge.db-wal").exists());
    assert!(matches!(store.write(|_| Ok(())).await, Err(Error::Unavailable(_))));
    assert!(matches!(store.ping(), Err(Error::Unavailable(_))));
    std::fs::write(dir.path().join("nudge.db-wal"), "of another file").expect("written");
    std::fs::remove_file(dir.path().join("nudge.db")).expect("removed");
    let path = dir.path().join("nudge.db");
    let (committed, broken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let refused = Sqlite::open(Options { backups: backups_beside(&path), path, tasks_limit: 1000, committed, broken });
    assert!(matches!(refused, Err(super::OpenError::Foreign { .. })));
    assert!(dir.path().join("nudge.db-wal").exists(), "what was left is not thrown away");
}

impl Sqlite {
    /// Returns how many rows of each table are an account's. A table that is new fails here until somebody says.
    pub(crate) fn rows_of(&self, account: Uuid, space: SpaceId) -> Vec<(String, i64)> {
        let count = |db: &rusqlite::Connection| -> rusqlite::Result<_> {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let mut statement = db.prepare(sql)?;
            let tables = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            let mut rows = Vec::new();
            for table in tables {
                if let Some(wanted) = rows_of_an_account(&table) {
                    let sql = format!("SELECT count(*), ?1, ?2 FROM {table} WHERE {wanted}");
                    let values = rusqlite::params![account.as_bytes(), space.0];
                    rows.push((table, db.query_row(&sql, values, |row| row.get(0))?));
                }
            }
            Ok(rows)
        };
        self.read(|db| count(db).map_err(super::failure::reading)).expect("read")
    }
}

fn rows_of_an_account(table: &str) -> Option<&'static str> {
    Some(match table {
        "accounts" => "id = ?1",
        "spaces" | "sessions" | "access_tokens" | "known_peers" | "audit" | "local_identities" => "account = ?1",
        "tasks" | "series" | "operations" | "events" | "reminders" | "notifications" => "space = ?2",
        "tags" | "annotations" | "depends" | "attributes" => "task >> 32 = ?2",
        "deliveries" => "notification IN (SELECT id FROM notifications WHERE space = ?2)",
        // By the hash of what was typed, whether there is such an account or not; gone after a day.
        "sign_in_failures" | "migrations" => return None,
        other => panic!("say which rows of `{other}` are an account's"),
    })
}
