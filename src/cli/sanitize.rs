//! Stored text made safe to show: it never drives a terminal, and what was taken out can be seen.
//!
//! Other people's programs write titles. Escape sequences, line breaks, text direction controls and invisible
//! characters are shown as visible ones. `--json` does not come through here: see [`crate::cli::json`].

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` with every character that a terminal would act on, or not show, replaced by a visible form.
///
/// Control characters become their pictures (`␛`), others their code (`\u{202e}`). A joiner inside an emoji
/// or between letters of a script that needs it stays.
#[must_use]
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{200c}' | '\u{200d}' if joins(before, rest.peek().copied()) => out.push(c),
            _ if hidden(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string takes all"),
            _ => out.push(c),
        }
        // The variation selector belongs to the character before it.
        if c != '\u{fe0f}' {
            before = Some(c);
        }
    }
    Cow::Owned(out)
}

/// Says whether a character would move the cursor, turn the text's direction or stay unseen.
#[must_use]
pub(super) fn hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Says whether a zero-width joiner or non-joiner between two characters has a purpose.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let letter = |c: char| !c.is_ascii() && c.is_alphabetic() && !hidden(c);
    // Indic vowel signs and viramas are no letters, but joiners follow them.
    let mark = |c: char| matches!(c, '\u{900}'..='\u{dff}' | '\u{600}'..='\u{6ff}');
    let script = |c: char| letter(c) || mark(c);
    (pictograph(before) && pictograph(after)) || (script(before) && script(after))
}

fn pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_passes() {
        for (input, expected) in [
            ("plain", "plain"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("two\nlines\tand a tab\r", "two␊lines␉and a tab␍"),
            ("\0\u{7f}", "␀␡"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("no\u{200b}break", "no\\u{200b}break"),
            ("a\u{200d}b", "a\\u{200d}b"),
            ("\u{feff}x\u{2028}y", "\\u{feff}x\\u{2028}y"),
            ("日本語 café", "日本語 café"),
            ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
            ("❤️‍🔥", "❤️‍🔥"),
            ("👍🏽\u{200d}", "👍🏽\\u{200d}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ] {
            assert_eq!(visible(input), expected, "{input:?}");
        }
    }

    #[test]
    fn every_control_character_is_replaced() {
        for c in (0..=0x1f).chain(0x7f..=0x9f).filter_map(char::from_u32) {
            assert!(!visible(&format!("é{c}")).contains(c), "{c:?}");
        }
    }
}
