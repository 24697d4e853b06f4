//! The real keyring, and each way in which it can be missing: a sign-in is kept where that was said, no command hangs,
//! and no sign-in moves from one place to the other by itself.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use crate::support::{Bus, Home, Keyring, Said, Server, eventually};

use super::fake::Fake;
use super::{EMAIL, PASSWORD};

/// The keyring's patience of 2 s, and what a busy machine adds.
const MOMENT: Duration = Duration::from_secs(8);

/// A server that lets everybody in, for what is about the store alone.
fn anybodys() -> Fake {
    let answer = r#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":900,"refresh_token":"nudge_rt_SECRET",
        "account":"0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000","zone":"UTC","email":"ada@example.org","count":1}"#;
    Fake::start("200 OK", "", answer)
}

/// Runs something that has to end soon.
#[track_caller]
fn soon(run: impl FnOnce() -> Said) -> Said {
    let begun = Instant::now();
    let said = run();
    assert!(begun.elapsed() < MOMENT, "after {:?}: {said}", begun.elapsed());
    said
}

/// Asserts that no file of a home holds the refresh token.
#[track_caller]
fn no_file_holds_it(home: &Home) {
    let said = home.sh("grep -rls nudge_rt_ .local .config .cache; true").ok();
    assert_eq!(said.out, "", "{said}");
}

#[test]
fn the_keyring_keeps_the_sign_in_and_it_stays_there() {
    let Some((_bus, home)) = Bus::start(Home::new(), "the_keyring_keeps_the_sign_in_and_it_stays_there") else {
        return;
    };
    let server = Server::start("");
    server.add_user(EMAIL, PASSWORD);
    let keyring = Keyring::unlocked(&home, "of the keyring");
    home.sign_in(&server.url(), &["--profile", "p"], EMAIL, PASSWORD).ok().says("system's keyring");
    assert!(!home.refresh("p").exists());
    no_file_holds_it(&home);
    home.expire("p");
    home.add(&["renewed", "from", "the", "keyring"]);
    home.expire("p");
    assert!(home.nudge(&["whoami"]).text().contains("keyring"), "and once more, with the successor");
    no_file_holds_it(&home);

    home.expire("p");
    keyring.freeze();
    soon(|| home.nudge(&["ls"])).fails(1).says("does not answer").says("login --profile p --store file");
    keyring.thaw();
    assert_eq!(home.nudge(&["count"]).text(), "1", "all is well again");
    keyring.end();
    home.expire("p");
    soon(|| home.nudge(&["ls"])).fails(1).hinted().says("no keyring runs");
    let keyring = Keyring::locked(&home);
    soon(|| home.nudge(&["ls"])).fails(1).hinted().says("locked");
    keyring.end();
    assert!(!home.refresh("p").exists(), "nothing moved to a file by itself");
    let _keyring = Keyring::unlocked(&home, "of the keyring");
    assert_eq!(home.nudge(&["count"]).text(), "1");
    home.nudge(&["logout"]).ok();
    home.nudge(&["ls"]).fails(3).hinted();
}

#[test]
fn a_locked_keyring_is_passed_over_and_said() {
    let Some((_bus, home)) = Bus::start(Home::new(), "a_locked_keyring_is_passed_over_and_said") else { return };
    Keyring::unlocked(&home, "of the keyring").end();
    let _keyring = Keyring::locked(&home);
    let server = anybodys();
    let login = |more: &[&str]| soon(|| home.sign_in(&server.url(), more, EMAIL, PASSWORD));
    login(&["--profile", "k", "--store", "keyring"]).fails(1).hinted().says("locked");
    assert!(server.received().is_empty(), "the store is tried before the password goes out");
    login(&["--profile", "f"]).ok().says("kept in a file").says("the keyring is locked");
    assert!(home.refresh("f").exists());
    // The choice is remembered, and said once.
    let said = login(&["--profile", "f"]).ok();
    assert!(!said.err.contains("locked"), "{said}");
}

#[test]
fn a_keyring_that_never_answers_is_not_waited_for() {
    let Some((bus, home)) = Bus::start(Home::new(), "a_keyring_that_never_answers_is_not_waited_for") else { return };
    let server = anybodys();
    // A bus on which nobody is a keyring.
    let login = |more: &[&str]| soon(|| home.sign_in(&server.url(), more, EMAIL, PASSWORD));
    login(&["--profile", "k", "--store", "keyring"]).fails(1).hinted().says("no keyring runs here");
    login(&["--profile", "none"]).ok().says("kept in a file").says("no keyring runs here");
    // One that is started for whoever asks, and then is silent.
    bus.add_silent_keyring();
    let demanded = || login(&["--profile", "k", "--store", "keyring"]);
    let known = || Some(demanded()).filter(|said| said.err.contains("no keyring answers"));
    eventually("the bus knows of it", Duration::from_secs(20), known).fails(1).hinted();
    login(&["--profile", "silent"]).ok().says("kept in a file").says("no keyring answers within 2 s");
    login(&["--profile", "file", "--store", "file"]).ok();
    assert!(home.refresh("silent").exists() && home.refresh("file").exists());
}

#[test]
fn without_a_bus_a_file_keeps_the_sign_in_and_that_is_said_once() {
    let home = Home::new();
    let server = anybodys();
    let login = |more: &[&str]| home.sign_in(&server.url(), &[more, &["--profile", "p"]].concat(), EMAIL, PASSWORD);
    login(&["--store", "keyring"]).fails(1).hinted().says("there is no session bus");
    login(&[]).ok().says("kept in a file").says("there is no session bus");
    let said = login(&[]).ok();
    assert!(!said.err.contains("bus"), "{said}");
    let text = std::fs::read_to_string(home.refresh("p")).expect("the file");
    assert!(text.contains("nudge_rt_SECRET") && text.contains(&server.url()), "bound to its server: {text}");
    home.expire("p");
    std::fs::set_permissions(home.refresh("p"), std::fs::Permissions::from_mode(0o644)).expect("ours");
    home.nudge(&["count"]).fails(1).hinted().says("p.refresh");
    std::fs::set_permissions(home.refresh("p"), std::fs::Permissions::from_mode(0o600)).expect("ours");
    home.nudge(&["count"]).ok();
    // A bus that is gone is no bus.
    let home = home.with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let login = home.sign_in(&server.url(), &["--profile", "q"], EMAIL, PASSWORD).ok();
    login.says("kept in a file").says("there is no session bus");
    home.nudge(&["login", EMAIL, "--store", "drawer"]).fails(2);
}
