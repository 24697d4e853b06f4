//! The daemon's file of settings: found where it is said to be, refused at its line, and documented as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::support::{Foreground, Home, NUDGE, Server, eventually};

#[test]
fn a_mistake_is_refused_at_its_line() {
    let home = Home::new();
    for (text, place, about) in [
        ("# mine\n[tcp]\nlisten_on = \"127.0.0.1:0\"\n", "daemon.toml:3:", "listen_on"),
        ("[limit]\nburst = 1\n", "daemon.toml:1:", "limits"),
        ("[limits]\n\nburst = \"many\"\n", "daemon.toml:3:", "many"),
        ("[limits]\nburst = 0\n", "daemon.toml:2:", "0"),
        ("[accounts]\nsign_up = \"ajar\"\n", "daemon.toml:2:", "ajar"),
        ("[tcp]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", "daemon.toml:2:", "0.0.0.0/0"),
        ("[tcp\n", "daemon.toml:1:", ""),
    ] {
        let file = home.settings(text);
        home.nudge(&["daemon", "run"]).fails(2).hinted().says(place).says(about);
        // A command that would start the daemon tells it itself.
        home.nudge(&["ls"]).fails(6).hinted().says(place).says(about);
        home.nudge(&["daemon", "start"]).fails(2).hinted().says(place).says(about);
        assert!(home.log().contains(place), "{}: {}", file.display(), home.log());
    }
    assert!(!home.database().exists());
}

#[test]
fn a_daemon_is_not_stopped_for_settings_with_which_none_would_start() {
    let home = Home::new();
    let before = home.start();
    home.settings("[limits]\nburst = 0\n");
    home.nudge(&["daemon", "restart"]).fails(2).hinted().says("daemon.toml:2:");
    assert_eq!(home.start()["pid"], before["pid"], "and it goes on");
}

#[test]
fn a_file_that_others_may_change_is_not_believed() {
    let home = Home::new();
    let file = home.settings("[log]\nfilter = \"debug\"\n");
    for mode in [0o664, 0o646] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("ours");
        home.nudge(&["daemon", "run"]).fails(2).hinted().says("daemon.toml").says("others may write");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("ours");
    home.start();
}

#[test]
fn the_file_is_where_a_flag_or_a_variable_says() {
    let text = "[tcp]\nlisten = \"127.0.0.1:0\"\n";
    let is_reached = |home: &Home, arguments: &[&str]| {
        let mut command = home.command(NUDGE);
        let _daemon = Foreground::start({
            Foreground::silent(command.args(["daemon", "run"]).args(arguments));
            command
        });
        let info = eventually("the daemon is ready", Duration::from_secs(20), || home.status());
        info["tcp"].is_string()
    };
    let home = Home::new();
    fs::write(home.path().join("mine.toml"), text).expect("written");
    fs::set_permissions(home.path().join("mine.toml"), Permissions::from_mode(0o600)).expect("ours");
    assert!(is_reached(&home, &["--config", "mine.toml"]), "by the flag");
    let home = home.with("NUDGE_DAEMON_CONFIG", "mine.toml");
    assert!(is_reached(&home, &[]), "by the variable");
    assert!(home.start()["tcp"].is_string(), "a daemon that a command starts has it too");
    home.nudge(&["daemon", "stop"]).ok();
    home.nudge(&["daemon", "run", "--config", "none.toml"]).fails(2).hinted().says("none.toml");
}

#[test]
fn the_documented_file_is_taken_as_it_stands() {
    let text = include_str!("../../../docs/daemon.toml");
    let server = Server::start(text);
    server.http().call("GET", "/readyz", &[], b"").expect(200);
    let shown = |line: &&str| line.starts_with("# listen = \"127.0.0.1:7711\"");
    assert_eq!(text.lines().filter(shown).count(), 1, "it documents where it listens");
}
