//! What dates, times of day and lengths of time come to, on the calendar and the clock of their zone.

use jiff::{
    Zoned,
    civil::{Date, Time},
};

use crate::language::{When, dates::period::Period};

use super::{Parsed, Phrase, Point};

impl Phrase<'_> {
    pub(super) fn next_time(&self, time: Time) -> Parsed<Point> {
        let today = self.at_clock(self.today(), time)?;
        if today > self.now {
            return Ok(Point::Moment(today));
        }
        let tomorrow = self.today().tomorrow().map_err(|_| self.out_of_range())?;
        self.at_clock(tomorrow, time).map(Point::Moment)
    }

    pub(super) fn at_time(&self, point: Point, time: Time, weekday: bool) -> Parsed<Point> {
        let day = match point {
            Point::Day { day, .. } => day,
            // `due 9am`, where due is a moment: that day, in that moment's zone.
            Point::Moment(at) => {
                let civil = at.date().to_datetime(time);
                return civil.to_zoned(at.time_zone().clone()).map(Point::Moment).map_err(|_| self.out_of_range());
            }
        };
        if weekday && day.weekday() == self.today().weekday() {
            let today = self.at_clock(self.today(), time)?;
            if today > self.now {
                return Ok(Point::Moment(today));
            }
        }
        self.at_clock(day, time).map(Point::Moment)
    }

    pub(super) fn at_clock(&self, day: Date, time: Time) -> Parsed<Zoned> {
        day.to_datetime(time).to_zoned(self.context.zone.clone()).map_err(|_| self.out_of_range())
    }

    pub(super) fn later_by(&self, length: Period) -> Parsed<Point> {
        let now = if length.is_whole_days() {
            Point::Day { day: self.today(), end: false }
        } else {
            Point::Moment(self.now.clone())
        };
        self.add(now, length)
    }

    pub(super) fn add(&self, point: Point, length: Period) -> Parsed<Point> {
        let sum = match point {
            Point::Moment(at) => length.after(&at).map(Point::Moment),
            Point::Day { day, end } if length.is_whole_days() => {
                length.after_day(day).map(|day| Point::Day { day, end })
            }
            Point::Day { day, end } => self.hours_into(day, end, length).map(Point::Moment),
        };
        sum.ok_or_else(|| self.out_of_range())
    }

    /// Returns the time of day that `tomorrow+9h` reads on the clock, be there a change of the clocks or not.
    pub(super) fn hours_into(&self, day: Date, end: bool, length: Period) -> Option<Zoned> {
        let day = length.after_day(day)?;
        let midnight = if end { day.tomorrow().ok()? } else { day }.to_datetime(Time::midnight());
        let civil = midnight.checked_add(jiff::Span::new().try_seconds(length.seconds).ok()?).ok()?;
        civil.to_zoned(self.context.zone.clone()).ok()
    }

    pub(super) fn finish(&self, point: Point) -> Parsed<When> {
        let (when, year) = match point {
            Point::Day { day, .. } => (When::Day(day), day.year()),
            Point::Moment(at) => {
                let year = at.year();
                (When::Moment(at), year)
            }
        };
        if (1900..=9999).contains(&year) { Ok(when) } else { Err(self.out_of_range()) }
    }

    pub(super) fn found(&self, day: Option<Date>) -> Parsed<Point> {
        day.map(|day| Point::Day { day, end: false }).ok_or_else(|| self.out_of_range())
    }

    pub(super) fn today(&self) -> Date {
        self.now.date()
    }
}
