//! A point in a person's time: a whole day, or a moment. How it is stored, and when it begins and ends.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

/// A day or a moment. A date without a time is a day, not midnight (design, section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A whole day in the account's zone, whatever that is at the time of asking.
    Day(Date),
    /// A moment, with the civil time and zone it was meant in.
    Moment(Zoned),
}

impl When {
    /// Returns the first instant: of the day in `zone`, or the moment itself.
    #[must_use]
    pub fn from(&self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Day(day) => start_of(*day, zone),
            Self::Moment(at) => at.timestamp(),
        }
    }

    /// Returns the instant at which it is over: the first of the next day in `zone`, or the moment itself.
    ///
    /// The last representable day ends at the last representable instant.
    #[must_use]
    pub fn to(&self, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Day(day) => day.tomorrow().map_or(Timestamp::MAX, |next| start_of(next, zone)),
            Self::Moment(at) => at.timestamp(),
        }
    }

    /// Returns the stored and wire form: `2026-11-27`, or RFC 9557 (`2026-11-27T17:00:00+01:00[Europe/Berlin]`).
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Moment(at) => at.to_string(),
        }
    }

    /// Reads the stored form back. Not for what people type: see [`super::parse_when`].
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn from_text(text: &str) -> Result<Self, jiff::Error> {
        if text.contains('T') {
            // The zone's rules may have changed since: the civil time is what was meant.
            let parser =
                jiff::fmt::temporal::DateTimeParser::new().offset_conflict(jiff::tz::OffsetConflict::PreferOffset);
            parser.parse_zoned(text).map(Self::Moment)
        } else {
            text.parse().map(Self::Day)
        }
    }
}

fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone())
        .and_then(|at| at.start_of_day())
        .map_or_else(|_| if day.year() > 0 { Timestamp::MAX } else { Timestamp::MIN }, |at| at.timestamp())
}
