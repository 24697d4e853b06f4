//! A D-Bus session of a test's own (`dbus-run-session`), and the GNOME keyring on it.
//!
//! Nothing of the caller's session gets in, and the bus starts no service but those that a test puts there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use super::foreground::Foreground;
use super::home::{Home, on_path};
use super::skip::skip;
use super::wait::{eventually, is_running, output, signal};

const LIMIT: Duration = Duration::from_secs(20);

/// The name by which a keyring is found.
const SECRETS: &str = "org.freedesktop.secrets";

/// A bus that ends with the test.
pub(crate) struct Bus {
    session: Option<Child>,
    services: PathBuf,
}

impl Bus {
    /// Starts one for a home, and returns the home with its address; or says that the test `name` can't be made here.
    #[track_caller]
    pub(crate) fn start(home: Home, name: &str) -> Option<(Self, Home)> {
        for program in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
            if !on_path(program) {
                skip(name, &format!("`{program}` is not installed"));
                return None;
            }
        }
        let (run, services) = (home.path().join("run"), home.path().join("services"));
        for folder in [&run, &services] {
            fs::create_dir(folder).expect("a folder");
        }
        let config = home.path().join("bus.conf");
        fs::write(&config, configuration(&run.join("bus"), &services)).expect("written");
        let mut command = home.command("dbus-run-session");
        // It lives until its input ends, and takes the bus with it.
        let hold = format!("echo > '{}/up' && exec cat", run.display());
        command.arg(format!("--config-file={}", config.display())).args(["--", "sh", "-c", &hold]);
        let session = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let session = Some(session.expect("dbus-run-session runs"));
        eventually("the bus is there", LIMIT, || run.join("up").exists().then_some(()));
        let home = home
            .with("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}/bus", run.display()))
            .with("XDG_RUNTIME_DIR", run.to_str().expect("a path of text"));
        Some((Self { session, services }, home))
    }

    /// Lets the bus start a keyring that says nothing, ever.
    pub(crate) fn add_silent_keyring(&self) {
        // It outlives the bus, and ends by itself soon after.
        let text = format!("[D-BUS Service]\nName={SECRETS}\nExec=/bin/sleep 30\n");
        fs::write(self.services.join(format!("{SECRETS}.service")), text).expect("written");
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        if let Some(mut session) = self.session.take() {
            drop(session.stdin.take());
            // A test that has failed must not fail a second time here, nor hang.
            let _ = output(session, Duration::from_secs(5));
        }
    }
}

fn configuration(socket: &Path, services: &Path) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>session</type>\
         <listen>unix:path={}</listen><auth>EXTERNAL</auth><servicedir>{}</servicedir><policy context=\"default\">\
         <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>\
         </busconfig>\n",
        socket.display(),
        services.display(),
    )
}

/// The GNOME keyring, on a home's bus.
pub(crate) struct Keyring(Foreground);

impl Keyring {
    /// Starts it with this password, which makes the keyring at the first time.
    #[track_caller]
    pub(crate) fn unlocked(home: &Home, password: &str) -> Self {
        let file = home.path().join("keyring-password");
        fs::write(&file, password).expect("written");
        let keyring = Self::start(home, &["--unlock"], fs::File::open(&file).expect("read").into());
        fs::remove_file(file).expect("ours");
        keyring
    }

    /// Starts it without a password: the keyring that is there stays locked, and nobody is there to be asked.
    #[track_caller]
    pub(crate) fn locked(home: &Home) -> Self {
        Self::start(home, &[], Stdio::null())
    }

    #[track_caller]
    fn start(home: &Home, arguments: &[&str], input: Stdio) -> Self {
        let mut command = home.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).args(arguments);
        Foreground::silent(&mut command).stdin(input);
        let keyring = Self(Foreground::start(command));
        let owned = || {
            let mut command = home.command("dbus-send");
            command.args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"]);
            command.args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{SECRETS}")]);
            home.run(command, b"").out.contains("true").then_some(())
        };
        eventually("the keyring is on the bus", LIMIT, owned);
        keyring
    }

    /// Makes it one that neither answers nor ends.
    pub(crate) fn freeze(&self) {
        signal(self.0.pid(), Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        signal(self.0.pid(), Signal::CONT);
    }

    /// Ends it, and waits until it is gone.
    pub(crate) fn end(self) {
        let pid = self.0.pid();
        drop(self);
        eventually("the keyring is gone", LIMIT, || (!is_running(pid)).then_some(()));
    }
}
