//! Days that have a name: `tomorrow`, `friday`, `eom`, `easter`. Each is a rule from "today" to a day.

use jiff::{
    Span,
    civil::{Date, Weekday},
};

/// A named day. `end` says that it was named by its end, as `eod` is: hours then count from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) day: Date,
    pub(super) end: bool,
}

const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words of dates, for "did you mean".
pub(super) const WORDS: &[&str] = &[
    "today",
    "tomorrow",
    "yesterday",
    "now",
    "sod",
    "eod",
    "later",
    "someday",
    "noon",
    "midnight",
    "next",
    "this",
    "last",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "eow",
    "eom",
    "eoy",
    "sow",
    "som",
    "soy",
    "easter",
    "pentecost",
    "ascension",
    "goodfriday",
    "eastermonday",
    "weekend",
    "due",
    "scheduled",
    "wait",
    "until",
];

/// Returns the weekday that `word` is or begins, from three letters on.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| word.len() >= 3 && name.starts_with(word)).map(|&(_, day)| day)
}

/// Returns the month, 1 to 12, that `word` is or begins, from three letters on.
pub(super) fn month(word: &str) -> Option<i8> {
    let found = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(word))?;
    i8::try_from(found + 1).ok()
}

/// Returns the day that a single word means, other than a weekday or a month; `None` where there is none.
pub(super) fn day(word: &str, today: Date) -> Option<Named> {
    let start = |day: Option<Date>| day.map(|day| Named { day, end: false });
    match word {
        "sod" => return start(Some(today)),
        "later" | "someday" => return start(Date::new(9999, 12, 30).ok()),
        "weekend" => return start(weekend(today)),
        "midsommar" => return start(feast(today, |year| midsummer(year, 20, Weekday::Saturday))),
        "midsommarafton" | "juhannus" => return start(feast(today, |year| midsummer(year, 19, Weekday::Friday))),
        _ => {}
    }
    if let Some(offset) = easter_offset(word) {
        return start(feast(today, |year| plus(easter(year)?, offset)));
    }
    if word.len() >= 3 {
        for (name, offset) in [("today", 0), ("tomorrow", 1), ("yesterday", -1)] {
            if name.starts_with(word) {
                return start(plus(today, offset));
            }
        }
    }
    boundary(word, today)
}

/// Returns Saturday of this week, or today if it is Sunday.
pub(super) fn weekend(today: Date) -> Option<Date> {
    plus(today, if today.weekday() == Weekday::Sunday { 0 } else { 5 - since_monday(today) })
}

/// Returns the next such weekday, never today.
pub(super) fn next_weekday(today: Date, weekday: Weekday) -> Option<Date> {
    today.nth_weekday(1, weekday).ok()
}

/// Returns that weekday of the week which begins `weeks` after this one; weeks begin on Monday.
pub(super) fn weekday_of_week(today: Date, weeks: i64, weekday: Weekday) -> Option<Date> {
    plus(today, weeks * 7 + i64::from(weekday.to_monday_zero_offset()) - since_monday(today))
}

/// Returns the first of the next such month, never of the current one.
pub(super) fn next_month(today: Date, month: i8) -> Option<Date> {
    let year = if month > today.month() { today.year() } else { today.year() + 1 };
    Date::new(year, month, 1).ok()
}

/// Returns the next such day of a month after today; months that lack it are passed over.
pub(super) fn next_day_of_month(today: Date, day: i8) -> Option<Date> {
    // Of any two neighbouring months one has 31 days, but for February no three lack the 30th.
    (0..4).find_map(|months| {
        let first = today.first_of_month().checked_add(Span::new().months(months)).ok()?;
        Date::new(first.year(), first.month(), day).ok().filter(|&found| found > today)
    })
}

/// Returns the next such day of that month, today included.
pub(super) fn next_in_month(today: Date, month: i8, day: i8) -> Option<Date> {
    // A 29 February comes after at most eight years.
    (0..=8).find_map(|years| Date::new(today.year() + years, month, day).ok().filter(|&found| found >= today))
}

/// Returns the next `nth` (-1 is the last) such weekday of that month, today included.
pub(super) fn next_nth(today: Date, nth: i8, weekday: Weekday, month: i8) -> Option<Date> {
    // A fifth Monday of a February may be 40 years away.
    (0..=40).find_map(|years| nth_of(today.year() + years, month, nth, weekday).filter(|&found| found >= today))
}

/// Returns the `nth` (-1 is the last) such weekday of a month, if it has so many.
pub(super) fn nth_of(year: i16, month: i8, nth: i8, weekday: Weekday) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
}

