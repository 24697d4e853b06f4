//! What is wrong is refused with a message, a hint and the documented exit code, and nothing is changed. About 3 s.

use serde_json::json;

use crate::support::{Home, NUDGE};

#[test]
fn every_exit_code_that_a_person_can_reach() {
    let home = Home::new();
    home.nudge(&["ls", "--no-autostart"]).fails(6).hinted();
    home.add(&["one"]);
    home.nudge(&["done", "1"]).ok();
    for (arguments, code) in [
        (&["ls", "+none"][..], 0),
        (&["import", "/nowhere/at/all.json"], 1),
        (&["frobnicate"], 2),
        (&["done"], 2),
        (&["done", "milk"], 2),
        (&["mod", "1"], 2),
        (&["add"], 2),
        (&["ls", "--limit", "0"], 2),
        (&["add", "x", "--frobnicate"], 2),
        (&["done", "99"], 4),
        (&["show", "99"], 4),
        (&["show", "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"], 4),
        (&["start", "1"], 5),
        (&["add", "x", "due:someday-or-other"], 7),
        (&["add", "x", "duee:friday"], 7),
        (&["add", "x", "priority:urgent"], 7),
        (&["add", "x", "depends:99"], 4),
        (&["ls", "status:lost"], 7),
        (&["ls", "--socket", "/nowhere/nudge.sock"], 6),
    ] {
        let said = home.nudge(arguments);
        if code == 0 {
            said.ok();
        } else {
            said.fails(code).hinted();
        }
    }
    assert_eq!(home.nudge(&["count", "1-99"]).text(), "1", "nothing of all that was stored");
}

#[test]
fn a_wrong_key_or_date_is_shown_with_the_nearest() {
    let home = Home::new();
    home.nudge(&["add", "x", "duee:friday"]).fails(7).hinted().says("duee").says("due");
    home.nudge(&["add", "x", "due:frday"]).fails(7).hinted().says("due:frday").says("^^^^^").says("friday");
    home.nudge(&["ad", "milk"]).fails(2).says("`add`");
    home.nudge(&["ls", "statsu:pending"]).fails(7).hinted().says("statsu");
    home.nudge(&["add", "x", "--zone", "Mars/Olympus"]).fails(7).says("Mars/Olympus");
    assert_eq!(home.nudge(&["count"]).text(), "0");
}

#[test]
fn of_many_tasks_all_are_changed_or_none() {
    let home = Home::new();
    home.add(&["one"]);
    home.add(&["two"]);
    for arguments in [
        &["done", "1", "99"][..],
        &["done", "1-2", "99"],
        &["mod", "1", "2", "99", "+tag"],
        &["rm", "99", "1"],
        &["annotate", "1", "99", "line"],
        &["start", "1,99"],
    ] {
        home.nudge(arguments).fails(4).says("99");
    }
    home.nudge(&["done", "2"]).ok();
    home.nudge(&["start", "1", "2"]).fails(5);
    // Of a range only those are meant that are there and open, as in Taskwarrior.
    home.nudge(&["start", "2-99"]).ok();
    let task = home.task(1);
    assert_eq!(
        (&task["status"], &task["version"], &task["tags"], &task["started_at"]),
        (&json!("pending"), &json!(1), &json!([]), &json!(null))
    );
}

#[test]
fn an_error_as_json_is_one_problem_document() {
    let home = Home::new();
    for (arguments, exit, code) in [
        (&["done", "99"][..], 4, "not_found"),
        (&["add", "x", "due:frday"], 7, "invalid_date"),
        (&["add", "x", "duee:friday"], 7, "unknown_key"),
        (&["add"], 2, "invalid_value"),
        (&["ls", "--socket", "/nowhere/nudge.sock"], 6, "unavailable"),
    ] {
        let problem = home.nudge(&[arguments, &["--json"]].concat()).fails(exit).problem();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("urn:nudge:problem:{code}"));
        assert!(problem["detail"].is_string() && problem["hint"].is_string(), "{problem}");
        assert!(!problem["hint"].as_str().expect("a hint").contains("{nudge}"), "{problem}");
    }
    let problem = home.nudge(&["add", "x", "due:frday", "--json"]).fails(7).problem();
    assert_eq!(problem["position"], json!({ "text": "due:frday", "start": 4, "end": 9 }));
}

