//! What was acknowledged is there after every crash, once and whole; what was not is there at most once and whole.
//!
//! Eight writers on connections of their own add tasks without pause while the daemon is killed again and again and
//! the next command starts it. `NUDGE_FAULT_ROUNDS` sets how often; the 30 of an ordinary run take about 15 s.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Home, Http, eventually, skip};

const WRITERS: usize = 8;
/// Acknowledged writes between two kills, at least; the rounds differ a little.
const PER_ROUND: usize = 40;
/// After a kill the next command has its answer within this.
const READY: Duration = Duration::from_secs(2);
/// Where other tests take the processors, one round in so many may be late.
const ONE_LATE_IN: usize = 10;

/// What all writers share.
struct Run {
    socket: PathBuf,
    bearer: String,
    over: AtomicBool,
    acknowledged: AtomicUsize,
}

/// What one writer knows in the end.
#[derive(Default)]
struct Written {
    /// Title and number of each answer 201.
    acknowledged: BTreeMap<String, i64>,
    /// Titles that were sent and of which nobody knows.
    unknown: BTreeSet<String>,
}

/// A task with something in every table that an add writes to.
fn task(title: &str) -> Value {
    let words =
        [title, "+one", "+two", "project:fault.test", "priority:high", "due:2099-12-24", "remind:1d,2d", "note:n"];
    json!({ "words": words })
}

fn write(run: &Run, writer: usize) -> Written {
    let mut written = Written::default();
    let mut connection = None;
    let mut place = 0;
    while !run.over.load(Ordering::Relaxed) {
        let Some(http) = connection.as_mut() else {
            connection = Http::try_connect(&run.socket).ok();
            std::thread::yield_now();
            continue;
        };
        place += 1;
        let title = format!("writer {writer} task {place}");
        let headers = [("authorization", run.bearer.as_str()), ("content-type", "application/json")];
        match http.try_call("POST", "/v1/tasks", &headers, task(&title).to_string().as_bytes()) {
            Ok(reply) if reply.status == 201 => {
                let number = reply.json()["number"].as_i64().expect("a number");
                written.acknowledged.insert(title, number);
                run.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            // A daemon that says so has stored nothing; the connection may go on.
            Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.text()),
            Err(_) => {
                written.unknown.insert(title);
                connection = None;
            }
        }
    }
    written
}

