//! Tables of reminders: what is stored, and when it fires.

use super::*;
use proptest::prelude::*;

fn context() -> Context {
    let now: Zoned = "2026-11-22T10:50:00.5[Europe/Madrid]".parse().expect("RFC 9557");
    Context { now: now.timestamp(), zone: now.time_zone().clone(), remind_time: jiff::civil::time(9, 0, 0, 0) }
}

fn when(text: &str) -> When {
    When::from_text(text).expect(text)
}

const DAY: &str = "2026-11-27";
const MOMENT: &str = "2026-11-27T17:00:00+01:00[Europe/Madrid]";

#[test]
fn a_reminder_counts_from_due_then_scheduled_then_now() {
    let (day, moment) = (when(DAY), when(MOMENT));
    for row in [
        ("1d", Some(&day), None, "due-1d", "2026-11-26T09:00+01"),
        ("1 day", Some(&day), None, "due-1d", "2026-11-26T09:00+01"),
        ("2w", Some(&day), None, "due-2w", "2026-11-13T09:00+01"),
        ("1mo", Some(&day), None, "due-1mo", "2026-10-27T09:00+01"),
        ("0d", Some(&day), None, "due", "2026-11-27T09:00+01"),
        ("due", Some(&day), None, "due", "2026-11-27T09:00+01"),
        ("1d", Some(&moment), Some(&day), "due-1d", "2026-11-26T17:00+01"),
        ("1h", Some(&moment), None, "due-1h", "2026-11-27T16:00+01"),
        ("1h30min", Some(&moment), None, "due-90min", "2026-11-27T15:30+01"),
        ("P1DT2H", Some(&moment), None, "due-1d-2h", "2026-11-26T15:00+01"),
        ("due-1h", Some(&moment), None, "due-1h", "2026-11-27T16:00+01"),
        ("due + 1h", Some(&moment), None, "due+1h", "2026-11-27T18:00+01"),
        ("due-1d+2h", Some(&moment), None, "due-1d+2h", "2026-11-26T19:00+01"),
        ("due", Some(&moment), None, "due", "2026-11-27T17:00+01"),
        ("9am", Some(&day), None, "due 09:00", "2026-11-27T09:00+01"),
        ("due 9am", Some(&day), None, "due 09:00", "2026-11-27T09:00+01"),
        ("due at 17:30:05", Some(&day), None, "due 17:30:05", "2026-11-27T17:30:05+01"),
        ("noon", Some(&moment), None, "due 12:00", "2026-11-27T12:00+01"),
    ] {
        check_row(row);
    }
}

#[test]
fn without_due_it_counts_from_scheduled_or_is_a_moment() {
    let (day, moment) = (when(DAY), when(MOMENT));
    for row in [
        ("1d", None, Some(&day), "scheduled-1d", "2026-11-26T09:00+01"),
        ("9am", None, Some(&day), "scheduled 09:00", "2026-11-27T09:00+01"),
        ("scheduled-1d", Some(&moment), Some(&day), "scheduled-1d", "2026-11-26T09:00+01"),
        ("1d", None, None, "2026-11-23T10:50:00+01:00[Europe/Madrid]", "2026-11-23T10:50+01"),
        ("2h", None, None, "2026-11-22T12:50:00+01:00[Europe/Madrid]", "2026-11-22T12:50+01"),
        ("9am", None, None, "2026-11-23T09:00:00+01:00[Europe/Madrid]", "2026-11-23T09:00+01"),
        ("tomorrow 8am", Some(&day), None, "2026-11-23T08:00:00+01:00[Europe/Madrid]", "2026-11-23T08:00+01"),
        ("friday", None, None, "2026-11-27T09:00:00+01:00[Europe/Madrid]", "2026-11-27T09:00+01"),
        ("in 3 days", Some(&day), None, "2026-11-25T09:00:00+01:00[Europe/Madrid]", "2026-11-25T09:00+01"),
        ("2026-12-24T18:00Z", None, None, "2026-12-24T19:00:00+01:00[Europe/Madrid]", "2026-12-24T19:00+01"),
    ] {
        check_row(row);
    }
}

type Row<'a> = (&'a str, Option<&'a When>, Option<&'a When>, &'a str, &'a str);

