//! One daemon for all users of a machine: who is who, and who administrates. Needs root, to act as other users.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::{Foreground, Home, NUDGE, Said, eventually, on_path, skip};

/// Users that Debian always has.
const MEMBER: (&str, u32) = ("games", 5);
const OTHER: (&str, u32) = ("man", 6);

/// What one user of the machine types.
fn as_user(home: &Home, nudge: &Path, (_, uid): (&str, u32), arguments: &[&str]) -> Said {
    let own = home.path().join(format!("of-{uid}"));
    fs::create_dir_all(&own).expect("a folder");
    std::os::unix::fs::chown(&own, Some(uid), None).expect("we are root");
    let mut command = home.command("setpriv");
    command.args([format!("--reuid={uid}"), format!("--regid={}", group_of(uid))]).arg("--clear-groups");
    command.arg("env").arg(format!("HOME={}", own.display())).arg(nudge);
    command.arg("--socket").arg(home.path().join("open.sock")).args(arguments);
    home.run(command, b"")
}

/// The group that a user has for itself.
fn group_of(uid: u32) -> String {
    let said = Command::new("id").args(["-g", &uid.to_string()]).output().expect("`id` is there");
    String::from_utf8(said.stdout).expect("a number").trim().to_owned()
}

#[test]
fn each_user_has_an_account_and_the_named_group_administrates() {
    if !rustix::process::geteuid().is_root() || !on_path("setpriv") {
        return skip("system_mode", "it needs root and `setpriv`, to act as other users of the machine");
    }
    let home = Home::new();
    // Where all can reach it: the socket, and a copy of the program.
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).expect("ours");
    let nudge = home.path().join("nudge");
    fs::copy(NUDGE, &nudge).expect("copied");
    let folder = home.path().join(".config/nudge");
    fs::create_dir_all(&folder).expect("a folder");
    let settings = format!("[accounts]\nsystem = true\nadmin_group = \"{}\"\n", MEMBER.0);
    fs::write(folder.join("daemon.toml"), settings).expect("written");
    let mut command = home.command(NUDGE);
    Foreground::silent(command.args(["daemon", "run", "--socket"]).arg(home.path().join("open.sock")));
    let _daemon = Foreground::start(command);
    let of = |user, arguments: &[&str]| as_user(&home, &nudge, user, arguments);
    eventually("the daemon answers", Duration::from_secs(20), || (of(MEMBER, &["ls"]).code == Some(0)).then_some(()));

    of(MEMBER, &["add", "theirs"]).ok();
    of(OTHER, &["add", "mine"]).ok();
    assert_eq!(of(MEMBER, &["ls", "-q"]).text(), "1");
    assert!(of(OTHER, &["ls"]).text().contains("mine"), "each sees their own");
    assert!(!of(OTHER, &["export"]).out.contains("theirs"));
    of(OTHER, &["user", "ls"]).fails(3).says("administrator");
    let users = of(MEMBER, &["user", "ls"]).text();
    assert!(users.contains("5 (games)") && users.contains("6 (man)"), "{users}");
    let [id] = &of(OTHER, &["whoami", "-q"]).text().lines().map(str::to_owned).collect::<Vec<_>>()[..] else {
        unreachable!("one id")
    };
    of(MEMBER, &["user", "disable", id]).ok();
    of(OTHER, &["ls"]).fails(3).hinted();
    of(MEMBER, &["user", "enable", id]).ok();
    of(OTHER, &["ls"]).ok();
    of(MEMBER, &["daemon", "stop"]).fails(3).says("own user");
}
