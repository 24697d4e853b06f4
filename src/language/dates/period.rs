//! A length of time in calendar months, days and seconds, and its units. It knows no "now".

use jiff::{Span, Zoned, civil::Date};

/// Months, days and seconds, each with its own sign; added in that order.
///
/// They are kept apart because a month is not a number of days, nor a day one of hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::language) struct Period {
    pub(in crate::language) months: i64,
    pub(in crate::language) days: i64,
    pub(in crate::language) seconds: i64,
}

/// Bounds that hold every span between the years 1 and 9999, so that sums of a few never overflow.
const MOST_MONTHS: i64 = 12 * 9_999;
const MOST_DAYS: i64 = 366 * 9_999;
const MOST_SECONDS: i64 = MOST_DAYS * 86_400;

const UNITS: &[(&[&str], Period)] = &[
    (&["s", "sec", "secs", "second", "seconds"], seconds(1)),
    (&["min", "mins", "minute", "minutes"], seconds(60)),
    (&["h", "hr", "hrs", "hour", "hours"], seconds(3_600)),
    (&["d", "day", "days"], days(1)),
    (&["w", "wk", "wks", "week", "weeks"], days(7)),
    (&["fortnight", "fortnights"], days(14)),
    (&["mo", "mos", "mth", "mths", "month", "months"], months(1)),
    (&["q", "qtr", "qtrs", "quarter", "quarters"], months(3)),
    (&["y", "yr", "yrs", "year", "years"], months(12)),
];

const fn seconds(count: i64) -> Period {
    Period { months: 0, days: 0, seconds: count }
}
const fn days(count: i64) -> Period {
    Period { months: 0, days: count, seconds: 0 }
}
const fn months(count: i64) -> Period {
    Period { months: count, days: 0, seconds: 0 }
}

impl Period {
    /// Returns one of the unit that `word` names, in lower case.
    pub(in crate::language) fn unit(word: &str) -> Option<Self> {
        UNITS.iter().find(|(names, _)| names.contains(&word)).map(|&(_, unit)| unit)
    }

    /// Returns every name of a unit.
    pub(in crate::language) fn unit_names() -> Vec<&'static str> {
        UNITS.iter().flat_map(|(names, _)| names.iter().copied()).collect()
    }

    /// Whether a day and this come to a day.
    pub(in crate::language) fn is_whole_days(self) -> bool {
        self.seconds == 0
    }

    pub(in crate::language) fn times(self, count: i64) -> Option<Self> {
        Self {
            months: self.months.checked_mul(count)?,
            days: self.days.checked_mul(count)?,
            seconds: self.seconds.checked_mul(count)?,
        }
        .bounded()
    }

    /// Multiplies by a decimal fraction of `digits` behind the point; whole seconds only, and no part of a day.
    pub(in crate::language) fn times_decimal(self, whole: i64, fraction: &str) -> Option<Self> {
        if self.months != 0 || self.days != 0 || fraction.len() > 6 {
            return None;
        }
        let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let parts = self.seconds.checked_mul(fraction.parse().ok()?)?;
        if parts % scale != 0 {
            return None;
        }
        self.times(whole)?.plus(seconds(parts / scale))
    }

    pub(in crate::language) fn plus(self, other: Self) -> Option<Self> {
        Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            seconds: self.seconds.checked_add(other.seconds)?,
        }
        .bounded()
    }

    pub(in crate::language) fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, seconds: -self.seconds }
    }

    /// Returns its months and days.
    pub(in crate::language) fn days_only(self) -> Self {
        Self { seconds: 0, ..self }
    }

    /// Returns its seconds.
    pub(in crate::language) fn seconds_only(self) -> Self {
        seconds(self.seconds)
    }

    fn bounded(self) -> Option<Self> {
        let fits =
            self.months.abs() <= MOST_MONTHS && self.days.abs() <= MOST_DAYS && self.seconds.abs() <= MOST_SECONDS;
        fits.then_some(self)
    }

    /// Reads ISO 8601's `P1Y2M3DT12H40M50S`.
    pub(in crate::language) fn from_iso(text: &str) -> Option<Self> {
        let span = jiff::fmt::temporal::SpanParser::new().parse_span(text).ok()?;
        let sum = months(i64::from(span.get_years()))
            .times(12)?
            .plus(months(i64::from(span.get_months())))?
            .plus(days(7).times(i64::from(span.get_weeks()))?)?
            .plus(days(i64::from(span.get_days())))?;
        sum.plus(seconds(3_600).times(i64::from(span.get_hours()))?)?
            .plus(seconds(60).times(span.get_minutes())?)?
            .plus(seconds(span.get_seconds()))
    }

    fn calendar(self) -> Option<Span> {
        Span::new().try_months(self.months).ok()?.try_days(self.days).ok()
    }

    /// Adds the months and days to a day; a day that its month does not have becomes the month's last.
    pub(in crate::language) fn after_day(self, day: Date) -> Option<Date> {
        let by_months = day.checked_add(Span::new().try_months(self.months).ok()?).ok()?;
        by_months.checked_add(Span::new().try_days(self.days).ok()?).ok()
    }

    /// Adds it to a moment: months and days on the calendar, seconds as they pass.
    pub(in crate::language) fn after(self, at: &Zoned) -> Option<Zoned> {
        let by_calendar = at.checked_add(self.calendar()?).ok()?;
        by_calendar.checked_add(Span::new().try_seconds(self.seconds).ok()?).ok()
    }

    /// Returns it as typed behind a date, such as `-1d` or `+1w-2h`; nothing for no time at all.
    pub(in crate::language) fn to_text(self) -> String {
        let mut text = String::new();
        for (count, units) in [
            (self.months, &[(12, "y"), (1, "mo")][..]),
            (self.days, &[(7, "w"), (1, "d")][..]),
            (self.seconds, &[(3_600, "h"), (60, "min"), (1, "s")][..]),
        ] {
            let Some((size, unit)) = units.iter().find(|(size, _)| count % size == 0).filter(|_| count != 0) else {
                continue;
            };
            let sign = if count < 0 { '-' } else { '+' };
            text.push(sign);
            text.push_str(&(count / size).abs().to_string());
            text.push_str(unit);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_durations_are_read() {
        for (text, expected) in [
            ("P3D", Some(days(3))),
            ("PT2H", Some(seconds(7_200))),
            ("P1Y2M", Some(months(14))),
            ("P2W", Some(days(14))),
            ("PT1H30M", Some(seconds(5_400))),
            ("P", None),
            ("PX", None),
        ] {
            assert_eq!(Period::from_iso(text), expected, "{text}");
        }
    }

    #[test]
    fn it_prints_in_the_largest_unit_that_fits() {
        for (period, expected) in [
            (days(-1), "-1d"),
            (days(-14), "-2w"),
            (months(24), "+2y"),
            (seconds(-5_400), "-90min"),
            (seconds(7_200), "+2h"),
            (Period { months: -1, days: 3, seconds: -59 }, "-1mo+3d-59s"),
            (Period::default(), ""),
        ] {
            assert_eq!(period.to_text(), expected);
        }
    }

    #[test]
    fn what_is_too_long_is_none() {
        assert_eq!(days(1).times(i64::MAX), None);
        assert_eq!(days(7).times(i64::MAX), None);
        assert_eq!(seconds(60).times_decimal(1, "5"), Some(seconds(90)));
        assert_eq!(days(1).times_decimal(1, "5"), None);
    }
}
