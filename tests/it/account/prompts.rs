//! On a terminal what is needed is asked for, and no password that is typed is ever seen.

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, device_of};
use crate::support::{Home, Said, Terminal};

#[track_caller]
fn is_unseen(said: &Said) {
    for password in [PASSWORD, OTHER_PASSWORD] {
        assert!(!said.out.contains(password), "a password is seen: {said}");
    }
}

#[test]
fn passwords_are_asked_for_and_not_seen() {
    let name = "account::prompts::passwords_are_asked_for_and_not_seen";
    let Some(terminal) = Terminal::of(80, name) else { return };
    let home = Home::new();
    home.start();
    let mut dialogue = terminal.talk(&home, "\"$nudge\" signup");
    dialogue.answer("email: ", EMAIL);
    dialogue.answer_unseen("new password: ", PASSWORD);
    dialogue.answer_unseen("once more: ", OTHER_PASSWORD);
    dialogue.answer_unseen("new password: ", PASSWORD);
    dialogue.answer_unseen("once more: ", PASSWORD);
    let said = dialogue.ended();
    is_unseen(&said);
    assert!(said.code == Some(0) && said.out.contains("these two are not the same"), "{said}");
    assert!(said.out.contains(&format!("email: {EMAIL}")), "an email is seen: {said}");

    let device = device_of(&home);
    let mut dialogue = terminal.talk(&device, &format!("\"$nudge\" login {EMAIL} --store file"));
    dialogue.answer_unseen(&format!("password of {EMAIL}: "), PASSWORD);
    let said = dialogue.ended();
    is_unseen(&said);
    assert!(said.code == Some(0) && said.out.contains(&format!("signed in as {EMAIL}")), "{said}");

    let mut dialogue = terminal.talk(&device, "\"$nudge\" passwd; code=$?; stty -a; exit $code");
    dialogue.answer_unseen("present password: ", PASSWORD);
    dialogue.answer_unseen("new password: ", OTHER_PASSWORD);
    dialogue.answer_unseen("once more: ", OTHER_PASSWORD);
    let said = dialogue.ended();
    is_unseen(&said);
    assert!(said.code == Some(0) && said.out.contains("has a new password"), "{said}");
    assert!(said.out.split_whitespace().any(|word| word == "echo"), "typing is seen again: {said}");
}

#[test]
fn an_interrupted_prompt_changes_nothing_and_leaves_the_terminal_as_it_was() {
    let name = "account::prompts::an_interrupted_prompt_changes_nothing_and_leaves_the_terminal_as_it_was";
    let Some(terminal) = Terminal::of(80, name) else { return };
    let home = Home::new();
    home.start();
    let script = format!("trap : INT; \"$nudge\" signup {EMAIL}; code=$?; stty -a; exit $code");
    let mut dialogue = terminal.talk(&home, &script);
    dialogue.interrupt("new password: ");
    let said = dialogue.ended();
    assert_eq!(said.code, Some(130), "{said}");
    assert!(said.out.split_whitespace().any(|word| word == "echo"), "typing is seen again: {said}");
    assert!(home.nudge(&["whoami", "--json"]).json()["email"].is_null());
    let mut dialogue = terminal.talk(&home, &format!("\"$nudge\" signup {EMAIL}"));
    dialogue.answer_unseen("new password: ", "");
    let said = dialogue.ended();
    assert!(said.code == Some(1) && said.out.contains("no password was typed"), "{said}");
}
