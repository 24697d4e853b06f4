//! Accounts from their administrator's side: added, disabled, let in again, limited, and never looked into.

use serde_json::Value;

use super::{OTHER_PASSWORD, PASSWORD, device_of, login, other_account, piped};
use crate::support::Home;

const EVE: &str = "eve@example.org";

fn users(home: &Home) -> Vec<Value> {
    home.nudge(&["user", "ls", "--json"]).json()["items"].as_array().expect("a list").clone()
}

#[test]
fn one_is_added_with_a_password_that_is_shown_once() {
    let home = Home::new();
    home.start();
    let said = home.nudge(&["user", "add", EVE]).ok();
    let password = said.out.trim_end();
    assert!(password.len() >= 16 && said.err.contains("added eve@example.org"), "{said}");
    assert!(!said.err.contains(password) && !home.log().contains(password), "{said}");
    let eve = device_of(&home);
    login(&eve, EVE, password).ok();
    eve.add(&["a secret plan"]);
    home.add(&["mine"]);
    assert_eq!((eve.numbers(&[]), home.numbers(&[])), (vec![1], vec![1]), "each has a list of their own");

    home.nudge(&["user", "add", "Eve@Example.ORG"]).fails(5).hinted();
    home.nudge(&["user", "add", "nobody"]).fails(2).hinted();
    home.nudge(&["user", "add", "no body@example.org"]).fails(7);
    let made = home.nudge(&["user", "add", "grace@example.org", "--zone", "Europe/Berlin", "--json"]).json();
    assert!(made["password"].is_string() && made["user"]["email"] == "grace@example.org", "{made}");
    home.nudge(&["user", "add", "x@example.org", "--zone", "Mars/Base"]).fails(7);

    let all = users(&home);
    assert_eq!(all.len(), 3, "{all:?}");
    let listed = all.iter().find(|user| user["email"] == EVE).expect("she is listed");
    assert_eq!(listed["quotas"]["tasks"]["used"], 1);
    let text = home.nudge(&["user", "ls"]).text();
    assert!(text.contains(EVE) && !text.contains("secret plan"), "{text}");
    assert_eq!(home.nudge(&["user", "ls", "-q"]).text().lines().count(), 3);
    let said = home.nudge(&["user", "ls", "--limit", "1"]).ok();
    assert!(said.out.lines().count() == 2 && said.err.contains("--limit all"), "{said}");
}

#[test]
fn one_that_is_disabled_or_reset_is_out_at_once_and_keeps_its_tasks() {
    let home = Home::new();
    let eve = other_account(&home, EVE);
    eve.add(&["hers"]);
    let token = eve.nudge(&["token", "add", "script", "--scope", "tasks:read"]).ok().out;
    let by_token = |code| {
        let script = format!("NUDGE_TOKEN={} \"$nudge\" count", token.trim_end());
        assert_eq!(eve.sh(&script).code, Some(code));
    };
    let said = home.nudge(&["user", "disable", EVE]).ok();
    assert!(said.out == "disabled eve@example.org\n" && said.err.contains("user enable"), "{said}");
    eve.nudge(&["ls"]).fails(3).hinted();
    by_token(3);
    login(&eve, EVE, PASSWORD).fails(3).hinted().says("disabled");
    login(&eve, EVE, OTHER_PASSWORD).fails(3).says("email or password is wrong");
    assert!(users(&home).iter().any(|user| user["email"] == EVE && user["disabled_at"].is_string()));
    assert_eq!(home.nudge(&["user", "enable", EVE]).text(), "enabled eve@example.org");
    by_token(0);
    login(&eve, EVE, PASSWORD).ok();
    assert_eq!(eve.numbers(&[]), [1]);

    let said = piped(&home, &["user", "reset", EVE], &[OTHER_PASSWORD]).ok();
    assert!(said.out.is_empty() && said.err.contains("has a new password"), "{said}");
    eve.nudge(&["ls"]).fails(3).hinted();
    by_token(3);
    login(&eve, EVE, PASSWORD).fails(3);
    login(&eve, EVE, OTHER_PASSWORD).ok();
    assert_eq!(eve.numbers(&[]), [1]);
    for verb in [&["disable", "x@example.org"][..], &["enable", "00000000"], &["reset", "x@example.org"]] {
        home.nudge(&[&["user"], verb].concat()).fails(4);
    }
    home.nudge(&["user", "disable", "xyz"]).fails(2).hinted();
}

