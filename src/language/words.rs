//! One text into words and back, quoted as in a POSIX shell: `'…'`, `"…"` and `\`. Nothing is expanded.

use super::{Trouble, TroubleKind};

/// A word of a text, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The characters that are meant.
    pub text: String,
    /// Whether it began with a quote or a backslash: then it is literal text, never an operator or an attribute.
    pub quoted: bool,
    /// Its first character in the text, quotes counted.
    pub start: usize,
    /// The first character after it.
    pub end: usize,
    /// For each character of `text`, whether it was quoted, and where it stood.
    pub(super) marks: Vec<(bool, usize)>,
}

/// Splits a text into words at unquoted white space.
///
/// # Errors
/// A quote that is not closed, or a backslash with nothing behind it.
pub fn split(text: &str) -> Result<Vec<Word>, Trouble> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        let outside = quote.is_none();
        if outside && c.is_whitespace() {
            finish(&mut word, at, &mut words);
            continue;
        }
        let opens = outside && matches!(c, '\'' | '"');
        let current = word.get_or_insert_with(|| Word {
            text: String::new(),
            quoted: opens || c == '\\',
            start: at,
            end: at,
            marks: Vec::new(),
        });
        match quote {
            Some((open, _)) if c == open => quote = None,
            None if opens => quote = Some((c, at)),
            Some(('"', _)) | None if c == '\\' => {
                let next = chars.peek().copied();
                // Between double quotes a backslash only escapes what would be special there.
                if !outside && !matches!(next, Some((_, '"' | '\\'))) {
                    current.push(c, true, at);
                } else if let Some((_, escaped)) = next {
                    chars.next();
                    current.push(escaped, true, at);
                } else {
                    return Err(Trouble::new(
                        TroubleKind::Value,
                        text,
                        (at, at + 1),
                        "`\\` at the end has nothing to escape",
                    )
                    .hint("type `\\\\` for a backslash"));
                }
            }
            _ => current.push(c, !outside, at),
        }
    }
    if let Some((open, at)) = quote {
        return Err(Trouble::new(
            TroubleKind::Value,
            text,
            (at, text.chars().count()),
            format!("`{open}` is not closed"),
        )
        .hint(format!("close it with another `{open}`, or type `\\{open}` for the character itself")));
    }
    finish(&mut word, text.chars().count(), &mut words);
    Ok(words)
}

fn finish(word: &mut Option<Word>, at: usize, words: &mut Vec<Word>) {
    if let Some(mut done) = word.take() {
        done.end = at;
        words.push(done);
    }
}

impl Word {
    fn push(&mut self, c: char, quoted: bool, at: usize) {
        self.text.push(c);
        self.marks.push((quoted, at));
    }
}

/// Joins words to one text that [`split`] takes apart into the same words.
///
/// What needs quotes gets them; a `key:` in front stays outside, so that a filter still sees it.
#[must_use]
pub fn join(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\');
    if word.is_empty() {
        return "''".to_owned();
    }
    if !word.contains(special) {
        return word.to_owned();
    }
    let (key, value) = match word.split_once(':') {
        Some((key, value)) if is_key(key) && !value.starts_with(char::is_whitespace) => word.split_at(key.len() + 1),
        _ => ("", word),
    };
    format!("{key}'{}'", value.replace('\'', "'\\''"))
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<String> {
        split(text).expect(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn quotes_and_backslashes_work_as_in_a_shell() {
        for (text, expected) in [
            ("", vec![]),
            ("  pay \t rent ", vec!["pay", "rent"]),
            ("'pay rent' now", vec!["pay rent", "now"]),
            (r#"project:"home sweet""#, vec!["project:home sweet"]),
            (r"a\ b \'", vec!["a b", "'"]),
            (r#""a \"b\" \n" ''"#, vec![r#"a "b" \n"#, ""]),
            (r"'a\b'", vec![r"a\b"]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn only_a_word_that_begins_with_a_quote_is_literal() {
        let quoted: Vec<bool> =
            split(r#"'or' or \or project:"x y""#).expect("closed").iter().map(|word| word.quoted).collect();
        assert_eq!(quoted, [true, false, true, false]);
    }

    #[test]
    fn an_open_quote_is_pointed_at() {
        let trouble = split("pay 'rent now").expect_err("open");
        assert_eq!((trouble.start, trouble.end), (4, 13));
        assert_eq!(trouble.message, "`'` is not closed");
        assert_eq!(split("pay \\").expect_err("nothing escaped").start, 4);
    }

    #[test]
    fn a_key_stays_outside_the_quotes() {
        assert_eq!(
            join(&["project:home sweet".to_owned(), "note: to self".to_owned()]),
            "project:'home sweet' 'note: to self'"
        );
    }

    proptest! {
        #[test]
        fn what_is_joined_splits_into_the_same(words in proptest::collection::vec(any::<String>(), 0..6)) {
            prop_assert_eq!(texts(&join(&words)), words);
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = split(&text);
        }
    }
}
