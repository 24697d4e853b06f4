//! Each verb does what its help says, tells what it did, and a script can rely on what it prints. About 3 s.

use serde_json::json;

use crate::support::{Home, now};

#[test]
fn add_tells_number_title_and_resolved_times() {
    let home = Home::new();
    let said = home.nudge(&["add", "Pay rent", "due:2099-11-27", "remind:1d", "+bills", "project:home.flat"]).text();
    assert_eq!(
        said,
        "added 1  Pay rent  project home.flat · +bills · due Fri 27 Nov 2099 · remind Thu 26 Nov 2099 09:00"
    );
    let said = home.nudge(&["add", "Call", "the", "bank", "due:2099-11-27T17:00", "priority:high"]).text();
    assert_eq!(said, "added 2  Call the bank  priority high · due Fri 27 Nov 2099 17:00");
    let before = now().strftime("%a %-d %b %Y").to_string();
    let said = home.nudge(&["add", "soon", "due:today"]).text();
    let after = now().strftime("%a %-d %b %Y").to_string();
    assert!(said.contains(&before) || said.contains(&after), "{said}: {before}");
}

#[test]
fn the_echo_names_the_zone_when_the_machine_is_in_another() {
    let home = Home::new();
    home.add(&["first, so that the account is in UTC"]);
    let said = home.nudge(&["add", "x", "due:2099-11-27T17:00", "--zone", "Europe/Berlin"]).text();
    assert!(said.contains("17:00") && said.ends_with("(Europe/Berlin)"), "{said}");
    let task = home.task(2);
    assert_eq!(task["due_at"], "2099-11-27T16:00:00Z");
    assert_eq!(task["due"], "2099-11-27T17:00:00+01:00[Europe/Berlin]");
}

#[test]
fn show_and_json_tell_all_that_was_typed() {
    let home = Home::new();
    let first = home.add(&["first"]);
    let words = ["Pay rent", "due:2099-11-27", "wait:2099-11-20", "scheduled:2099-11-21T10:00", "until:2099-12-31"];
    let more = ["remind:1d,2099-11-27T08:00", "+bills", "+home", "project:home.flat", "priority:high"];
    let number = home.add(&[&words[..], &more, &["depends:1", "note:two words"]].concat());
    let task = home.task(number);
    for (member, expected) in [
        ("number", json!(2)),
        ("title", json!("Pay rent")),
        ("notes", json!("two words")),
        ("status", json!("pending")),
        ("project", json!("home.flat")),
        ("tags", json!(["bills", "home"])),
        ("priority", json!("high")),
        ("due", json!("2099-11-27")),
        ("due_at", json!("2099-11-27T00:00:00Z")),
        ("wait", json!("2099-11-20")),
        ("scheduled_at", json!("2099-11-21T10:00:00Z")),
        ("until", json!("2099-12-31")),
        ("reminders_at", json!(["2099-11-26T09:00:00Z", "2099-11-27T08:00:00Z"])),
        ("depends_on", json!([home.task(first)["id"]])),
        ("annotations", json!([])),
    ] {
        assert_eq!(task[member], expected, "{member}: {task}");
    }
    let sheet = home.nudge(&["show", "2"]).text();
    for part in [
        "2  Pay rent",
        "home.flat",
        "bills home",
        "high",
        "Fri 27 Nov 2099",
        "two words",
        task["id"].as_str().expect("an id"),
    ] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    let both = home.nudge(&["show", "1-2", "--json"]).json();
    assert_eq!(both["items"].as_array().map(Vec::len), Some(2));
    assert!(both["next"].is_null());
}

