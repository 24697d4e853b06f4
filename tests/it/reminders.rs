//! A reminder arrives: on time, late when the daemon was down, never for what is done, and once. About 8 s.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Home, Terminal, eventually, now};

/// How long after its moment a reminder may come here, where two processors do everything at once.
const SOON: Duration = Duration::from_secs(10);

/// The words that remind in `seconds` from now.
fn remind_in(seconds: i64) -> String {
    let at = now() + jiff::SignedDuration::from_secs(seconds);
    format!("remind:{}", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
}

/// The inbox, left unread.
fn inbox(home: &Home) -> Vec<Value> {
    let list = home.nudge(&["inbox", "--all", "--keep", "--json"]).json();
    list["items"].as_array().expect("a list").clone()
}

fn lines_of(home: &Home, number: i64) -> usize {
    let number = format!("number={number}");
    home.log().lines().filter(|line| line.contains("nudge::reminder") && line.contains(&number)).count()
}

#[test]
fn it_fires_on_time_into_log_and_inbox() {
    let home = Home::new();
    home.start();
    let set = now();
    let number = home.add(&["Pay rent", "due:2099-11-27", &remind_in(3)]);
    // It knows of it, or (on a machine that is busy for longer than that) it has fired already.
    eventually("the daemon knows its next reminder", SOON, || {
        let knows = home.status().expect("it runs")["next_reminder_at"].is_string();
        (knows || !inbox(&home).is_empty()).then_some(())
    });
    let early = inbox(&home).len();
    // On a busy machine the look may have come late; whole seconds were set, so that two are sure to be before.
    assert!(early == 0 || now().duration_since(set).as_secs() >= 2, "not before its moment");
    let items =
        eventually("the reminder is in the inbox", SOON, || Some(inbox(&home)).filter(|items| !items.is_empty()));
    assert_eq!(items.len(), 1);
    let item = &items[0];
    assert_eq!((item["kind"].as_str(), item["title"].as_str()), (Some("reminder"), Some("Pay rent")));
    assert_eq!((&item["number"], item["due"].as_str()), (&Value::from(number), Some("2099-11-27")));
    let moment = |member: &str| item[member].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let late = moment("fired_at").expect("fired").duration_since(moment("at").expect("set"));
    assert!(late.as_secs() < 3 && !late.is_negative(), "{late:?}");
    eventually("the log has it", SOON, || (lines_of(&home, number) == 1).then_some(()));
    home.kill_daemon();
    assert_eq!(inbox(&home).len(), 1, "it does not fire again");
    eventually("still once", SOON, || (lines_of(&home, number) == 1).then_some(()));
}

#[test]
fn killed_over_its_moment_it_fires_at_the_next_start() {
    let home = Home::new();
    let set = now();
    home.add(&["late", &remind_in(2)]);
    home.kill_daemon();
    eventually("its moment has passed", SOON, || (now().duration_since(set).as_secs() >= 4).then_some(()));
    home.start();
    let items =
        eventually("the reminder is in the inbox", SOON, || Some(inbox(&home)).filter(|items| !items.is_empty()));
    assert_eq!((items.len(), items[0]["title"].as_str()), (1, Some("late")));
    assert_eq!(lines_of(&home, 1), 1, "{}", home.log());
}

#[test]
fn what_is_done_gone_or_moved_is_not_reminded_of() {
    let home = Home::new();
    for title in ["done", "removed", "moved", "undone", "kept"] {
        home.add(&[title, &remind_in(3)]);
    }
    home.nudge(&["done", "1"]).ok();
    home.nudge(&["rm", "2"]).ok();
    home.nudge(&["mod", "3", "remind:2099-01-01T00:00"]).ok();
    home.nudge(&["done", "4"]).ok();
    home.nudge(&["undo"]).ok();
    let fired = || inbox(&home).iter().filter_map(|item| item["title"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let mut titles = eventually("two are told", SOON, || Some(fired()).filter(|titles| titles.len() >= 2));
    titles.sort();
    assert_eq!(titles, ["kept", "undone"]);
    assert_eq!([1, 2, 3].map(|number| lines_of(&home, number)), [0; 3]);
}

#[test]
fn one_whose_moment_has_passed_comes_at_once_and_the_echo_says_so() {
    let home = Home::new();
    let said = home.nudge(&["add", "x", "remind:2020-01-01T00:00"]).text();
    assert!(said.contains("remind at once"), "{said}");
    eventually("the reminder is in the inbox", SOON, || (inbox(&home).len() == 1).then_some(()));
}

#[test]
fn an_unread_one_is_one_line_for_a_person_and_once() {
    let Some(terminal) = Terminal::of(80, "reminders::an_unread_one_is_one_line_for_a_person_and_once") else { return };
    let home = Home::new();
    home.add(&["Pay rent", "remind:2020-01-01T00:00"]);
    eventually("the reminder is in the inbox", SOON, || (inbox(&home).len() == 1).then_some(()));
    let quiet = home.nudge(&["ls"]).ok();
    assert_eq!(quiet.err, "", "a script is not told: {quiet}");
    let said = terminal.run(&home, "\"$nudge\" ls -q; \"$nudge\" ls --json >/dev/null; echo end").ok();
    assert!(!said.out.contains("reminder:"), "who wants numbers or JSON is not told: {said}");
    let said = terminal.run(&home, "\"$nudge\" ls >/dev/null").ok();
    let told: Vec<&str> = said.out.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(told.len(), 1, "{said}");
    assert!(told[0].starts_with("reminder: Pay rent") && told[0].contains("inbox`"), "{said}");
    let said = terminal.run(&home, "\"$nudge\" ls >/dev/null").ok();
    assert_eq!(said.out.trim(), "", "it is told once: {said}");
    home.add(&["Another", "remind:2020-01-01T00:00"]);
    eventually("the other is in the inbox", SOON, || (inbox(&home).len() == 2).then_some(()));
    let said = terminal.run(&home, "\"$nudge\" ls >/dev/null").ok();
    assert!(said.out.contains("2 unread reminders"), "{said}");
}

#[test]
fn the_inbox_marks_what_it_showed_as_read() {
    let home = Home::new();
    home.add(&["a", "remind:2020-01-01T00:00"]);
    home.add(&["b", "remind:2020-01-01T00:00"]);
    eventually("both are in the inbox", SOON, || (inbox(&home).len() == 2).then_some(()));
    assert_eq!(home.nudge(&["inbox", "--keep", "-q"]).text().lines().count(), 2);
    let said = home.nudge(&["inbox", "--limit", "1"]).ok();
    assert!(said.err.contains("there are more"), "{said}");
    assert_eq!(home.nudge(&["inbox", "--keep", "-q"]).text().lines().count(), 1, "only what was shown is read");
    home.nudge(&["inbox"]).ok();
    assert_eq!(home.nudge(&["inbox"]).text(), "");
    let items = inbox(&home);
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| item["read_at"].is_string()), "{items:?}");
}
