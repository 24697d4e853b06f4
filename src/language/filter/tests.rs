//! Tables of filters and their trees.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Filter, Trouble> {
    let zone = jiff::tz::TimeZone::UTC;
    parse_filter(text, &Context { now: jiff::Timestamp::UNIX_EPOCH, zone, remind_time: jiff::civil::time(9, 0, 0, 0) })
}

/// Prints a tree in one line; only for tests, whose trees are small.
fn show(filter: &Filter) -> String {
    let list = |parts: &[Filter]| parts.iter().map(show).collect::<Vec<_>>().join(" ");
    match filter {
        Filter::All(parts) => format!("all({})", list(parts)),
        Filter::Any(parts) => format!("any({})", list(parts)),
        Filter::Not(inner) => format!("not({})", show(inner)),
        Filter::Is(term) => match term {
            Term::Number(number) => number.to_string(),
            Term::Range(from, to) => format!("{from}-{to}"),
            Term::Id(id) => format!("#{id}"),
            Term::Project(project) => format!("project:{}", project.as_deref().unwrap_or("none")),
            Term::Tag(tag) => format!("+{tag}"),
            Term::Status(status) => status.as_str().to_owned(),
            Term::Priority(priority) => format!("priority:{}", priority.map_or("none", Priority::as_str)),
            Term::Waiting => "waiting".to_owned(),
            Term::Text(text) => format!("'{text}'"),
        },
    }
}

fn table(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let filter = parse(text).unwrap_or_else(|trouble| panic!("{text}: {trouble:?}"));
        assert_eq!(show(&filter), *expected, "{text}");
    }
}

#[test]
fn tasks_are_named_by_number_range_and_id() {
    table(&[
        ("", "all()"),
        ("  ", "all()"),
        ("1", "1"),
        ("1,3-5", "any(1 3-5)"),
        ("3-5", "3-5"),
        ("1 2 3", "any(1 2 3)"),
        ("1 2-3 0199ab", "any(1 2-3 #0199ab)"),
        ("1,2 3,4", "any(1 2 3 4)"),
        ("1 +x 2", "all(any(1 2) +x)"),
        ("1 and 2", "all(1 2)"),
        ("1 not 2", "all(1 not(2))"),
        ("not 1,2", "not(any(1 2))"),
        ("(1) 2", "any(1 2)"),
        ("0199AB12", "#0199ab12"),
        ("0199ab12-1234-7abc-8def-0123456789ab", "#0199ab12-1234-7abc-8def-0123456789ab"),
        ("01991234-1234-7123-8123-012345678901", "#01991234-1234-7123-8123-012345678901"),
        ("1f2e", "#1f2e"),
        ("cafe", "'cafe'"),
        ("added", "'added'"),
        ("'12'", "'12'"),
        ("1.5", "'1.5'"),
        ("3-5kg", "'3-5kg'"),
    ]);
}

#[test]
fn fields_tags_and_words() {
    table(&[
        ("project:home.flat", "project:home.flat"),
        ("proj:home", "project:home"),
        ("project:", "project:none"),
        ("project:'home sweet'", "project:home sweet"),
        ("+bills", "+bills"),
        ("-bills", "not(+bills)"),
        ("tag:bills", "+bills"),
        ("+WAITING", "waiting"),
        ("-PENDING", "not(pending)"),
        ("status:pending", "pending"),
        ("status:Completed", "completed"),
        ("status:deleted", "deleted"),
        ("status:waiting", "waiting"),
        ("priority:H", "priority:high"),
        ("priority:", "priority:none"),
        ("rent", "'rent'"),
        ("pay rent", "all('pay' 'rent')"),
        ("'pay rent'", "'pay rent'"),
        ("'+bills'", "'+bills'"),
        ("'project:home'", "'project:home'"),
        ("http://example.org", "'http://example.org'"),
        ("10:30", "'10:30'"),
        ("-5", "'-5'"),
        ("+1", "'+1'"),
        ("f(x)", "'f(x)'"),
        ("'(x)'", "'(x)'"),
        ("naïve 日本", "all('naïve' '日本')"),
    ]);
}

#[test]
fn operators_bind_as_in_taskwarrior() {
    table(&[
        ("a or b", "any('a' 'b')"),
        ("a b or c", "any(all('a' 'b') 'c')"),
        ("a or b and c", "any('a' all('b' 'c'))"),
        ("(a or b) c", "all(any('a' 'b') 'c')"),
        ("( a or b ) and c", "all(any('a' 'b') 'c')"),
        ("not a b", "all(not('a') 'b')"),
        ("not (a b)", "not(all('a' 'b'))"),
        ("!a", "not('a')"),
        ("! a", "not('a')"),
        ("!(a or b)", "not(any('a' 'b'))"),
        ("!!a", "'a'"),
        ("a xor b", "any(all('a' not('b')) all(not('a') 'b'))"),
        ("a OR b", "any('a' 'b')"),
        ("a 'or' b", "all('a' 'or' 'b')"),
        ("((a))", "'a'"),
        ("(f(x))", "'f(x)'"),
        ("(a (b or (c d)))", "all('a' any('b' all('c' 'd')))"),
        ("+x or -x", "any(+x not(+x))"),
    ]);
}

