//! No password, token or key can be read afterwards: not in the database, its write-ahead log or a backup, not in a
//! log, not in what the machine's other users see of a process.
//!
//! It knows which files are meant to hold one, and looks through every other file that there is.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::support::{Foreground, Home, NUDGE, Server, skip};

const EMAIL: &str = "ada@example.org";
const FIRST: &str = "a tram full of marmalade";
const SECOND: &str = "four otters juggling kettles";
const WRONG: &str = "nobody has this password";
const OF_THE_OWNER: &str = "a lighthouse on rollerskates";

/// What must not be found, under the name that a failure tells.
struct Secrets(Vec<(String, Vec<u8>)>);

impl Secrets {
    /// Adds a secret as it stands, in hexadecimal digits and in base64, however it lies in what was encoded.
    fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref();
        assert!(secret.len() >= 16, "{name} would be found by chance");
        let digits = secret.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        self.0.push((format!("{name} as it is"), secret.to_vec()));
        self.0.push((format!("{name} in hex"), hex.to_ascii_uppercase().into_bytes()));
        self.0.push((format!("{name} in hex"), hex.into_bytes()));
        for skipped in 0..3 {
            // Whole groups of three bytes, and so letters that do not depend on the neighbours.
            let inner = &secret[skipped..];
            let inner = &inner[..inner.len() / 3 * 3];
            for text in [STANDARD_NO_PAD.encode(inner), URL_SAFE_NO_PAD.encode(inner)] {
                self.0.push((format!("{name} in base64"), text.into_bytes()));
            }
        }
    }

    /// Asserts that none of them is in `bytes`.
    #[track_caller]
    fn are_not_in(&self, place: &str, bytes: &[u8]) {
        for (name, secret) in &self.0 {
            assert!(!contains(bytes, secret), "{name} is in {place}");
        }
    }

    /// Looks through every file under a folder but those that are meant to hold a secret, and returns how many.
    #[track_caller]
    fn are_in_no_file(&self, folder: &Path) -> usize {
        let mut seen = 0;
        for path in files(folder).into_iter().filter(|path| !is_meant(path)) {
            self.are_not_in(&path.display().to_string(), &fs::read(&path).expect("ours"));
            seen += 1;
        }
        seen
    }

    /// Asserts that what other users could ever see of a process holds none.
    #[track_caller]
    fn are_not_of_process(&self, pid: u32) {
        for what in ["cmdline", "environ", "comm"] {
            let bytes = fs::read(format!("/proc/{pid}/{what}")).expect("the process is there");
            assert!(what == "environ" || !bytes.is_empty(), "process {pid} has ended");
            self.are_not_in(&format!("/proc/{pid}/{what}"), &bytes);
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let first = part[0];
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(part) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Tells whether a file is where a token or a key is kept: of a mode that lets only the owner read it.
fn is_meant(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    matches!((folder, ending), ("tokens", "json" | "refresh") | ("keys", "pk8" | "key"))
}

/// Every plain file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of ours") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a kind");
            match () {
                () if kind.is_dir() => folders.push(entry.path()),
                () if kind.is_file() => found.push(entry.path()),
                () => (),
            }
        }
    }
    found
}

/// Asserts that nobody but their owner can look at the program's own files and folders.
#[track_caller]
fn are_private(folder: &Path) {
    let mode = |path: &Path| fs::symlink_metadata(path).expect("there").permissions().mode() & 0o777;
    for path in files(folder) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let parent = path.parent().expect("a folder");
        assert_eq!(mode(parent), 0o700, "{}", parent.display());
    }
}

/// Collects the tokens that a home keeps.
fn add_tokens(secrets: &mut Secrets, home: &Home, profile: &str, when: &str) {
    for (file, name) in [(home.access(profile), "access_token"), (home.refresh(profile), "refresh_token")] {
        let kept: serde_json::Value = serde_json::from_slice(&fs::read(file).expect("kept")).expect("JSON");
        secrets.add(&format!("the {name} {when}"), kept[name].as_str().expect("a token"));
    }
}

