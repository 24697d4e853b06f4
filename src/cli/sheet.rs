//! A sheet: one thing told in lines of a name and a value. It knows no thing.

use std::fmt::Write as _;

use super::sanitize::visible;

/// Returns a line for each name and value; a value may hold anything, and is made safe to show.
#[must_use]
pub(super) fn lines(rows: &[(&str, String)]) -> String {
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        writeln!(text, "{name:<12}{}", visible(value)).expect("a string takes all");
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_stand_below_each_other_and_drive_no_terminal() {
        let rows = [("email", "a\u{1b}@b".to_owned()), ("signed in", "by uid".to_owned())];
        assert_eq!(super::lines(&rows), "email       a␛@b\nsigned in   by uid\n");
    }
}
