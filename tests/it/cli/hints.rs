//! A hint can be typed as it stands: it shows the command the way that it was called. About 1 s.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use crate::support::{Home, NUDGE, Said};

/// Runs a usage error of the binary at `program`, called by the name `typed`.
fn called(home: &Home, program: &str, typed: &str, cargo: bool) -> Said {
    let mut command = home.command(program);
    command.arg0(typed).args(["done"]);
    if cargo {
        command.env("CARGO", "/usr/bin/cargo").env("CARGO_PKG_NAME", "nudge");
    }
    home.run(command, b"").fails(2)
}

/// Puts the binary where cargo would have built it.
fn built(home: &Home, profile: &str) -> String {
    let folder = home.path().join("target").join(profile);
    fs::create_dir_all(&folder).expect("a folder");
    let binary = folder.join("nudge");
    if fs::hard_link(NUDGE, &binary).is_err() {
        fs::copy(NUDGE, &binary).expect("a copy");
    }
    binary.to_str().expect("the path is UTF-8").to_owned()
}

#[test]
fn the_command_is_shown_as_it_was_typed() {
    let home = Home::new();
    called(&home, NUDGE, "nudge", false).says("`nudge done 12`").says("`nudge ls`");
    called(&home, NUDGE, "./bin/nudge", false).says("`./bin/nudge done 12`");
    called(&home, NUDGE, "/opt/my tools/nudge", false).says("`'/opt/my tools/nudge' done 12`");
    // On the PATH under another name it would not be found by the path that the kernel saw.
    called(&home, NUDGE, "n", false).says("`nudge done 12`");
}

#[test]
fn under_cargo_run_it_is_cargos_command() {
    let home = Home::new();
    let (debug, release) = (built(&home, "debug"), built(&home, "release"));
    called(&home, &debug, &debug, true).says("`cargo run -- done 12`");
    called(&home, &release, &release, true).says("`cargo run --release -- done 12`");
    called(&home, &release, &release, false).says(&format!("`{release} done 12`"));
}

#[test]
fn hints_of_the_daemon_are_filled_in_too() {
    let home = Home::new();
    home.add(&["a"]);
    let mut command = home.command(NUDGE);
    command.arg0("./nudge").args(["add", " "]);
    let said = home.run(command, b"").fails(7).says("./nudge add");
    assert!(!said.err.contains("{nudge}"), "{said}");
    assert!(Path::new(NUDGE).is_file());
}