/// Does whatever has to do with a secret, and returns all of them.
fn live_through_it(server: &Server, home: &Home) -> Secrets {
    let mut secrets = Secrets(Vec::new());
    for (name, password) in [("first", FIRST), ("second", SECOND), ("wrong", WRONG), ("owner's", OF_THE_OWNER)] {
        secrets.add(&format!("the {name} password"), password);
    }
    let url = server.url();
    let sign_up = ["signup", EMAIL, "--server", &url, "--profile", "p", "--password-stdin"];
    home.nudge_with(&sign_up, FIRST.as_bytes()).ok();
    add_tokens(&mut secrets, home, "p", "after sign-up");
    home.expire("p");
    home.add(&["renewed"]);
    add_tokens(&mut secrets, home, "p", "after a renewal");
    home.nudge_with(&["passwd", "--password-stdin"], format!("{FIRST}\n{SECOND}\n").as_bytes()).ok();
    add_tokens(&mut secrets, home, "p", "after passwd");
    home.sign_in(&url, &["--profile", "q"], EMAIL, WRONG).fails(3);
    home.sign_in(&url, &["--profile", "q"], EMAIL, SECOND).ok();
    add_tokens(&mut secrets, home, "q", "after login");

    let personal = home.nudge(&["token", "add", "script", "--scope", "tasks:read"]).ok().out;
    secrets.add("the personal token", personal.trim());
    let mut script = home.command(NUDGE);
    script.args(["ls", "--server", &url]).env("NUDGE_TOKEN", personal.trim());
    home.run(script, b"").ok();
    home.nudge_with(&["ls", "--server", &url, "--token-stdin"], personal.as_bytes()).ok();

    let admin = &server.home;
    admin.nudge_with(&["signup", "owner@example.org", "--password-stdin"], OF_THE_OWNER.as_bytes()).ok();
    let made_up = admin.nudge(&["user", "add", "eve@example.org"]).ok().out;
    secrets.add("the password that was made up", made_up.trim());
    // What goes wrong on its way must not be quoted either.
    for body in [
        format!(r#"{{"email":"{EMAIL}","password":"{WRONG}""#),
        format!(r#"{{"email":"{EMAIL}","password":["{WRONG}"]}}"#),
        format!(r#"{{"email":"{EMAIL}","pasword":"{WRONG}","password":"x"}}"#),
    ] {
        let reply = server.post("/v1/auth/login", &[], &body);
        assert!(reply.status == 400 || reply.status == 422, "{}", reply.text());
        secrets.are_not_in("an error", &reply.body);
    }
    let bad = format!(r#"{{"refresh_token":"{}x"}}"#, personal.trim());
    server.post("/v1/auth/refresh", &[], &bad).expect(401);
    add_keys(&mut secrets, admin);
    admin.nudge(&["daemon", "rotate-key"]).ok();
    add_keys(&mut secrets, admin);
    secrets
}

fn add_keys(secrets: &mut Secrets, home: &Home) {
    // Besides the keys there is the name of the machine's realm, which is none.
    for path in files(&home.data().join("keys")).into_iter().filter(|path| is_meant(path)) {
        let key = fs::read(&path).expect("ours");
        let name = path.file_name().expect("a name").display().to_string();
        // The end of a PKCS #8 file may be the public half; the private one begins at its sixteenth byte.
        let private = if key.len() >= 48 { &key[16..48] } else { &key[..] };
        secrets.add(&format!("the key {name}"), private);
    }
}

#[test]
fn nothing_that_lies_about_holds_a_password_a_token_or_a_key() {
    let server = Server::start_with(
        Home::new().with("NUDGE_LOG", "trace"),
        "[accounts]\nsign_up = \"open\"\n",
        &["--listen", "127.0.0.1:0"],
    );
    let home = Home::new();
    let secrets = live_through_it(&server, &home);
    assert!(server.log().contains("DEBUG") && server.log().contains("POST"), "the log is a full one: {}", server.log());
    let kept = fs::read(home.refresh("q")).expect("kept");
    assert!(secrets.0.iter().any(|(_, secret)| contains(&kept, secret)), "what is there would be found");
    secrets.are_not_of_process(server.pid());
    let wal = server.home.data().join("nudge.db-wal");
    assert!(fs::metadata(&wal).expect("there is a write-ahead log").len() > 0);
    assert!(secrets.are_in_no_file(server.home.path()) >= 3, "database, write-ahead log, log");
    assert!(secrets.are_in_no_file(home.path()) >= 1, "profiles");
    are_private(&server.home.data());
    for home in [&server.home, &home] {
        are_private(&home.state());
    }

    // A backup as SQLite makes it, and what a checkpoint leaves.
    match server.home.sql("VACUUM INTO 'copy.db'") {
        Some(_) => secrets.are_not_in("a backup", &fs::read(server.home.path().join("copy.db")).expect("copied")),
        None => skip("secrets_in_a_backup", "`sqlite3` is not installed"),
    }
    let server_home = server.stop();
    server_home.start();
    server_home.nudge(&["daemon", "stop"]).ok();
    secrets.are_in_no_file(server_home.path());
}

#[test]
fn nobody_sees_a_password_or_a_token_in_the_list_of_processes() {
    let home = Home::new();
    let mut secrets = Secrets(Vec::new());
    secrets.add("the token", "nudge_pat_0123456789abcdefghijklmnop");
    secrets.add("the password", FIRST);
    // A command that has read its password waits here for an answer that does not come.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("bound"));
    let mut command = home.command(NUDGE);
    command.args(["login", EMAIL, "--server", &url, "--password-stdin", "--store", "file"]);
    let file = home.path().join("password");
    fs::write(&file, FIRST).expect("written");
    Foreground::silent(&mut command).stdin(fs::File::open(&file).expect("read"));
    let waiting = Foreground::start(command);
    let (_connection, _) = silent.accept().expect("it has connected");
    secrets.are_not_of_process(waiting.pid());
    drop(waiting);

    // A daemon that a command with a token starts does not inherit it.
    let mut command = home.command(NUDGE);
    command.args(["daemon", "start"]).env("NUDGE_TOKEN", "nudge_pat_0123456789abcdefghijklmnop");
    home.run(command, b"").ok();
    secrets.are_not_of_process(home.pid());

    // What others would read in the arguments is not taken from there, nor repeated.
    for arguments in [
        &["login", EMAIL, "--password", FIRST][..],
        &["login", EMAIL, FIRST],
        &["signup", EMAIL, FIRST],
        &["user", "add", EMAIL, FIRST],
        &["passwd", FIRST],
    ] {
        let said = home.nudge(arguments).fails(2);
        secrets.are_not_in("a message", said.err.as_bytes());
    }
}

#[test]
fn a_file_with_a_token_that_others_could_read_is_not_used() {
    let home = Home::new();
    home.add(&["one"]);
    let token = home.access("local");
    let of =
        |path: &Path| fs::metadata(path).map(|about| (about.mode() & 0o777, about.ino())).expect("a token is kept");
    let (mode, first) = of(&token);
    assert_eq!(mode, 0o600);
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).expect("ours");
    home.nudge(&["ls"]).ok();
    let (mode, second) = of(&token);
    assert!(mode == 0o600 && second != first, "a fresh one took its place: {mode:o}");
}
