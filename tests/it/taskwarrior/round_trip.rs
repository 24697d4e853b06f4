//! From Taskwarrior to nudge and back into an empty Taskwarrior, field by field. About 8 s.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::list;
use super::program::{Records, Taskwarrior, assert_same, records};
use crate::support::Home;

const NAME: &str = "taskwarrior::round_trip::all_of_a_real_list_comes_over_and_goes_back";

/// What a person does, by Taskwarrior's own commands.
fn by_hand(task: &Taskwarrior<'_>) {
    for words in [
        &["add", "Pay rent", "due:2026-12-01", "project:home.flat", "+bills", "priority:H"][..],
        &["add", "Call the bank", "due:2026-12-01T17:30", "wait:2026-11-30"],
        &["add", "A chain, the end", "depends:1,2"],
        &["add", "A chain, the very end", "depends:3", "scheduled:2026-12-24"],
        &["add", "Estimated", "estimate:3h", "points:5", "owner:me", "reviewed:2026-05-05"],
        &["add", "Ends some day", "until:2099-01-01"],
        &["add", "To be done", "+done"],
        &["add", "To be deleted"],
        &["add", "In work"],
        &["log", "Was done before", "project:home"],
        &["5", "annotate", "a line with \"quotes\" and [brackets]"],
        &["5", "annotate", "another: https://example.org/"],
        &["7", "done"],
        &["8", "delete"],
        &["9", "start"],
        &["4", "modify", "+late", "priority:L", "due:2027-01-01"],
        &["1", "append", "and water"],
        &["add", "Water the plants", "due:2026-12-05", "recur:weekly"],
        &["add", "Backup", "due:2026-12-06T08:00", "recur:monthly", "until:2030-01-01", "+ops"],
    ] {
        task.run(words);
    }
    for n in 1..=16 {
        let due = format!("due:2027-01-{n:02}T{n:02}:30");
        task.run(&[
            "add",
            &format!("Errand {n}"),
            &due,
            &format!("+errand{n}"),
            &format!("points:{n}.5"),
            "project:errands",
        ]);
    }
    // Instances of what recurs are made by a report.
    task.run(&["rc.recurrence=on", "rc.verbose=nothing", "next"]);
    task.run(&["rc.recurrence=on", "status:pending", "+CHILD", "count"]);
}

/// The numbers that tasks have in an export, as far as they are for good.
fn numbers(records: &Records) -> BTreeMap<String, i64> {
    let open =
        records.iter().filter(|(_, record)| ["pending", "waiting"].contains(&record["status"].as_str().unwrap_or("")));
    open.map(|(uuid, record)| (uuid.clone(), record["id"].as_i64().expect("a number"))).collect()
}

/// Asserts that open tasks have these numbers in nudge, and that there are no others.
#[track_caller]
fn assert_numbers(home: &Home, expected: &BTreeMap<String, i64>) {
    let mut found = BTreeMap::new();
    for status in ["status:pending", "status:waiting"] {
        let list = home.nudge(&["ls", status, "--json"]).json();
        for task in list["items"].as_array().expect("a list") {
            found.insert(task["id"].as_str().expect("an id").to_owned(), task["number"].as_i64().expect("a number"));
        }
    }
    for (id, number) in expected {
        assert_eq!(found.remove(id), Some(*number), "{id}");
    }
    assert!(found.is_empty(), "{found:?}");
}

fn left(home: &Home) -> Vec<String> {
    let count = |status| home.nudge(&["count", &format!("status:{status}")]).text();
    ["pending", "waiting", "completed", "deleted"].map(count).into()
}