#[test]
fn ls_and_count_go_by_filters() {
    let home = Home::new();
    for words in [
        &["Pay rent", "+bills", "project:home.flat", "due:2099-01-02"][..],
        &["Buy milk", "+shop", "project:home"],
        &["Write report", "+work", "+bills", "due:2099-01-01"],
        &["Rent a car", "+travel"],
        &["Old thing"],
    ] {
        home.add(words);
    }
    home.nudge(&["done", "5"]).ok();
    for (filter, expected) in [
        (&[][..], &[3, 1, 2, 4][..]),
        (&["+bills"], &[3, 1]),
        (&["+bills", "-work"], &[1]),
        (&["project:home"], &[1, 2]),
        (&["rent"], &[1, 4]),
        (&["rent", "+travel"], &[4]),
        (&["status:completed"], &[5]),
        (&["2", "4-5"], &[2, 4, 5]),
        (&["nothing of the kind"], &[]),
    ] {
        let mut found = home.numbers(filter);
        if !filter.is_empty() {
            found.sort_unstable();
        }
        let mut expected = expected.to_vec();
        if !filter.is_empty() {
            expected.sort_unstable();
        }
        assert_eq!(found, expected, "{filter:?}");
        let count = home.nudge(&[&["count"], filter].concat()).text();
        assert_eq!(count, expected.len().to_string(), "{filter:?}");
    }
    let list = home.nudge(&["ls", "--limit", "2", "--json"]).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2), "{list}");
    assert!(list["next"].is_string(), "{list}");
    let said = home.nudge(&["ls", "--limit", "2"]).ok();
    assert!(said.err.contains("2 more"), "{said}");
    assert_eq!(home.nudge(&["count", "--json"]).json(), json!({ "count": 4 }));
    assert_eq!(home.nudge(&["ls", "+none"]).text(), "", "an empty list is no failure and no heading");
}

#[test]
fn mod_changes_what_it_names_and_clears_what_is_empty() {
    let home = Home::new();
    let number = home.add(&["Pay rent", "due:2099-11-27", "+bills", "project:home", "priority:low", "note:n"]);
    let said = home.nudge(&["mod", "1", "Pay", "the rent", "due:2099-12-01", "+flat", "-bills", "project:"]).text();
    assert!(said.starts_with("changed 1  Pay the rent"), "{said}");
    assert!(said.contains("Tue 1 Dec 2099") && said.contains("+flat") && !said.contains("+bills"), "{said}");
    let task = home.task(number);
    assert_eq!((&task["title"], &task["tags"]), (&json!("Pay the rent"), &json!(["flat"])));
    assert_eq!((&task["project"], &task["priority"], &task["notes"]), (&json!(null), &json!("low"), &json!("n")));
    assert_eq!(task["version"], 2);
    // As Taskwarrior's hands type it.
    home.nudge(&["1", "mod", "due:", "priority:"]).ok();
    let task = home.task(number);
    assert_eq!((&task["due"], &task["due_at"], &task["priority"]), (&json!(null), &json!(null), &json!(null)));
    let said = home.nudge(&["mod", "1", "priority:"]).text();
    assert!(said.starts_with("unchanged 1"), "{said}");
    assert_eq!(home.task(number)["version"], task["version"]);
}

#[test]
fn a_task_goes_through_its_life_and_back() {
    let home = Home::new();
    home.add(&["walk"]);
    let status = || home.task(1)["status"].as_str().map(str::to_owned).expect("a status");
    assert_eq!(home.nudge(&["start", "1"]).text(), "started 1  walk");
    assert!(home.task(1)["started_at"].is_string());
    assert!(home.nudge(&["ls"]).text().contains("walk (started)"));
    assert_eq!(home.nudge(&["stop", "1"]).text(), "stopped 1  walk");
    assert!(home.task(1)["started_at"].is_null());
    assert_eq!(home.nudge(&["done", "1"]).text(), "done 1  walk");
    assert_eq!(status(), "completed");
    assert!(home.task(1)["completed_at"].is_string());
    assert_eq!(home.nudge(&["reopen", "1"]).text(), "reopened 1  walk");
    assert_eq!(status(), "pending");
    assert!(home.task(1)["completed_at"].is_null());
    assert_eq!(home.nudge(&["rm", "1"]).text(), "deleted 1  walk");
    assert_eq!(status(), "deleted");
    home.nudge(&["reopen", "1"]).ok();
    home.nudge(&["annotate", "1", "called", "the landlord"]).ok();
    home.nudge(&["annotate", "1", "--", "3 letters sent"]).ok();
    let task = home.task(1);
    let texts: Vec<_> = task["annotations"].as_array().expect("a list").iter().map(|line| &line["text"]).collect();
    assert_eq!(texts, ["called the landlord", "3 letters sent"]);
    assert!(home.nudge(&["ls"]).text().contains("walk [2]"));
}

#[test]
fn a_number_is_never_given_twice() {
    let home = Home::new();
    assert_eq!([home.add(&["a"]), home.add(&["b"]), home.add(&["c"])], [1, 2, 3]);
    home.nudge(&["rm", "3"]).ok();
    assert_eq!(home.add(&["d"]), 4);
    let said = home.nudge(&["undo"]).text();
    assert!(said.contains("removed  d"), "{said}");
    assert_eq!(home.add(&["e"]), 5, "the number of an add that was undone is gone");
    home.kill_daemon();
    assert_eq!(home.add(&["f"]), 6, "also after a crash");
    home.nudge(&["show", "4"]).fails(4);
}