fn plus(day: Date, days: i64) -> Option<Date> {
    day.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn since_monday(day: Date) -> i64 {
    i64::from(day.weekday().to_monday_zero_offset())
}

/// Reads `so…` and `eo…`: start or end; `p` for the previous, `n` for the next; `d w ww m q y`.
fn boundary(word: &str, today: Date) -> Option<Named> {
    let (end, rest) = match word.get(..2)? {
        "so" => (false, &word[2..]),
        "eo" => (true, &word[2..]),
        _ => return None,
    };
    let (by, unit) = match rest.as_bytes().first()? {
        b'p' => (-1, &rest[1..]),
        b'n' => (1, &rest[1..]),
        _ => (0, rest),
    };
    let (first, last) = match unit {
        "d" => (plus(today, by)?, plus(today, by)?),
        "w" => weeks(today, by, 7)?,
        // On a Sunday the working week that people mean is the coming one.
        "ww" => weeks(today, by + i64::from(today.weekday() == Weekday::Sunday), 5)?,
        "m" => months(today.first_of_month(), by, 1)?,
        "q" => months(today.first_of_month().checked_sub(Span::new().months((today.month() - 1) % 3)).ok()?, by, 3)?,
        "y" => months(today.first_of_year(), by, 12)?,
        _ => return None,
    };
    Some(Named { day: if end { last } else { first }, end })
}

/// Returns the first and the last day of so many from Monday on.
fn weeks(today: Date, by: i64, days: i64) -> Option<(Date, Date)> {
    let monday = plus(today, by * 7 - since_monday(today))?;
    Some((monday, plus(monday, days - 1)?))
}

/// Returns the first and the last day of `length` months, `by` times as many away from `first`.
fn months(first: Date, by: i64, length: i64) -> Option<(Date, Date)> {
    let add = |day: Date, months: i64| day.checked_add(Span::new().months(months)).ok();
    let start = add(first, by * length)?;
    Some((start, add(start, length - 1)?.last_of_month()))
}

/// Returns this year's, or the next year's if it is past.
fn feast(today: Date, rule: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    rule(today.year()).filter(|&day| day >= today).or_else(|| rule(today.year() + 1))
}

fn easter_offset(word: &str) -> Option<i64> {
    Some(match word {
        "easter" | "eastersunday" => 0,
        "goodfriday" => -2,
        "eastermonday" => 1,
        "ascension" => 39,
        "pentecost" => 49,
        _ => return None,
    })
}

/// Returns Easter Sunday: the Sunday after the first full moon, by the church's tables, from 21 March on.
fn easter(year: i16) -> Option<Date> {
    let year_number = i64::from(year);
    let (golden, century) = (year_number % 19, year_number / 100);
    // The moon's age, with the Gregorian corrections for leap centuries and for the moon's own drift.
    let skipped_leaps = century - century / 4;
    let moon_drift = (8 * century + 13) / 25;
    let mut full_moon = (19 * golden + skipped_leaps - moon_drift + 15) % 30;
    if full_moon == 29 || (full_moon == 28 && golden > 10) {
        full_moon -= 1;
    }
    plus(Date::new(year, 3, 21).ok()?, full_moon)?.nth_weekday(1, Weekday::Sunday).ok()
}

/// Returns the first such weekday from that day of June on.
fn midsummer(year: i16, from: i8, weekday: Weekday) -> Option<Date> {
    Date::new(year, 6, from - 1).ok()?.nth_weekday(1, weekday).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn easter_falls_where_the_church_says() {
        for day in [
            date(1943, 4, 25),
            date(1954, 4, 18),
            date(1981, 4, 19),
            date(2000, 4, 23),
            date(2008, 3, 23),
            date(2024, 3, 31),
            date(2025, 4, 20),
            date(2026, 4, 5),
            date(2027, 3, 28),
            date(2049, 4, 18),
            date(2076, 4, 19),
        ] {
            assert_eq!(easter(day.year()), Some(day));
        }
    }

    #[test]
    fn all_boundaries_are_those_of_taskwarrior() {
        let today = date(2026, 11, 22);
        for (word, expected) in [
            ("sopd", "2026-11-21"),
            ("sod", "2026-11-22"),
            ("sond", "2026-11-23"),
            ("eopd", "2026-11-21"),
            ("eod", "2026-11-22"),
            ("eond", "2026-11-23"),
            ("sopw", "2026-11-09"),
            ("sow", "2026-11-16"),
            ("sonw", "2026-11-23"),
            ("eopw", "2026-11-15"),
            ("eow", "2026-11-22"),
            ("eonw", "2026-11-29"),
            ("sopww", "2026-11-16"),
            ("soww", "2026-11-23"),
            ("sonww", "2026-11-30"),
            ("eopww", "2026-11-20"),
            ("eoww", "2026-11-27"),
            ("eonww", "2026-12-04"),
            ("sopm", "2026-10-01"),
            ("som", "2026-11-01"),
            ("sonm", "2026-12-01"),
            ("eopm", "2026-10-31"),
            ("eom", "2026-11-30"),
            ("eonm", "2026-12-31"),
            ("sopq", "2026-07-01"),
            ("soq", "2026-10-01"),
            ("sonq", "2027-01-01"),
            ("eopq", "2026-09-30"),
            ("eoq", "2026-12-31"),
            ("eonq", "2027-03-31"),
            ("sopy", "2025-01-01"),
            ("soy", "2026-01-01"),
            ("sony", "2027-01-01"),
            ("eopy", "2025-12-31"),
            ("eoy", "2026-12-31"),
            ("eony", "2027-12-31"),
        ] {
            let named = day(word, today).expect(word);
            assert_eq!(named.day.to_string(), expected, "{word}");
            assert_eq!(named.end, word.starts_with("eo"), "{word}");
        }
        for word in ["socw", "eocw", "so", "eo", "eop", "sox", "sodd"] {
            assert_eq!(day(word, today), None, "{word}");
        }
    }

    #[test]
    fn rare_days_are_found() {
        let today = date(2026, 11, 22);
        assert_eq!(next_in_month(today, 2, 29), Some(date(2028, 2, 29)));
        assert_eq!(next_in_month(date(2097, 1, 1), 2, 29), Some(date(2104, 2, 29)));
        assert_eq!(next_in_month(today, 2, 30), None);
        assert_eq!(next_day_of_month(date(2026, 1, 31), 31), Some(date(2026, 3, 31)));
        assert_eq!(next_day_of_month(date(2026, 1, 30), 30), Some(date(2026, 3, 30)));
        assert_eq!(next_nth(today, 5, Weekday::Monday, 2), Some(date(2044, 2, 29)));
        assert_eq!(next_nth(today, -1, Weekday::Friday, 11), Some(date(2026, 11, 27)));
    }
}