#[test]
fn limits_hold_and_are_told() {
    let home = Home::new();
    home.add(&["one"]);
    let me = home.nudge(&["whoami", "-q"]).text();
    let told = home.nudge(&["user", "quota", &me, "tasks=3", "tokens=1"]).text();
    assert!(told.ends_with("tasks 1 of 3, tokens 0 of 1, sessions 0 of 100"), "{told}");
    home.add(&["two"]);
    home.add(&["three"]);
    let problem = home.nudge(&["add", "four", "--json"]).fails(7).problem();
    assert_eq!(problem["code"], "quota_exceeded");
    home.nudge(&["add", "four"]).fails(7).says("3");
    home.nudge_with(&["import", "-"], b"[{\"description\":\"four\"}]").fails(7);
    assert_eq!(home.numbers(&[]), [1, 2, 3]);
    home.nudge(&["done", "1"]).ok();
    home.nudge(&["add", "four"]).fails(7);
    home.nudge(&["undo"]).ok();
    home.nudge(&["token", "add", "a", "--scope", "tasks:read"]).ok();
    let problem = home.nudge(&["token", "add", "b", "--scope", "tasks:read", "--json"]).fails(7).problem();
    assert_eq!(problem["code"], "quota_exceeded");
    home.nudge(&["user", "quota", &me, "tasks=default"]).ok();
    home.add(&["four"]);
    for wrong in ["tasks", "tasks=", "tasks=-1", "tasks=many", "tasks=4294967296", "frobs=3"] {
        home.nudge(&["user", "quota", &me, wrong]).fails(2).hinted();
    }
    let me = home.nudge(&["whoami", "--json"]).json();
    assert_eq!((&me["quotas"]["tasks"]["used"], &me["quotas"]["tokens"]["limit"]), (&Value::from(4), &Value::from(1)));
}

#[test]
fn no_session_that_is_in_use_makes_room_for_one_more() {
    let home = Home::new();
    let first = other_account(&home, EVE);
    home.nudge(&["user", "quota", EVE, "sessions=1"]).ok();
    let second = device_of(&home);
    let problem = piped(&second, &["login", EVE, "--store", "file", "--json"], &[PASSWORD]).fails(7).problem();
    assert_eq!(problem["code"], "quota_exceeded");
    assert_eq!(first.nudge(&["count"]).text(), "0", "who was there stays");
    first.nudge(&["logout"]).ok();
    login(&second, EVE, PASSWORD).ok();
    assert_eq!(second.nudge(&["count"]).text(), "0");
}

#[test]
fn a_uid_with_another_login_name_is_refused_until_it_is_decided_whose_it_is() {
    let home = Home::new();
    home.add(&["one"]);
    let me = home.nudge(&["whoami", "--json"]).json();
    let id = me["id"].as_str().expect("an id");
    let (uid, login) = (me["local"][0]["uid"].to_string(), me["local"][0]["login"].as_str().expect("a name"));
    // As if the machine had given the uid to somebody else.
    home.nudge(&["user", "local", id, &uid, "somebody-else"]).ok();
    let said = home.nudge(&["ls"]).fails(3).hinted();
    assert!(
        said.err.contains("belonged to `somebody-else` before") && said.err.contains("user ls` shows who USER is"),
        "{said}"
    );
    home.nudge(&["login"]).fails(3);
    home.nudge(&["daemon", "restart"]).ok();
    home.nudge(&["ls"]).fails(3);
    let told = home.nudge(&["user", "local", id, &uid, login]).text();
    assert!(told.starts_with(&format!("uid {uid} ({login}) is ")), "{told}");
    assert_eq!(home.numbers(&[]), [1], "the same tasks");

    home.nudge(&["user", "local", id, &uid]).fails(2).hinted();
    home.nudge(&["user", "local", id, &uid, login, "--forget"]).fails(2).hinted();
    home.nudge(&["user", "local", id, "4000000", "x"]).fails(7).hinted();
    home.nudge(&["user", "local", id, &uid, "--forget"]).ok();
    assert_eq!(home.nudge(&["count"]).text(), "0", "a fresh account");
    assert_ne!(home.nudge(&["whoami", "-q"]).text(), id);
    assert_eq!(users(&home).len(), 2);
}
