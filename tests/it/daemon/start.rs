//! Any command starts the daemon, once, and is not held up by it. About 6 s.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::support::{Home, NUDGE, Said, output};

#[test]
fn the_first_command_starts_the_daemon_and_the_next_use_it() {
    let home = Home::new();
    assert!(home.status().is_none());
    home.nudge(&["daemon", "status"]).fails(6).hinted();
    home.add(&["a"]);
    let status = home.status().expect("a daemon runs");
    assert_eq!(status["autostarted"], true);
    assert_eq!(status["database"], home.database().to_str().expect("UTF-8"));
    assert_eq!(status["socket"], home.socket().to_str().expect("UTF-8"));
    assert_eq!(home.numbers(&[]), [1]);
    assert_eq!(home.status().expect("a daemon runs")["pid"], status["pid"]);
}

#[test]
fn where_a_command_may_not_start_it_that_is_exit_6() {
    let home = Home::new();
    home.nudge(&["add", "x", "--no-autostart"]).fails(6).hinted().says("daemon start");
    let other = Home::new().with("NUDGE_NO_AUTOSTART", "1");
    other.nudge(&["ls"]).fails(6).hinted();
    // A socket that was named is somebody else's.
    let elsewhere = home.path().join("elsewhere.sock");
    home.nudge(&["ls", "--socket", elsewhere.to_str().expect("UTF-8")]).fails(6);
    assert!(!elsewhere.exists());
    assert!(home.status().is_none() && other.status().is_none());
    other.start();
    assert_eq!(other.add(&["x"]), 1, "one that runs is used");
}

#[test]
fn fifty_commands_at_once_are_fifty_successes_on_one_daemon() {
    let home = Home::new();
    let spawn = |n: usize| {
        let mut command = home.command(NUDGE);
        command.args(["add", &format!("task {n}"), "-q"]);
        command.spawn().expect("nudge runs")
    };
    let children: Vec<_> = (0..50).map(spawn).collect();
    let waiting: Vec<_> =
        children.into_iter().map(|child| std::thread::spawn(move || output(child, Duration::from_mins(1)))).collect();
    let mut numbers = BTreeSet::new();
    for thread in waiting {
        let done = thread.join().expect("no panic").expect("each ends").expect("each can be waited for");
        let said = Said {
            command: "nudge add".into(),
            code: done.status.code(),
            out: String::from_utf8(done.stdout).expect("UTF-8"),
            err: String::from_utf8(done.stderr).expect("UTF-8"),
        };
        numbers.insert(said.text().parse::<i64>().expect("a number"));
    }
    assert_eq!(numbers, (1..=50).collect());
    let ready = home.log().lines().filter(|line| line.contains("ready")).count();
    assert_eq!(ready, 1, "one daemon became ready:\n{}", home.log());
    assert_eq!(home.nudge(&["count"]).text(), "50");
}

#[test]
fn fifty_commands_at_once_after_a_crash_too() {
    let home = Home::new();
    home.add(&["before"]);
    home.kill_daemon();
    let script = "for n in $(seq 50); do \"$nudge\" add \"task $n\" -q & done; wait";
    let said = home.sh(script).text();
    let numbers: BTreeSet<i64> = said.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(numbers, (2..=51).collect());
}

#[test]
fn a_substitution_or_a_pipe_is_not_held_open_by_the_new_daemon() {
    for script in [
        "out=$(\"$nudge\" add x -q); echo \"$out\"",
        "\"$nudge\" add x -q | cat",
        "\"$nudge\" add x -q 2>&1 | cat",
        "echo \"$(\"$nudge\" ls 2>&1)1\" | cat",
        "\"$nudge\" daemon start 2>&1 >/dev/null | cat; echo 1",
    ] {
        let home = Home::new();
        let begun = Instant::now();
        let said = home.sh(script).text();
        assert_eq!(said, "1", "{script}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{script}: {:?}", begun.elapsed());
        assert!(home.status().is_some(), "{script}");
    }
}

#[test]
fn a_daemon_that_can_not_start_says_why() {
    let home = Home::new();
    std::fs::create_dir_all(home.data()).expect("a folder");
    std::fs::write(home.database(), "no database").expect("written");
    let said = home.nudge(&["ls"]).fails(6).hinted().says("nudge.db");
    assert!(!said.err.contains("within"), "it is told at once, not after a wait: {said}");
    let problem = home.nudge(&["ls", "--json"]).fails(6).problem();
    assert_eq!(problem["code"], "unavailable", "{problem}");
}
