//! Accounts, as a person and a script use them over the Unix socket. About 30 s in all.
//!
//! The daemon's own uid is one account; others are added by their administrator, who is the same person here, and
//! are signed in to by password from a HOME of their own.

mod administration;
mod deletion;
mod keys;
mod prompts;
mod renewal;
mod sessions;
mod settings;
mod sign_up;
mod system;
mod throttle;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Home, Said};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a tram full of marmalade";
const OTHER_PASSWORD: &str = "four otters juggling kettles";
const JSON: (&str, &str) = ("content-type", "application/json");

/// Returns another device: a HOME of its own, whose commands talk to this one's daemon.
fn device_of(home: &Home) -> Home {
    Home::new().with("NUDGE_SOCKET", home.socket().to_str().expect("the path is plain text"))
}

/// Runs a command with passwords on its stdin, a line each.
#[track_caller]
fn piped(home: &Home, arguments: &[&str], passwords: &[&str]) -> Said {
    let arguments = [arguments, &["--password-stdin"]].concat();
    let lines = passwords.join("\n") + "\n";
    let said = home.nudge_with(&arguments, lines.as_bytes());
    for password in passwords.iter().filter(|password| password.len() >= 10) {
        assert!(!said.out.contains(password) && !said.err.contains(password), "a password is shown: {said}");
    }
    said
}

/// Gives the uid's own account an email and a password.
#[track_caller]
fn sign_up(home: &Home) {
    piped(home, &["signup", EMAIL], &[PASSWORD]).ok();
}

#[track_caller]
fn login(home: &Home, email: &str, password: &str) -> Said {
    piped(home, &["login", email, "--store", "file"], &[password])
}

/// Adds an account and returns a device that is signed in to it.
#[track_caller]
fn other_account(home: &Home, email: &str) -> Home {
    home.start();
    piped(home, &["user", "add", email], &[PASSWORD]).ok();
    let device = device_of(home);
    login(&device, email, PASSWORD).ok();
    device
}

/// The file of the one profile that has tokens, by its ending.
fn token_file(home: &Home, ending: &str) -> PathBuf {
    let files = fs::read_dir(home.state().join("tokens")).expect("somebody is signed in");
    let mut found = files.map(|file| file.expect("it can be listed").path());
    found.find(|path| path.extension().is_some_and(|other| other == ending)).expect("a file of tokens")
}

fn document(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("it is there")).expect("JSON")
}

/// Makes the stored access token one that has ended and counts nowhere.
fn spoil_access_token(home: &Home) {
    let path = token_file(home, "json");
    let mut stored = document(&path);
    stored["access_token"] = Value::from("a.b.c");
    stored["expires_at"] = Value::from("2020-01-01T00:00:00Z");
    fs::write(path, stored.to_string()).expect("ours");
}

/// Asserts that nobody is signed in and that a command says what to do.
#[track_caller]
fn is_signed_out(home: &Home) {
    home.nudge(&["ls"]).fails(3).hinted().says(" login");
}
