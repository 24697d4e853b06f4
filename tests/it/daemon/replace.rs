//! A newer build takes the place of an idle daemon that started itself; an older one leaves it. About 4 s.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{Foreground, Home, NUDGE, Said, eventually, is_running, program};

/// Stands in the binary before the ten digits of its build.
const MARKER: &[u8] = b"nudge-build:";

/// Makes a copy of the binary that says it was built `by` seconds later, or earlier.
fn another_build(home: &Home, name: &str, by: i64) -> (PathBuf, i64) {
    let mut bytes = fs::read(NUDGE).expect("the binary");
    let mut build = None;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(MARKER.len()).position(|window| window == MARKER) {
        let start = at + found + MARKER.len();
        at = start;
        let digits = std::str::from_utf8(&bytes[start..start + 10]).ok().and_then(|digits| digits.parse::<i64>().ok());
        // The marker also stands in the code that looks for it.
        let Some(stamp) = digits else { continue };
        let other = stamp + by;
        bytes[start..start + 10].copy_from_slice(format!("{other:010}").as_bytes());
        build = Some(other);
    }
    let build = build.expect("the binary holds `nudge-build:` and ten digits, and reads them when it runs");
    let path = home.path().join(name);
    program(&path, &bytes);
    (path, build)
}

fn run(home: &Home, program: &Path, arguments: &[&str]) -> Said {
    let mut command = home.command(program.to_str().expect("UTF-8"));
    command.args(arguments);
    home.run(command, b"").ok()
}

#[test]
fn a_newer_build_replaces_an_idle_daemon_and_says_so() {
    let home = Home::new();
    home.add(&["a"]);
    let first = home.pid();
    let build = home.status().expect("it runs")["build"].as_i64().expect("a build");
    let (newer, stamp) = another_build(&home, "newer", 60);
    assert_eq!(stamp, build + 60);
    let said = run(&home, &newer, &["ls"]);
    assert!(said.out.contains('a'), "{said}");
    let notice = format!("restarted the daemon: build {stamp} replaced build {build}");
    assert!(said.err.contains(&notice), "{said}");
    let status = home.status().expect("it runs");
    assert_ne!(status["pid"], first);
    assert_eq!(status["build"], stamp);
    eventually("the first is gone", Duration::from_secs(5), || (!is_running(first)).then_some(()));
    let again = run(&home, &newer, &["ls"]);
    assert_eq!(again.err, "", "it is said once: {again}");
    // The older build is served by the newer daemon and leaves it in its place.
    let said = home.nudge(&["add", "b", "-q"]);
    assert_eq!(said.text(), "2");
    assert_eq!(home.status().expect("it runs")["pid"], status["pid"]);
}

#[test]
fn an_older_build_leaves_the_daemon() {
    let home = Home::new();
    home.add(&["a"]);
    let first = home.pid();
    let (older, _) = another_build(&home, "older", -60);
    let said = run(&home, &older, &["ls"]);
    assert_eq!(said.err, "", "{said}");
    assert_eq!(home.pid(), first);
}

#[test]
fn a_daemon_that_a_person_or_a_unit_runs_is_theirs() {
    let home = Home::new();
    let mut command = home.command(NUDGE);
    Foreground::silent(command.args(["daemon", "run"]));
    let daemon = Foreground::start(command);
    eventually("the daemon is ready", Duration::from_secs(10), || home.status());
    let (newer, _) = another_build(&home, "newer", 60);
    run(&home, &newer, &["add", "a"]);
    assert_eq!(home.pid(), daemon.pid());
}
