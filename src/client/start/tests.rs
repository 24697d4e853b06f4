//! What a daemon inherits from the command that starts it, and how what it says is understood.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::{ColorChoice, Paths, Profile};

use super::*;

fn config(folder: &Path) -> ClientConfig {
    let paths = Paths::new(folder.join("config"), folder.join("data"), folder.join("state"));
    paths.create().expect("made");
    ClientConfig {
        server: None,
        socket: paths.socket(),
        profile: Profile::local(),
        token: None,
        token_stdin: false,
        paths,
        zone: None,
        system_zone: None,
        autostart: true,
        device: "nudge on test".to_owned(),
        program: "nudge".to_owned(),
        color: ColorChoice::Never,
    }
}

/// A script of the shell in the daemon's place.
fn launch(script: &str) -> Launch {
    Launch {
        program: PathBuf::from("/bin/sh"),
        arguments: ["-c", script].map(OsString::from).into(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into()), ("KEPT".into(), "yes".into())],
    }
}

#[test]
fn the_first_words_of_a_daemon_are_understood() {
    let log = Path::new("/log");
    assert!(heard("ready\n", log).is_ok());
    let refused = heard("error: the database is newer\nhint: upgrade\n", log).expect_err("refused");
    assert_eq!(refused.to_string(), "the daemon did not start: the database is newer");
    assert_eq!(refused.hint(), Some("upgrade"));
    let silent = heard("", log).expect_err("silent");
    assert_eq!(silent.hint(), Some("see its log: /log"));
    assert!(heard("already\n", log).is_err());
}

#[tokio::test]
async fn reading_ends_at_ready_though_the_output_stays_open() {
    let (mut daemon, command) = tokio::io::duplex(64);
    tokio::io::AsyncWriteExt::write_all(&mut daemon, b"ready\n").await.expect("written");
    assert_eq!(first_words(command).await.expect("read").as_deref(), Some("ready\n"));
}

#[test]
fn a_lock_is_free_when_nobody_holds_it() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("daemon.lock");
    assert!(is_free(&path).expect("missing"));
    let held = File::create(&path).expect("made");
    held.lock().expect("locked");
    assert!(!is_free(&path).expect("held"));
    drop(held);
    assert!(is_free(&path).expect("let go"));
}

#[tokio::test]
async fn a_daemon_inherits_nothing_that_it_was_not_given() {
    let folder = tempfile::tempdir().expect("folder");
    let config = config(folder.path());
    // It answers from the start, so that the script need not.
    let _listener = tokio::net::UnixListener::bind(&config.socket).expect("bound");
    let callers = File::create(folder.path().join("callers-own")).expect("made");
    // Unlike what std opens, a copy made this way passes on to children.
    let _passes_on = rustix::io::dup(&callers).expect("copied");
    run(&config, launch("pwd >&2; env >&2; ls -l /proc/self/fd >&2; echo ready")).await.map(drop).expect("ready");
    let log = std::fs::read_to_string(config.paths.log()).expect("log");
    assert!(log.starts_with("/\n") && log.contains("KEPT=yes"), "{log}");
    assert!(!log.contains("CARGO") && !log.contains("callers-own"), "{log}");
    assert_eq!(std::fs::metadata(config.paths.log()).expect("log").mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_daemon_that_does_not_start_says_why() {
    let folder = tempfile::tempdir().expect("folder");
    let config = config(folder.path());
    let refused = run(&config, launch("echo 'error: the disk is full'; exit 1")).await.map(drop).expect_err("refused");
    assert_eq!(refused.to_string(), "the daemon did not start: the disk is full");
    let silent = run(&config, launch("exit 1")).await.map(drop).expect_err("silent");
    assert!(silent.hint().expect("hint").contains("daemon.log"));
    let missing = Launch { program: PathBuf::from("/no/such/file"), ..launch("") };
    assert!(run(&config, missing).await.map(drop).expect_err("missing").to_string().contains("can't start"));
}

#[test]
fn a_log_that_has_grown_is_put_aside() {
    let folder = tempfile::tempdir().expect("folder");
    let config = config(folder.path());
    File::create(config.paths.log()).and_then(|file| file.set_len(LOG_MAX + 1)).expect("grown");
    spawn(&config, launch("true")).and_then(|mut child| child.wait()).expect("ran");
    assert_eq!(std::fs::metadata(config.paths.log()).expect("log").len(), 0);
    assert!(config.paths.state.join("daemon.log.1").exists());
}

#[tokio::test]
async fn a_command_that_finds_the_daemon_up_starts_none() {
    let folder = tempfile::tempdir().expect("folder");
    let config = config(folder.path());
    let _listener = tokio::net::UnixListener::bind(&config.socket).expect("bound");
    start(&config).await.map(drop).expect("found");
    assert!(!config.paths.log().exists());
}
