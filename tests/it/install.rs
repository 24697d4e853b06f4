//! `install.sh`: installs, says what it does, can be run twice, and takes away only what is its own.
//!
//! It knows the script's arguments and messages, and builds nothing: the binary is the one under test, or a
//! stand-in script that writes down what it is asked.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{NUDGE, program};

/// A person's machine: a HOME of its own, whose path has a space in it.
struct Machine {
    folder: tempfile::TempDir,
}

/// What a run of the script said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir(machine.home()).unwrap();
        machine
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("a home")
    }

    fn prefix(&self) -> PathBuf {
        self.home().join("my prefix")
    }

    fn installed(&self) -> PathBuf {
        self.prefix().join("bin/nudge")
    }

    /// Runs the script from HOME, with `PATH` in front of the system's.
    fn run_with_path(&self, path: &str, arguments: &[&str]) -> Said {
        let done = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", format!("{path}/usr/bin:/bin"))
            .current_dir(self.home())
            .output()
            .expect("install.sh runs");
        let text = |bytes| String::from_utf8(bytes).expect("messages are UTF-8");
        Said { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with_path("", arguments)
    }

    /// Installs `binary` under the prefix, named from HOME.
    fn install(&self, binary: &str) -> Said {
        self.run(&["--binary", binary, "--prefix", "my prefix"])
    }

    fn uninstall(&self) -> Said {
        self.run(&["--uninstall", "--prefix=my prefix"])
    }

    /// A stand-in for nudge of version `version`, whose daemon answers `status`. It writes its arguments to HOME/asked.
    fn stand_in(&self, version: &str, status: &str) -> String {
        let path = self.home().join(format!("nudge {version}"));
        let script = format!(
            "#!/bin/sh\necho \"$NUDGE_NO_AUTOSTART $*\" >> \"$HOME/asked\"\n\
             case \"$1 $2\" in '--version ') echo 'nudge {version}' ;; 'daemon status') echo '{status}' ;; esac\n"
        );
        program(&path, script.as_bytes());
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.home().join("asked")).unwrap_or_default()
    }

    /// Every file under the prefix, by its path there.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.prefix()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(self.prefix()).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }
}

impl Said {
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "out: {}\nerr: {}", self.out, self.err);
        assert_eq!(self.err, "", "out: {}", self.out);
        self.out
    }

    #[track_caller]
    fn failed(self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        assert!(self.err.starts_with("error: ") && self.err.contains(message), "err: {}", self.err);
    }
}

#[test]
fn installs_the_binary_and_its_manifest() {
    let machine = Machine::new();
    let out = machine.install(NUDGE).ok();
    assert!(out.contains(&format!("as {}", machine.installed().display())), "{out}");
    assert_eq!(machine.files(), ["bin/nudge", "lib/nudge/manifest"]);
    assert_eq!(fs::metadata(machine.installed()).unwrap().mode() & 0o777, 0o755);
    assert!(fs::read(machine.installed()).unwrap() == fs::read(NUDGE).unwrap(), "the bytes differ");
    let version = Command::new(machine.installed()).arg("--version").env_clear().output().unwrap();
    assert!(version.status.success());
}

#[test]
fn the_prefix_is_local_by_default() {
    let machine = Machine::new();
    machine.run(&["--binary", NUDGE]).ok();
    assert!(machine.home().join(".local/bin/nudge").is_file());
    assert!(!machine.home().join(".local/share").exists(), "that is where the tasks are");
}

#[test]
fn a_second_run_changes_nothing() {
    let machine = Machine::new();
    machine.install(NUDGE).ok();
    let before = fs::metadata(machine.installed()).unwrap();
    let out = machine.install(NUDGE).ok();
    assert!(out.contains("already up to date"), "{out}");
    let after = fs::metadata(machine.installed()).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!(machine.files(), ["bin/nudge", "lib/nudge/manifest"]);
}

#[test]
fn an_upgrade_takes_another_inode_so_that_a_running_nudge_keeps_its_own() {
    let machine = Machine::new();
    machine.install(&machine.stand_in("1", "")).ok();
    let before = fs::metadata(machine.installed()).unwrap().ino();
    let out = machine.install(&machine.stand_in("2", "")).ok();
    assert!(out.contains("replaced") && out.contains("with nudge 2"), "{out}");
    assert!(!out.contains("daemon"), "none runs: {out}");
    assert_ne!(fs::metadata(machine.installed()).unwrap().ino(), before);
    assert_eq!(machine.files(), ["bin/nudge", "lib/nudge/manifest"], "nothing temporary stays");
}

#[test]
fn an_upgrade_says_what_becomes_of_the_older_daemon() {
    let machine = Machine::new();
    machine.install(&machine.stand_in("1", "{ \"autostarted\": true }")).ok();
    let out = machine.install(&machine.stand_in("2", "{\"autostarted\":false}")).ok();
    assert!(out.contains("the next command restarts it when it is idle"), "{out}");
    let out = machine.install(&machine.stand_in("3", "")).ok();
    assert!(out.contains("restart it where it was started"), "{out}");
    assert!(machine.asked().lines().all(|line| line.starts_with("1 ")), "a daemon may start: {}", machine.asked());
}

