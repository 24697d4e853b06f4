//! A title comes back exactly as it was typed, and never drives a terminal on the way. About 2 s.

use serde_json::json;

use crate::support::{Home, Terminal};

/// Titles that break programs: what terminals act on, what has two cells or none, what looks like something else.
const NASTY: [&str; 16] = [
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]0;window title\u{7}",
    "\u{1b}]52;c;cGFzdGU=\u{1b}\\",
    "\u{9b}2J\u{9d}x\u{9c}",
    "bell\u{7}tab\tdel\u{7f}",
    "abc\u{202e}txt.exe\u{2066}x\u{2069}",
    "no\u{200b}width \u{feff}x\u{2028}line",
    "日本語のタイトル、とても長いので折り返されるはずです",
    "👨‍👩‍👧 family ❤️‍🔥 🇩🇪",
    "می‌خواهم שלום",
    "e\u{301}\u{301}\u{301} combining",
    "quotes ' \" ` $HOME $(id) \\n %s {nudge} {}",
    "<b>&amp;</b>\u{0}",
    "trailing space ",
    "a\u{1b}b\u{85}c",
    "\u{e0041}tag characters",
];

/// What a terminal acts on or shows wrongly. Line breaks are the table's own.
fn drives(c: char) -> bool {
    matches!(c, '\0'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}' | '\u{e0000}'..='\u{e007f}')
}

#[test]
fn json_gives_back_the_exact_title_and_text_shows_it_harmless() {
    let home = Home::new();
    for title in NASTY.iter().filter(|title| !title.contains('\0')) {
        let number = home.add(&["--", title]);
        let said = home.nudge(&["show", &number.to_string(), "--json"]).ok();
        assert!(!said.out.contains(|c| c != '\n' && drives(c)), "{title:?}: {said:?}");
        assert_eq!(said.json()["title"], json!(title));
        for verb in ["show", "start", "done"] {
            let said = home.nudge(&[verb, &number.to_string()]).ok();
            assert!(!said.out.contains(drives), "{verb} {title:?}: {said:?}");
        }
    }
    let said = home.nudge(&["ls", "status:completed"]).ok();
    assert!(!said.out.contains(drives), "{said:?}");
    assert!(said.out.contains("␛[31mred") && said.out.contains("日本語"), "{said}");
}

#[test]
fn all_that_has_text_of_others_in_it_is_harmless() {
    let home = Home::new();
    let nasty = "x\u{1b}[2J\u{9b}y\u{202e}";
    home.add(&["a", &format!("project:{nasty}"), &format!("note:{nasty}")]);
    home.nudge(&["annotate", "1", nasty]).ok();
    for arguments in
        [&["show", "1"][..], &["ls"], &["show", "1", "--json"], &["export", "--format", "taskwarrior"], &["undo"]]
    {
        let said = home.nudge(arguments).ok();
        assert!(!said.out.contains(drives) && !said.err.contains(drives), "{said:?}");
    }
    let refused = home.nudge(&["add", "x", &format!("due:{nasty}")]).fails(7);
    assert!(!refused.err.contains(drives), "{refused:?}");
    let refused = home.nudge(&["add", "x", &format!("due:{nasty}"), "--json"]).fails(7);
    assert!(!refused.err.contains(drives), "{refused:?}");
}

#[test]
fn on_a_terminal_a_title_can_only_be_read() {
    let Some(terminal) = Terminal::of(80, "cli::titles::on_a_terminal_a_title_can_only_be_read") else { return };
    let home = Home::new();
    home.add(&["--", "\u{1b}]0;owned\u{7}\u{1b}[2Jx\u{9b}31m"]);
    for arguments in ["ls", "show 1", "ls --json", "done 1"] {
        let said = terminal.run(&home, &format!("\"$nudge\" --color=never {arguments}")).ok();
        assert!(said.out.contains("owned"), "{said}");
        assert!(!said.out.contains(drives), "{said:?}");
    }
}
