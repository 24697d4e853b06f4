//! A file with something wrong in it: what is good comes in, what is not is named with its place. About 1 s.

use std::fs;

use crate::support::{Home, Terminal};

const MIXED: &str = r#"[
{"description":"good","status":"pending","entry":"20260101T000000Z"},
{"description":"lost","status":"lost"},
{"status":"pending"},
{"description":"bad date","due":"tomorrow"},

{"description":"bad id","uuid":"1234"},
{"description":"also good","tags":["a"]}
]
"#;

#[test]
fn bad_records_are_named_and_the_others_come_in() {
    let home = Home::new();
    let file = home.path().join("mixed.json");
    fs::write(&file, MIXED).expect("written");
    let said = home.nudge(&["import", file.to_str().expect("UTF-8")]);
    assert_eq!(said.code, Some(7), "{said}");
    assert!(said.out.contains("2 new"), "{said}");
    let said = said.says("4 of 6 records were refused").hinted();
    for (record, line, what) in [(2, 3, "lost"), (3, 4, "description"), (4, 5, "due"), (5, 7, "uuid")] {
        let told = said.err.lines().find(|told| told.contains(&format!("record {record} (line {line} of ")));
        assert!(told.is_some_and(|told| told.contains(what)), "record {record}: {said}");
    }
    assert_eq!(home.nudge(&["count"]).text(), "2");
    home.nudge(&["undo"]).ok();
    assert_eq!(home.nudge(&["count"]).text(), "0");
}

#[test]
fn what_is_no_export_brings_nothing_in() {
    let home = Home::new();
    let long = format!(r#"[{{"description":"{}"}}]"#, "x".repeat(5_000));
    for (text, says) in [
        (r#"[{"description":"a"},"#, "ends"),
        ("[{\"description\":\"a\"}\n{\"description\":\"b\"}]", "line 2"),
        ("", "empty"),
        ("buy milk\n", "line 1, column 1"),
        ("[description:\"a\" status:\"pending\"]\n", "task export"),
        ("SQLite format 3\0", "database"),
        (long.as_str(), "4096"),
    ] {
        let file = home.path().join("file.json");
        fs::write(&file, text).expect("written");
        let said = home.nudge(&["import", file.to_str().expect("UTF-8")]);
        assert_eq!(said.code, Some(7), "{said}");
        said.hinted().says(says);
    }
    home.nudge(&["import", "/nowhere.json"]).fails(1).hinted();
    home.nudge(&["import"]).fails(2);
    home.nudge(&["import", "-", "--format", "csv"]).fails(2).hinted();
    home.nudge(&["export", "--format", "csv"]).fails(2).hinted();
    assert_eq!(home.nudge(&["count"]).text(), "0");
    assert_eq!(home.nudge_with(&["import", "-"], b"[]").text(), "imported 0: 0 new, 0 changed");
}

#[test]
fn progress_is_for_a_terminal() {
    let Some(terminal) = Terminal::of(80, "taskwarrior::refusals::progress_is_for_a_terminal") else { return };
    let home = Home::new();
    let record = |n| format!("{{\"description\":\"task {n}\"}}");
    let records: Vec<String> = (0..500).map(record).collect();
    fs::write(home.path().join("many.json"), records.join("\n")).expect("written");
    let said = terminal.run(&home, "\"$nudge\" import many.json").ok();
    assert!(said.out.contains("importing 500/500") && said.out.contains("500 new"), "{said}");
    let said = home.nudge(&["import", "many.json"]).ok();
    assert_eq!(said.err, "", "{said}");
}
