//! A sign-in by password goes on by refresh tokens: shared by many commands, over a crash, and not by a thief.

use serde_json::{Value, json};

use super::{EMAIL, JSON, PASSWORD, device_of, document, login, sign_up, spoil_access_token, token_file};
use crate::support::{Home, Reply};

/// What shows the refresh token of a device's sign-in.
fn refresh_token(device: &Home) -> String {
    document(&token_file(device, "refresh"))["refresh_token"].as_str().expect("a token").to_owned()
}

fn refresh(home: &Home, token: &str) -> Reply {
    home.http().call("POST", "/v1/auth/refresh", &[JSON], json!({ "refresh_token": token }).to_string().as_bytes())
}

fn member(reply: Reply, name: &str) -> String {
    reply.expect(200).json()[name].as_str().expect("a text").to_owned()
}

fn signed_up() -> (Home, Home) {
    let home = Home::new();
    home.add(&["one"]);
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    (home, device)
}

#[test]
fn fifty_commands_share_one_that_has_ended_and_all_go_on() {
    let (home, device) = signed_up();
    let first = refresh_token(&device);
    spoil_access_token(&device);
    let script = "for n in $(seq 50); do (\"$nudge\" count || echo \"failed with $?\") & done; wait";
    let said = device.sh(script).ok();
    assert_eq!(said.out, "1\n".repeat(50), "{said}");
    assert_eq!(said.err, "", "{said}");
    assert_ne!(refresh_token(&device), first, "it was renewed");
    if let Some(generation) = home.sql("SELECT generation FROM sessions WHERE kind = 'password'") {
        let generation: u64 = generation.parse().expect("a number");
        assert!(generation <= 3, "renewed once or a few times, not {generation}");
    }
    // The session stands, and its refresh token counts.
    spoil_access_token(&device);
    assert_eq!(device.numbers(&[]), [1]);
    assert_eq!(device.nudge(&["sessions", "-q"]).text().lines().count(), 2);
}

#[test]
fn an_answer_that_was_lost_in_a_crash_is_given_again() {
    let (home, device) = signed_up();
    // As if the device had asked and never heard.
    refresh(&home, &refresh_token(&device)).expect(200);
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let signed = home.http().call("POST", "/v1/auth/login", &[JSON], body.as_bytes()).expect(200).json();
    assert_eq!((&signed["token_type"], &signed["expires_in"]), (&Value::from("Bearer"), &Value::from(900)));
    let first = signed["refresh_token"].as_str().expect("a token");
    let second = member(refresh(&home, first), "refresh_token");
    home.kill_daemon();
    home.start();
    spoil_access_token(&device);
    assert_eq!(device.numbers(&[]), [1], "the device goes on");
    assert_eq!(member(refresh(&home, first), "refresh_token"), second, "the same successor");
    let third = refresh(&home, &second).expect(200).json();
    let text = |name: &str| third[name].as_str().expect("a text").to_owned();
    let bearer = format!("Bearer {}", text("access_token"));
    home.http().call("GET", "/v1/me", &[("authorization", &bearer)], b"").expect(200);

    // Used up: its successor was used. Whoever has it now stole it, or was stolen from.
    let reply = refresh(&home, first);
    assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthenticated"));
    assert_eq!(refresh(&home, &text("refresh_token")).status, 401, "the whole family");
    home.http().call("GET", "/v1/me", &[("authorization", &bearer)], b"").expect(401);
    assert_eq!(home.numbers(&[]), [1], "the uid's session is another");
}

#[test]
fn a_thief_that_comes_too_late_ends_the_sign_in_and_the_owner_is_told() {
    let (home, device) = signed_up();
    let stolen = refresh_token(&device);
    for _ in 0..2 {
        spoil_access_token(&device);
        assert_eq!(device.numbers(&[]), [1]);
    }
    assert_eq!(refresh(&home, &stolen).expect(401).problem(), "unauthenticated");
    let said = device.nudge(&["ls"]).fails(3).hinted();
    assert!(said.err.contains("login --profile "), "{said}");
    assert!(!said.err.contains(&stolen), "{said}");
    device.nudge(&["ls"]).fails(3).hinted();
    let trail = home.nudge(&["account", "audit", "--json"]).json();
    let events: Vec<&str> =
        trail["items"].as_array().expect("a list").iter().filter_map(|one| one["event"].as_str()).collect();
    assert!(events.contains(&"refresh_replayed"), "{events:?}");
    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!(device.numbers(&[]), [1]);
}

#[test]
fn what_is_no_refresh_token_is_refused() {
    let (home, device) = signed_up();
    let access = document(&token_file(&device, "json"))["access_token"].as_str().expect("a token").to_owned();
    let good = refresh_token(&device);
    let flipped: String = good.chars().rev().collect();
    for wrong in [
        "",
        "x",
        "nudge_rt_",
        "é",
        &access,
        &flipped,
        &format!("{good}x"),
        &good[..good.len() - 1],
        &"x".repeat(100_000),
    ] {
        let reply = refresh(&home, wrong);
        assert!([401, 413, 422].contains(&reply.status), "{wrong:.20}: {}", reply.text());
        assert!(wrong.len() < 8 || !reply.text().contains(wrong), "{wrong:.20} is shown");
    }
    let as_bearer = format!("Bearer {good}");
    home.http().call("GET", "/v1/me", &[("authorization", &as_bearer)], b"").expect(401);
    refresh(&home, &good).expect(200);
}
