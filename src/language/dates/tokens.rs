//! A date expression into tokens: ISO dates, times of day, numbers with and without units, words and signs.

use jiff::civil::Time;

use super::{iso, iso::Iso, period::Period};
use crate::language::{Trouble, TroubleKind, nearest::nearest};

/// A token and where it stands, in characters.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::language) struct Token {
    pub(in crate::language) kind: Kind,
    pub(in crate::language) start: usize,
    pub(in crate::language) end: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(in crate::language) enum Kind {
    Iso(Iso),
    Clock(Time),
    Number(i64),
    /// `1st` to `31st`
    Ordinal(i8),
    Period(Period),
    /// In lower case.
    Word(String),
    Plus,
    Minus,
}

/// Takes a whole text apart.
pub(in crate::language) fn read(text: &str) -> Result<Vec<Token>, Trouble> {
    let mut reader = Reader { text, chars: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(&c) = reader.chars.get(reader.at) {
        if c.is_whitespace() {
            reader.at += 1;
            continue;
        }
        let start = reader.at;
        let kind = reader.next(c)?;
        tokens.push(Token { kind, start, end: reader.at });
    }
    Ok(tokens)
}

struct Reader<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self, c: char) -> Result<Kind, Trouble> {
        match c {
            '+' | '-' => {
                self.at += 1;
                Ok(if c == '+' { Kind::Plus } else { Kind::Minus })
            }
            c if c.is_ascii_digit() => self.number(),
            c if c.is_alphabetic() => self.word(),
            _ => {
                let end = self.chars.len();
                Err(self
                    .trouble((self.at, end), format!("`{}` is no part of a date", self.slice(self.at, end)))
                    .hint(super::EXAMPLES))
            }
        }
    }

    fn word(&mut self) -> Result<Kind, Trouble> {
        let start = self.at;
        let follows_digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        let second = self.chars.get(start + 1);
        let timed = second.is_some_and(|c| c.eq_ignore_ascii_case(&'t')) && follows_digit(self.chars.get(start + 2));
        if self.chars[start].eq_ignore_ascii_case(&'p') && (follows_digit(second) || timed) {
            self.skip(|c| c.is_ascii_alphanumeric() || c == '.');
            let text = self.slice(start, self.at);
            return Period::from_iso(&text.to_ascii_uppercase()).map(Kind::Period).ok_or_else(|| {
                self.trouble((start, self.at), format!("`{text}` is not an ISO 8601 duration"))
                    .hint("type one such as `P3D`, `PT2H30M` or `3d`")
            });
        }
        self.skip(char::is_alphabetic);
        let word = self.slice(start, self.at).to_lowercase();
        Ok(match word.as_str() {
            "noon" => Kind::Clock(Time::constant(12, 0, 0, 0)),
            "midnight" => Kind::Clock(Time::midnight()),
            _ => Kind::Word(word),
        })
    }

    fn number(&mut self) -> Result<Kind, Trouble> {
        let start = self.at;
        if let Some((length, found)) = iso::scan(&self.chars, start) {
            self.at += length;
            return found.map(Kind::Iso).map_err(|(message, hint)| {
                let trouble = self.trouble((start, self.at), message);
                Trouble { hint, ..trouble }
            });
        }
        self.skip(|c| c.is_ascii_digit());
        let digits = self.slice(start, self.at);
        if self.chars.get(self.at) == Some(&':') {
            return self.clock(start, &digits);
        }
        let fraction = self.fraction();
        let letters_at = self.at;
        self.skip(char::is_alphabetic);
        let letters = self.slice(letters_at, self.at).to_lowercase();
        if fraction.is_none() {
            match letters.as_str() {
                "" => {
                    if let Some(half) = self.spaced_half() {
                        return self.time(start, &[&digits], Some(half));
                    }
                    return self.parse(start, letters_at, &digits).map(Kind::Number);
                }
                "am" | "a" | "pm" | "p" => return self.time(start, &[&digits], letters.chars().next()),
                "st" | "nd" | "rd" | "th" => return self.ordinal(start, &digits),
                _ => {}
            }
        }
        self.period(start, &digits, fraction.as_deref(), (letters_at, &letters))
    }

    fn fraction(&mut self) -> Option<String> {
        let point = self.at;
        let is_digit = self.chars.get(point + 1).is_some_and(char::is_ascii_digit);
        if self.chars.get(point) != Some(&'.') || !is_digit {
            return None;
        }
        self.at += 1;
        self.skip(|c| c.is_ascii_digit());
        Some(self.slice(point + 1, self.at))
    }

    fn period(&self, start: usize, digits: &str, fraction: Option<&str>, unit: (usize, &str)) -> Result<Kind, Trouble> {
        let (unit_at, name) = unit;
        let span = (start, self.at);
        let count = self.parse(start, unit_at, digits)?;
        let Some(unit) = Period::unit(name) else {
            return Err(self.no_unit(digits, (unit_at, self.at), name));
        };
        let Some(fraction) = fraction else {
            return unit.times(count).map(Kind::Period).ok_or_else(|| self.too_long(span));
        };
        unit.times_decimal(count, fraction).map(Kind::Period).ok_or_else(|| {
            self.trouble(
                span,
                format!("`{}` is not a whole number of seconds, days or months", self.slice(span.0, span.1)),
            )
            .hint("type it in a smaller unit, such as `36h` or `10d`")
        })
    }

    fn no_unit(&self, digits: &str, span: (usize, usize), name: &str) -> Trouble {
        match name {
            "" => self
                .trouble((span.0, span.0), format!("`{digits}` has a fraction but no unit"))
                .hint("type a unit, as in `1.5h`"),
            "m" => self
                .trouble(span, "`m` may be minutes or months")
                .hint(format!("type `{digits}min` for minutes or `{digits}mo` for months")),
            _ => {
                let trouble = self.trouble(span, format!("`{name}` is not a unit of time"));
                match nearest(name, &Period::unit_names()) {
                    Some(unit) => trouble.hint(format!("did you mean `{digits}{unit}`?")),
                    None => trouble.hint("units are `s`, `min`, `h`, `d`, `w`, `mo`, `q` and `y`"),
                }
            }
        }
    }

    fn ordinal(&self, start: usize, digits: &str) -> Result<Kind, Trouble> {
        match digits.parse::<i8>() {
            Ok(day @ 1..=31) => Ok(Kind::Ordinal(day)),
            _ => Err(self
                .trouble((start, self.at), format!("`{}` is not a day of a month", self.slice(start, self.at)))
                .hint("type a day from `1st` to `31st`")),
        }
    }

    fn clock(&mut self, start: usize, hours: &str) -> Result<Kind, Trouble> {
        let mut parts = vec![hours.to_owned()];
        while self.chars.get(self.at) == Some(&':') && parts.len() < 3 {
            let from = self.at + 1;
            self.at = from;
            self.skip(|c| c.is_ascii_digit());
            parts.push(self.slice(from, self.at));
        }
        let letters_at = self.at;
        self.skip(char::is_alphabetic);
        let letters = self.slice(letters_at, self.at).to_lowercase();
        let half = match letters.as_str() {
            "" => self.spaced_half(),
            "am" | "a" | "pm" | "p" => letters.chars().next(),
            _ => return Err(self.no_time((start, self.at))),
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts[1..].iter().any(|part| part.len() != 2) {
            return Err(self.no_time((start, self.at)));
        }
        self.time(start, &parts, half)
    }

    /// Reads ` am` or ` pm` behind a number.
    fn spaced_half(&mut self) -> Option<char> {
        let gap = self.chars[self.at..].iter().take_while(|c| c.is_whitespace()).count();
        let from = self.at + gap;
        let half = self.chars.get(from)?.to_ascii_lowercase();
        let marks = matches!(half, 'a' | 'p') && self.chars.get(from + 1).is_some_and(|c| c.eq_ignore_ascii_case(&'m'));
        if gap == 0 || !marks || self.chars.get(from + 2).is_some_and(|c| c.is_alphanumeric()) {
            return None;
        }
        self.at = from + 2;
        Some(half)
    }

    fn time(&self, start: usize, parts: &[&str], half: Option<char>) -> Result<Kind, Trouble> {
        let number = |i: usize| parts.get(i).map_or(Some(0), |part| part.parse::<i8>().ok());
        let hour = match (number(0), half) {
            (Some(hour @ 1..=12), Some('a')) => Some(hour % 12),
            (Some(hour @ 1..=12), Some(_)) => Some(hour % 12 + 12),
            (hour, None) => hour,
            _ => None,
        };
        let time = match (hour, number(1), number(2)) {
            (Some(hour), Some(minute), Some(second)) => Time::new(hour, minute, second, 0).ok(),
            _ => None,
        };
        time.map(Kind::Clock).ok_or_else(|| self.no_time((start, self.at)))
    }

    fn no_time(&self, span: (usize, usize)) -> Trouble {
        self.trouble(span, format!("`{}` is not a time of day", self.slice(span.0, span.1)))
            .hint("type one such as `9am`, `9:30pm` or `17:00`")
    }

    fn parse(&self, start: usize, end: usize, digits: &str) -> Result<i64, Trouble> {
        digits.parse().map_err(|_| self.too_long((start, end)))
    }

    fn too_long(&self, span: (usize, usize)) -> Trouble {
        self.trouble(span, format!("`{}` is too large", self.slice(span.0, span.1))).hint(super::YEARS)
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        self.at += self.chars[self.at..].iter().take_while(|&&c| wanted(c)).count();
    }

    fn slice(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    fn trouble(&self, span: (usize, usize), message: impl Into<String>) -> Trouble {
        Trouble::new(TroubleKind::Date, self.text, span, message)
    }
}
