//! A file of JSON records taken apart: an array, or one object after another. No parse tree is built.
//!
//! The whole file is looked at before anything is sent, so that broken JSON leaves nothing half done. Positions
//! are kept, so that a record that the daemon refuses can be named by its line.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line of its first character, from 1.
    pub line: usize,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// Why a text can't be taken apart, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// Finds the records of a text.
///
/// # Errors
/// The first place that is not JSON, or not such a list.
pub(super) fn find(text: &str) -> Result<Vec<Record>, Broken> {
    let mut scan = Scan { text, at: text.len() - text.trim_start_matches('\u{feff}').len(), line: 1, counted: 0 };
    let mut records = Vec::new();
    let array = scan.take(b'[');
    if array && scan.take(b']') {
        return scan.end(records);
    }
    loop {
        if !array && scan.is_at_end() {
            return Ok(records);
        }
        records.push(scan.record()?);
        match (array, scan.peek()) {
            // Old Taskwarriors put a comma between lines, but no brackets around them.
            (_, Some(b',')) => scan.at += 1,
            (true, Some(b']')) => {
                scan.at += 1;
                return scan.end(records);
            }
            (true, _) => return Err(scan.broken(scan.at, "`,` or `]` is missing".to_owned())),
            (false, _) => {}
        }
    }
}

/// Returns a record as one line. A line break can only stand between its members: inside strings JSON escapes it.
#[must_use]
pub(super) fn one_line(record: &str) -> Cow<'_, str> {
    if record.contains(['\n', '\r']) { Cow::Owned(record.replace(['\n', '\r'], " ")) } else { Cow::Borrowed(record) }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    counted: usize,
}

impl Scan<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn end(&mut self, records: Vec<Record>) -> Result<Vec<Record>, Broken> {
        if self.is_at_end() { Ok(records) } else { Err(self.broken(self.at, "nothing may follow the `]`".to_owned())) }
    }

    fn record(&mut self) -> Result<Record, Broken> {
        match self.peek() {
            Some(b'{') => {}
            Some(_) => return Err(self.broken(self.at, "an object `{…}` is wanted here".to_owned())),
            None => return Err(self.broken(self.at, "the file ends in the middle of the list".to_owned())),
        }
        let start = self.at;
        let rest = &self.text[start..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(raw)) => {
                self.at = start + raw.get().len();
                self.line += line_breaks(&self.text[self.counted..start]);
                self.counted = start;
                Ok(Record { line: self.line, range: start..self.at })
            }
            Some(Err(error)) => Err(self.broken(start + offset(rest, &error), message(&error))),
            None => Err(self.broken(start, "the file ends in the middle of the list".to_owned())),
        }
    }

    fn broken(&self, at: usize, message: String) -> Broken {
        let before = &self.text[..self.text.floor_char_boundary(at.min(self.text.len()))];
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        Broken { line: 1 + line_breaks(before), column: 1 + before[line_start..].chars().count(), message }
    }
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// Turns line and column of an error into an offset. `serde_json` counts columns in bytes, from 1.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(0, |(place, _)| place + 1),
    };
    line_start + error.column().saturating_sub(1)
}

/// Returns the words of an error without its place, which is only a place in the record.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, &str)> {
        let records = find(text).unwrap_or_else(|broken| panic!("{text:?}: {broken:?}"));
        records.into_iter().map(|record| (record.line, &text[record.range])).collect()
    }

    #[test]
    fn arrays_and_lines_are_taken_apart_with_their_places() {
        for (text, expected) in [
            ("", vec![]),
            ("[]", vec![]),
            ("[\n]\n", vec![]),
            ("[\n{\"a\":1},\n{\"b\":\"]},{\"}\n]\n", vec![(2, "{\"a\":1}"), (3, "{\"b\":\"]},{\"}")]),
            ("{\"a\":1}\n\n{\"b\":2}\n", vec![(1, "{\"a\":1}"), (3, "{\"b\":2}")]),
            ("{\"a\":1},\n{\"b\":2}", vec![(1, "{\"a\":1}"), (2, "{\"b\":2}")]),
            ("\u{feff}[{\"ä\":\"日\"}]", vec![(1, "{\"ä\":\"日\"}")]),
            ("[{\n \"a\": 1\n},\n{}]", vec![(1, "{\n \"a\": 1\n}"), (4, "{}")]),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn broken_text_is_told_with_its_place() {
        for (text, line, column) in [
            ("[\n{\"a\":1}\n{\"b\":2}]", 3, 1),
            ("[\n{\"a\":1},\n]", 3, 1),
            ("[\n{\"a\":1}", 2, 8),
            ("[{\"a\":1}] x", 1, 11),
            ("{\"a\":1}\n{\"ä\": x}", 2, 7),
            ("{\"a\":\n  tru}", 2, 6),
            ("[1]", 1, 2),
            ("task one", 1, 1),
            ("[{\"a\":\"line\nbreak\"}]", 1, 11),
        ] {
            let broken = find(text).expect_err(text);
            assert_eq!((broken.line, broken.column), (line, column), "{text:?}: {}", broken.message);
            assert!(!broken.message.contains(" line "), "{}", broken.message);
        }
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(found(&text).len(), 1);
    }

    #[test]
    fn a_record_over_lines_becomes_one() {
        assert_eq!(one_line("{\n\"a\":\r\n1}"), "{ \"a\":  1}");
        assert_eq!(one_line("{\"a\":1}"), "{\"a\":1}");
    }
}
