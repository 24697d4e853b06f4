//! The part of the grammar that names a day: words, ordinals, months and ISO dates.

use jiff::civil::{Date, Weekday};

use crate::language::{
    When,
    dates::{self, References, iso::Iso, named, period::Period, tokens::Kind},
};

use super::{Parsed, Phrase, Point};

/// Below and above this a bare number is no time in seconds since 1970, as in Taskwarrior.
const EPOCH_FROM: i64 = 315_532_800;
const EPOCH_TO: i64 = 253_402_293_599;

impl Phrase<'_> {
    /// Reads a day, or a moment such as `now`. The flag says that it is a weekday, which with a time may be today.
    pub(super) fn day(&mut self) -> Parsed<(Point, bool)> {
        let Some(kind) = self.peek() else {
            return Err(self.here("a date is missing").hint(dates::EXAMPLES));
        };
        let point = match kind {
            Kind::Iso(iso) => self.iso(iso.clone())?,
            Kind::Number(_) => return self.number().map(|point| (point, false)),
            Kind::Ordinal(day) => {
                let day = *day;
                return self.ordinal(day).map(|point| (point, false));
            }
            Kind::Word(word) => {
                let word = word.clone();
                return self.word(&word);
            }
            Kind::Clock(_) => return Err(self.here("two times of day").hint("type one of them")),
            Kind::Plus | Kind::Minus | Kind::Period(_) => return Err(self.left_over()),
        };
        self.at += 1;
        Ok((point, false))
    }

    pub(super) fn iso(&self, iso: Iso) -> Parsed<Point> {
        Ok(match iso {
            Iso::Day(day) => Point::Day { day, end: false },
            Iso::Civil(at) => Point::Moment(at.to_zoned(self.context.zone.clone()).map_err(|_| self.out_of_range())?),
            Iso::Instant(at) => Point::Moment(at.to_zoned(self.context.zone.clone())),
            Iso::Zoned(at) => Point::Moment(at),
        })
    }

    /// Reads `24 dec`, `24 dec 2027`, or the seconds since 1970 that scripts use.
    pub(super) fn number(&mut self) -> Parsed<Point> {
        let Some(&Kind::Number(number)) = self.peek() else {
            return Err(self.left_over());
        };
        let month = self.word_at(self.at + 1).and_then(named::month);
        if let Some(month) = month {
            let day = i8::try_from(number).unwrap_or(0);
            return self.day_of_month(day, month, 2);
        }
        if (EPOCH_FROM..=EPOCH_TO).contains(&number) {
            let at = jiff::Timestamp::from_second(number).map_err(|_| self.out_of_range())?;
            self.at += 1;
            return Ok(Point::Moment(at.to_zoned(self.context.zone.clone())));
        }
        let hint = match number {
            1..=31 => format!("type `{number}d` for days from now, or a date such as `{number} dec`"),
            1900..=9999 => format!("type a date such as `{number}-01-31`"),
            _ => dates::EXAMPLES.to_owned(),
        };
        Err(self.here(format!("`{number}` alone is not a date")).hint(hint))
    }

    /// Reads `24th`, `24th of december` and `1st monday of january`.
    pub(super) fn ordinal(&mut self, day: i8) -> Parsed<Point> {
        let skip_of = usize::from(self.word_at(self.at + 1) == Some("of"));
        if let Some(month) = self.word_at(self.at + 1 + skip_of).and_then(named::month) {
            return self.day_of_month(day, month, 2 + skip_of);
        }
        if self.word_at(self.at + 1).is_some_and(|word| named::weekday(word).is_some()) {
            return self.nth(day);
        }
        let found = named::next_day_of_month(self.today(), day);
        self.at += 1;
        self.found(found)
    }

    /// Takes `tokens` tokens that named a day and a month, and a year if one follows.
    pub(super) fn day_of_month(&mut self, day: i8, month: i8, tokens: usize) -> Parsed<Point> {
        let year = self.year_at(self.at + tokens);
        let found = match year {
            Some(year) => Date::new(year, month, day).ok(),
            None => named::next_in_month(self.today(), month, day),
        };
        let Some(found) = found else {
            let (start, end) = (self.at, self.at + tokens + usize::from(year.is_some()));
            return Err(self.across(start, end, "is not on the calendar"));
        };
        self.at += tokens + usize::from(year.is_some());
        Ok(Point::Day { day: found, end: false })
    }

    pub(super) fn word(&mut self, word: &str) -> Parsed<(Point, bool)> {
        if let Some(weekday) = named::weekday(word) {
            let found = named::next_weekday(self.today(), weekday);
            self.at += 1;
            return Ok((self.found(found)?, true));
        }
        let point = match word {
            "now" => {
                self.at += 1;
                Point::Moment(self.now.clone())
            }
            "next" | "this" => self.relative(word == "next")?,
            "last" if self.word_at(self.at + 2) != Some("of") => self.past()?,
            "first" | "second" | "third" | "fourth" | "fifth" | "last" => {
                let nth = ["first", "second", "third", "fourth", "fifth"].iter().position(|&name| name == word);
                self.nth(nth.map_or(-1, |index| i8::try_from(index + 1).unwrap_or(-1)))?
            }
            _ => self.plain_word(word)?,
        };
        Ok((point, false))
    }

    pub(super) fn plain_word(&mut self, word: &str) -> Parsed<Point> {
        if let Some(month) = named::month(word) {
            return self.month(month);
        }
        if let Some(named) = named::day(word, self.today()) {
            self.at += 1;
            return Ok(Point::Day { day: named.day, end: named.end });
        }
        if References::NAMES.contains(&word) {
            let Some(when) = self.references.get(word) else {
                return Err(self
                    .here(format!("there is no `{word}` date to count from"))
                    .hint(format!("set one with `{word}:…`, or type a date such as `friday`")));
            };
            self.at += 1;
            return Ok(match when {
                When::Day(day) => Point::Day { day: *day, end: false },
                When::Moment(at) => Point::Moment(at.clone()),
            });
        }
        Err(self.unknown(word))
    }

    /// Reads `dec`, `dec 24`, `dec 24 2027`, `dec 24th` and `dec 2027`.
    pub(super) fn month(&mut self, month: i8) -> Parsed<Point> {
        if let Some(year) = self.year_at(self.at + 1) {
            self.at += 2;
            return self.found(Date::new(year, month, 1).ok());
        }
        // A number with a unit behind it is a length, not a day.
        let unit_follows = self.word_at(self.at + 2).is_some_and(|word| Period::unit(word).is_some());
        match self.kind(self.at + 1) {
            Some(Kind::Number(day)) if !unit_follows => {
                let day = i8::try_from(*day).unwrap_or(0);
                self.day_of_month(day, month, 2)
            }
            Some(Kind::Ordinal(day)) => {
                let day = *day;
                self.day_of_month(day, month, 2)
            }
            Some(Kind::Clock(_)) => {
                self.at += 1;
                Err(self.here("a day is missing before the time").hint("type one such as `dec 24 9am`"))
            }
            _ => {
                let found = named::next_month(self.today(), month);
                self.at += 1;
                self.found(found)
            }
        }
    }

    /// Reads what follows `next` or `this`: a weekday, a month, or `week`, `weekend`, `month`, `quarter`, `year`.
    pub(super) fn relative(&mut self, next: bool) -> Parsed<Point> {
        let today = self.today();
        self.at += 1;
        let word = self.word_at(self.at).unwrap_or_default().to_owned();
        let weeks = i64::from(next);
        let found = if let Some(weekday) = named::weekday(&word) {
            named::weekday_of_week(today, weeks, weekday)
        } else if let Some(month) = named::month(&word).filter(|_| next) {
            named::next_month(today, month)
        } else {
            match (word.as_str(), next) {
                ("weekend", true) => named::weekday_of_week(today, 1, Weekday::Saturday),
                ("weekend", false) => named::weekend(today),
                ("week", true) => named::day("sonw", today).map(|named| named.day),
                ("month", true) => named::day("sonm", today).map(|named| named.day),
                ("quarter", true) => named::day("sonq", today).map(|named| named.day),
                ("year", true) => named::day("sony", today).map(|named| named.day),
                ("week" | "month" | "quarter" | "year", false) => {
                    let letter = &word[..1];
                    return Err(self
                        .here(format!("`this {word}` is not one day"))
                        .hint(format!("type `eo{letter}` for its last day or `so{letter}` for its first")));
                }
                _ => {
                    let said = if next { "next" } else { "this" };
                    return Err(self
                        .here(format!("a day is missing after `{said}`"))
                        .hint(format!("type one such as `{said} friday` or `{said} weekend`")));
                }
            }
        };
        self.at += 1;
        self.found(found)
    }

    /// Reads `last friday`: the one before today.
    pub(super) fn past(&mut self) -> Parsed<Point> {
        self.at += 1;
        let weekday = self.word_at(self.at).and_then(named::weekday);
        let Some(weekday) = weekday else {
            return Err(self
                .here("a weekday is missing after `last`")
                .hint("type `last friday`, or `last friday of november`"));
        };
        let found = self.today().nth_weekday(-1, weekday).ok();
        self.at += 1;
        self.found(found)
    }

    /// Reads `first monday of january`, `last friday of next month`.
    pub(super) fn nth(&mut self, nth: i8) -> Parsed<Point> {
        let start = self.at;
        let weekday = self.word_at(start + 1).and_then(named::weekday);
        let (Some(weekday), Some("of")) = (weekday, self.word_at(start + 2)) else {
            self.at += 1;
            return Err(self
                .here("a weekday and a month are missing")
                .hint("type them as in `first monday of january`"));
        };
        self.at += 3;
        let today = self.today();
        let word = self.word_at(self.at).unwrap_or_default().to_owned();
        let (found, tokens) = if let Some(month) = named::month(&word) {
            match self.year_at(self.at + 1) {
                Some(year) => (named::nth_of(year, month, nth, weekday), 2),
                None => (named::next_nth(today, nth, weekday, month), 1),
            }
        } else {
            let name = match word.as_str() {
                "next" => "sonm",
                "this" => "som",
                _ => {
                    return Err(self
                        .here("a month is missing after `of`")
                        .hint("type one such as `january` or `next month`"));
                }
            };
            if self.word_at(self.at + 1) != Some("month") {
                self.at += 1;
                return Err(self.here(format!("`month` is missing after `{word}`")));
            }
            let first = named::day(name, today).map(|named| named.day);
            (first.and_then(|day| named::nth_of(day.year(), day.month(), nth, weekday)), 2)
        };
        self.at += tokens;
        found
            .map(|day| Point::Day { day, end: false })
            .ok_or_else(|| self.across(start, self.at, "is not on the calendar"))
    }
}
