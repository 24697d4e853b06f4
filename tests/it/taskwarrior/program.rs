//! The real `task`, with settings and data of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Home, Said, on_path, skip};

/// Nothing asks, nothing chats, nothing happens by itself. Some fields of one's own have a type; others have none.
const SETTINGS: &str = "confirmation=off
verbose=nothing
hooks=off
recurrence=off
recurrence.limit=2
gc=on
json.array=on
news.version=2.6.2
uda.estimate.type=duration
uda.points.type=numeric
uda.reviewed.type=date
uda.owner.type=string
";

/// Left out of a comparison: derived, or another program's bookkeeping of recurrence.
const IGNORED: [&str; 6] = ["id", "urgency", "modified", "mask", "imask", "rtype"];

/// A Taskwarrior with a list of its own in a home.
pub(super) struct Taskwarrior<'a> {
    home: &'a Home,
    folder: PathBuf,
}

/// Records by their UUID.
pub(super) type Records = BTreeMap<String, Value>;

impl<'a> Taskwarrior<'a> {
    /// Makes an empty one, or says that the test `name` can't be made here.
    pub(super) fn of(home: &'a Home, name: &str, test: &str) -> Option<Self> {
        if !on_path("task") {
            skip(test, "taskwarrior is not installed");
            return None;
        }
        let folder = home.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        fs::write(folder.join("rc"), SETTINGS).expect("written");
        Some(Self { home, folder })
    }

    /// Runs `task`.
    #[track_caller]
    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.home.command("task");
        command.env("TASKRC", self.folder.join("rc")).env("TASKDATA", &self.folder).args(arguments);
        self.home.run(command, b"").ok()
    }

    /// Takes records over.
    #[track_caller]
    pub(super) fn import(&self, records: &str) {
        let file = self.folder.join("import.json");
        fs::write(&file, records).expect("written");
        self.run(&["import", file.to_str().expect("UTF-8")]);
    }

    /// Returns its whole list, as it writes it.
    #[track_caller]
    pub(super) fn export(&self) -> String {
        self.run(&["export"]).out
    }
}

/// Reads an export.
#[track_caller]
pub(super) fn records(export: &str) -> Records {
    let list: Vec<Value> = serde_json::from_str(export).expect("an export is a JSON array");
    let count = list.len();
    let by_id: Records =
        list.into_iter().map(|record| (record["uuid"].as_str().expect("a UUID").to_owned(), record)).collect();
    assert_eq!(by_id.len(), count, "a UUID stands twice in an export");
    by_id
}

/// Makes records comparable: without what is ignored, with sets in an order, and a number as Taskwarrior's own import
/// keeps it, which is 5.0 for 5.
pub(super) fn comparable(records: &Records) -> Records {
    let mut records = records.clone();
    for record in records.values_mut() {
        let members = record.as_object_mut().expect("a record is an object");
        members.retain(|name, _| !IGNORED.contains(&name.as_str()));
        for number in members.values_mut().filter(|value| value.is_number()) {
            *number = number.as_f64().into();
        }
        for set in ["tags", "depends", "annotations"] {
            if let Some(items) = members.get_mut(set).and_then(Value::as_array_mut) {
                items.sort_by_key(Value::to_string);
            }
        }
    }
    records
}

/// Asserts that two lists are the same, and shows each field in which they are not.
#[track_caller]
pub(super) fn assert_same(there: &Records, back: &Records) {
    let (there, back) = (comparable(there), comparable(back));
    let mut differences = Vec::new();
    for uuid in there.keys().chain(back.keys().filter(|uuid| !there.contains_key(*uuid))) {
        let (one, other) = (there.get(uuid), back.get(uuid));
        let (Some(one), Some(other)) = (one, other) else {
            differences.push(format!("{uuid}: there {one:?}, back {other:?}"));
            continue;
        };
        let names = one.as_object().into_iter().chain(other.as_object()).flat_map(|members| members.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| one.get(*name) != other.get(*name)) {
            differences.push(format!("{uuid} {name}: there {:?}, back {:?}", one.get(name), other.get(name)));
        }
    }
    let shown: Vec<&String> = differences.iter().take(30).collect();
    assert!(differences.is_empty(), "{} differences, such as {shown:#?}", differences.len());
}
