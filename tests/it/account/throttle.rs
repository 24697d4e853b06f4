//! Guessing passwords takes longer and longer, also over a crash of the daemon.

use serde_json::json;

use super::{JSON, OTHER_PASSWORD, PASSWORD, device_of, login, piped};
use crate::support::{Home, Reply, skip};

const EVE: &str = "eve@example.org";

fn guess(home: &Home, email: &str) -> Reply {
    let body = json!({ "email": email, "password": OTHER_PASSWORD }).to_string();
    home.http().call("POST", "/v1/auth/login", &[JSON], body.as_bytes())
}

#[test]
fn failures_are_counted_over_a_crash_and_the_right_password_waits_too() {
    let home = Home::new();
    home.start();
    piped(&home, &["user", "add", EVE], &[PASSWORD]).ok();
    for _ in 0..5 {
        assert_eq!(guess(&home, EVE).expect(401).problem(), "unauthenticated");
    }
    home.kill_daemon();
    let Some(counted) = home.sql("SELECT failures FROM sign_in_failures") else {
        skip("account::throttle", "`sqlite3` is not installed");
        return;
    };
    assert_eq!(counted, "5\n5", "of the account and of the peer, each before its answer");
    // Of five failures the wait is one second; a restart may take longer.
    home.sql("UPDATE sign_in_failures SET failures = 12");
    home.start();
    let reply = guess(&home, EVE).expect(429);
    assert_eq!(reply.problem(), "too_many_requests");
    let wait: u64 = reply.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((64..=128).contains(&wait), "{wait}");
    let device = device_of(&home);
    let problem = piped(&device, &["login", EVE, "--json"], &[PASSWORD]).fails(6).problem();
    assert_eq!(problem["code"], "too_many_requests", "whatever the password");
    assert_eq!(guess(&home, "nobody@example.org").status, 429, "who guesses waits at every account");
    home.nudge(&["add", "one"]).ok();

    home.kill_daemon();
    home.sql("UPDATE sign_in_failures SET last_at = last_at - 128000000");
    login(&device, EVE, PASSWORD).fails(6).hinted();
    home.start();
    login(&device, EVE, PASSWORD).ok();
}
