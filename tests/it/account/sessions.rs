//! Signing out and in again, sessions that are ended from elsewhere, and what a new password ends.

use serde_json::Value;

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, device_of, is_signed_out, login, piped, sign_up};
use crate::support::Home;

fn sessions(home: &Home) -> Vec<Value> {
    home.nudge(&["sessions", "--json"]).json()["items"].as_array().expect("a list").clone()
}

/// The end of an id, as lists show it.
fn short(id: &Value) -> String {
    let id = id.as_str().expect("an id");
    id[id.len() - 8..].to_owned()
}

#[test]
fn after_logout_every_command_exits_with_3_until_login() {
    let home = Home::new();
    home.add(&["one"]);
    let said = home.nudge(&["logout"]).ok();
    assert_eq!(said.out, "signed out\n");
    assert!(said.err.contains("later commands exit with 3 until"), "{said}");
    for verb in [
        &["ls"][..],
        &["add", "two"],
        &["done", "1"],
        &["rm", "1", "--yes"],
        &["count"],
        &["export"],
        &["undo"],
        &["inbox"],
        &["whoami"],
        &["sessions"],
        &["token", "ls"],
        &["account"],
        &["account", "delete", "--yes"],
    ] {
        home.nudge(verb).fails(3).hinted().says("login");
    }
    let problem = home.nudge(&["ls", "--json"]).fails(3).problem();
    assert_eq!(problem["code"], "unauthenticated");
    let script =
        home.sh("\"$nudge\" add two >/dev/null 2>&1; echo $?; echo '[]' | \"$nudge\" import - 2>/dev/null; echo $?");
    assert_eq!(script.text(), "3\n3", "scripts too");
    home.nudge(&["daemon", "restart"]).ok();
    is_signed_out(&home);
    assert_eq!(home.nudge(&["logout", "-q"]).text(), "", "twice does no harm");
    let out = home.nudge(&["logout", "--json"]).json();
    assert_eq!((&out["profile"], &out["ended"]), (&Value::from("local"), &Value::from(0)));

    let said = home.nudge(&["login"]).text();
    assert!(said.starts_with("signed in by uid as account "), "{said}");
    assert_eq!(home.numbers(&[]), [1]);
    let me = home.nudge(&["whoami", "-q"]).text();
    assert_eq!(home.nudge(&["login", "-q"]).text(), me);
    let signed = home.nudge(&["login", "--json"]).json();
    assert_eq!((&signed["account"], &signed["profile"]), (&Value::from(me), &Value::from("local")));
    home.nudge(&["login", "--store", "file"]).fails(2).hinted();
}

#[test]
fn logout_holds_where_no_daemon_runs() {
    let home = Home::new();
    home.add(&["one"]);
    home.nudge(&["daemon", "stop"]).ok();
    home.nudge(&["whoami", "--no-autostart"]).fails(6).hinted();
    let said = home.nudge(&["logout", "--no-autostart"]).ok();
    assert!(said.err.contains("the daemon was not told"), "{said}");
    home.nudge(&["ls", "--no-autostart"]).fails(3).hinted();
    home.nudge(&["ls"]).fails(3);
    assert!(home.status().is_none(), "nobody starts a daemon to be refused");
    home.nudge(&["login"]).ok();
    assert_eq!(home.numbers(&[]), [1]);
}

#[test]
fn no_command_that_runs_meanwhile_signs_in_again() {
    let home = Home::new();
    home.add(&["one"]);
    let script = "for n in $(seq 12); do \"$nudge\" count >/dev/null 2>&1 & done; \"$nudge\" logout -q; \
                  for n in $(seq 12); do \"$nudge\" count >/dev/null 2>&1; echo $?; done; wait";
    let said = home.sh(script).ok();
    assert_eq!(said.out, "3\n".repeat(12), "{said}");
    is_signed_out(&home);
    home.nudge(&["login"]).ok();
    assert_eq!(home.numbers(&[]), [1]);
}

#[test]
fn undo_is_for_the_session_that_asks() {
    let home = Home::new();
    home.add(&["one"]);
    home.nudge(&["logout"]).ok();
    home.nudge(&["login"]).ok();
    let said = home.nudge(&["undo"]).fails(5).hinted();
    let id = said.err.split_whitespace().last().expect("the hint names it").to_owned();
    assert_eq!(home.numbers(&[]), [1], "what another session did is not undone by chance");
    home.add(&["two"]);
    home.nudge(&["undo"]).ok();
    assert_eq!(home.numbers(&[]), [1], "its own is");
    home.nudge(&["undo", &id]).ok();
    assert_eq!(home.nudge(&["count"]).text(), "0", "and the other's by its id");
}

