//! Tables of date expressions and what they mean.

use super::*;
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

/// Reads a civil time with its zone as "now".
fn at(now: &str) -> Context {
    let now: jiff::Zoned = now.parse().expect(now);
    Context { now: now.timestamp(), zone: now.time_zone().clone(), remind_time: jiff::civil::time(9, 0, 0, 0) }
}

fn sunday() -> Context {
    at("2026-11-22T10:50:00[Europe/Madrid]")
}

fn table(context: &Context, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let when = parse_when(text, context).unwrap_or_else(|trouble| panic!("{text}: {trouble:?}"));
        assert_eq!(when.to_text(), *expected, "{text}");
    }
}

/// Rows of text, message, hint, start and end.
fn troubles(context: &Context, rows: &[(&str, &str, &str, usize, usize)]) {
    for &(text, message, hint, start, end) in rows {
        let trouble = match parse_when(text, context) {
            Err(trouble) => trouble,
            Ok(when) => panic!("{text} is {}", when.to_text()),
        };
        assert_eq!(trouble.kind, TroubleKind::Date, "{text}");
        assert_eq!(trouble.message, message, "{text}");
        assert_eq!(trouble.hint.as_deref().unwrap_or_default(), hint, "{text}");
        assert_eq!((trouble.start, trouble.end), (start, end), "{text}");
        assert_eq!(trouble.text, text);
    }
}

#[test]
fn iso_days() {
    table(
        &sunday(),
        &[
            ("2026-11-27", "2026-11-27"),
            (" 2026-11-27 ", "2026-11-27"),
            ("20261127", "2026-11-27"),
            ("2026-W48", "2026-11-23"),
            ("2026-W48-5", "2026-11-27"),
            ("2026-w53-7", "2027-01-03"),
            ("2026-331", "2026-11-27"),
            ("2028-366", "2028-12-31"),
            ("2026-12", "2026-12-01"),
            ("2028-02-29", "2028-02-29"),
            ("1900-01-01", "1900-01-01"),
            ("9999-12-31", "9999-12-31"),
        ],
    );
}

