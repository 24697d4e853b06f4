//! `--json`: the wire's documents, exactly, and still safe on a terminal.
//!
//! `serde_json` leaves DEL, C1 controls and text direction controls as they are; some terminals act on them.
//! Here they are written as `\uXXXX`, which a JSON parser takes back to the same text.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

/// Returns a document as indented JSON with a line break at the end.
///
/// # Errors
/// When the value can't be written as JSON, such as a map with keys that are no strings.
pub(super) fn document<T: Serialize>(value: &T) -> io::Result<String> {
    let mut text = escape(&serde_json::to_string_pretty(value)?);
    text.push('\n');
    Ok(text)
}

/// Replaces characters that a terminal acts on. Outside of strings JSON has none, so the meaning stays.
#[must_use]
pub(super) fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        // Line breaks between members are ours; inside strings serde_json has escaped them.
        if c != '\n' && super::sanitize::hidden(c) && c != '\u{200d}' && c != '\u{200c}' {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("a string takes all");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_gets_the_exact_text_and_a_terminal_nothing_to_act_on() {
        let title = "a\u{1b}[2J\u{7f}\u{9b}31m\u{202e}\u{2028}\u{2029}\u{e0041}\u{feff}\n\t\"\\ 日本 👨‍👩‍👧";
        let json = document(&serde_json::json!({ "title": title })).expect("it is JSON");
        assert!(json.chars().all(|c| c == '\n' || !c.is_control()), "{json:?}");
        assert!(!json.contains(['\u{202e}', '\u{2028}', '\u{2029}', '\u{e0041}']));
        let back: serde_json::Value = serde_json::from_str(&json).expect("valid");
        assert_eq!(back["title"], title);
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(escape("{\n  \"a\": \"é\"\n}"), "{\n  \"a\": \"é\"\n}");
    }
}
