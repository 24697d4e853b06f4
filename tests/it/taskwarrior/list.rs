//! A list of a thousand tasks, each a little different, and the same in every run.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// Tasks that stand alone.
const SINGLE: usize = 1_000;
/// Templates of what recurs, each with two instances.
const RECURRING: usize = 24;

const TITLES: [&str; 14] = [
    "Pay rent",
    "Call \"the bank\" about it's account",
    "C:\\path\\to and a/b/c",
    "日本語のタイトル",
    "👨‍👩‍👧 family day ❤️",
    "due:tomorrow +not -tags project:none",
    "see https://example.org/a?b=c&d=e#f [link]",
    "Übergrößenträger ñandú e\u{301}",
    "50% of $HOME `id` $(id) ; | & < >",
    "tab\there",
    "{\"json\": [1, 2]}",
    "1 2 3",
    "(a or b) and not c",
    "שלום می‌خواهم",
];
const PROJECTS: [&str; 5] = ["home", "home.flat.kitchen", "Büro", "with space", "x.y"];
const TAGS: [&str; 6] = ["home", "büro", "日本", "work_stuff", "CAPS", "a"];

/// A moment in Berlin, as Taskwarrior writes it.
fn stamp(day: i32, time: [i8; 3]) -> String {
    let zone = TimeZone::get("Europe/Berlin").expect("the zone is known");
    let date = Date::constant(2026, 1, 1).checked_add(jiff::Span::new().days(day)).expect("a day");
    let at = date.at(time[0], time[1], time[2], 0).to_zoned(zone).expect("a moment").timestamp();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A time of day that differs from task to task.
fn time(n: usize) -> [i8; 3] {
    [n % 24, n % 60, n * 7 % 60].map(|part| i8::try_from(part).expect("under 60"))
}

fn day(n: usize) -> i32 {
    i32::try_from(n % 700).expect("under 700")
}

fn uuid(kind: u32, n: usize) -> String {
    format!("{kind:08x}-1234-4abc-8def-{n:012x}")
}

/// Every record, as JSON for `task import`.
pub(super) fn all() -> String {
    let mut records: Vec<Value> = (0..SINGLE).map(single).collect();
    records.extend((0..RECURRING).flat_map(recurring));
    Value::from(records).to_string()
}

fn single(n: usize) -> Value {
    let mut record = Map::new();
    let mut set = |name: &str, value: Value| drop(record.insert(name.to_owned(), value));
    let status = ["pending", "pending", "completed", "pending", "deleted"][n % 5];
    set("uuid", uuid(1, n).into());
    set("description", format!("{} {n}", TITLES[n % TITLES.len()]).into());
    set("status", status.into());
    set("entry", stamp(day(n) - 800, time(n)).into());
    set("modified", stamp(day(n) - 700, time(n + 1)).into());
    if status != "pending" {
        set("end", stamp(day(n) - 700, time(n)).into());
    }
    match n % 6 {
        // A local midnight is a day, also on the days on which the clocks change.
        0 => set("due", stamp(day(n), [0, 0, 0]).into()),
        1 => set("due", stamp(day(n), time(n)).into()),
        2 => set("due", stamp(day(n), [23, 59, 59]).into()),
        3 => set("due", stamp(86 + 217 * (i32::from(n % 12 == 3)), [0, 0, 0]).into()),
        _ => {}
    }
    if n.is_multiple_of(7) {
        set("scheduled", stamp(day(n) - 3, if n.is_multiple_of(2) { [0, 0, 0] } else { time(n) }).into());
    }
    if n.is_multiple_of(8) {
        // Some are waiting still, some no longer.
        set(
            "wait",
            stamp(
                if n.is_multiple_of(16) { 20_000 } else { -500 },
                if n.is_multiple_of(3) { [0, 0, 0] } else { time(n) },
            )
            .into(),
        );
    }
    if n.is_multiple_of(9) {
        set("until", stamp(20_000 + day(n), if n.is_multiple_of(2) { [0, 0, 0] } else { time(n) }).into());
    }
    if n % 10 == 1 {
        set("start", stamp(day(n) - 750, time(n)).into());
    }
    if !n.is_multiple_of(3) {
        set("project", PROJECTS[n % PROJECTS.len()].into());
    }
    if let Some(priority) = ["H", "M", "L"].get(n % 4) {
        set("priority", (*priority).into());
    }
    let tags: Vec<&str> = (0..n % 4).map(|k| TAGS[(n + k) % TAGS.len()]).collect();
    if !tags.is_empty() {
        set("tags", tags.into());
    }
    if n > 20 && n % 11 == 3 {
        // Chains, and a task that several wait for.
        set("depends", json!([uuid(1, n - 11), uuid(1, 20)]));
    }
    if n % 12 == 5 {
        let line = |k: usize| json!({ "entry": stamp(day(n) - 700, time(n + k)), "description": TITLES[(n + k) % TITLES.len()] });
        set("annotations", (0..=n % 3).map(line).collect());
    }
    own_fields(n, &mut set);
    record.into()
}

/// Fields of one's own: with a type, and without one.
fn own_fields(n: usize, set: &mut dyn FnMut(&str, Value)) {
    match n % 13 {
        0 => set("estimate", "PT2H30M".into()),
        1 => set("points", (n / 13).into()),
        2 => set("points", 2.5.into()),
        3 => set("reviewed", stamp(day(n), time(n)).into()),
        4 => set("owner", "Zoë \"Z\" O'Hara".into()),
        5 => set("githubissue", format!("{n}").into()),
        6 => set("bugwarrior_title", TITLES[n % TITLES.len()].into()),
        _ => {}
    }
}

/// A template and two instances of it.
fn recurring(n: usize) -> Vec<Value> {
    let rule = ["weekly", "monthly", "P3D", "daily", "yearly", "quarterly"][n % 6];
    let template = uuid(2, n);
    let common = |record: Value, id: String| {
        let mut record = record;
        for (name, value) in [
            ("uuid", id.into()),
            ("description", format!("{} again {n}", TITLES[n % TITLES.len()]).into()),
            ("entry", stamp(day(n) - 800, time(n)).into()),
            ("modified", stamp(day(n) - 700, time(n)).into()),
            ("recur", rule.into()),
            ("project", PROJECTS[n % PROJECTS.len()].into()),
        ] {
            record[name] = value;
        }
        record
    };
    let due = |k: usize| stamp(day(n) + i32::from(k > 0) * 7, if n.is_multiple_of(2) { [0, 0, 0] } else { time(n) });
    let ended = n % 8 == 7;
    let mut parent = json!({ "status": if ended { "deleted" } else { "recurring" }, "mask": "+-", "due": due(0), "tags": ["again"] });
    if ended {
        parent["end"] = stamp(day(n) - 700, time(n)).into();
    }
    if n.is_multiple_of(3) {
        parent["until"] = stamp(20_000, [0, 0, 0]).into();
    }
    let first = json!({
        "status": "completed", "end": stamp(day(n) - 700, time(n)), "parent": template, "imask": 0, "due": due(0)
    });
    let second =
        json!({ "status": "pending", "parent": template, "imask": 1, "due": due(1), "wait": stamp(20_000, time(n)) });
    vec![common(parent, template.clone()), common(first, uuid(3, n)), common(second, uuid(4, n))]
}