#[test]
fn one_that_is_ended_elsewhere_can_do_nothing_from_the_next_command_on() {
    let home = Home::new();
    home.add(&["one"]);
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!(device.numbers(&[]), [1]);
    let all = sessions(&home);
    assert_eq!(all.len(), 2, "{all:?}");
    let its = all.iter().find(|session| session["kind"] == "password").expect("the device's");
    let own = all.iter().find(|session| session["kind"] == "local").expect("the uid's");
    assert_eq!((&its["current"], &own["current"]), (&Value::from(false), &Value::from(true)));
    assert!(its["device"].as_str().is_some_and(|name| name.starts_with("nudge on ")), "{its}");
    assert!(its["peer"].as_str().is_some_and(|peer| peer.starts_with("uid ")), "{its}");
    let list = home.nudge(&["sessions"]).text();
    assert!(list.contains(&short(&its["id"])) && list.contains('*') && list.contains("password"), "{list}");
    assert_eq!(home.nudge(&["sessions", "-q"]).text().lines().count(), 2);

    for (wrong, code) in
        [(&["rm"][..], 2), (&["rm", "xyz"], 2), (&["rm", "abcd", "--all"], 2), (&["rm", "00000000"], 4)]
    {
        home.nudge(&[&["sessions"], wrong].concat()).fails(code).hinted();
    }
    let said = home.nudge(&["sessions", "rm", &short(&its["id"]), "00000000"]).fails(4);
    assert_eq!(sessions(&home).len(), 2, "all or none: {said}");
    assert_eq!(home.nudge(&["sessions", "rm", &short(&its["id"])]).text(), "ended 1 session");
    let said = device.nudge(&["ls"]).fails(3).hinted();
    assert!(said.err.contains("login --profile "), "{said}");
    device.nudge(&["ls"]).fails(3).hinted();

    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!(device.numbers(&[]), [1]);
    assert_eq!(home.nudge(&["sessions", "rm", "--all", "--json"]).json()["ended"], 2);
    device.nudge(&["ls"]).fails(3).hinted();
    assert_eq!(home.numbers(&[]), [1], "the uid signs in again by itself");

    login(&device, EMAIL, PASSWORD).ok();
    let said = device.nudge(&["logout", "--everywhere"]).ok();
    assert_eq!(said.out, "signed out, 2 sessions have ended\n");
    is_signed_out(&device);
    assert_eq!(sessions(&home).len(), 1, "only the one that asks");
}

#[test]
fn logout_ends_the_session_at_the_daemon_too() {
    let home = Home::new();
    home.start();
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    let stored = super::document(&super::token_file(&device, "json"));
    let refresh = super::document(&super::token_file(&device, "refresh"));
    let bearer = format!("Bearer {}", stored["access_token"].as_str().expect("a token"));
    home.http().call("GET", "/v1/me", &[("authorization", &bearer)], b"").expect(200);
    device.nudge(&["logout"]).ok();
    let left = std::fs::read_dir(device.state().join("tokens")).expect("a folder");
    let left: Vec<_> = left.map(|file| file.expect("listed").path()).collect();
    assert!(left.iter().all(|path| path.extension().is_some_and(|end| end == "lock")), "{left:?}");
    home.http().call("GET", "/v1/me", &[("authorization", &bearer)], b"").expect(401);
    let body = serde_json::json!({ "refresh_token": refresh["refresh_token"] }).to_string();
    let reply = home.http().call("POST", "/v1/auth/refresh", &[super::JSON], body.as_bytes());
    assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthenticated"));
}

#[test]
fn a_new_password_ends_every_other_session_and_every_token() {
    let home = Home::new();
    home.add(&["one"]);
    home.nudge_with(&["passwd", "--password-stdin"], format!("{PASSWORD}\n").as_bytes()).fails(5).says("signup");
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    let token = home.nudge(&["token", "add", "script", "--scope", "tasks:read"]).ok().out;
    let by_token = |code| {
        let script = format!("NUDGE_TOKEN={} \"$nudge\" count", token.trim_end());
        assert_eq!(home.sh(&script).code, Some(code));
    };

    let said = piped(&device, &["passwd"], &["not the right one", OTHER_PASSWORD]).fails(3);
    assert!(said.err.contains("wrong"), "{said}");
    piped(&device, &["passwd"], &[OTHER_PASSWORD]).fails(2).hinted();
    piped(&device, &["passwd"], &[PASSWORD, "short"]).fails(7).hinted();
    assert_eq!(device.numbers(&[]), [1], "nothing has changed");
    let said = piped(&device, &["passwd", "--keep-tokens"], &[PASSWORD, OTHER_PASSWORD]).ok();
    assert_eq!(said.out, format!("{EMAIL} has a new password\n"));
    assert_eq!(device.numbers(&[]), [1], "who asked goes on");
    by_token(0);

    let said = piped(&home, &["passwd"], &[PASSWORD]).ok();
    assert!(said.err.contains("every personal access token has ended"), "{said}");
    by_token(3);
    device.nudge(&["ls"]).fails(3).hinted();
    login(&device, EMAIL, OTHER_PASSWORD).fails(3).says("email or password is wrong");
    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!((device.numbers(&[]), home.numbers(&[])), (vec![1], vec![1]));
}
