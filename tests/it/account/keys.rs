//! The signing key is replaced, and nobody has to sign in for it.

use std::fs;

use super::{EMAIL, PASSWORD, device_of, login, sign_up};
use crate::support::Home;

/// How many keys lie there beside the one that signs.
fn retired(home: &Home) -> usize {
    let names = fs::read_dir(home.data().join("keys")).expect("the keys are a folder of their own");
    let names = names.map(|file| file.expect("listed").file_name().into_string().expect("plain text"));
    names.filter(|name| name.starts_with("signing-")).count()
}

fn status_of(home: &Home, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    home.http().call("GET", "/v1/tasks", &[("authorization", &bearer)], b"").status
}

#[test]
fn many_rotations_at_once_end_with_one_key_and_lose_no_token() {
    let home = Home::new();
    home.add(&["one"]);
    let token = home.bearer();
    let rotated: Vec<String> = std::thread::scope(|scope| {
        let rotate = || home.nudge(&["daemon", "rotate-key", "--json"]).json()["kid"].to_string();
        let running: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
        running.into_iter().map(|one| one.join().expect("answered")).collect()
    });
    assert!((1..8).all(|at| !rotated[..at].contains(&rotated[at])), "{rotated:?}");
    assert_eq!((retired(&home), status_of(&home, &token)), (8, 200));
    let last = home.bearer();
    home.nudge(&["daemon", "restart"]).ok();
    assert_eq!((status_of(&home, &token), status_of(&home, &last)), (200, 200), "the file has the key of the memory");
}

#[test]
fn commands_go_on_and_tokens_of_the_old_key_count_until_they_end_or_are_revoked() {
    let home = Home::new();
    home.add(&["one"]);
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    let go_on = || assert_eq!((home.numbers(&[]), device.numbers(&[])), (vec![1], vec![1]));
    let old = home.bearer();
    let key = home.data().join("keys/signing.pk8");
    let before = fs::read(&key).expect("a key");

    let said = home.nudge(&["daemon", "rotate-key"]).ok();
    assert!(said.out.starts_with("tokens are signed with the key ") && said.err.contains("count until"), "{said}");
    assert_ne!(fs::read(&key).expect("a key"), before);
    assert_eq!((retired(&home), status_of(&home, &old)), (1, 200), "kept until its tokens have ended");
    go_on();
    home.nudge(&["daemon", "restart"]).ok();
    assert_eq!((retired(&home), status_of(&home, &old)), (1, 200), "over a restart too");
    go_on();

    let between = home.bearer();
    let answer = home.nudge(&["daemon", "rotate-key", "--revoke-old", "--json"]).json();
    assert!(answer["kid"].is_string() && answer["old_until"].is_string(), "{answer}");
    assert_eq!(retired(&home), 0);
    assert_eq!((status_of(&home, &old), status_of(&home, &between)), (401, 401), "from the next request on");
    go_on();
    home.kill_daemon();
    home.start();
    assert_eq!((status_of(&home, &old), status_of(&home, &between)), (401, 401));
    go_on();
    assert_eq!(home.nudge(&["sessions", "-q"]).text().lines().count(), 2, "no session has ended");
}
