//! The account itself: its email, its zone, its settings, and what is told of its past.

use std::time::Duration;

use serde_json::Value;

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, device_of, login, other_account, piped, sign_up};
use crate::support::{Home, eventually};

/// Waits until the next reminder is this moment.
#[track_caller]
fn next_reminder_is(home: &Home, at: &str) {
    eventually(&format!("the next reminder is at {at}"), Duration::from_secs(20), || {
        let next = home.status().expect("it runs")["next_reminder_at"].clone();
        next.as_str().is_some_and(|next| next.starts_with(at)).then_some(())
    });
}

#[test]
fn another_zone_moves_what_was_said_in_days() {
    let home = Home::new();
    home.add(&["Pay rent", "due:2099-11-27", "remind:1d"]);
    next_reminder_is(&home, "2099-11-26T09:00:00");
    assert_eq!(home.nudge(&["account", "zone"]).text(), "UTC");
    assert_eq!(home.nudge(&["account", "zone", "Asia/Tokyo"]).text(), "the zone is Asia/Tokyo now");
    assert_eq!(home.task(1)["due"], "2099-11-27", "the day stays the day");
    next_reminder_is(&home, "2099-11-26T00:00:00");
    assert_eq!(home.nudge(&["account", "zone", "--json"]).json()["zone"], "Asia/Tokyo");
    assert_eq!(home.nudge(&["account", "settings"]).text(), "remind-time 09:00");
    assert_eq!(home.nudge(&["account", "set", "remind-time", "08:30"]).text(), "remind-time 08:30");
    next_reminder_is(&home, "2099-11-25T23:30:00");
    assert_eq!(home.nudge(&["account", "settings", "--json"]).json()["remind_time"], "08:30");
    home.kill_daemon();
    home.start();
    next_reminder_is(&home, "2099-11-25T23:30:00");
    assert_eq!(home.nudge(&["account", "set", "remind-time", "default"]).text(), "remind-time 09:00");
    next_reminder_is(&home, "2099-11-26T00:00:00");

    for wrong in ["Mars/Base", "", "../etc/passwd"] {
        home.nudge(&["account", "zone", wrong]).fails(7);
    }
    for wrong in ["24:00", "morning", ""] {
        home.nudge(&["account", "set", "remind-time", wrong]).fails(7);
    }
    home.nudge(&["account", "set", "colour", "red"]).fails(2).hinted();
    assert_eq!(home.nudge(&["account", "zone"]).text(), "Asia/Tokyo");
}

#[test]
fn the_email_changes_with_the_password_or_the_uid() {
    let home = Home::new();
    home.start();
    let said = home.nudge(&["account", "rename", EMAIL]).fails(5).hinted();
    assert!(said.err.contains("signup"), "{said}");
    let eve = other_account(&home, "eve@example.org");
    eve.nudge(&["account", "rename", EMAIL]).fails(2).hinted();
    piped(&eve, &["account", "rename", EMAIL], &[OTHER_PASSWORD]).fails(3).says("the password is wrong");
    assert_eq!(eve.nudge(&["whoami", "--json"]).json()["email"], "eve@example.org");
    let said = piped(&eve, &["account", "rename", EMAIL], &[PASSWORD]).ok();
    assert_eq!(said.out, format!("the email is {EMAIL} now\n"));
    eve.nudge(&["ls"]).ok();
    let said = piped(&home, &["signup", EMAIL], &[PASSWORD]).fails(5);
    assert!(said.err.contains("email"), "{said}");
    piped(&home, &["signup", "eve@example.org"], &[PASSWORD]).ok();
    home.nudge(&["account", "rename", EMAIL]).fails(5);
    home.nudge(&["account", "rename", "nobody"]).fails(2).hinted();
    home.nudge(&["account", "rename", "grace@example.org"]).ok();
    assert_eq!(home.nudge(&["whoami", "--json"]).json()["email"], "grace@example.org");
}

#[test]
fn its_past_is_told_to_its_owner() {
    let home = Home::new();
    home.start();
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, OTHER_PASSWORD).fails(3);
    login(&device, EMAIL, PASSWORD).ok();
    home.nudge(&["token", "add", "backup", "--scope", "tasks:read"]).ok();
    home.nudge(&["token", "rm", "--all"]).ok();
    home.nudge(&["account", "zone", "Asia/Tokyo"]).ok();
    home.nudge(&["account", "set", "remind-time", "08:30"]).ok();
    home.nudge(&["user", "quota", EMAIL, "tasks=50"]).ok();
    device.nudge(&["logout"]).ok();
    let list = home.nudge(&["account", "audit", "--json"]).json();
    let items = list["items"].as_array().expect("a list");
    let events: Vec<&str> = items.iter().rev().filter_map(|one| one["event"].as_str()).collect();
    let expected = [
        "account_created",
        "signed_in",
        "credentials_set",
        "sign_in_failed",
        "signed_in",
        "token_made",
        "all_tokens_revoked",
        "zone_changed",
        "settings_changed",
        "quotas_changed",
        "session_ended",
    ];
    assert_eq!(events, expected, "the newest first");
    let by: Vec<&Value> = items.iter().filter(|one| one["by_administrator"] == true).map(|one| &one["event"]).collect();
    assert_eq!(by, ["quotas_changed"]);
    assert!(items.iter().all(|one| one["peer"].as_str().is_some_and(|peer| peer.starts_with("uid "))), "{items:?}");
    assert!(!list.to_string().contains(PASSWORD) && !list.to_string().contains(OTHER_PASSWORD));
    let text = home.nudge(&["account", "audit"]).text();
    assert!(text.contains("zone changed") && text.contains("Asia/Tokyo") && text.contains("administrator"), "{text}");
    let said = home.nudge(&["account", "audit", "--limit", "2"]).ok();
    assert!(said.out.lines().count() == 3 && said.err.contains("--limit all"), "{said}");
    let whole = home.nudge(&["account"]).text();
    assert!(whole.contains("password    set\n") && whole.contains("zone        Asia/Tokyo\n"), "{whole}");
}
