//! A person's machine: a HOME in a folder of its own, and the daemon that lives there.
//!
//! Nothing of the caller's environment gets in. A daemon is ended when its home goes, and only one that was started
//! for this home.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::http::Http;
use super::said::Said;
use super::wait::{eventually, is_running, output, signal};

/// The binary under test.
pub(crate) const NUDGE: &str = env!("CARGO_BIN_EXE_nudge");

/// The system's own folders, and nothing of whoever runs the tests.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// No command of these tests takes longer on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A HOME with its settings.
#[derive(Debug)]
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    /// Makes an empty one, in UTC.
    pub(crate) fn new() -> Self {
        // A socket's path has little room, so that the folder is near the root and has a short name.
        let folder = tempfile::Builder::new().prefix("n").tempdir_in("/tmp").expect("a temporary folder");
        Self { folder, variables: vec![("TZ".into(), "UTC".into())] }
    }

    /// Sets a variable for all commands of this home.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".local/state/nudge")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join(".local/share/nudge")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.state().join("nudge.sock")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("nudge.db")
    }

    /// Returns what daemons that commands started have written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.state().join("daemon.log")).unwrap_or_default()
    }

    /// Returns a command in this home: its environment and nothing else.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", PATH)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command and waits for its end and for its streams to close.
    #[track_caller]
    pub(crate) fn run(&self, mut command: Command, input: &[u8]) -> Said {
        let shown = format!("{command:?}");
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown} can't be run: {error}"));
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            // One that does not read to the end is no failure of the test.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let done = output(child, PATIENCE);
        let done =
            done.unwrap_or_else(|| panic!("{shown} has not ended, or a stream of it is held open\n{}", self.log()));
        let done = done.expect("a process can be waited for");
        Said {
            command: shown,
            code: done.status.code(),
            out: String::from_utf8(done.stdout).expect("output is UTF-8"),
            err: String::from_utf8(done.stderr).expect("messages are UTF-8"),
        }
    }

    /// Runs nudge.
    #[track_caller]
    pub(crate) fn nudge(&self, arguments: &[&str]) -> Said {
        self.nudge_with(arguments, b"")
    }

    /// Runs nudge with something to read.
    #[track_caller]
    pub(crate) fn nudge_with(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut command = self.command(NUDGE);
        command.args(arguments);
        self.run(command, input)
    }

    /// Runs a script of `sh`, in which `$nudge` is the binary.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> Said {
        let mut command = self.command("sh");
        command.env("nudge", NUDGE).args(["-c", script]);
        self.run(command, b"")
    }

    /// Adds a task and returns its number.
    #[track_caller]
    pub(crate) fn add(&self, words: &[&str]) -> i64 {
        let said = self.nudge(&[&["add", "-q"], words].concat());
        said.clone().text().parse().unwrap_or_else(|_| panic!("no number: {said}"))
    }

    /// Puts many tasks into an empty home: `task 1 of those that fill the list`, and so on.
    #[track_caller]
    pub(crate) fn fill(&self, count: usize) {
        let record = |n| format!("{{\"description\":\"task {n} of those that fill the list\"}}\n");
        let records: String = (1..=count).map(record).collect();
        self.nudge_with(&["import", "-"], records.as_bytes()).ok();
    }

    /// Returns a task as on the wire.
    #[track_caller]
    pub(crate) fn task(&self, number: i64) -> Value {
        self.nudge(&["show", &number.to_string(), "--json"]).json()
    }

    /// Returns the numbers that `ls` lists, and with words those that fit them.
    #[track_caller]
    pub(crate) fn numbers(&self, filter: &[&str]) -> Vec<i64> {
        let text = self.nudge(&[&["ls", "-q"], filter].concat()).text();
        text.lines().map(|line| line.parse().expect("a number")).collect()
    }

    /// Starts the daemon, unless it runs, and returns what it says of itself.
    #[track_caller]
    pub(crate) fn start(&self) -> Value {
        self.nudge(&["daemon", "start", "--json"]).json()
    }

    /// Returns what the daemon says of itself; `None` when none runs.
    #[track_caller]
    pub(crate) fn status(&self) -> Option<Value> {
        let said = self.nudge(&["daemon", "status", "--json"]);
        (said.code == Some(0)).then(|| said.json())
    }

    /// Returns the process of the daemon that runs.
    #[track_caller]
    pub(crate) fn pid(&self) -> u32 {
        let status = self.status().expect("a daemon runs");
        u32::try_from(status["pid"].as_u64().expect("a process id")).expect("a process id")
    }

    /// Ends the daemon as a crash does, and waits until it is gone. Returns which process it was.
    #[track_caller]
    pub(crate) fn kill_daemon(&self) -> u32 {
        let pid = self.pid();
        assert!(self.owns(pid), "process {pid} is not the daemon of this home");
        signal(pid, Signal::KILL);
        eventually("the killed daemon is gone", Duration::from_secs(10), || (!is_running(pid)).then_some(()));
        pid
    }

    /// Connects to the daemon's socket.
    #[track_caller]
    pub(crate) fn http(&self) -> Http {
        Http::connect(&self.socket())
    }

    /// Signs in over the socket and returns the token.
    #[track_caller]
    pub(crate) fn bearer(&self) -> String {
        let json = ("content-type", "application/json");
        let reply = self.http().call("POST", "/v1/auth/local", &[json], b"{}");
        let token = reply.expect(200).json()["access_token"].as_str().map(str::to_owned);
        token.expect("a token")
    }

    /// Asks the sqlite3 program. `None` where it is not installed.
    #[track_caller]
    pub(crate) fn sql(&self, statement: &str) -> Option<String> {
        if !on_path("sqlite3") {
            return None;
        }
        let mut command = self.command("sqlite3");
        command.args(["-cmd", ".timeout 10000"]).arg(self.database()).arg(statement);
        Some(self.run(command, b"").text())
    }

    /// Tells whether a process was started for this home.
    fn owns(&self, pid: u32) -> bool {
        let wanted = format!("HOME={}", self.path().display());
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.socket().exists() {
            return;
        }
        // A test that failed must not fail a second time here, so nothing is asserted.
        let ask = |arguments: &[&str]| {
            let child = self.command(NUDGE).args(arguments).spawn().ok()?;
            output(child, Duration::from_secs(20))?.ok()
        };
        let status = ask(&["daemon", "status", "--json"]);
        let status: Option<Value> = status.and_then(|done| serde_json::from_slice(&done.stdout).ok());
        let stopped = ask(&["daemon", "stop"]);
        let pid = status.and_then(|status| u32::try_from(status["pid"].as_u64()?).ok());
        if let Some(pid) = pid.filter(|&pid| is_running(pid) && self.owns(pid))
            && stopped.is_none_or(|done| !done.status.success())
        {
            signal(pid, Signal::KILL);
        }
    }
}

/// Tells whether a program is installed.
pub(crate) fn on_path(program: &str) -> bool {
    PATH.split(':').any(|folder| Path::new(folder).join(program).is_file())
}
