//! Dates and moments as people read them, in the account's zone.
//!
//! It takes the wire's forms (a day, an RFC 9557 moment, UTC) and never decides what a date means for a task.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::sanitize::visible;
use crate::config::time_zone;
use crate::language::When;

/// What dates are shown against: now, and the zone.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    now: Zoned,
}

impl Calendar {
    /// Makes a calendar for the first of the zones that is known here, else UTC.
    pub(super) fn new(now: Timestamp, zones: &[Option<&str>]) -> Self {
        let zone = zones.iter().copied().flatten().find_map(|name| time_zone(name).ok()).unwrap_or(TimeZone::UTC);
        Self { now: now.to_zoned(zone) }
    }

    /// Returns a stored date in full: `Fri 27 Nov 2026`, `Mon 23 Nov 2026 09:00 (tomorrow)`.
    #[must_use]
    pub(super) fn full(&self, stored: &str) -> String {
        self.written(stored, Self::full_day)
    }

    /// Returns a stored date as short as it is clear: `tomorrow 09:00`, `Fri 27 Nov`, `Fri 1 Jan 2027`.
    #[must_use]
    pub(super) fn short(&self, stored: &str) -> String {
        self.written(stored, Self::short_day)
    }

    /// Returns a moment in full.
    #[must_use]
    pub(super) fn full_moment(&self, at: Timestamp) -> String {
        self.moment(at, Self::full_day)
    }

    /// Returns a moment as short as it is clear.
    #[must_use]
    pub(super) fn short_moment(&self, at: Timestamp) -> String {
        self.moment(at, Self::short_day)
    }

    /// Returns the instant at which a day is over.
    #[must_use]
    pub(super) fn end_of(&self, day: Date) -> Timestamp {
        When::Day(day).to(self.now.time_zone())
    }

    /// Says whether a moment has passed.
    #[must_use]
    pub(super) fn has_passed(&self, at: Timestamp) -> bool {
        at <= self.now.timestamp()
    }

    /// Says whether a stored date is over: the moment has passed, or the day has ended.
    #[must_use]
    pub(super) fn is_over(&self, stored: &str) -> bool {
        match read(stored) {
            Some(Stored::Day(day)) => self.has_passed(self.end_of(day)),
            Some(Stored::Moment(at)) => self.has_passed(at),
            None => false,
        }
    }

    fn written(&self, stored: &str, day: fn(&Self, Date, &str) -> String) -> String {
        match read(stored) {
            Some(Stored::Day(date)) => day(self, date, ""),
            Some(Stored::Moment(at)) => self.moment(at, day),
            // A newer daemon may send a form that is not known here.
            None => visible(stored).into_owned(),
        }
    }

    fn moment(&self, at: Timestamp, day: fn(&Self, Date, &str) -> String) -> String {
        let at = at.to_zoned(self.now.time_zone().clone());
        let clock = if at.second() == 0 { " %H:%M" } else { " %H:%M:%S" };
        day(self, at.date(), &at.strftime(clock).to_string())
    }

    fn full_day(&self, date: Date, clock: &str) -> String {
        let near = self.near(date).map_or_else(String::new, |word| format!(" ({word})"));
        format!("{}{clock}{near}", date.strftime("%a %-d %b %Y"))
    }

    fn short_day(&self, date: Date, clock: &str) -> String {
        match self.near(date) {
            Some(word) => format!("{word}{clock}"),
            None if date.year() == self.now.year() => format!("{}{clock}", date.strftime("%a %-d %b")),
            None => format!("{}{clock}", date.strftime("%a %-d %b %Y")),
        }
    }

    fn near(&self, date: Date) -> Option<&'static str> {
        let today = self.now.date();
        if date == today {
            Some("today")
        } else if today.tomorrow().is_ok_and(|tomorrow| date == tomorrow) {
            Some("tomorrow")
        } else if today.yesterday().is_ok_and(|yesterday| date == yesterday) {
            Some("yesterday")
        } else {
            None
        }
    }
}

/// A date on the wire, as far as showing it needs.
enum Stored {
    Day(Date),
    Moment(Timestamp),
}

/// Reads a date on the wire. A moment's offset says which instant it is; its zone is not looked up, because for the
/// first such lookup jiff walks through the system's whole database.
fn read(stored: &str) -> Option<Stored> {
    if stored.contains('T') { stored.parse().ok().map(Stored::Moment) } else { stored.parse().ok().map(Stored::Day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let now = "2026-11-22T10:50:00Z".parse().expect("a moment");
        Calendar::new(now, &[Some("Nowhere/Land"), None, Some("Europe/Berlin")])
    }

    #[test]
    fn dates_as_people_read_them() {
        for (stored, full, short) in [
            ("2026-11-27", "Fri 27 Nov 2026", "Fri 27 Nov"),
            ("2026-11-22", "Sun 22 Nov 2026 (today)", "today"),
            ("2026-11-23", "Mon 23 Nov 2026 (tomorrow)", "tomorrow"),
            ("2026-11-21", "Sat 21 Nov 2026 (yesterday)", "yesterday"),
            ("2027-01-01", "Fri 1 Jan 2027", "Fri 1 Jan 2027"),
            ("2026-11-27T17:00:00+01:00[Europe/Berlin]", "Fri 27 Nov 2026 17:00", "Fri 27 Nov 17:00"),
            ("2026-11-22T23:30:00+00:00[UTC]", "Mon 23 Nov 2026 00:30 (tomorrow)", "tomorrow 00:30"),
            ("2026-10-25T02:30:00+02:00[Europe/Berlin]", "Sun 25 Oct 2026 02:30", "Sun 25 Oct 02:30"),
            ("2026-11-27T17:00:00+09:00[Asia/Tokyo]", "Fri 27 Nov 2026 09:00", "Fri 27 Nov 09:00"),
            ("9999-12-30", "Thu 30 Dec 9999", "Thu 30 Dec 9999"),
            ("soon\u{1b}", "soon␛", "soon␛"),
        ] {
            assert_eq!(calendar().full(stored), full, "{stored}");
            assert_eq!(calendar().short(stored), short, "{stored}");
        }
    }

    #[test]
    fn a_day_is_over_when_it_has_ended() {
        for (stored, over) in [
            ("2026-11-21", true),
            ("2026-11-22", false),
            ("2026-11-22T11:49:00+01:00[Europe/Berlin]", true),
            ("2026-11-22T11:51:00+01:00[Europe/Berlin]", false),
            ("soon", false),
        ] {
            assert_eq!(calendar().is_over(stored), over, "{stored}");
        }
    }

    #[test]
    fn seconds_are_shown_when_there_are_any() {
        let at = "2026-12-01T08:00:05Z".parse().expect("a moment");
        assert_eq!(calendar().short_moment(at), "Tue 1 Dec 09:00:05");
    }
}
