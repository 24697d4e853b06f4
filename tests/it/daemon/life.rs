//! Starting, stopping, crashing, and two of them at once. About 8 s.

use std::fs::File;
use std::time::{Duration, Instant};

use crate::support::{Foreground, Home, NUDGE, Signal, eventually, is_running, signal};

/// What a daemon may take to end.
const END: Duration = Duration::from_secs(5);

/// Waits for a daemon's end. Its lock is free a moment before.
#[track_caller]
fn gone(pid: u32) {
    eventually("the daemon ends", END, || (!is_running(pid)).then_some(()));
}

#[test]
fn start_stop_restart_and_status_say_what_they_did() {
    let home = Home::new();
    let said = home.nudge(&["daemon", "start"]).text();
    let pid = home.pid();
    assert_eq!(said, format!("the daemon runs as process {pid}"));
    assert_eq!(home.nudge(&["daemon", "start", "-q"]).text(), pid.to_string(), "one that runs stays");
    let sheet = home.nudge(&["daemon", "status"]).text();
    for part in [&pid.to_string(), env!("CARGO_PKG_VERSION"), "nudge.sock", "nudge.db"] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    home.nudge(&["daemon", "restart"]).ok();
    let next = home.pid();
    assert_ne!(next, pid);
    gone(pid);
    home.nudge(&["daemon", "stop"]).ok().says("has stopped");
    gone(next);
    assert!(!home.socket().exists());
    home.nudge(&["daemon", "stop"]).ok().says("no daemon was running");
    assert!(home.status().is_none(), "asking does not start it");
}

#[test]
fn what_a_crash_leaves_behind_is_no_obstacle() {
    let home = Home::new();
    home.add(&["before"]);
    home.kill_daemon();
    assert!(home.socket().exists(), "a crash leaves the socket");
    let begun = Instant::now();
    assert_eq!(home.numbers(&[]), [1]);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn on_sigterm_it_ends_soon_and_cleans_up() {
    for with in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        home.add(&["a"]);
        let pid = home.pid();
        // Connections that say nothing, one of them in the middle of a request, must not hold it up.
        let mut idle = home.http();
        idle.call("GET", "/healthz", &[], b"").expect(200);
        let mut half = home.http();
        half.send(b"POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\n").expect("sent");
        signal(pid, with);
        gone(pid);
        assert!(!home.socket().exists(), "the socket is gone");
        let lock = File::open(home.state().join("daemon.lock"));
        assert!(lock.is_err() || lock.is_ok_and(|lock| lock.try_lock().is_ok()), "the lock is free");
        let database = home.database();
        assert!(!database.with_extension("db-wal").exists(), "the write-ahead log is written back");
        assert_eq!(home.numbers(&[]), [1]);
    }
}

#[test]
fn an_answer_that_was_begun_is_given_before_it_ends() {
    let home = Home::new();
    home.start();
    let token = format!("Bearer {}", home.bearer());
    let pid = home.pid();
    let mut http = home.http();
    let body = br#"{"title":"in flight"}"#;
    let head = format!(
        "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    http.send(head.as_bytes()).and_then(|()| http.send(&body[..5])).expect("sent");
    // The daemon has seen the request once a later one on another connection is answered.
    home.http().call("GET", "/healthz", &[], b"").expect(200);
    signal(pid, Signal::TERM);
    eventually("the socket is closed", END, || {
        crate::support::Http::try_connect(&home.socket()).is_err().then_some(())
    });
    http.send(&body[5..]).expect("sent");
    let reply = http.reply().expect("an answer").expect(201);
    assert_eq!(reply.json()["title"], "in flight");
    gone(pid);
    assert_eq!(home.numbers(&["in", "flight"]).len(), 1);
}

#[test]
fn a_second_daemon_is_refused_within_a_second_and_names_the_first() {
    let home = Home::new();
    home.add(&["a"]);
    let first = home.pid();
    let elsewhere = home.path().join("elsewhere");
    for (state, what) in [(home.state(), "the same folders"), (elsewhere.clone(), "another state folder")] {
        // On a busy machine one try may be late; the daemon may not.
        let refused = (0..3).map(|_| {
            let mut command = home.command(NUDGE);
            command.args(["daemon", "run"]).env("NUDGE_STATE_DIR", &state).env("NUDGE_DATA_DIR", home.data());
            let begun = Instant::now();
            let (code, said) = Foreground::start(command).ended(Duration::from_secs(10));
            assert!(code.is_some_and(|code| code != 0), "{what}: {said}");
            assert!(said.contains(&first.to_string()) && said.contains("hint: "), "{what}: {first}: {said}");
            begun.elapsed()
        });
        let fastest = refused.min().expect("three tries");
        assert!(fastest < Duration::from_secs(1), "{what}: {fastest:?}");
    }
    let mut command = home.command(NUDGE);
    command.args(["add", "b"]).env("NUDGE_STATE_DIR", &elsewhere).env("NUDGE_DATA_DIR", home.data());
    home.run(command, b"").fails(6).hinted().says(&first.to_string());
    assert_eq!(home.pid(), first, "the first is not disturbed");
    assert_eq!(home.numbers(&[]), [1]);
}

#[test]
fn one_in_the_foreground_serves_like_any_other() {
    let home = Home::new();
    let mut command = home.command(NUDGE);
    Foreground::silent(command.args(["daemon", "run"]));
    let daemon = Foreground::start(command);
    eventually("the daemon is ready", Duration::from_secs(10), || home.status());
    assert_eq!(home.pid(), daemon.pid());
    assert_eq!(home.status().expect("it runs")["autostarted"], false);
    home.add(&["a"]);
    signal(daemon.pid(), Signal::TERM);
    assert_eq!(daemon.ended(END).0, Some(0));
}