#[test]
fn undo_goes_back_step_by_step_to_nothing() {
    let home = Home::new();
    home.add(&["a", "due:2099-01-01", "+x"]);
    home.add(&["b"]);
    let first = home.task(1);
    home.nudge(&["mod", "1-2", "A", "due:2099-02-02", "-x", "+y"]).ok();
    home.nudge(&["annotate", "1", "line"]).ok();
    home.nudge(&["done", "1", "2"]).ok();
    assert_eq!(home.numbers(&[]), [0; 0]);
    let said = home.nudge(&["undo"]).text();
    assert!(said.starts_with("undid `complete` of ") && said.contains("2 tasks"), "{said}");
    assert_eq!(home.numbers(&[]).len(), 2, "one undo takes back the whole command");
    home.nudge(&["undo"]).ok();
    assert_eq!(home.task(1)["annotations"], json!([]));
    home.nudge(&["undo"]).ok();
    let back = home.task(1);
    for member in ["title", "due", "tags", "status", "notes", "project"] {
        assert_eq!(back[member], first[member], "{member}");
    }
    assert_eq!(home.task(2)["title"], "b");
    home.nudge(&["undo"]).ok();
    home.nudge(&["undo"]).ok();
    assert_eq!(home.nudge(&["count", "status:pending"]).text(), "0");
    let refused = home.nudge(&["undo", "--json"]).fails(5).problem();
    assert_eq!(refused["code"], "nothing_to_undo");
}

#[test]
fn an_undo_that_would_lose_a_later_change_is_refused_with_what_is_in_the_way() {
    let home = Home::new();
    home.add(&["a"]);
    let answer = home.nudge(&["mod", "1", "priority:high", "--json"]).json();
    let operation = answer["operation"].as_str().expect("an operation");
    home.nudge(&["mod", "1", "priority:low"]).ok();
    let said = home.nudge(&["undo", operation]).fails(5);
    assert!(said.err.contains("priority"), "{said}");
    assert_eq!(home.task(1)["priority"], "low");
}

#[test]
fn quiet_prints_numbers_alone_and_json_the_wire() {
    let home = Home::new();
    assert_eq!(home.nudge(&["add", "a", "-q"]).text(), "1");
    assert_eq!(home.nudge(&["-q", "add", "b"]).text(), "2");
    assert_eq!(home.nudge(&["ls", "-q"]).text(), "1\n2");
    assert_eq!(home.nudge(&["done", "1-2", "-q"]).text(), "1\n2");
    let answer = home.nudge(&["reopen", "2", "--json"]).json();
    assert_eq!(answer["items"][0]["number"], 2);
    assert!(answer["operation"].is_string());
    let added = home.nudge(&["add", "c", "--json"]).json();
    assert_eq!((&added["number"], &added["title"]), (&json!(3), &json!("c")));
}

#[test]
fn ids_long_and_short_name_a_task_as_its_number_does() {
    let home = Home::new();
    let id = home.nudge(&["add", "a", "--json"]).json()["id"].as_str().expect("an id").to_owned();
    let short = &id[id.len() - 8..];
    assert_eq!(home.nudge(&["show", &id, "-q"]).text(), "1");
    // Digits alone would be a number.
    if short.contains(|c: char| c.is_ascii_alphabetic()) {
        assert_eq!(home.nudge(&["show", short, "-q"]).text(), "1");
    }
}

#[test]
fn add_reads_lines_and_keeps_those_before_a_bad_one() {
    let home = Home::new();
    let said =
        home.nudge_with(&["add", "-"], b"one due:2099-01-01\n\n'two words' +tag\nthree -- due: is text\n").text();
    assert_eq!(said.lines().count(), 3, "{said}");
    assert_eq!(home.task(3)["title"], "three due: is text");
    let said = home.nudge_with(&["add", "-"], b"four\nfive due:never-ever\nsix\n");
    assert_eq!(said.code, Some(7), "{said}");
    assert!(said.err.contains("line 2"), "{said}");
    assert_eq!(home.numbers(&["four"]).len(), 1);
    assert_eq!(home.numbers(&["six"]).len(), 0);
}