/// Checks text, due, scheduled, the stored text and the moment.
fn check_row((text, due, scheduled, stored, fires): Row<'_>) {
    let reminder = parse_reminder(text, due, scheduled, &context()).unwrap_or_else(|t| panic!("{text}: {t:?}"));
    assert_eq!(reminder.to_text(), stored, "{text}");
    assert_eq!(Reminder::from_text(stored).expect(stored), reminder);
    let at = reminder.resolve(due, scheduled, &context().zone, context().remind_time);
    let expected: Timestamp = fires.parse().expect(fires);
    assert_eq!(at, Some(expected), "{text}");
}

#[test]
fn what_can_not_be_meant_is_refused_with_a_hint() {
    let (day, moment) = (when(DAY), when(MOMENT));
    let hours = "type days (`1d`), a time on that day (`9am`), or give `due` a time of day";
    let none = "set one with `due:…`, or type a moment such as `tomorrow 9am`";
    for (text, due, kind, message, hint) in [
        ("2h", Some(&day), TroubleKind::Value, "`2h` counts hours, but `due` is a whole day", hours),
        ("due-1d2h", Some(&day), TroubleKind::Value, "`due-1d2h` counts hours, but `due` is a whole day", hours),
        ("due-1d", None, TroubleKind::Value, "`due-1d` counts from a `due` date that is not set", none),
        (
            "-1d",
            Some(&moment),
            TroubleKind::Value,
            "`-1d` does not say what it counts from",
            "type `1d` or `due-1d` for before, `due+1d` for after",
        ),
        (
            "3m",
            Some(&moment),
            TroubleKind::Date,
            "`m` may be minutes or months",
            "type `3min` for minutes or `3mo` for months",
        ),
        ("soon", Some(&moment), TroubleKind::Date, "`soon` is not a date", "did you mean `noon`?"),
    ] {
        let trouble = parse_reminder(text, due, None, &context()).expect_err(text);
        assert_eq!((trouble.kind, trouble.message.as_str()), (kind, message));
        assert_eq!(trouble.hint.as_deref(), Some(hint), "{text}");
    }
    assert!(parse_reminder("", Some(&day), None, &context()).is_err());
}

#[test]
fn a_reminder_moves_with_its_date_and_waits_without() {
    let reminder = Reminder::from_text("due-1h").expect("stored");
    let zone = context().zone;
    let nine = context().remind_time;
    assert_eq!(reminder.resolve(None, Some(&when(DAY)), &zone, nine), None);
    // The due moment became a day: an hour before the time at which days remind.
    let at: Timestamp = "2026-11-27T08:00+01".parse().expect("RFC 3339");
    assert_eq!(reminder.resolve(Some(&when(DAY)), None, &zone, nine), Some(at));
    // Nine stays nine over a change of the clocks.
    let day_before = Reminder::from_text("due-1d").expect("stored");
    let berlin = TimeZone::get("Europe/Berlin").expect("bundled");
    let at: Timestamp = "2026-03-28T09:00+01".parse().expect("RFC 3339");
    assert_eq!(day_before.resolve(Some(&when("2026-03-29")), None, &berlin, nine), Some(at));
}

#[test]
fn a_text_that_is_not_stored_so_is_refused() {
    for text in [
        "",
        "1d",
        "wait-1d",
        "due-",
        "due-1",
        "due+-1d",
        "due lunch",
        "friday",
        "2026-11-27",
        "due 9am x",
        "due-1d 9am",
    ] {
        assert!(Reminder::from_text(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_prints_parses_back(
        scheduled in any::<bool>(), months in -500_i64..500, days in -9_999_i64..9_999, seconds in -999_999_i64..999_999
    ) {
        let anchor = if scheduled { Anchor::Scheduled } else { Anchor::Due };
        let reminder = Reminder(Rule::Offset(anchor, Period { months, days, seconds }));
        prop_assert_eq!(Reminder::from_text(&reminder.to_text()).expect("printed"), reminder);
    }

    #[test]
    fn nothing_panics(text in "\\PC*") {
        let _ = Reminder::from_text(&text);
        for due in [None, Some(&when(DAY)), Some(&when(MOMENT))] {
            if let Ok(reminder) = parse_reminder(&text, due, None, &context()) {
                prop_assert_eq!(Reminder::from_text(&reminder.to_text()).expect("printed"), reminder);
            }
        }
    }
}
