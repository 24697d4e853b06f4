//! Output fits where it goes: a wide terminal, a narrow one, one without colour, a pipe. About 2 s.

use crate::support::{Home, Terminal};

const LONG: &str = "a title that goes on for quite a while so that no line of forty cells can hold all of it";

fn filled() -> Home {
    let home = Home::new();
    home.add(&["Pay rent", "due:2099-11-27", "project:home.flat", "+bills", "+monthly", "priority:high"]);
    home.add(&[LONG, "project:work"]);
    home.add(&["日本語のタイトルはとても長いので折り返されるはずです、きっと", "+日本"]);
    home.add(&["👨‍👩‍👧 family day, and then words that go on for a while to be wrapped", "due:2020-01-01"]);
    home
}

/// Cells that a line takes: what East Asian terminals show wide counts twice, what joins counts nothing. Good for
/// the titles above.
fn cells(line: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ff00}'..='\u{ff60}');
    let mut joined = false;
    let mut cells = 0;
    for c in line.chars() {
        match c {
            '\u{200d}' => joined = true,
            '\u{1f000}'..='\u{1faff}' => cells += if std::mem::take(&mut joined) { 0 } else { 2 },
            _ => cells += if wide(c) { 2 } else { 1 },
        }
    }
    cells
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let home = filled();
    for columns in [40, 60, 80, 132] {
        let Some(terminal) = Terminal::of(columns, "cli::terminal::no_line_is_wider_than_the_terminal") else { return };
        let said = terminal.run(&home, "\"$nudge\" ls --color=never").ok();
        for line in said.out.lines() {
            assert!(cells(line) <= usize::from(columns), "{columns}: {line:?}\n{said}");
        }
        for part in ["Pay rent", "quite", "日本語", "👨‍👩‍👧", "wrapped"] {
            assert!(said.out.contains(part), "{columns}: {part}\n{said}");
        }
        assert!(!said.out.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn a_pipe_gets_whole_lines_without_colour() {
    let home = filled();
    let said = home.nudge(&["ls"]).text();
    assert_eq!(said.lines().count(), 5, "a heading and a line for each task: {said}");
    assert!(said.contains(LONG) && said.contains("きっと") && !said.contains('\u{1b}'), "{said}");
    let said = home.nudge(&["ls", "--color", "always"]).text();
    assert!(said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let Some(terminal) = Terminal::of(80, "cli::terminal::colour_is_for_terminals_that_want_it") else { return };
    let home = filled();
    let coloured = |script: &str| terminal.run(&home, script).ok().out.contains('\u{1b}');
    assert!(coloured("\"$nudge\" ls"));
    for plain in
        ["NO_COLOR=1 \"$nudge\" ls", "TERM=dumb \"$nudge\" ls", "\"$nudge\" ls --color never", "\"$nudge\" ls | cat"]
    {
        assert!(!coloured(plain), "{plain}");
    }
    let said = terminal.run(&home, "NO_COLOR=1 \"$nudge\" done 99");
    assert!(said.out.starts_with("error: ") && !said.out.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_terminal_gets_a_screenful_and_is_told_of_the_rest() {
    let Some(terminal) = Terminal::of(80, "cli::terminal::a_terminal_gets_a_screenful_and_is_told_of_the_rest") else {
        return;
    };
    let home = Home::new();
    home.fill(60);
    let said = terminal.run(&home, "\"$nudge\" ls").ok();
    assert!(said.out.lines().count() <= 24 && said.out.contains("more: add `--limit all`"), "{said}");
    let said = terminal.run(&home, "\"$nudge\" ls --limit all").ok();
    assert_eq!(said.out.lines().filter(|line| line.contains("task ")).count(), 60, "{said}");
    let said = terminal.run(&home, "\"$nudge\"").ok();
    assert!(said.out.contains("task 1 "), "`nudge` alone shows tasks: {said}");
}

#[test]
fn nothing_is_asked_without_a_terminal() {
    let home = Home::new();
    home.fill(40);
    home.nudge(&["rm", "1-40"]).ok();
    assert_eq!(home.nudge(&["count"]).text(), "0");
}