#[test]
fn what_is_too_long_or_holds_a_nul_is_refused_and_never_cut() {
    let home = Home::new();
    let fits = "x".repeat(4096);
    let number = home.add(&[&fits]);
    assert_eq!(home.task(number)["title"], json!(fits));
    // No argument can hold a NUL, but a line of a file can.
    for (title, what) in [("x".repeat(4097), "4096"), ("y".repeat(1 << 20), "4096"), ("a\0b".to_owned(), "NUL")] {
        let said = home.nudge_with(&["add", "-"], title.as_bytes()).fails(7).hinted();
        assert!(what == "4096" || said.err.contains(what), "{said}");
        assert!(said.err.len() < 4096, "the message is a message");
    }
    home.nudge(&["add", "two\nlines"]).fails(7).hinted();
    home.nudge(&["add", " "]).fails(7).hinted();
    home.nudge(&["add", "x", &format!("+{}", "t".repeat(65))]).fails(7);
    let long = "z".repeat(16 * 1024 + 1);
    home.nudge(&["annotate", "1", &long]).fails(7);
    assert_eq!(home.nudge(&["count", "1-99"]).text(), "1");
    assert_eq!(home.task(1)["annotations"], json!([]));
}

#[test]
fn a_dash_removes_a_tag_and_two_end_flags_and_changes() {
    let home = Home::new();
    home.add(&["a", "+home", "+work"]);
    home.nudge(&["mod", "1", "-home", "-quiet"]).ok();
    assert_eq!(home.task(1)["tags"], json!(["work"]));
    let number = home.add(&["Call", "the bank", "--", "-q", "--json", "due:friday", "+tag", "about: it"]);
    let task = home.task(number);
    assert_eq!(task["title"], "Call the bank -q --json due:friday +tag about: it");
    assert_eq!((&task["tags"], &task["due"]), (&json!([]), &json!(null)));
    // What only looks like a change is text.
    let number = home.add(&["see", "http://example.org/a:b", "at", "10:30", "note: to self", "1+1", "a-b"]);
    assert_eq!(home.task(number)["title"], "see http://example.org/a:b at 10:30 note: to self 1+1 a-b");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::new();
    home.fill(3_000);
    for reader in ["head -1", "true"] {
        let said = home.sh(&format!("{{ \"$nudge\" ls; echo $? > code; }} | {reader}"));
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said}");
        assert_eq!(std::fs::read_to_string(home.path().join("code")).expect("written"), "0\n");
    }
    let said = home.sh("\"$nudge\" export | head -c 100 > /dev/null");
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said}");
}

#[test]
fn a_full_or_closed_output_is_a_failure() {
    let home = Home::new();
    home.add(&["one"]);
    let said = home.sh("\"$nudge\" ls > /dev/full");
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.err.starts_with("error: "), "{said}");
}

#[test]
fn help_and_version_need_no_daemon() {
    let home = Home::new();
    let version = home.nudge(&["--version"]).text();
    assert_eq!(version, concat!("nudge ", env!("CARGO_PKG_VERSION")));
    assert_eq!(home.nudge(&["-V"]).text(), version);
    for arguments in
        [&["--help"][..], &["-h"], &["help"], &["help", "add"], &["ls", "-h"], &["daemon", "run", "--help"]]
    {
        let said = home.nudge(arguments).text();
        assert!(said.contains("nudge"), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    }
    assert!(!home.state().exists() && !home.data().exists(), "{NUDGE} left something behind");
    assert!(home.status().is_none());
}
