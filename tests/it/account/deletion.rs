//! An account goes with all that it has, after it was made sure of, and no other account notices.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, device_of, is_signed_out, login, other_account, piped, sign_up};
use crate::support::{Home, Terminal};

#[test]
fn it_takes_its_data_with_it_and_nothing_else() {
    let home = Home::new();
    home.add(&["mine", "due:2099-11-27", "remind:1d", "+tag", "note:text"]);
    let eve = other_account(&home, "eve@example.org");
    eve.add(&["hers"]);
    let before = home.nudge(&["whoami", "-q"]).text();
    let token = home.nudge(&["token", "add", "script", "--scope", "tasks:read"]).ok().out;
    home.nudge(&["account", "delete"]).fails(2).hinted();
    assert_eq!(home.numbers(&[]), [1], "not without a word");

    let said = home.nudge(&["account", "delete", "--yes"]).ok();
    assert!(said.out.starts_with("deleted account ") && said.out.ends_with(" with 1 task and 1 token\n"), "{said}");
    assert!(said.err.contains("can't be undone"), "{said}");
    is_signed_out(&home);
    assert_eq!(home.sh(&format!("NUDGE_TOKEN={} \"$nudge\" ls", token.trim_end())).code, Some(3));
    assert_eq!(eve.numbers(&[]), [1]);
    let users = home.nudge(&["user", "ls", "-q"]).text();
    assert_eq!(users.lines().count(), 1, "{users}");

    let login = home.nudge(&["login", "-q"]).text();
    assert_ne!(login, before, "a fresh account");
    assert_eq!(home.nudge(&["count"]).text(), "0");
    home.nudge(&["undo"]).fails(5);
    assert_eq!(home.add(&["new"]), 1);
    if let Some(titles) = home.sql("SELECT group_concat(title, ',') FROM (SELECT title FROM tasks ORDER BY title)") {
        assert_eq!(titles, "hers,new", "no row is left");
    }
    home.nudge(&["daemon", "restart"]).ok();
    assert_eq!((home.numbers(&[]), eve.numbers(&[])), (vec![1], vec![1]));
}

#[test]
fn the_file_does_not_hold_it_any_more() {
    let home = Home::new();
    for number in 1..=30 {
        home.add(&[&format!("a title that is to be forgotten, number {number}"), "note:and its note"]);
    }
    sign_up(&home);
    home.nudge(&["daemon", "stop"]).ok();
    let holds = |text: &[u8]| {
        let file = fs::read(home.database()).expect("a database");
        file.windows(text.len()).any(|bytes| bytes == text)
    };
    assert!(holds(b"to be forgotten") && holds(b"$argon2id$"), "this test looks where they are");
    home.nudge(&["account", "delete", "--yes"]).ok();
    home.nudge(&["daemon", "stop"]).ok();
    for text in [&b"to be forgotten"[..], b"and its note", b"$argon2id$", EMAIL.as_bytes()] {
        assert!(!holds(text), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn by_password_it_wants_the_password() {
    let home = Home::new();
    home.add(&["one"]);
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    device.nudge(&["account", "delete", "--yes"]).fails(2).hinted();
    piped(&device, &["account", "delete", "--yes"], &[OTHER_PASSWORD]).fails(3).says("wrong");
    assert_eq!((device.numbers(&[]), home.numbers(&[])), (vec![1], vec![1]));
    let said = piped(&device, &["account", "delete", "--yes"], &[PASSWORD]).ok();
    assert_eq!(said.out, format!("deleted {EMAIL} with 1 task and 0 tokens\n"));
    device.nudge(&["ls"]).fails(3).hinted();
    login(&device, EMAIL, PASSWORD).fails(3);
    assert_eq!(home.nudge(&["count"]).text(), "0", "the uid begins anew");
    sign_up(&home);
}

#[test]
fn on_a_terminal_an_export_is_offered_and_a_word_is_wanted() {
    let name = "account::deletion::on_a_terminal_an_export_is_offered_and_a_word_is_wanted";
    let Some(terminal) = Terminal::of(80, name) else { return };
    let home = Home::new();
    home.add(&["Pay rent", "+bills"]);
    let delete = "\"$nudge\" account delete";

    let mut dialogue = terminal.talk(&home, delete);
    dialogue.answer("a file to write the tasks to first", "");
    dialogue.answer("to go on", "y");
    let said = dialogue.ended();
    assert!(said.code == Some(1) && said.out.contains("nothing was deleted"), "{said}");
    fs::write(home.path().join("there.json"), "mine").expect("written");
    let mut dialogue = terminal.talk(&home, delete);
    dialogue.answer("a file to write the tasks to first", "there.json");
    let said = dialogue.ended();
    assert!(said.code == Some(1) && said.out.contains("is there already"), "{said}");
    assert_eq!(fs::read_to_string(home.path().join("there.json")).expect("there"), "mine");
    assert_eq!(home.numbers(&[]), [1]);

    let mut dialogue = terminal.talk(&home, delete);
    dialogue.answer("a file to write the tasks to first", "kept.json");
    dialogue.answer("to go on", "delete");
    let said = dialogue.ended();
    assert!(said.code == Some(0) && said.out.contains("the tasks are in kept.json"), "{said}");
    is_signed_out(&home);
    let kept = home.path().join("kept.json");
    assert_eq!(fs::metadata(&kept).expect("there").mode() & 0o777, 0o600);
    home.nudge(&["login"]).ok();
    assert_eq!(home.nudge(&["count"]).text(), "0");
    home.nudge(&["import", "kept.json"]).ok();
    assert_eq!(home.task(1)["title"], "Pay rent");
}