#[test]
fn uninstall_stops_the_daemon_and_keeps_all_that_is_not_its_own() {
    let machine = Machine::new();
    let tasks = machine.home().join(".local/share/nudge/nudge.db");
    fs::create_dir_all(tasks.parent().unwrap()).unwrap();
    fs::write(&tasks, "tasks").unwrap();
    machine.install(&machine.stand_in("1", "{\"pid\":1,\"autostarted\":true}")).ok();
    fs::write(machine.prefix().join("bin/other"), "").unwrap();
    let out = machine.uninstall().ok();
    assert!(machine.asked().contains("daemon stop"), "{}", machine.asked());
    assert!(out.contains("stopped the daemon") && out.contains("removed"), "{out}");
    assert!(out.contains(&format!("kept {}", tasks.parent().unwrap().display())), "{out}");
    assert_eq!(machine.files(), ["bin/other"]);
    assert_eq!(fs::read_to_string(tasks).unwrap(), "tasks");
    let out = machine.uninstall().ok();
    assert!(out.contains("nothing to remove"), "{out}");
}

#[test]
fn uninstall_leaves_a_daemon_that_somebody_started() {
    let machine = Machine::new();
    machine.install(&machine.stand_in("1", "{\"autostarted\":false}")).ok();
    let out = machine.uninstall().ok();
    assert!(out.contains("left running"), "{out}");
    assert!(!machine.asked().contains("daemon stop"), "{}", machine.asked());
}

#[test]
fn a_manifest_that_points_elsewhere_removes_nothing() {
    for hostile in ["../../victim", "/etc/hostname", "bin/../../victim", ""] {
        let machine = Machine::new();
        machine.install(NUDGE).ok();
        fs::write(machine.home().join("victim"), "").unwrap();
        fs::write(machine.prefix().join("lib/nudge/manifest"), format!("bin/nudge\n{hostile}\n")).unwrap();
        machine.uninstall().failed(1, "which is no file under");
        assert!(machine.installed().exists() && machine.home().join("victim").exists());
    }
}

#[test]
fn a_file_of_somebody_else_is_not_replaced() {
    let machine = Machine::new();
    fs::create_dir_all(machine.prefix().join("bin")).unwrap();
    fs::write(machine.installed(), "not ours").unwrap();
    machine.install(NUDGE).failed(1, "this script did not install it");
    assert_eq!(fs::read_to_string(machine.installed()).unwrap(), "not ours");
    machine.uninstall().ok();
    assert_eq!(machine.files(), ["bin/nudge"]);
}

#[test]
fn a_binary_that_does_not_run_leaves_the_old_one() {
    let machine = Machine::new();
    machine.install(NUDGE).ok();
    fs::write(machine.home().join("broken"), "\u{7f}ELF and no more").unwrap();
    machine.install("broken").failed(1, "does not run here");
    assert!(fs::read(machine.installed()).unwrap() == fs::read(NUDGE).unwrap());
    assert_eq!(machine.files(), ["bin/nudge", "lib/nudge/manifest"]);
    machine.install("no such file").failed(1, "is not a file");
}

#[test]
fn path_is_mentioned_only_when_it_lacks_the_folder() {
    let machine = Machine::new();
    let out = machine.install(NUDGE).ok();
    assert!(out.contains("is not in PATH. To add it:"), "{out}");
    let bin = format!("{}:", machine.prefix().join("bin").display());
    let out = machine.run_with_path(&bin, &["--binary", NUDGE, "--prefix", "my prefix"]).ok();
    assert!(!out.contains("PATH"), "{out}");
    fs::copy(machine.stand_in("0", ""), machine.home().join("nudge")).unwrap();
    let both = format!("{}:{bin}", machine.home().display());
    let out = machine.run_with_path(&both, &["--binary", NUDGE, "--prefix", "my prefix"]).ok();
    assert!(out.contains("another nudge comes first in PATH"), "{out}");
}

#[test]
fn wrong_arguments_are_exit_code_2_and_change_nothing() {
    let machine = Machine::new();
    let rows: &[(&[&str], &str)] = &[
        (&["--prefx", "x"], "`--prefx` is not an option"),
        (&["nudge"], "`nudge` is not an option"),
        (&["--prefix"], "`--prefix` needs a value"),
        (&["--prefix="], "is empty"),
        (&["--binary", "--dist"], "needs a value"),
        (&["--dist", "--binary", NUDGE], "give one of them"),
        (&["--uninstall", "--dist"], "goes with `--prefix` alone"),
    ];
    for (arguments, message) in rows {
        machine.run(arguments).failed(2, message);
    }
    assert_eq!(fs::read_dir(machine.home()).unwrap().count(), 0);
    assert!(machine.run(&["--help"]).ok().contains("Usage: ./install.sh"));
}
