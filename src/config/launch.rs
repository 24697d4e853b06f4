//! How this program was called, and how it is to be called again as the daemon.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::ClientConfig;
use super::environment::Environment;

/// A daemon to be started: which file, with which arguments, in which environment.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The file to run: the one that runs now.
    pub program: PathBuf,
    /// The arguments after its name.
    pub arguments: Vec<OsString>,
    /// The whole environment; nothing else of the caller's is to pass on.
    pub environment: Vec<(OsString, OsString)>,
}

/// What passes on to the daemon. The rest of a caller's environment may hold secrets, and would stay for weeks.
const KEPT: [&str; 13] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "SHELL",
    "LANG",
    "TZ",
    "TZDIR",
    "RUST_BACKTRACE",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "TMPDIR",
];

/// The beginnings of further names that pass on, and what a coverage run needs.
const KEPT_PREFIXES: [&str; 4] = ["LC_", "XDG_", "NUDGE_", "LLVM_PROFILE_FILE"];

/// What does not pass on in spite of its beginning: a token, and what it is for, is the caller's own, and the socket
/// is an argument.
const DROPPED: [&str; 6] = ["NUDGE_TOKEN", "NUDGE_SOCKET", "NUDGE_SERVER", "NUDGE_PROFILE", "NUDGE_CA", "NUDGE_ZONE"];

/// The variable that names the daemon's file of settings.
pub(super) const DAEMON_FILE: &str = "NUDGE_DAEMON_CONFIG";

impl ClientConfig {
    /// Returns how to start this very build as the daemon for the same folders and socket.
    ///
    /// # Errors
    /// When the running program's file can't be found.
    pub fn launch(&self) -> io::Result<Launch> {
        let mut arguments: Vec<OsString> = ["daemon", "run", "--autostarted"].map(OsString::from).into();
        if self.socket != self.paths.socket() {
            arguments.extend(["--socket".into(), self.socket.clone().into_os_string()]);
        }
        Ok(Launch {
            program: std::env::current_exe()?,
            arguments,
            environment: environment(self, &Environment::of_process()),
        })
    }
}

fn environment(config: &ClientConfig, env: &Environment) -> Vec<(OsString, OsString)> {
    let mut kept: Vec<(OsString, OsString)> =
        env.all().filter(|(name, _)| passes(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    // A relative one would mean another place in the daemon, whose folder is `/`.
    let file = env.path(DAEMON_FILE).and_then(|file| std::path::absolute(file).ok()).map(|file| (DAEMON_FILE, file));
    for (name, path) in config.paths.overrides().map(|(name, path)| (name, path.clone())).chain(file) {
        kept.retain(|(other, _)| other != name);
        kept.push((name.into(), path.into_os_string()));
    }
    kept
}

fn passes(name: &OsStr) -> bool {
    let fits = |list: &[&str]| list.iter().any(|&other| name == other);
    let begins = KEPT_PREFIXES.iter().any(|prefix| name.as_bytes().starts_with(prefix.as_bytes()));
    (fits(&KEPT) || begins) && !fits(&DROPPED)
}

/// Says how the command was called, so that a hint can be typed as it stands.
pub(super) fn program(argv0: &OsStr, env: &Environment) -> String {
    if env.get("CARGO").is_some()
        && env.get("CARGO_PKG_NAME").is_some_and(|name| name == "nudge")
        && let Some(run) = std::env::current_exe().ok().as_deref().and_then(cargo_run)
    {
        return run;
    }
    if !argv0.as_bytes().contains(&b'/') {
        return "nudge".to_owned();
    }
    let typed = argv0.to_string_lossy();
    if typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+~@%:,".contains(&byte)) {
        return typed.into_owned();
    }
    format!("'{}'", typed.replace('\'', r"'\''"))
}

/// Says how cargo would run the file, if it lies where cargo builds.
fn cargo_run(exe: &Path) -> Option<String> {
    let profile = exe.parent()?;
    if profile.parent()?.file_name()? != "target" {
        return None;
    }
    match profile.file_name()?.to_str()? {
        "debug" => Some("cargo run --".to_owned()),
        "release" => Some("cargo run --release --".to_owned()),
        other => Some(format!("cargo run --profile {other} --")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_shows_the_command_as_it_was_typed() {
        let none = Environment::default();
        assert_eq!(program(OsStr::new("nudge"), &none), "nudge");
        assert_eq!(program(OsStr::new("/opt/bin/nudge"), &none), "/opt/bin/nudge");
        assert_eq!(program(OsStr::new("./it's here/nudge"), &none), r"'./it'\''s here/nudge'");
        assert_eq!(program(OsStr::new(""), &none), "nudge");
    }

    #[test]
    fn a_build_by_cargo_is_run_by_cargo() {
        let run = |exe: &str| cargo_run(Path::new(exe));
        assert_eq!(run("/src/target/release/nudge").as_deref(), Some("cargo run --release --"));
        assert_eq!(run("/src/target/debug/nudge").as_deref(), Some("cargo run --"));
        assert_eq!(run("/src/target/dist/nudge").as_deref(), Some("cargo run --profile dist --"));
        assert_eq!(run("/usr/bin/nudge"), None);
        assert_eq!(run("nudge"), None);
    }

    #[test]
    fn secrets_and_strange_variables_stay_with_the_caller() {
        for kept in ["HOME", "LC_TIME", "XDG_DATA_HOME", "NUDGE_LOG", "TZ"] {
            assert!(passes(OsStr::new(kept)), "{kept}");
        }
        let others = ["AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "LISTEN_FDS", "HOMEX"];
        for dropped in DROPPED.into_iter().chain(others) {
            assert!(!passes(OsStr::new(dropped)), "{dropped}");
        }
    }

    #[test]
    fn the_daemon_finds_a_file_that_was_named_from_another_folder() {
        let env = Environment::from([("HOME", "/home/ada"), (DAEMON_FILE, "sub/daemon.toml"), ("NUDGE_LOG", "debug")]);
        let config = crate::config::client::resolve(&crate::config::Flags::default(), OsStr::new("nudge"), &env);
        let kept = environment(&config.expect("resolved"), &env);
        let (_, file) = kept.iter().find(|(name, _)| name == DAEMON_FILE).expect("passed on");
        assert!(Path::new(file).is_absolute() && Path::new(file).ends_with("sub/daemon.toml"));
        assert_eq!(kept.len(), 3);
    }
}
