//! Personal access tokens: made, listed, used within their scopes, and never replaced by the uid.

use serde_json::{Value, json};

use super::{JSON, is_signed_out};
use crate::support::{Home, NUDGE, Said, eventually, now};

use std::time::Duration;

/// Runs a command that is given a token.
#[track_caller]
fn with(home: &Home, token: &str, arguments: &[&str]) -> Said {
    let mut command = home.command(NUDGE);
    command.env("NUDGE_TOKEN", token).args(arguments);
    let said = home.run(command, b"");
    assert!(token.len() < 20 || !said.err.contains(token), "the token is shown: {said}");
    said
}

#[track_caller]
fn make(home: &Home, scopes: &str) -> String {
    home.nudge(&["token", "add", "script", "--scope", scopes]).ok().out.trim_end().to_owned()
}

/// Commands, and the scope that allows each; without one, none does.
const COMMANDS: [(&[&str], Option<&str>); 22] = [
    (&["ls"], Some("tasks:read")),
    (&["show", "1"], Some("tasks:read")),
    (&["count"], Some("tasks:read")),
    (&["export"], Some("tasks:read")),
    (&["add", "two"], Some("tasks:write")),
    (&["mod", "1", "+tag"], Some("tasks:write")),
    (&["annotate", "1", "a line"], Some("tasks:write")),
    (&["undo"], Some("tasks:write")),
    (&["inbox", "--keep"], Some("notifications:read")),
    (&["whoami"], Some("account:read")),
    (&["account"], Some("account:read")),
    (&["account", "settings"], Some("account:read")),
    (&["account", "zone", "Asia/Tokyo"], None),
    (&["account", "set", "remind-time", "08:30"], None),
    (&["account", "audit"], None),
    (&["account", "rename", "x@example.org"], None),
    (&["account", "delete", "--yes"], None),
    (&["sessions"], None),
    (&["sessions", "rm", "--all"], None),
    (&["token", "ls"], None),
    (&["token", "add", "another", "--scope", "tasks:read"], None),
    (&["token", "rm", "--all"], None),
];

#[test]
fn one_does_what_its_scopes_say_and_no_more() {
    let home = Home::new();
    home.add(&["one"]);
    let scopes = ["tasks:read", "tasks:write", "notifications:read", "notifications:write", "account:read"];
    for scope in scopes {
        let token = make(&home, scope);
        for (command, needed) in COMMANDS {
            let said = with(&home, &token, command);
            let expected = if needed == Some(scope) { 0 } else { 3 };
            // A token has done nothing yet that it could undo.
            let undone = command == ["undo"] && expected == 0;
            assert!(said.code == Some(expected) || undone && said.code == Some(5), "{scope}: {said}");
        }
        let problem = with(&home, &token, &["token", "ls", "--json"]).fails(3).problem();
        assert_eq!(problem["code"], "forbidden", "{scope}");
    }
    let token = make(&home, "notifications:read,notifications:write");
    with(&home, &token, &["inbox"]).ok();
    let token = make(&home, "account:read");
    let text = with(&home, &token, &["whoami"]).text();
    assert!(text.contains("with the token in NUDGE_TOKEN"), "{text}");
    assert_eq!(home.nudge(&["account", "zone"]).text(), "UTC");
    assert_eq!(home.nudge(&["token", "ls", "-q"]).text().lines().count(), scopes.len() + 2);
}

#[test]
fn one_that_is_not_taken_is_never_replaced_by_the_uid() {
    let home = Home::new();
    home.add(&["one"]);
    let good = make(&home, "tasks:read");
    with(&home, &good, &["ls"]).ok();
    let last = if good.ends_with('x') { "y" } else { "x" };
    let mistyped = format!("{}{last}", &good[..good.len() - 1]);
    for wrong in ["x", "nudge_pat_", "a.b.c", &mistyped, &good[..good.len() - 1], &good.to_uppercase()] {
        for command in [&["ls"][..], &["add", "two"], &["whoami"]] {
            with(&home, wrong, command).fails(3).hinted().says("NUDGE_TOKEN");
        }
    }
    for wrong in ["", " ", "two words", "é", "a\u{1b}b"] {
        with(&home, wrong, &["ls"]).fails(2).hinted().says("NUDGE_TOKEN");
    }

    home.nudge(&["logout"]).ok();
    is_signed_out(&home);
    with(&home, &good, &["ls"]).ok();
    home.nudge(&["login"]).ok();
    let id = home.nudge(&["token", "ls", "-q"]).text();
    assert_eq!(home.nudge(&["token", "rm", &id]).text(), "revoked 1 token");
    with(&home, &good, &["ls"]).fails(3).hinted();
    home.nudge(&["token", "rm", &id]).fails(4).hinted();
    assert_eq!(home.numbers(&[]), [1]);
}

