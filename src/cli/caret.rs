//! The picture of a mistake: the text that was typed and a caret under the place.
//!
//! It measures in terminal cells, so that the caret is right under wide characters too, and shows a window of
//! a long text.

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

use super::sanitize::visible;
use crate::api::error::Position;

/// Cells of the text shown before, at and after the place.
const BEFORE: usize = 36;
const AT: usize = 28;
const AFTER: usize = 12;

/// Draws the text and the carets, as two lines without a line break at the end.
#[must_use]
pub(super) fn draw(position: &Position) -> String {
    let start = position.start;
    let end = position.end.max(start);
    let before: String = position.text.chars().take(start).collect();
    let at: String = position.text.chars().skip(start).take(end - start).collect();
    let after: String = position.text.chars().skip(end).collect();

    let before = last_cells(&visible(&before), BEFORE);
    let at = first_cells(&visible(&at), AT);
    let after = first_cells(&visible(&after), AFTER);
    let carets = "^".repeat(at.width().max(1));
    format!("{before}{at}{after}\n{}{carets}", " ".repeat(before.width()))
}

fn first_cells(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used < cells
        })
        .collect();
    out.push('…');
    out
}

fn last_cells(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text
        .chars()
        .rev()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used < cells
        })
        .count();
    let all = text.chars().count();
    std::iter::once('…').chain(text.chars().skip(all - kept)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, start: usize, end: usize) -> String {
        draw(&Position { text: text.to_owned(), start, end })
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(drawn("due:frday", 4, 9), "due:frday\n    ^^^^^");
        assert_eq!(drawn("", 0, 0), "\n^");
        assert_eq!(drawn("abc", 3, 3), "abc\n   ^");
        assert_eq!(drawn("日本 xx", 3, 5), "日本 xx\n     ^^");
        assert_eq!(drawn("日本", 0, 1), "日本\n^^");
        assert_eq!(drawn("a\u{1b}b", 2, 3), "a␛b\n  ^");
    }

    #[test]
    fn places_beyond_the_text_do_no_harm() {
        assert_eq!(drawn("abc", 7, 5), "abc\n   ^");
    }

    #[test]
    fn a_long_text_is_shown_as_a_window() {
        let text = "x".repeat(5000);
        let picture = drawn(&text, 2500, 3500);
        assert!(picture.lines().all(|line| line.width() <= BEFORE + AT + AFTER), "{picture}");
        assert!(picture.contains('^'));
    }
}