#[expect(clippy::disallowed_methods, reason = "a setting of the test run, not of the program")]
fn rounds() -> usize {
    std::env::var("NUDGE_FAULT_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// Kills the daemon again and again, and lets a command start it each time.
fn torment(home: &Home, run: &Run) {
    let mut late = Vec::new();
    for round in 0..rounds() {
        let goal = run.acknowledged.load(Ordering::Relaxed) + PER_ROUND + round * 7 % 23;
        eventually("the writers get on", Duration::from_mins(1), || {
            (run.acknowledged.load(Ordering::Relaxed) >= goal).then_some(())
        });
        home.kill_daemon();
        let begun = Instant::now();
        home.nudge(&["count"]).ok();
        let ready = begun.elapsed();
        if ready >= READY {
            late.push((round, ready));
        }
    }
    assert!(late.len() <= rounds() / ONE_LATE_IN, "ready too late: {late:?}");
}

/// Asserts that a stored task is whole.
#[track_caller]
fn is_whole(task: &Value) {
    let expected = json!({
        "tags": ["one", "two"], "project": "fault.test", "priority": "high", "due": "2099-12-24", "notes": "n",
        "status": "pending", "version": 1, "reminders_at": ["2099-12-23T09:00:00Z", "2099-12-22T09:00:00Z"],
    });
    for (member, value) in expected.as_object().expect("an object") {
        assert_eq!(&task[member], value, "{member}: {task}");
    }
}

fn check_file(home: &Home, tasks: usize) {
    let Some(integrity) = home.sql("PRAGMA integrity_check") else {
        return skip("faults: integrity_check", "sqlite3 is not installed");
    };
    assert_eq!(integrity, "ok");
    assert_eq!(home.sql("PRAGMA foreign_key_check").as_deref(), Some(""));
    // An event for each task in its own transaction, and from each event, once taken, the reminders.
    let count = |statement: &str| home.sql(statement).and_then(|text| text.parse::<usize>().ok());
    assert_eq!(count("SELECT count(DISTINCT id) FROM events WHERE kind = 'created'"), Some(tasks));
    assert_eq!(count("SELECT count(*) FROM operations WHERE kind = 'add' AND state = 'done'"), Some(tasks));
    eventually("every event is taken", Duration::from_secs(20), || {
        (count("SELECT count(*) FROM spaces WHERE taken_seq < seq") == Some(0)).then_some(())
    });
    assert_eq!(count("SELECT count(*) FROM reminders WHERE state = 'pending'"), Some(2 * tasks));
}

#[test]
fn no_acknowledged_write_is_lost_and_none_is_half_there() {
    let home = Home::new();
    home.start();
    let run = Arc::new(Run {
        socket: home.socket(),
        bearer: format!("Bearer {}", home.bearer()),
        over: AtomicBool::new(false),
        acknowledged: AtomicUsize::new(0),
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let run = Arc::clone(&run);
            std::thread::spawn(move || write(&run, writer))
        })
        .collect();
    let tormented = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| torment(&home, &run)));
    run.over.store(true, Ordering::Relaxed);
    let written: Vec<Written> = writers.into_iter().map(|writer| writer.join().expect("no panic")).collect();
    tormented.unwrap_or_else(|panic| std::panic::resume_unwind(panic));

    let acknowledged: BTreeMap<&str, i64> =
        written.iter().flat_map(|one| &one.acknowledged).map(|(title, number)| (title.as_str(), *number)).collect();
    let unknown: BTreeSet<&str> = written.iter().flat_map(|one| &one.unknown).map(String::as_str).collect();
    let list = home.nudge(&["ls", "--limit", "all", "--json"]).json();
    let tasks = list["items"].as_array().expect("a list");
    let mut stored = BTreeMap::new();
    for task in tasks {
        is_whole(task);
        let (title, number) = (task["title"].as_str().expect("a title"), task["number"].as_i64().expect("a number"));
        assert_eq!(stored.insert(title, number), None, "stored twice: {title}");
        assert!(acknowledged.contains_key(title) || unknown.contains(title), "nobody added {title}");
    }
    for (title, number) in &acknowledged {
        assert_eq!(stored.get(title), Some(number), "acknowledged and not there: {title}");
    }
    let numbers: BTreeSet<&i64> = stored.values().collect();
    assert_eq!(numbers.len(), stored.len(), "a number was given twice");
    assert!(acknowledged.len() >= rounds() * PER_ROUND, "{}", acknowledged.len());
    check_file(&home, tasks.len());
}

#[test]
fn a_command_whose_daemon_dies_under_it_fails_or_has_done_it_once() {
    let home = Home::new();
    let mut acknowledged = 0;
    for round in 0..5 {
        // All commands of the round before may have been asked already when theirs died.
        home.start();
        let script = format!("for n in $(seq 8); do \"$nudge\" add \"round {round} task $n\" -q & done; wait");
        std::thread::scope(|scope| {
            let added = scope.spawn(|| home.sh(&script));
            home.kill_daemon();
            acknowledged += added.join().expect("no panic").out.lines().count();
        });
    }
    let list = home.nudge(&["ls", "--limit", "all", "--json"]).json();
    let titles: Vec<&str> =
        list["items"].as_array().expect("a list").iter().filter_map(|task| task["title"].as_str()).collect();
    let different: BTreeSet<&&str> = titles.iter().collect();
    assert_eq!(different.len(), titles.len(), "stored twice: {titles:?}");
    assert!(titles.len() >= acknowledged && titles.len() <= 40, "{acknowledged} of {}", titles.len());
    assert!(Path::new(&home.socket()).exists());
}