#[test]
fn all_of_a_real_list_comes_over_and_goes_back() {
    // A zone with two offsets, so that a midnight is not the same hour all year.
    let home = Home::new().with("TZ", "Europe/Berlin");
    let Some(theirs) = Taskwarrior::of(&home, "theirs", NAME) else { return };
    by_hand(&theirs);
    theirs.import(&list::all());
    let there = theirs.export();
    let before = records(&there);
    let are = |status: &str| before.values().filter(|record| record["status"] == status).count();
    assert!(before.len() >= 1_100 && are("pending") > 400 && are("recurring") > 20, "{}", before.len());
    let waiting = before.values().filter(|record| record["wait"].is_string()).count();
    assert!(are("completed") > 100 && are("deleted") > 100 && waiting > 20, "{}", before.len());
    let file = home.path().join("tasks.json");
    fs::write(&file, &there).expect("written");
    let import = ["import", file.to_str().expect("UTF-8"), "--json"];

    let answer = home.nudge(&import).json();
    let counted = |name: &str| answer[name].as_u64().and_then(|count| usize::try_from(count).ok());
    assert_eq!(answer["refused"], Value::from(Vec::<Value>::new()));
    assert_eq!((counted("records"), counted("created")), (Some(before.len()), Some(before.len())));
    let expected = numbers(&before);
    assert_numbers(&home, &expected);

    let export = home.nudge(&["export", "--format", "taskwarrior"]).text();
    let empty = Taskwarrior::of(&home, "empty", NAME).expect("as the first");
    empty.import(&export);
    assert_same(&before, &records(&empty.export()));

    let answer = home.nudge(&import).json();
    assert_eq!(
        (&answer["operation"], answer["created"].as_u64(), answer["changed"].as_u64()),
        (&Value::Null, Some(0), Some(0))
    );
    assert_eq!(answer["unchanged"].as_u64(), u64::try_from(before.len()).ok(), "{answer}");
    assert_eq!(home.nudge(&["export"]).text(), export, "a second import changes nothing");

    let said = home.nudge(&["undo"]).text();
    assert!(said.starts_with("undid `import`"), "{said}");
    assert_eq!(left(&home), ["0", "0", "0", "0"], "one undo takes all of it back");
    assert_eq!(records(&home.nudge(&["export"]).text()).len(), 0);

    home.nudge(&import).ok();
    // What comes again has its number again.
    assert_numbers(&home, &expected);
    assert_same(&records(&export), &records(&home.nudge(&["export"]).text()));
    let highest = expected.values().max().copied().expect("some are pending");
    let number = home.add(&["a new one"]);
    assert!(number > highest, "{number} was never given");
}

#[test]
fn what_was_changed_here_is_kept_and_what_is_newer_there_comes_over() {
    let home = Home::new().with("TZ", "Europe/Berlin");
    let record = |title: &str, modified: &str, more: &str| {
        format!(
            r#"[{{"uuid":"11111111-1234-4abc-8def-000000000001","description":"{title}","status":"pending",
            "entry":"20260101T000000Z","modified":"{modified}","tags":["a"]{more}}}]"#
        )
    };
    let import = |text: String| {
        let said = home.nudge_with(&["import", "-", "--json"], text.as_bytes());
        said.json()
    };
    assert_eq!(import(record("first", "20260101T000000Z", ""))["created"], 1);
    assert_eq!(import(record("second", "20260102T000000Z", r#","project":"p""#))["changed"], 1);
    assert_eq!((home.task(1)["title"].as_str(), home.task(1)["project"].as_str()), (Some("second"), Some("p")));
    assert_eq!(import(record("first", "20260101T000000Z", ""))["older"], 1);
    home.nudge(&["mod", "1", "mine"]).ok();
    assert_eq!(import(record("third", "20260103T000000Z", ""))["older"], 1, "the change here is newer");
    assert_eq!(home.task(1)["title"], "mine");
    assert_eq!(import(record("fourth", "20990101T000000Z", ""))["changed"], 1);
    home.nudge(&["undo"]).ok();
    assert_eq!(home.task(1)["title"], "mine");
}

#[test]
fn a_day_there_is_a_day_here() {
    let home = Home::new().with("TZ", "Europe/Berlin");
    let text = r#"[{"description":"winter","due":"20261126T230000Z"},{"description":"summer","due":"20260630T220000Z"},
        {"description":"moment","due":"20261127T000000Z"}]"#;
    home.nudge_with(&["import", "-"], text.as_bytes()).ok();
    let due = |number| home.task(number)["due"].as_str().map(str::to_owned).expect("a date");
    assert_eq!([due(1), due(2), due(3)], ["2026-11-27", "2026-07-01", "2026-11-27T01:00:00+01:00[Europe/Berlin]"]);
}
