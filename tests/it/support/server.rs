//! A daemon that listens on TCP, and a person on another machine who signs in to it.
//!
//! The other machine is another HOME: the two share nothing but the address.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::foreground::Foreground;
use super::home::{Home, NUDGE};
use super::http::{Http, Reply};
use super::said::Said;
use super::wait::eventually;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A daemon in the foreground, in a home of its own, whose owner is its administrator.
pub(crate) struct Server {
    /// Ends before its home goes.
    daemon: Foreground,
    pub(crate) home: Home,
    address: String,
}

impl Server {
    /// Starts one on a free port of the loopback address, with this `daemon.toml`.
    #[track_caller]
    pub(crate) fn start(settings: &str) -> Self {
        Self::start_with(Home::new(), settings, &["--listen", "127.0.0.1:0"])
    }

    /// Starts one in this home, with this `daemon.toml` and these arguments of `daemon run`.
    #[track_caller]
    pub(crate) fn start_with(home: Home, settings: &str, arguments: &[&str]) -> Self {
        home.settings(settings);
        let mut command = home.command(NUDGE);
        let log = fs::File::create(home.path().join("served.log")).expect("a log");
        command.args(["daemon", "run"]).args(arguments).stderr(log).stdout(std::process::Stdio::null());
        let daemon = Foreground::start(command);
        let ready = || home.status().and_then(|info| info["tcp"].as_str().map(str::to_owned));
        let address = eventually("the daemon listens on TCP", Duration::from_secs(20), ready);
        Self { daemon, home, address }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Returns what the daemon has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("served.log")).expect("the log is there")
    }

    /// Returns where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Returns its port.
    pub(crate) fn port(&self) -> &str {
        self.address.rsplit_once(':').expect("an address has a port").1
    }

    /// Returns its URL without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connects over TCP.
    #[track_caller]
    pub(crate) fn http(&self) -> Http {
        Http::tcp(&self.address)
    }

    /// Sends one request over TCP, on a connection of its own.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.http().call("POST", path, &[&[JSON], headers].concat(), body.as_bytes())
    }

    /// Tries to sign in over TCP.
    #[track_caller]
    pub(crate) fn login(&self, headers: &[(&str, &str)], email: &str, password: &str) -> Reply {
        self.post("/v1/auth/login", headers, &serde_json::json!({ "email": email, "password": password }).to_string())
    }

    /// Adds an account, as its administrator.
    #[track_caller]
    pub(crate) fn add_user(&self, email: &str, password: &str) {
        self.home.nudge_with(&["user", "add", email, "--password-stdin"], password.as_bytes()).ok();
    }

    /// Makes a personal token of the owner's account, which needs no password.
    #[track_caller]
    pub(crate) fn token(&self, scopes: &str) -> String {
        self.home.nudge(&["token", "add", "test", "--scope", scopes, "-q"]).ok().out.trim().to_owned()
    }

    /// Ends the daemon and gives its home back.
    pub(crate) fn stop(self) -> Home {
        drop(self.daemon);
        self.home
    }
}

impl Home {
    /// Writes the daemon's file of settings.
    pub(crate) fn settings(&self, text: &str) -> PathBuf {
        let file = self.path().join(".config/nudge/daemon.toml");
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of settings");
        fs::write(&file, text).expect("the settings are written");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("ours");
        file
    }

    /// Signs in to a server with a password.
    #[track_caller]
    pub(crate) fn sign_in(&self, url: &str, arguments: &[&str], email: &str, password: &str) -> Said {
        let login = ["login", email, "--server", url, "--password-stdin"];
        self.nudge_with(&[&login, arguments].concat(), format!("{password}\n").as_bytes())
    }

    /// Makes the access token of a profile one that has ended, as a quarter of an hour does.
    #[track_caller]
    pub(crate) fn expire(&self, profile: &str) {
        let file = self.access(profile);
        let text = fs::read_to_string(&file).expect("an access token is stored");
        let mut kept: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        kept["expires_at"] = "2026-01-01T00:00:00Z".into();
        fs::write(&file, kept.to_string()).expect("written");
    }

    /// Returns the file with the access token of a profile.
    pub(crate) fn access(&self, profile: &str) -> PathBuf {
        self.state().join(format!("tokens/{profile}.json"))
    }

    /// Returns the file with the refresh token of a profile.
    pub(crate) fn refresh(&self, profile: &str) -> PathBuf {
        self.state().join(format!("tokens/{profile}.refresh"))
    }
}

/// Returns the path of a certificate for tests.
pub(crate) fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// Puts a certificate and its key, in place of those that are there, as `cert.pem` and `key.pem` into a folder.
pub(crate) fn install_certificate(folder: &Path, name: &str) {
    for (from, to, mode) in [("pem", "cert.pem", 0o644), ("key", "key.pem", 0o600)] {
        let draft = folder.join("draft");
        let from = certificate(&format!("{name}.{from}"));
        // Not copied with its mode, which is the checkout's.
        fs::write(&draft, fs::read(from).expect("a certificate for tests")).expect("written");
        fs::set_permissions(&draft, Permissions::from_mode(mode)).expect("ours");
        fs::rename(&draft, folder.join(to)).expect("put in place");
    }
}
