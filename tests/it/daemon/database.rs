//! A file that is no database of this build is refused with what to do, and stays as it was, to the byte. About 3 s.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::support::{Foreground, Home, NUDGE, on_path, skip};

/// The exit code of `daemon run` on a database that it can't have.
const REFUSED: i32 = 20;

/// Asserts that neither a command nor the daemon itself takes the file, and that it is left alone.
#[track_caller]
fn refused(home: &Home, says: &str) {
    let before = fs::read(home.database()).expect("a file");
    home.nudge(&["ls"]).fails(6).hinted().says(says);
    let mut command = home.command(NUDGE);
    command.args(["daemon", "run"]);
    let (code, said) = Foreground::start(command).ended(Duration::from_secs(5));
    assert_eq!(code, Some(REFUSED), "{said}");
    assert!(said.contains(says) && said.contains("hint: "), "{said}");
    assert!(said.contains(home.database().to_str().expect("UTF-8")), "names the file: {said}");
    assert!(fs::read(home.database()).expect("a file") == before, "the file was changed");
    let left: Vec<_> = fs::read_dir(home.data())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.starts_with("nudge.db") && name != "nudge.db")
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!home.socket().exists());
}

/// Puts a file in the database's place.
fn put(home: &Home, bytes: &[u8]) {
    fs::create_dir_all(home.data()).expect("a folder");
    fs::set_permissions(home.data(), fs::Permissions::from_mode(0o700)).expect("a mode");
    fs::write(home.database(), bytes).expect("written");
}

/// A database with a task in it, closed.
fn used() -> (Home, Vec<u8>) {
    let home = Home::new();
    home.add(&["a"]);
    home.nudge(&["daemon", "stop"]).ok();
    let bytes = fs::read(home.database()).expect("a file");
    (home, bytes)
}

#[test]
fn of_a_newer_nudge() {
    let (home, mut bytes) = used();
    let version = u32::from_be_bytes(bytes[60..64].try_into().expect("four bytes"));
    assert!((1..1_000).contains(&version));
    bytes[60..64].copy_from_slice(&(version + 1).to_be_bytes());
    put(&home, &bytes);
    refused(&home, "newer");
    bytes[60..64].copy_from_slice(&version.to_be_bytes());
    put(&home, &bytes);
    assert_eq!(home.numbers(&[]), [1], "the file is whole");
}

#[test]
fn of_another_program() {
    if !on_path("sqlite3") {
        return skip("daemon::database::of_another_program", "sqlite3 is not installed");
    }
    for mode in ["delete", "wal"] {
        let home = Home::new();
        fs::create_dir_all(home.data()).expect("a folder");
        let mut command = home.command("sqlite3");
        let make = format!("PRAGMA journal_mode={mode}; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);");
        command.arg(home.database()).arg(make);
        home.run(command, b"").ok();
        refused(&home, "another program");
    }
}

#[test]
fn that_is_a_text() {
    for text in ["buy milk\n".as_bytes(), &[b'x'; 5_000], b"SQLite format 3\0 and no more"] {
        let home = Home::new();
        put(&home, text);
        refused(&home, "not a nudge database");
    }
}

#[test]
fn that_was_cut_off() {
    let (home, bytes) = used();
    for length in [50, 100, 512, 4096 + 17, bytes.len() / 2, bytes.len() - 1] {
        put(&home, &bytes[..length]);
        refused(&home, "nudge.db");
    }
}

#[test]
fn that_is_damaged() {
    let (home, bytes) = used();
    // The first page holds the schema; without it nothing can be read.
    let mut broken = bytes.clone();
    broken[100..4096].fill(0xa5);
    put(&home, &broken);
    refused(&home, "nudge.db");
}

#[test]
fn that_can_not_be_read() {
    let home = Home::new();
    fs::create_dir_all(home.database()).expect("a folder in its place");
    home.nudge(&["ls"]).fails(6).hinted().says("nudge.db");
    assert!(Path::new(&home.database()).is_dir());
}

#[test]
fn an_empty_file_is_a_new_database() {
    let home = Home::new();
    put(&home, b"");
    assert_eq!(home.add(&["a"]), 1);
}