#[test]
fn iso_moments() {
    table(
        &sunday(),
        &[
            ("2026-11-27T17:00", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27t17:00:30", "2026-11-27T17:00:30+01:00[Europe/Madrid]"),
            ("2026-11-27 17:00", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27 5pm", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00Z", "2026-11-27T18:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00:00.25Z", "2026-11-27T18:00:00.25+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00-05:00", "2026-11-27T23:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27 17:00Z", "2026-11-27T18:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27 17:00+0300", "2026-11-27T15:00:00+01:00[Europe/Madrid]"),
            ("20261127T170000Z", "2026-11-27T18:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00[America/New_York]", "2026-11-27T17:00:00-05:00[America/New_York]"),
            ("2026-11-27T17:00+01:00[Europe/Berlin]", "2026-11-27T17:00:00+01:00[Europe/Berlin]"),
            ("2026-11-27T17:00-2h", "2026-11-27T15:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00-30min", "2026-11-27T16:30:00+01:00[Europe/Madrid]"),
            ("2026-11-27T17:00Z+1d", "2026-11-28T18:00:00+01:00[Europe/Madrid]"),
            ("1795798800", "2026-11-27T18:00:00+01:00[Europe/Madrid]"),
        ],
    );
}

#[test]
fn iso_that_is_no_date() {
    troubles(
        &sunday(),
        &[
            ("2026-02-29", "`2026-02-29` is not on the calendar", "", 0, 10),
            ("x 2026-13-01", "`2026-13-01` is not on the calendar", "", 2, 12),
            ("2026-366", "`2026-366` is not on the calendar", "", 0, 8),
            ("2026-W54", "`2026-W54` is not on the calendar", "", 0, 8),
            ("2026-11-27T25:00", "`2026-11-27T25:00` is not on the calendar or the clock", "", 0, 16),
            (
                "2026-11-27T17:00+02:00[Europe/Berlin]",
                "the offset of `2026-11-27T17:00+02:00[Europe/Berlin]` is not its zone's",
                "at that time the zone is at `+01`; leave the offset out",
                0,
                37,
            ),
            (
                "2026-11-27T17:00[Europe/Nowhere]",
                "the zone of `2026-11-27T17:00[Europe/Nowhere]` is not known",
                "type a zone such as `[Europe/Berlin]`, or none",
                0,
                32,
            ),
            ("1899-12-31", "`1899-12-31` is out of range", YEARS, 0, 10),
            ("0000-01-01", "`0000-01-01` is out of range", YEARS, 0, 10),
            ("9999-12-31+1d", "`9999-12-31+1d` is out of range", YEARS, 0, 13),
            ("9999-12-31 23:00", "`9999-12-31 23:00` is out of range", YEARS, 0, 16),
        ],
    );
}

#[test]
fn named_days() {
    table(
        &sunday(),
        &[
            ("now", "2026-11-22T10:50:00+01:00[Europe/Madrid]"),
            ("today", "2026-11-22"),
            ("Today", "2026-11-22"),
            ("tod", "2026-11-22"),
            ("sod", "2026-11-22"),
            ("eod", "2026-11-22"),
            ("tom", "2026-11-23"),
            ("tomorrow", "2026-11-23"),
            ("yesterday", "2026-11-21"),
            ("later", "9999-12-30"),
            ("someday", "9999-12-30"),
            ("eow", "2026-11-22"),
            ("eom", "2026-11-30"),
            ("eoy", "2026-12-31"),
            ("sonw", "2026-11-23"),
            ("easter", "2027-03-28"),
            ("goodfriday", "2027-03-26"),
            ("eastermonday", "2027-03-29"),
            ("ascension", "2027-05-06"),
            ("pentecost", "2027-05-16"),
            ("midsommar", "2027-06-26"),
            ("juhannus", "2027-06-25"),
            ("weekend", "2026-11-22"),
            ("this weekend", "2026-11-22"),
            ("next weekend", "2026-11-28"),
        ],
    );
}

#[test]
fn weekdays_are_after_today() {
    table(
        &sunday(),
        &[
            ("monday", "2026-11-23"),
            ("mon", "2026-11-23"),
            ("tues", "2026-11-24"),
            ("wed", "2026-11-25"),
            ("thurs", "2026-11-26"),
            ("fri", "2026-11-27"),
            ("sat", "2026-11-28"),
            ("sun", "2026-11-29"),
            ("next friday", "2026-11-27"),
            ("next sunday", "2026-11-29"),
            ("this friday", "2026-11-20"),
            ("last friday", "2026-11-20"),
            ("last sunday", "2026-11-15"),
        ],
    );
    table(
        &at("2026-11-27T10:50:00[Europe/Madrid]"),
        &[
            ("friday", "2026-12-04"),
            ("next friday", "2026-12-04"),
            ("next monday", "2026-11-30"),
            ("this friday", "2026-11-27"),
            ("friday 17:00", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("fri at 5pm", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("17:00 friday", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("friday 9:00", "2026-12-04T09:00:00+01:00[Europe/Madrid]"),
            ("friday 10:50", "2026-12-04T10:50:00+01:00[Europe/Madrid]"),
            ("next friday 17:00", "2026-12-04T17:00:00+01:00[Europe/Madrid]"),
            ("thursday 17:00", "2026-12-03T17:00:00+01:00[Europe/Madrid]"),
            ("weekend", "2026-11-28"),
            ("next weekend", "2026-12-05"),
            ("soww", "2026-11-23"),
            ("eoww", "2026-11-27"),
        ],
    );
    table(&at("2026-11-23T10:50:00[Europe/Madrid]"), &[("next friday", "2026-12-04"), ("friday", "2026-11-27")]);
}

#[test]
fn months_and_days_of_them() {
    table(
        &sunday(),
        &[
            ("january", "2027-01-01"),
            ("nov", "2027-11-01"),
            ("dec", "2026-12-01"),
            ("sept", "2027-09-01"),
            ("next december", "2026-12-01"),
            ("next week", "2026-11-23"),
            ("next month", "2026-12-01"),
            ("next quarter", "2027-01-01"),
            ("next year", "2027-01-01"),
            ("1st", "2026-12-01"),
            ("22nd", "2026-12-22"),
            ("23rd", "2026-11-23"),
            ("31st", "2026-12-31"),
            ("dec 24", "2026-12-24"),
            ("24 dec", "2026-12-24"),
            ("dec 24th", "2026-12-24"),
            ("24th december", "2026-12-24"),
            ("24th of december", "2026-12-24"),
            ("24 dec 2030", "2030-12-24"),
            ("dec 24 2030", "2030-12-24"),
            ("dec 2030", "2030-12-01"),
            ("nov 22", "2026-11-22"),
            ("nov 21", "2027-11-21"),
            ("feb 29", "2028-02-29"),
            ("dec 24 9am", "2026-12-24T09:00:00+01:00[Europe/Madrid]"),
            ("dec 24 at 17:00", "2026-12-24T17:00:00+01:00[Europe/Madrid]"),
            ("24 dec 17:00", "2026-12-24T17:00:00+01:00[Europe/Madrid]"),
            ("first monday of january", "2027-01-04"),
            ("1st monday of january", "2027-01-04"),
            ("last friday of november", "2026-11-27"),
            ("last friday of next month", "2026-12-25"),
            ("second tue of this month", "2026-11-10"),
            ("third thu of nov 2027", "2027-11-18"),
        ],
    );
}

#[test]
fn times_of_day() {
    table(
        &sunday(),
        &[
            ("9am", "2026-11-23T09:00:00+01:00[Europe/Madrid]"),
            ("11am", "2026-11-22T11:00:00+01:00[Europe/Madrid]"),
            ("11 AM", "2026-11-22T11:00:00+01:00[Europe/Madrid]"),
            ("9:30pm", "2026-11-22T21:30:00+01:00[Europe/Madrid]"),
            ("9:30 pm", "2026-11-22T21:30:00+01:00[Europe/Madrid]"),
            ("8a", "2026-11-23T08:00:00+01:00[Europe/Madrid]"),
            ("12am", "2026-11-23T00:00:00+01:00[Europe/Madrid]"),
            ("12pm", "2026-11-22T12:00:00+01:00[Europe/Madrid]"),
            ("17:00", "2026-11-22T17:00:00+01:00[Europe/Madrid]"),
            ("10:50", "2026-11-23T10:50:00+01:00[Europe/Madrid]"),
            ("17:30:05", "2026-11-22T17:30:05+01:00[Europe/Madrid]"),
            ("noon", "2026-11-22T12:00:00+01:00[Europe/Madrid]"),
            ("midnight", "2026-11-23T00:00:00+01:00[Europe/Madrid]"),
            ("tomorrow 9am", "2026-11-23T09:00:00+01:00[Europe/Madrid]"),
            ("9am tomorrow", "2026-11-23T09:00:00+01:00[Europe/Madrid]"),
            ("9am on monday", "2026-11-23T09:00:00+01:00[Europe/Madrid]"),
            ("today 9am", "2026-11-22T09:00:00+01:00[Europe/Madrid]"),
            ("monday at noon", "2026-11-23T12:00:00+01:00[Europe/Madrid]"),
            ("fri 17:00", "2026-11-27T17:00:00+01:00[Europe/Madrid]"),
            ("eom 17:00", "2026-11-30T17:00:00+01:00[Europe/Madrid]"),
            ("next friday at 9am", "2026-11-27T09:00:00+01:00[Europe/Madrid]"),
        ],
    );
}

#[test]
fn lengths_count_from_now() {
    table(
        &sunday(),
        &[
            ("3d", "2026-11-25"),
            ("3 days", "2026-11-25"),
            ("in 3 days", "2026-11-25"),
            ("in 3 days at 9am", "2026-11-25T09:00:00+01:00[Europe/Madrid]"),
            ("in 3 days 9am", "2026-11-25T09:00:00+01:00[Europe/Madrid]"),
            ("-2d", "2026-11-20"),
            ("+2d", "2026-11-24"),
            ("2 days ago", "2026-11-20"),
            ("2w", "2026-12-06"),
            ("1mo", "2026-12-22"),
            ("1 month", "2026-12-22"),
            ("2q", "2027-05-22"),
            ("1y", "2027-11-22"),
            ("P3D", "2026-11-25"),
            ("p1m", "2026-12-22"),
            ("3h", "2026-11-22T13:50:00+01:00[Europe/Madrid]"),
            ("in 3 hours", "2026-11-22T13:50:00+01:00[Europe/Madrid]"),
            ("90min", "2026-11-22T12:20:00+01:00[Europe/Madrid]"),
            ("1h30min", "2026-11-22T12:20:00+01:00[Europe/Madrid]"),
            ("1 hour 30 minutes", "2026-11-22T12:20:00+01:00[Europe/Madrid]"),
            ("1.5h", "2026-11-22T12:20:00+01:00[Europe/Madrid]"),
            ("PT2H", "2026-11-22T12:50:00+01:00[Europe/Madrid]"),
            ("P1DT1H", "2026-11-23T11:50:00+01:00[Europe/Madrid]"),
            ("2 days from tomorrow", "2026-11-25"),
            ("3 days from now", "2026-11-25T10:50:00+01:00[Europe/Madrid]"),
            ("1 week before easter", "2027-03-21"),
        ],
    );
}

#[test]
fn sums() {
    table(
        &sunday(),
        &[
            ("eom-2d", "2026-11-28"),
            ("eom - 2 days", "2026-11-28"),
            ("tomorrow+9h30min", "2026-11-23T09:30:00+01:00[Europe/Madrid]"),
            ("tomorrow + 9h + 30min", "2026-11-23T09:30:00+01:00[Europe/Madrid]"),
            ("eod-2h", "2026-11-22T22:00:00+01:00[Europe/Madrid]"),
            ("eom-1d-2h", "2026-11-29T22:00:00+01:00[Europe/Madrid]"),
            ("now+1d", "2026-11-23T10:50:00+01:00[Europe/Madrid]"),
            ("today+1mo-1d", "2026-12-21"),
            ("friday 17:00-30min", "2026-11-27T16:30:00+01:00[Europe/Madrid]"),
            ("9am-1h", "2026-11-23T08:00:00+01:00[Europe/Madrid]"),
            ("2026-11-27+1w", "2026-12-04"),
            ("2026-11-27-1w", "2026-11-20"),
            ("2026-11-27-PT1H", "2026-11-26T23:00:00+01:00[Europe/Madrid]"),
            ("-1d+2h", "2026-11-21T02:00:00+01:00[Europe/Madrid]"),
        ],
    );
}

#[test]
fn a_sum_may_count_from_the_tasks_dates() {
    let context = sunday();
    let day = When::Day(jiff::civil::date(2026, 11, 27));
    let moment = When::from_text("2026-11-27T17:00:00-05:00[America/New_York]").expect("RFC 9557");
    let references = References { due: Some(&day), scheduled: Some(&moment), ..References::default() };
    for (text, expected) in [
        ("due", "2026-11-27"),
        ("due-3d", "2026-11-24"),
        ("due - 3 days", "2026-11-24"),
        ("3 days before due", "2026-11-24"),
        ("due 9am", "2026-11-27T09:00:00+01:00[Europe/Madrid]"),
        ("scheduled-1h", "2026-11-27T16:00:00-05:00[America/New_York]"),
        ("scheduled 9am", "2026-11-27T09:00:00-05:00[America/New_York]"),
    ] {
        assert_eq!(parse_with(text, &context, &references).expect(text).to_text(), expected, "{text}");
    }
    let trouble = parse_with("wait-1d", &context, &references).expect_err("there is none");
    assert_eq!(trouble.message, "there is no `wait` date to count from");
    assert_eq!((trouble.start, trouble.end), (0, 4));
}

#[test]
fn what_can_not_be_read_is_pointed_at() {
    troubles(&sunday(), TROUBLES);
    let long = "1d ".repeat(100);
    assert_eq!(parse_when(&long, &sunday()).expect_err("long").kind, TroubleKind::Limit);
}

#[test]
fn clocks_that_change() {
    // In Berlin 02:00 to 03:00 does not exist on 29 March and comes twice on 25 October.
    table(
        &at("2026-03-28T22:00:00[Europe/Berlin]"),
        &[
            ("tomorrow 2:30", "2026-03-29T03:30:00+02:00[Europe/Berlin]"),
            ("tomorrow 9am", "2026-03-29T09:00:00+02:00[Europe/Berlin]"),
            ("tomorrow+9h", "2026-03-29T09:00:00+02:00[Europe/Berlin]"),
            ("now+1d", "2026-03-29T22:00:00+02:00[Europe/Berlin]"),
            ("24h", "2026-03-29T23:00:00+02:00[Europe/Berlin]"),
            ("eod+3h", "2026-03-29T03:00:00+02:00[Europe/Berlin]"),
            ("1d", "2026-03-29"),
        ],
    );
    table(
        &at("2026-10-24T22:00:00[Europe/Berlin]"),
        &[
            ("tomorrow 2:30", "2026-10-25T02:30:00+02:00[Europe/Berlin]"),
            ("tomorrow 9am", "2026-10-25T09:00:00+01:00[Europe/Berlin]"),
            ("24h", "2026-10-25T21:00:00+01:00[Europe/Berlin]"),
        ],
    );
    // In São Paulo midnight itself was passed over.
    table(
        &at("2018-11-03T12:00:00[America/Sao_Paulo]"),
        &[("midnight", "2018-11-04T01:00:00-02:00[America/Sao_Paulo]"), ("tomorrow", "2018-11-04")],
    );
}

#[test]
fn ends_of_months_and_of_time() {
    table(
        &at("2026-01-31T12:00:00[Europe/Berlin]"),
        &[
            ("1mo", "2026-02-28"),
            ("2mo", "2026-03-31"),
            ("31st", "2026-03-31"),
            ("30th", "2026-03-30"),
            ("eonm", "2026-02-28"),
        ],
    );
    table(
        &at("2028-02-29T12:00:00[Europe/Berlin]"),
        &[("1y", "2029-02-28"), ("4y", "2032-02-29"), ("feb 29", "2028-02-29")],
    );
    let last = at("9999-12-29T12:00:00[America/New_York]");
    table(&last, &[("tomorrow", "9999-12-30"), ("later", "9999-12-30"), ("eoy", "9999-12-31"), ("2d", "9999-12-31")]);
    for text in ["next week", "eony", "sony", "feb 29", "1st", "easter", "3d", "100h", "midsommar", "fifth mon of feb"]
    {
        assert!(parse_when(text, &last).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = parse_when(&text, &sunday());
    }

    #[test]
    fn no_phrase_panics(words in proptest::collection::vec(proptest::sample::select(VOCABULARY), 1..8), seconds in -2_208_988_800_i64..253_402_207_200) {
        for zone in ["Europe/Berlin", "America/New_York", "Pacific/Apia"] {
            let zone = TimeZone::get(zone).expect("bundled");
            let now = Timestamp::from_second(seconds).expect("in range");
            let context = Context { now, zone, remind_time: jiff::civil::time(9, 0, 0, 0) };
            for text in [words.concat(), words.join(" ")] {
                match parse_when(&text, &context) {
                    Ok(when) => {
                        let _ = (when.from(&context.zone), when.to(&context.zone));
                        prop_assert_eq!(When::from_text(&when.to_text()).expect("prints parse"), when.clone());
                        prop_assert_eq!(parse_when(&when.to_text(), &context).expect("prints can be typed"), when);
                    }
                    Err(trouble) => {
                        prop_assert!(trouble.start <= trouble.end && trouble.end <= text.chars().count());
                        prop_assert!(!trouble.message.is_empty() && !trouble.message.ends_with('.'));
                    }
                }
            }
        }
    }
}

const VOCABULARY: &[&str] = &[
    "now",
    "today",
    "friday",
    "next",
    "this",
    "last",
    "first",
    "of",
    "in",
    "at",
    "on",
    "ago",
    "before",
    "after",
    "eom",
    "soq",
    "easter",
    "dec",
    "feb",
    "29",
    "24",
    "2027",
    "31st",
    "5",
    "9am",
    "17:00",
    "noon",
    "3d",
    "2mo",
    "99999y",
    "90min",
    "1.5h",
    "P1M",
    "PT2H",
    "days",
    "month",
    "+",
    "-",
    "2026-11-27",
    "T17:00",
    "Z",
    "[Europe/Berlin]",
    "2026-W48",
    "9999-12-31",
    "1900-01-01",
    "later",
    "due",
    "1795798800",
    "00:30",
    "weekend",
];

const TROUBLES: &[(&str, &str, &str, usize, usize)] = &[
    ("", "a date is missing", EXAMPLES, 0, 0),
    ("  ", "a date is missing", EXAMPLES, 2, 2),
    ("tomorow", "`tomorow` is not a date", "did you mean `tomorrow`?", 0, 7),
    ("fridya 17:00", "`fridya` is not a date", "did you mean `friday`?", 0, 6),
    ("mo", "`mo` is not a date", "type `mon` for Monday or `1mo` for a month from now", 0, 2),
    ("week", "`week` is not a date", "type `1week` for one from now", 0, 4),
    ("3m", "`m` may be minutes or months", "type `3min` for minutes or `3mo` for months", 1, 2),
    ("in 3 m", "`m` may be minutes or months", "type `3min` for minutes or `3mo` for months", 5, 6),
    ("3dayz", "`dayz` is not a unit of time", "did you mean `3day`?", 1, 5),
    ("3x", "`x` is not a unit of time", "units are `s`, `min`, `h`, `d`, `w`, `mo`, `q` and `y`", 1, 2),
    ("friday lunch", "`lunch` is left over", EXAMPLES, 7, 12),
    ("friday 17:00 or so", "`or so` is left over", EXAMPLES, 13, 18),
    ("2026-11-27 2026-11-28", "`2026-11-28` is left over", EXAMPLES, 11, 21),
    ("friday 25:00", "`25:00` is not a time of day", "type one such as `9am`, `9:30pm` or `17:00`", 7, 12),
    ("13pm", "`13pm` is not a time of day", "type one such as `9am`, `9:30pm` or `17:00`", 0, 4),
    ("9:5", "`9:5` is not a time of day", "type one such as `9am`, `9:30pm` or `17:00`", 0, 3),
    ("friday at", "a time of day is missing after `at`", "type one such as `9am` or `17:00`", 9, 9),
    ("eom+", "a length of time is missing", "type one such as `3d`, `90min` or `2 weeks`", 4, 4),
    ("in friday", "`friday` is not a length of time", "type one such as `3d`, `90min` or `2 weeks`", 3, 9),
    ("someday-or-other", "`or-other` is not a length of time", "type one such as `3d`, `90min` or `2 weeks`", 8, 16),
    ("5", "`5` alone is not a date", "type `5d` for days from now, or a date such as `5 dec`", 0, 1),
    ("2026", "`2026` alone is not a date", "type a date such as `2026-01-31`", 0, 4),
    ("32nd", "`32nd` is not a day of a month", "type a day from `1st` to `31st`", 0, 4),
    ("31 nov", "`31 nov` is not on the calendar", "", 0, 6),
    ("this week", "`this week` is not one day", "type `eow` for its last day or `sow` for its first", 5, 9),
    ("next", "a day is missing after `next`", "type one such as `next friday` or `next weekend`", 4, 4),
    ("11/27", "`/27` is no part of a date", EXAMPLES, 2, 5),
    ("über", "`über` is not a date", EXAMPLES, 0, 4),
    ("due-1d", "there is no `due` date to count from", "set one with `due:…`, or type a date such as `friday`", 0, 3),
    (
        "1.5d",
        "`1.5d` is not a whole number of seconds, days or months",
        "type it in a smaller unit, such as `36h` or `10d`",
        0,
        4,
    ),
    ("9000y", "`9000y` is out of range", YEARS, 0, 5),
    ("99999999999999999999d", "`99999999999999999999` is too large", YEARS, 0, 20),
    ("now+999999999999d", "`999999999999d` is too large", YEARS, 4, 17),
];
