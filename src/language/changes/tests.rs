//! Tables of changes: what is title, what is set, and what is refused.

use super::*;
use proptest::prelude::*;

fn context() -> Context {
    let now: jiff::Zoned = "2026-11-22T10:50:00[Europe/Madrid]".parse().expect("RFC 9557");
    Context { now: now.timestamp(), zone: now.time_zone().clone(), remind_time: jiff::civil::time(9, 0, 0, 0) }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn parse(words: &[&str]) -> Result<Changes, Trouble> {
    parse_changes(&owned(words), &[], &Base::default(), &context())
}

fn good(words: &[&str]) -> Changes {
    parse(words).unwrap_or_else(|trouble| panic!("{words:?}: {trouble:?}"))
}

fn date(field: Option<&Option<When>>) -> String {
    field.map_or("left".to_owned(), |set| set.as_ref().map_or("cleared".to_owned(), When::to_text))
}

#[test]
fn what_is_no_change_is_title_verbatim() {
    for words in [
        &["Pay", "rent"][..],
        &["Buy 2 l milk: full-fat"],
        &["note: to self"],
        &["See", "http://example.org/a"],
        &["at", "10:30"],
        &["+1", "for", "this"],
        &["a", "+", "b", "-", "c"],
        &["-5", "degrees"],
        &["--x"],
        &["Re:", "offer"],
        &["TODO:x"],
        &["+two words"],
        &["x:y"],
        &["remember tag:home and more"],
        &["  spaces   stay "],
        &["a:b:c"],
        &["ship", "v2.0", "(finally)", "±1"],
    ] {
        let changes = good(words);
        assert_eq!(changes, Changes { title: Some(words.join(" ")), ..Changes::default() }, "{words:?}");
    }
    assert_eq!(good(&[]), Changes::default());
}

#[test]
fn words_after_two_dashes_are_title() {
    let changes = parse_changes(&owned(&["Ask", "+work"]), &owned(&["+x", "estimate:3"]), &Base::default(), &context());
    let changes = changes.expect("all known");
    assert_eq!(changes.title.as_deref(), Some("Ask +x estimate:3"));
    assert_eq!(changes.tags_add, ["work"]);
}

#[test]
fn fields_are_set_and_cleared() {
    let changes = good(&["project:home.flat", "Pay", "+bills", "-later", "rent", "priority:H", "note:two words", "+x"]);
    assert_eq!(changes.title.as_deref(), Some("Pay rent"));
    assert_eq!(changes.project, Some(Some("home.flat".to_owned())));
    assert_eq!(changes.priority, Some(Some(Priority::High)));
    assert_eq!(changes.notes, Some(Some("two words".to_owned())));
    assert_eq!((changes.tags_add, changes.tags_remove), (owned(&["bills", "x"]), owned(&["later"])));
    let cleared =
        good(&["project:", "priority:", "note:", "due:", "scheduled:", "wait:", "until:", "remind:", "depends:"]);
    assert_eq!((cleared.project, cleared.priority, cleared.notes), (Some(None), Some(None), Some(None)));
    assert_eq!(
        (cleared.due, cleared.scheduled, cleared.wait, cleared.until),
        (Some(None), Some(None), Some(None), Some(None))
    );
    assert_eq!((cleared.reminders, cleared.depends_clear), (Some(vec![]), true));
}

#[test]
fn keys_may_be_shortened_where_only_one_fits() {
    assert_eq!(good(&["pro:home"]).project, Some(Some("home".to_owned())));
    assert_eq!(good(&["proj:home sweet home"]).project, Some(Some("home sweet home".to_owned())));
    assert_eq!(good(&["pri:low"]).priority, Some(Some(Priority::Low)));
    assert_eq!(date(good(&["sched:fri"]).scheduled.as_ref()), "2026-11-27");
    assert!(parse(&["pr:home"]).is_err());
    for (typed, expected) in [("M", Some(Priority::Medium)), ("medium", Some(Priority::Medium)), ("none", None)] {
        assert_eq!(good(&[&format!("priority:{typed}")]).priority, Some(expected));
    }
}

#[test]
fn dependencies_are_named_by_number_range_or_id() {
    let changes = good(&["depends:12,14-16,-3,0199AB12,-7-8"]);
    assert_eq!(changes.depends_add, ["12", "14", "15", "16", "0199ab12"]);
    assert_eq!(changes.depends_remove, ["3", "7", "8"]);
    for (word, start, end) in [("depends:12,x", 11, 12), ("depends:9-2", 8, 11), ("depends:--3", 8, 11)] {
        let trouble = parse(&[word]).expect_err(word);
        assert_eq!((trouble.kind, trouble.start, trouble.end), (TroubleKind::Value, start, end), "{word}");
        assert_eq!(trouble.field.as_deref(), Some("depends"));
    }
    for word in ["depends:1-999999", "depends:1-150,151-300"] {
        assert_eq!(parse(&[word]).expect_err(word).kind, TroubleKind::Limit);
    }
    let trouble = parse(&["depends:1,,2"]).expect_err("empty");
    assert_eq!((trouble.message.as_str(), trouble.start), ("a value is missing beside `,`", 10));
    assert_eq!(trouble.field.as_deref(), Some("depends"));
}

#[test]
fn dates_may_count_from_each_other_in_any_order() {
    let changes = good(&["wait:due-3d", "until:wait+1w", "due:eom", "scheduled:due-1d"]);
    assert_eq!(date(changes.due.as_ref()), "2026-11-30");
    assert_eq!(date(changes.wait.as_ref()), "2026-11-27");
    assert_eq!(date(changes.until.as_ref()), "2026-12-04");
    assert_eq!(date(changes.scheduled.as_ref()), "2026-11-29");
    let backwards = good(&["due:scheduled+1d", "scheduled:fri"]);
    assert_eq!(date(backwards.due.as_ref()), "2026-11-28");
    let trouble = parse(&["due:wait+1d", "wait:due-1d"]).expect_err("a circle");
    assert_eq!(trouble.message, "`due` and another date count from each other");
    assert_eq!((trouble.start, trouble.end, trouble.text.as_str()), (4, 11, "due:wait+1d"));
}

#[test]
fn dates_may_count_from_those_the_task_had() {
    let base = Base { due: Some(When::Day(jiff::civil::date(2026, 12, 24))), ..Base::default() };
    let read = |words: &[&str]| parse_changes(&owned(words), &[], &base, &context());
    assert_eq!(date(read(&["due:due+1w"]).expect("had one").due.as_ref()), "2026-12-31");
    assert_eq!(date(read(&["wait:due-1d"]).expect("had one").wait.as_ref()), "2026-12-23");
    let trouble = read(&["due:", "wait:due-1d"]).expect_err("cleared");
    assert_eq!(trouble.message, "there is no `due` date to count from");
    assert_eq!((trouble.start, trouble.end), (5, 8));
    assert_eq!(trouble.field.as_deref(), Some("wait"));
    assert!(parse(&["due:due+1w"]).is_err());
}

#[test]
fn a_date_that_goes_on_in_the_next_word_is_refused() {
    for (words, message, hint, start, end) in [
        (
            &["Call", "due:friday", "17:00"][..],
            "`friday 17:00` is one date in several words",
            "`due:\"friday 17:00\"`",
            4,
            16,
        ),
        (&["due:next", "friday", "call"], "`next friday` is one date in several words", "`due:\"next friday\"`", 4, 15),
        (&["due:3", "days"], "`3 days` is one date in several words", "`due:\"3 days\"`", 4, 10),
        (&["wait:in", "3", "days", "Pay"], "`in 3 days` is one date in several words", "`wait:\"in 3 days\"`", 5, 14),
        (
            &["due:monday", "at", "noon", "eat"],
            "`monday at noon` is one date in several words",
            "`due:\"monday at noon\"`",
            4,
            18,
        ),
        (&["due:dec", "24"], "`dec 24` is one date in several words", "`due:\"dec 24\"`", 4, 10),
        (
            &["due:fri", "remind:tomorrow", "9am"],
            "`tomorrow 9am` is one date in several words",
            "`remind:\"tomorrow 9am\"`",
            7,
            19,
        ),
        (
            &["due:fri", "remind:1d,tomorrow", "9am"],
            "`tomorrow 9am` is one date in several words",
            "`remind:\"1d,tomorrow 9am\"`",
            10,
            22,
        ),
    ] {
        let trouble = parse(words).expect_err("two words");
        assert_eq!(trouble.message, message);
        assert_eq!(trouble.hint, Some(format!("type {hint}, or put the title first")));
        assert_eq!((trouble.start, trouble.end), (start, end), "{words:?}");
        assert_eq!(trouble.kind, TroubleKind::Date);
    }
}

#[test]
fn a_date_apart_from_its_key_is_refused_too() {
    let trouble = parse(&["due:", "friday", "call"]).expect_err("apart");
    assert_eq!(trouble.message, "`friday` stands apart from its `due:`");
    assert_eq!(trouble.hint.as_deref(), Some("type `due:friday`, or put the title first"));
    assert_eq!((trouble.text.as_str(), trouble.start, trouble.end), ("due: friday", 4, 11));
    let trouble = parse(&["remind:", "3", "days"]).expect_err("apart");
    assert_eq!(trouble.hint.as_deref(), Some("type `remind:\"3 days\"`, or put the title first"));
    for words in [
        &["due:friday", "call", "at", "17:00"][..],
        &["17:00", "due:friday"],
        &["due:", "call", "friday"],
        &["due:friday", "+x", "17:00"],
        &["due:friday 17:00", "5", "apples"],
        &["due:3d", "buy", "3", "days", "of", "food"],
        &["due:tomorrow", "may", "rain"],
    ] {
        good(words);
    }
}

#[test]
fn reminders_are_read_when_all_dates_are_known() {
    let texts =
        |words: &[&str]| good(words).reminders.unwrap_or_default().iter().map(Reminder::to_text).collect::<Vec<_>>();
    assert_eq!(texts(&["remind:1d,9am", "due:friday"]), ["due-1d", "due 09:00"]);
    assert_eq!(texts(&["remind:1d,24h,1d", "due:friday 17:00"]), ["due-1d", "due-24h"]);
    assert_eq!(texts(&["remind:1h", "scheduled:friday 17:00"]), ["scheduled-1h"]);
    assert_eq!(texts(&["remind:tomorrow 9am"]), ["2026-11-23T09:00:00+01:00[Europe/Madrid]"]);
    let many: Vec<String> = (1..=21).map(|days| format!("{days}d")).collect();
    let trouble = parse(&["due:friday", &format!("remind:{}", many.join(","))]).expect_err("too many");
    assert_eq!((trouble.kind, trouble.message.as_str()), (TroubleKind::Limit, "a task has at most 20 reminders"));
    let trouble = parse(&["due:friday", "remind:1d,2h"]).expect_err("hours before a day");
    assert_eq!(trouble.message, "`2h` counts hours, but `due` is a whole day");
    assert_eq!((trouble.start, trouble.end, trouble.text.as_str()), (10, 12, "remind:1d,2h"));
    assert_eq!(trouble.field.as_deref(), Some("remind"));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    for (word, message, hint, end) in [
        (
            "projcet:home",
            "`projcet:` is not a field of a task",
            "did you mean `project:home`? Else, to have it in the title, type `-- projcet:home` at the end",
            8,
        ),
        (
            "estimate:3",
            "`estimate:` is not a field of a task",
            "to have it in the title, type `-- estimate:3` at the end",
            9,
        ),
        (
            "every:2w",
            "`every:` is not there yet",
            "leave it out; to have it in the title, type `-- every:2w` at the end",
            6,
        ),
        (
            "tag:home",
            "`tag:` is not a field of a task",
            "type `+home` to add the tag `home` and `-home` to take it away",
            4,
        ),
        ("re:offer", "`re:` is not a field of a task", "to have it in the title, type `-- re:offer` at the end", 3),
    ] {
        let trouble = parse(&["x", word]).expect_err(word);
        assert_eq!(trouble.kind, TroubleKind::Key);
        assert_eq!(trouble.message, message);
        assert_eq!(trouble.hint.as_deref(), Some(hint));
        assert_eq!((trouble.start, trouble.end, trouble.text.as_str()), (0, end, word));
    }
}

#[test]
fn values_are_checked() {
    for (words, kind, message, start, end) in [
        (&["priority:urgent"][..], TroubleKind::Value, "`urgent` is not a priority", 9, 15),
        (&["due:fri", "due:mon"], TroubleKind::Value, "`due` is given twice", 4, 7),
        (&["pri:H", "priority:L"], TroubleKind::Value, "`priority` is given twice", 9, 10),
        (&["due:tomorow"], TroubleKind::Date, "`tomorow` is not a date", 4, 11),
        (&["due:fri lunch"], TroubleKind::Date, "`lunch` is left over", 8, 13),
        (&["due:mo"], TroubleKind::Date, "`mo` is not a date", 4, 6),
        (&["+OVERDUE"], TroubleKind::Value, "the tag `OVERDUE` follows from the task and can't be set", 0, 8),
    ] {
        let trouble = parse(words).expect_err("bad value");
        assert_eq!((trouble.kind, trouble.message.as_str()), (kind, message));
        assert_eq!((trouble.start, trouble.end), (start, end), "{words:?}");
        assert!(trouble.field.is_some(), "{words:?}");
    }
    for (words, hint) in [
        (["due:fri", "due:mon"], "leave one of them out"),
        (["remind:1d", "remind:"], "leave one of them out"),
        (["remind:2d", "rem:1d"], "type both as a list: `remind:2d,1d`"),
        (["remind:2d", "remind:fri 9am"], "type both as a list: `remind:\"2d,fri 9am\"`"),
        (["depends:1", "depends:2,3"], "type both as a list: `depends:1,2,3`"),
    ] {
        assert_eq!(parse(&words).expect_err("twice").hint.as_deref(), Some(hint), "{words:?}");
    }
    let long = format!("+{}", "x".repeat(65));
    assert_eq!(parse(&[&long]).expect_err("long").kind, TroubleKind::Limit);
    good(&[&long[..65]]);
}

proptest! {
    #[test]
    fn nothing_panics(words in proptest::collection::vec("(due|wait|remind|depends|priority|x|every)?:?(.{0,12}|due-1d|3|,|next)", 0..6)) {
        if let Err(trouble) = parse_changes(&words, &[], &Base::default(), &context()) {
            prop_assert!(trouble.start <= trouble.end && trouble.end <= trouble.text.chars().count(), "{:?}", trouble);
        }
    }

    #[test]
    fn plain_words_are_never_lost(words in proptest::collection::vec("[A-Z][a-zé0-9.!?]{0,9}", 1..8)) {
        let changes = parse_changes(&words, &[], &Base::default(), &context()).expect("nothing but words");
        prop_assert_eq!(changes, Changes { title: Some(words.join(" ")), ..Changes::default() });
    }
}
