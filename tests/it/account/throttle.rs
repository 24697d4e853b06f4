//! Guessing passwords takes longer and longer, also over a crash of the daemon. About 5 s, most of them that wait.

use std::time::Duration;

use serde_json::json;

use super::{JSON, OTHER_PASSWORD, PASSWORD, device_of, login, piped};
use crate::support::{Home, Reply, eventually};

const EVE: &str = "eve@example.org";

fn guess(home: &Home, email: &str) -> Reply {
    let body = json!({ "email": email, "password": OTHER_PASSWORD }).to_string();
    home.http().call("POST", "/v1/auth/login", &[JSON], body.as_bytes())
}

/// Guesses once more, as soon as that is allowed.
fn guess_again(home: &Home) {
    let guessed = || Some(guess(home, EVE)).filter(|reply| reply.status != 429);
    eventually("the wait is over", Duration::from_secs(10), guessed).expect(401);
}

#[test]
fn failures_are_counted_over_a_crash_and_the_right_password_waits_too() {
    let home = Home::new();
    home.start();
    piped(&home, &["user", "add", EVE], &[PASSWORD]).ok();
    for _ in 0..5 {
        assert_eq!(guess(&home, EVE).expect(401).problem(), "unauthenticated");
    }
    // Then 1 s, and 2 s: longer than any restart is what is wanted below.
    guess_again(&home);
    guess_again(&home);
    home.kill_daemon();
    home.start();
    let reply = guess(&home, EVE).expect(429);
    assert_eq!(reply.problem(), "too_many_requests");
    let wait: u64 = reply.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((1..=4).contains(&wait), "{wait}");
    let device = device_of(&home);
    let problem = piped(&device, &["login", EVE, "--json"], &[PASSWORD]).fails(6).problem();
    assert_eq!(problem["code"], "too_many_requests", "whatever the password");
    assert_eq!(guess(&home, "nobody@example.org").status, 429, "who guesses waits at every account");
    home.nudge(&["add", "one"]).ok();

    eventually("the wait is over", Duration::from_secs(20), || (guess(&home, EVE).status != 429).then_some(()));
    home.nudge(&["user", "ls"]).ok();
    login(&device, EVE, PASSWORD).fails(6).hinted();
}