#[test]
fn one_that_has_ended_counts_no_more() {
    let home = Home::new();
    home.add(&["one"]);
    let bearer = format!("Bearer {}", home.bearer());
    let ask = |expires_at: Value| {
        let body = json!({ "name": "short", "scopes": ["tasks:read"], "expires_at": expires_at }).to_string();
        home.http().call("POST", "/v1/tokens", &[JSON, ("authorization", &bearer)], body.as_bytes())
    };
    assert_eq!(ask("2020-01-01T00:00:00Z".into()).problem(), "invalid_value", "one that has ended already");
    assert_eq!(ask("tomorrow".into()).status, 422);
    let end = now() + jiff::SignedDuration::from_secs(2);
    let made = ask(end.to_string().into()).expect(201).json();
    let token = made["token"].as_str().expect("a token");
    let first = with(&home, token, &["ls"]);
    assert!(first.code == Some(0) || now() >= end, "{first}");
    let said = eventually("it has ended", Duration::from_secs(20), || {
        Some(with(&home, token, &["ls"])).filter(|said| said.code != Some(0))
    });
    assert!(now() >= end, "not before its moment");
    said.fails(3).hinted();
}

#[test]
fn one_may_come_on_stdin() {
    let home = Home::new();
    home.add(&["one"]);
    let token = make(&home, "tasks:read");
    let piped = |arguments: &[&str], line: &str| home.nudge_with(arguments, line.as_bytes());
    assert_eq!(piped(&["--token-stdin", "ls", "-q"], &format!("{token}\n")).text(), "1");
    piped(&["ls", "--token-stdin"], &format!("{token}\r\nmore\n")).ok();
    piped(&["add", "two", "--token-stdin"], &format!("{token}\n")).fails(3).hinted();
    piped(&["ls", "--token-stdin"], "nudge_pat_x\n").fails(3).hinted().says("standard input");
    for nothing in ["\n", " \n", "two words\n"] {
        piped(&["ls", "--token-stdin"], nothing).fails(2).hinted();
    }
    home.nudge(&["ls", "--token-stdin"]).fails(2).hinted();
    for reads in [["import", "-"], ["add", "-"]] {
        piped(&[&reads[..], &["--token-stdin"]].concat(), &format!("{token}\n")).fails(2).hinted();
    }
    let said = piped(&["account", "delete", "--token-stdin"], &format!("{token}\n"));
    assert!(said.code == Some(2) || said.code == Some(3), "{said}");
    assert_eq!(home.numbers(&[]), [1]);
}

#[test]
fn one_is_shown_once_and_listed_without_its_secret() {
    let home = Home::new();
    home.start();
    let said = home.nudge(&["token", "add", "my", "backup", "--scope", "tasks:read,account:read"]).ok();
    let token = said.out.trim_end();
    assert!(token.starts_with("nudge_pat_") && !token.contains(char::is_whitespace), "the token alone: {said}");
    assert!(said.err.contains("my backup") && !said.err.contains(token), "{said}");
    let made = home.nudge(&["token", "add", "second", "--scope", "tasks:write", "--expires", "never", "--json"]).json();
    assert_eq!((&made["name"], &made["expires_at"]), (&Value::from("second"), &Value::Null));
    assert_eq!(made["scopes"], json!(["tasks:write"]));
    let dated = home.nudge(&["token", "add", "third", "--scope", "tasks:read", "--expires", "2099-01-31", "--json"]);
    assert_eq!(dated.json()["expires_at"], "2099-02-01T00:00:00Z", "it ends with the day");

    let list = home.nudge(&["token", "ls", "--json"]).ok().out;
    let text = home.nudge(&["token", "ls"]).text();
    for secret in [token, made["token"].as_str().expect("a token")] {
        assert!(!list.contains(secret) && !text.contains(secret) && !home.log().contains(secret), "{text}");
    }
    assert!(text.contains("my backup") && text.contains("tasks:read account:read") && text.contains("never"), "{text}");
    let items: Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(items["items"][0]["name"], "third", "the newest first");

    for wrong in [
        &["add", "x"][..],
        &["add", "x", "--scope", "everything"],
        &["add", "--scope", "tasks:read"],
        &["add", "x", "--scope", "tasks:read", "--expires", "yesterday"],
        &["add", "x", "--scope", "tasks:read", "--expires", "2020-01-01"],
        &["rm"],
        &["rm", "abcd", "--all"],
    ] {
        home.nudge(&[&["token"], wrong].concat()).fails(2);
    }
    home.nudge(&["token", "add", &"x".repeat(129), "--scope", "tasks:read"]).fails(7);
    assert_eq!(home.nudge(&["token", "rm", "--all"]).text(), "revoked 3 tokens");
    assert_eq!(home.nudge(&["token", "ls", "-q"]).text(), "");
}
