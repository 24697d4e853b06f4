//! Tokens of a date expression into a day or a moment. The grammar, in one pass and without recursion:
//!
//! ```text
//! expression = start (("+" | "-") length)*
//! start      = ["in" | "+" | "-"] length ["ago" | ("before" | "after" | "from") day] [time]
//!            | time [["on"] day] | day [["at"] time]
//! ```

mod cursor;
mod days;
mod sums;

use jiff::{Zoned, civil::Date};

use crate::language::{
    Context, Trouble, When,
    dates::{
        self, References,
        period::Period,
        tokens::{Kind, Token},
    },
};

/// A point in time on the way to its result.
#[derive(Debug, Clone)]
enum Point {
    /// A day; with `end`, hours count from its end.
    Day {
        day: Date,
        end: bool,
    },
    Moment(Zoned),
}

pub(super) struct Phrase<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    context: &'a Context,
    references: &'a References<'a>,
    now: Zoned,
}

type Parsed<T> = Result<T, Trouble>;

impl<'a> Phrase<'a> {
    pub(super) fn new(
        text: &'a str,
        tokens: &'a [Token],
        context: &'a Context,
        references: &'a References<'a>,
    ) -> Self {
        let now = context.now.to_zoned(context.zone.clone());
        // A resolved moment is read by people: nobody means the nanoseconds at which the command ran.
        let now = now.with().subsec_nanosecond(0).build().unwrap_or(now);
        Self { text, tokens, at: 0, context, references, now }
    }

    pub(super) fn read(mut self) -> Parsed<When> {
        let mut point = self.start()?;
        while let Some(sign) = self.take_sign() {
            let length = self.length()?.ok_or_else(|| self.expected_length())?;
            point = self.add(point, if sign < 0 { length.negated() } else { length })?;
        }
        if self.at < self.tokens.len() {
            return Err(self.left_over());
        }
        self.finish(point)
    }

    fn start(&mut self) -> Parsed<Point> {
        if let Some(sign) = self.take_sign() {
            let length = self.length()?.ok_or_else(|| self.expected_length())?;
            return self.later_by(if sign < 0 { length.negated() } else { length });
        }
        let said_in = self.take_word("in");
        if let Some(length) = self.length()? {
            let point = self.counted(length, said_in)?;
            return self.maybe_time(point, false);
        }
        if said_in {
            return Err(self.expected_length());
        }
        if let Some(Kind::Clock(time)) = self.peek() {
            let time = *time;
            self.at += 1;
            self.take_word("on");
            if self.at == self.tokens.len() || self.sign_is_next() {
                return self.next_time(time);
            }
            let (point, weekday) = self.day()?;
            return self.at_time(point, time, weekday);
        }
        let (point, weekday) = self.day()?;
        self.maybe_time(point, weekday)
    }

    /// Counts from now, or from what `ago`, `before`, `after` or `from` say.
    fn counted(&mut self, length: Period, said_in: bool) -> Parsed<Point> {
        if said_in {
            return self.later_by(length);
        }
        if self.take_word("ago") {
            return self.later_by(length.negated());
        }
        let before = self.take_word("before");
        if before || self.take_word("after") || self.take_word("from") {
            let (point, _) = self.day()?;
            return self.add(point, if before { length.negated() } else { length });
        }
        self.later_by(length)
    }

    fn maybe_time(&mut self, point: Point, weekday: bool) -> Parsed<Point> {
        let said_at = self.take_word("at");
        match self.peek() {
            Some(Kind::Clock(time)) => {
                let time = *time;
                self.at += 1;
                self.at_time(point, time, weekday)
            }
            _ if said_at => {
                Err(self.here("a time of day is missing after `at`").hint("type one such as `9am` or `17:00`"))
            }
            _ => Ok(point),
        }
    }

    /// Reads `3d`, `3 days` and sums of such without a sign between, like `9h30min`.
    fn length(&mut self) -> Parsed<Option<Period>> {
        let mut sum: Option<Period> = None;
        loop {
            let (part, tokens) = match (self.peek(), self.kind(self.at + 1)) {
                (Some(Kind::Period(period)), _) => (Some(*period), 1),
                (Some(Kind::Number(count)), Some(Kind::Word(word))) => match Period::unit(word) {
                    Some(unit) => (unit.times(*count), 2),
                    None if word == "m" => {
                        let hint = format!("type `{count}min` for minutes or `{count}mo` for months");
                        self.at += 1;
                        return Err(self.here("`m` may be minutes or months").hint(hint));
                    }
                    None => return Ok(sum),
                },
                _ => return Ok(sum),
            };
            let total = part.and_then(|part| sum.unwrap_or_default().plus(part));
            let Some(total) = total else {
                return Err(self.here("the length of time is too large").hint(dates::YEARS));
            };
            sum = Some(total);
            self.at += tokens;
        }
    }
}
