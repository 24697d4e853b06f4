//! A terminal, made by `script` of util-linux, for what looks otherwise to a person than to a pipe.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::home::{Home, NUDGE, on_path};
use super::said::Said;
use super::skip::skip;
use super::wait::eventually;

/// No question may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal of some width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    columns: u16,
}

impl Terminal {
    /// Makes one, or says that the test `name` can't be made here.
    pub(crate) fn of(columns: u16, name: &str) -> Option<Self> {
        if on_path("script") && on_path("stty") {
            return Some(Self { columns });
        }
        skip(name, "`script` or `stty` is not installed");
        None
    }

    /// Runs a script of `sh` in it, in which `$nudge` is the binary. Both streams come back as one, in `out`, with
    /// the line breaks of a terminal made plain.
    #[track_caller]
    pub(crate) fn run(self, home: &Home, script: &str) -> Said {
        let mut said = home.run(self.command(home, &format!("stty -echo; {script}")), b"");
        said.out = said.out.replace("\r\n", "\n");
        said
    }

    /// Runs a script of `sh` in it as [`Self::run`] does, but that somebody answers what it asks. What is typed is
    /// shown unless the program takes care that it is not.
    #[track_caller]
    pub(crate) fn talk(self, home: &Home, script: &str) -> Dialogue {
        let mut command = self.command(home, &format!("tty; {script}"));
        command.stdin(Stdio::piped());
        let shown = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{shown} can't be run: {error}"));
        let typed = child.stdin.take().expect("a pipe");
        let mut stream = child.stdout.take().expect("a pipe");
        let text = Arc::new(Mutex::new(String::new()));
        let reader = std::thread::spawn({
            let text = Arc::clone(&text);
            move || {
                let mut part = [0; 1024];
                while let Ok(length @ 1..) = stream.read(&mut part) {
                    let part = String::from_utf8_lossy(&part[..length]).replace('\r', "");
                    text.lock().expect("nobody panics with it").push_str(&part);
                }
            }
        });
        let stty = home.command("stty");
        let mut dialogue = Dialogue { command: shown, child, typed, text, reader, read: 0, stty };
        let tty = dialogue.read_until("\n");
        dialogue.stty.args(["-F", tty.trim_end(), "-a"]);
        dialogue
    }

    fn command(self, home: &Home, script: &str) -> Command {
        let mut command = home.command("script");
        command
            .env("nudge", NUDGE)
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .args(["-qefc", &format!("stty cols {} rows 24; {script}", self.columns), "/dev/null"])
            .stdin(Stdio::null());
        command
    }
}

/// A program that asks, and somebody who answers.
#[derive(Debug)]
pub(crate) struct Dialogue {
    command: String,
    child: Child,
    typed: ChildStdin,
    text: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
    /// How much of the text was waited for already.
    read: usize,
    stty: Command,
}

impl Dialogue {
    /// Waits for a question and types a line that is seen.
    #[track_caller]
    pub(crate) fn answer(&mut self, question: &str, line: &str) {
        self.read_until(question);
        self.type_in(&format!("{line}\n"));
    }

    /// Waits for a question and until nothing is shown that is typed, and types a line.
    #[track_caller]
    pub(crate) fn answer_unseen(&mut self, question: &str, line: &str) {
        self.wait_unseen(question);
        self.type_in(&format!("{line}\n"));
    }

    /// Waits for a question and until nothing is shown that is typed, and presses Ctrl-C.
    #[track_caller]
    pub(crate) fn interrupt(&mut self, question: &str) {
        self.wait_unseen(question);
        self.type_in("\u{3}");
    }

    /// Waits for the end of the script and returns all that was shown.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Said {
        let status = eventually("the dialogue ends", PATIENCE, || self.child.try_wait().expect("it can be asked"));
        self.reader.join().expect("what was shown is read");
        let out = self.text.lock().expect("nobody panics with it").clone();
        Said { command: self.command, code: status.code(), out, err: String::new() }
    }

    #[track_caller]
    fn wait_unseen(&mut self, question: &str) {
        self.read_until(question);
        eventually("the terminal shows nothing that is typed", PATIENCE, || {
            let done = self.stty.output().expect("stty runs");
            String::from_utf8_lossy(&done.stdout).split_whitespace().any(|word| word == "-echo").then_some(())
        });
    }

    fn type_in(&mut self, text: &str) {
        self.typed.write_all(text.as_bytes()).and_then(|()| self.typed.flush()).expect("the terminal takes it");
    }

    /// Waits for a text behind what was waited for before, and returns what stands up to its end.
    #[track_caller]
    fn read_until(&mut self, text: &str) -> String {
        let (place, end) = (self.read, Instant::now() + PATIENCE);
        let found = eventually("the terminal shows something", PATIENCE * 2, || {
            let shown = self.text.lock().expect("nobody panics with it");
            match shown[place..].find(text) {
                Some(at) => Some(Ok(shown[place..place + at + text.len()].to_owned())),
                None => (Instant::now() >= end).then(|| Err(shown.clone())),
            }
        });
        let found = found.unwrap_or_else(|shown| panic!("{}\nhas not shown `{text}` but\n{shown}", self.command));
        self.read += found.len();
        found
    }
}