#[test]
fn what_can_not_be_read_is_pointed_at() {
    for (text, message, hint, start, end) in TROUBLES.iter().copied() {
        let trouble = parse(text).expect_err(text);
        assert_eq!(trouble.kind, TroubleKind::Filter, "{text}");
        assert_eq!(trouble.message, message, "{text}");
        assert_eq!(trouble.hint.as_deref().unwrap_or_default(), hint, "{text}");
        assert_eq!((trouble.start, trouble.end), (start, end), "{text}");
    }
}

#[test]
fn arguments_joined_are_the_same_filter() {
    for (words, expected) in [
        (&["project:home sweet", "pay rent"][..], "all(project:home sweet 'pay rent')"),
        (&["(", "+x", "or", "don't", ")"], "any(+x 'don't')"),
        (&["1,3-5", "7"], "any(1 3-5 7)"),
    ] {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(show(&parse(&crate::language::join(&words)).expect("joined")), expected);
    }
}

#[test]
fn limits_are_said_and_nothing_is_cut() {
    for text in [
        "x".repeat(LONGEST + 1),
        "x ".repeat(MOST_TERMS + 1),
        vec!["1"; MOST_TERMS + 1].join(","),
        format!("{}x{}", "(".repeat(DEEPEST + 1), ")".repeat(DEEPEST + 1)),
        vec!["a"; 20].join(" xor "),
    ] {
        assert_eq!(parse(&text).expect_err("too much").kind, TroubleKind::Limit);
    }
    parse(&"x ".repeat(MOST_TERMS)).expect("at the limit");
    parse(&format!("{}x{}", "(".repeat(DEEPEST), ")".repeat(DEEPEST))).expect("at the limit");
    parse(&"! ".repeat(LONGEST / 2)).expect_err("nothing to negate");
    let nots = format!("{}x", "not (".repeat(DEEPEST)) + &")".repeat(DEEPEST);
    parse(&nots).expect("at the limit");
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_syntax_panics(words in proptest::collection::vec(proptest::sample::select(VOCABULARY), 0..24), spaced in any::<bool>()) {
        let text = words.join(if spaced { " " } else { "" });
        if let Err(trouble) = parse(&text) {
            prop_assert!(trouble.start <= trouble.end && trouble.end <= text.chars().count(), "{:?}", trouble);
        }
    }
}

const VOCABULARY: &[&str] = &[
    "(",
    ")",
    "!",
    "and",
    "or",
    "xor",
    "not",
    "1",
    "2-3",
    "4,5",
    "0199ab",
    "+x",
    "-x",
    "project:home",
    "status:",
    "rent",
    "'a b'",
    "\"",
    "\\",
    "é",
    "due.by:x",
    ",",
    "-",
    "/",
    ":",
];

const TROUBLES: &[(&str, &str, &str, usize, usize)] = &[
    ("a or", "nothing stands after `or`", "to look for the word itself, quote it: `'or'`", 2, 4),
    ("and b", "nothing stands before `and`", "to look for the word itself, quote it: `'and'`", 0, 3),
    ("a or and b", "nothing stands before `and`", "to look for the word itself, quote it: `'and'`", 5, 8),
    ("not", "nothing stands after `not`", "to look for the word itself, quote it: `'not'`", 0, 3),
    ("(a", "`(` is not closed", "add `)`, or quote the word", 0, 1),
    ("a) b", "`)` closes nothing", "add `(`, or quote the word", 1, 2),
    ("a ()", "there is nothing between `(` and `)`", "", 2, 4),
    ("(a or) b", "nothing stands after `or`", "to look for the word itself, quote it: `'or'`", 3, 5),
    (
        "x projcet:home",
        "`projcet:` is not a field of a task",
        "did you mean `project:home`? Else, to look for it as text, quote it: `'projcet:home'`",
        2,
        14,
    ),
    ("estimate:3", "`estimate:` is not a field of a task", "to look for it as text, quote it: `'estimate:3'`", 0, 10),
    ("due:today", "filtering by `due:` is not there yet", "to look for it as text, quote it: `'due:today'`", 0, 9),
    ("due.before:eow", "filtering by `due:` is not there yet", "to look for it as text, quote it: `'due:eow'`", 0, 14),
    (
        "project.not:x",
        "`project.not:` is not there yet",
        "type `project:…`, or quote the word to look for it as text",
        0,
        13,
    ),
    ("status:pendign", "`pendign` is not a status", "did you mean `status:pending`?", 0, 14),
    ("priority:urgent", "`urgent` is not a priority", "type `high`, `medium`, `low` or `none`", 0, 15),
    ("5-3", "`5-3` runs backwards", "type `3-5`", 0, 3),
    ("99999999999999999999", "`99999999999999999999` is too large for a task's number", "", 0, 20),
    ("+OVERDUE", "the virtual tag `OVERDUE` is not there yet", "", 0, 8),
    (
        "a < b",
        "`<` is an operator that is not there yet",
        "use `and`, `or` and `not`; to look for the text, quote it: `'<'`",
        2,
        3,
    ),
    ("/rent/", "`/rent/` is an operator that is not there yet", "to look for the text, quote it: `'/rent/'`", 0, 6),
    ("pay 'rent", "`'` is not closed", "close it with another `'`, or type `\\'` for the character itself", 4, 9),
    ("''", "there is no text to look for", "", 0, 2),
];
