//! Where in its tokens the grammar is, and how it says what is wrong there.

use crate::language::{
    Trouble, TroubleKind,
    dates::{self, named, period::Period, tokens::Kind},
    nearest::nearest,
};

use super::Phrase;

impl<'a> Phrase<'a> {
    pub(super) fn kind(&self, at: usize) -> Option<&'a Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    pub(super) fn peek(&self) -> Option<&'a Kind> {
        self.kind(self.at)
    }

    pub(super) fn word_at(&self, at: usize) -> Option<&'a str> {
        match self.kind(at) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn year_at(&self, at: usize) -> Option<i16> {
        match self.kind(at) {
            Some(&Kind::Number(year @ 1000..=9999)) => i16::try_from(year).ok(),
            _ => None,
        }
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.word_at(self.at) == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn sign_is_next(&self) -> bool {
        matches!(self.peek(), Some(Kind::Plus | Kind::Minus))
    }

    pub(super) fn take_sign(&mut self) -> Option<i8> {
        let sign = match self.peek()? {
            Kind::Plus => 1,
            Kind::Minus => -1,
            _ => return None,
        };
        self.at += 1;
        Some(sign)
    }

    /// Trouble at the next token, or at the end of the text.
    pub(super) fn here(&self, message: impl Into<String>) -> Trouble {
        let length = self.text.chars().count();
        let span = self.tokens.get(self.at).map_or((length, length), |token| (token.start, token.end));
        Trouble::new(TroubleKind::Date, self.text, span, message)
    }

    /// Trouble with the tokens from `start` to before `end`, which the message begins with.
    pub(super) fn across(&self, start: usize, end: usize, message: &str) -> Trouble {
        let length = self.text.chars().count();
        let from = self.tokens.get(start).map_or(length, |token| token.start);
        let to = end.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(length, |token| token.end);
        let typed: String = self.text.chars().skip(from).take(to.saturating_sub(from)).collect();
        Trouble::new(TroubleKind::Date, self.text, (from, to), format!("`{typed}` {message}"))
    }

    pub(super) fn left_over(&self) -> Trouble {
        let mut trouble = self.across(self.at, self.tokens.len(), "is left over");
        trouble.hint = Some(dates::EXAMPLES.to_owned());
        trouble
    }

    /// Trouble where a length of time must stand: with all that stands there instead.
    pub(super) fn expected_length(&self) -> Trouble {
        let trouble = if self.at < self.tokens.len() {
            self.across(self.at, self.tokens.len(), "is not a length of time")
        } else {
            self.here("a length of time is missing")
        };
        trouble.hint("type one such as `3d`, `90min` or `2 weeks`")
    }

    pub(super) fn unknown(&self, word: &str) -> Trouble {
        let trouble = self.here(format!("`{word}` is not a date"));
        if word == "mo" {
            return trouble.hint("type `mon` for Monday or `1mo` for a month from now");
        }
        if Period::unit(word).is_some() {
            return trouble.hint(format!("type `1{word}` for one from now"));
        }
        match nearest(word, named::WORDS) {
            // It is a date, but there is none such before the end of the calendar.
            Some(known) if known == word => self.out_of_range(),
            Some(known) => trouble.hint(format!("did you mean `{known}`?")),
            None => trouble.hint(dates::EXAMPLES),
        }
    }

    pub(super) fn out_of_range(&self) -> Trouble {
        Trouble::whole(TroubleKind::Date, self.text, format!("`{}` is out of range", self.text)).hint(dates::YEARS)
    }
}
