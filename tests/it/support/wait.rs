//! Waiting for a condition, never for a time: what does not come true before its deadline is a failure.

use std::process::{Child, Output};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Between two looks at a condition.
const STEP: Duration = Duration::from_millis(5);

/// Returns what `look` finds as soon as it finds something; fails the test after `limit`.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        let found = look();
        let late = Instant::now() >= end;
        if let Some(found) = found {
            return found;
        }
        assert!(!late, "not within {limit:?}: {what}");
        std::thread::sleep(STEP);
    }
}

/// Returns what a process wrote once it has ended and both its streams are closed; `None` after `limit`.
///
/// A daemon that had kept one of the streams would hold this up for ever, and so be noticed.
pub(crate) fn output(child: Child, limit: Duration) -> Option<std::io::Result<Output>> {
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let outcome = receiver.recv_timeout(limit).ok();
    if outcome.is_none() {
        signal(pid, Signal::KILL);
    }
    outcome
}

/// Sends a signal to a process that a test started.
pub(crate) fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // One that has just ended by itself needs no signal.
    let _ = kill_process(pid.expect("a process id"), signal);
}

/// Tells whether a process is there and more than a dead one that nobody has asked about.
pub(crate) fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Returns the moment that the machine's clock shows.
#[expect(clippy::disallowed_methods, reason = "the binary under test goes by the machine's clock")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
