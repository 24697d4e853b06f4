//! A create is on the disk before it is acknowledged: `strace` sees the write-ahead log synced between the request
//! and its answer. About 2 s.

use std::fs;
use std::time::Duration;

use crate::support::{Foreground, Home, NUDGE, Signal, eventually, on_path, signal, skip};

const NAME: &str = "durability::the_log_is_synced_between_request_and_answer";

/// One line of `strace -f`: who, and what.
fn parse(line: &str) -> Option<(&str, &str)> {
    let (pid, call) = line.trim_start().split_once(' ')?;
    Some((pid, call.trim_start()))
}

/// Finds the first line after `from` that fits.
#[track_caller]
fn find(lines: &[(&str, &str)], from: usize, what: &str, fits: impl Fn(&str, &str) -> bool) -> usize {
    let found = lines[from..].iter().position(|(pid, call)| fits(pid, call));
    from + found.unwrap_or_else(|| panic!("no {what} after line {from}:\n{lines:#?}"))
}

#[test]
fn the_log_is_synced_between_request_and_answer() {
    let home = Home::new();
    let mut probe = home.command("strace");
    if !on_path("strace")
        || probe.args(["-f", "-o", "/dev/null", "true"]).status().is_ok_and(|status| !status.success())
    {
        return skip(NAME, "strace is not installed, or may not trace here");
    }
    let trace = home.path().join("trace");
    let mut command = home.command("strace");
    command
        .args(["-f", "-y", "-s", "64"])
        .args(["-e", "trace=read,readv,recvfrom,recvmsg,fdatasync,fsync,write,writev,sendto,sendmsg", "-o"])
        .arg(&trace)
        .args([NUDGE, "daemon", "run"]);
    Foreground::silent(&mut command);
    let strace = Foreground::start(command);
    eventually("the daemon is ready", Duration::from_secs(20), || home.status());
    let bearer = format!("Bearer {}", home.bearer());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let reply = home.http().call("POST", "/v1/tasks?", &headers, br#"{"title":"durable"}"#);
    reply.expect(201);
    signal(home.pid(), Signal::TERM);
    strace.ended(Duration::from_secs(20));

    let text = fs::read_to_string(&trace).expect("a trace");
    let lines: Vec<_> = text.lines().filter_map(parse).collect();
    let request = find(&lines, 0, "request", |_, call| call.contains("POST /v1/tasks?"));
    let answer = find(&lines, request, "answer", |_, call| call.contains("\"HTTP/1.1 201"));
    let between = &lines[request..answer];
    let sync =
        find(between, 0, "sync of the log", |_, call| call.starts_with("fdatasync(") && call.contains("nudge.db-wal>"));
    let (thread, call) = between[sync];
    if call.contains("<unfinished ...>") {
        let ended = find(between, sync, "end of the sync", |pid, call| pid == thread && call.contains("sync resumed>"));
        assert!(between[ended].1.ends_with("= 0"), "{}", between[ended].1);
    } else {
        assert!(call.ends_with("= 0"), "{call}");
    }
    let written = find(between, 0, "write to the log", |_, call| call.contains("nudge.db-wal>"));
    assert!(written <= sync, "written, then synced");
}
