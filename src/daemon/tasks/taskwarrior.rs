//! Taskwarrior's JSON records, both ways (`task export`, Taskwarrior 2.6 and 3).
//!
//! Pure. What has no place in a nudge task is kept as an attribute, to the letter, and goes back as it came.
//! A local midnight is a day there, and goes back as midnight.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::import::Incoming;
use super::model::{Series, Task};
use super::port::Thing;
use crate::api::tasks::{Priority, Status};
use crate::daemon::error::{Error, Result};
use crate::language::{Reminder, When};

/// The members of a record, each a JSON text as it came.
type Record<'a> = BTreeMap<String, &'a RawValue>;

/// Derived by Taskwarrior from the rest, and so by us.
const DERIVED: [&str; 2] = ["id", "urgency"];
/// A larger number is no number of a real list, and would leave none for what comes after.
const LARGEST_NUMBER: i64 = 1 << 32;
/// `20261122T134002Z`
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// Reads one record. Dates are civil in `zone` where they are a midnight; `now` is when a record without dates was made.
///
/// # Errors
/// `malformed` for what is no JSON object, `invalid_value` naming the member that can't be read.
pub fn read(json: &str, zone: &TimeZone, now: Timestamp) -> Result<Incoming> {
    let record: Record<'_> = serde_json::from_str(json).map_err(|error| {
        Error::refused(crate::api::ErrorCode::Malformed, format!("the record is no JSON object: {error}"))
    })?;
    let id = match record.get("uuid") {
        Some(value) => text("uuid", value)?.parse().map_err(|_| bad("uuid", "is no UUID"))?,
        None => Uuid::now_v7(),
    };
    let mut reader = Reader { task: Task::new(id, String::new(), now), zone, present: HashSet::new(), status: None };
    for (name, value) in &record {
        reader.member(name, value)?;
    }
    reader.finish(&record)
}

/// Returns the record's own id as far as it can be read, to name a record that was refused.
#[must_use]
pub fn uuid_of(json: &str) -> Option<String> {
    let record: Record<'_> = serde_json::from_str(json).ok()?;
    text("uuid", record.get("uuid")?).ok()
}

struct Reader<'a> {
    task: Task,
    zone: &'a TimeZone,
    present: HashSet<String>,
    status: Option<String>,
}

impl Reader<'_> {
    fn member(&mut self, name: &str, value: &RawValue) -> Result<()> {
        let field = match name {
            "uuid" => return Ok(()),
            "id" => {
                self.task.number =
                    serde_json::from_str(value.get()).ok().filter(|number| (1..=LARGEST_NUMBER).contains(number));
                return Ok(());
            }
            _ if DERIVED.contains(&name) => return Ok(()),
            "description" => {
                self.task.title = text(name, value)?;
                "title"
            }
            "status" => {
                self.status = Some(text(name, value)?);
                "status"
            }
            "project" => {
                self.task.project = Some(text(name, value)?).filter(|project| !project.is_empty());
                "project"
            }
            "entry" => {
                self.task.created_at = moment(name, value)?;
                "created_at"
            }
            "modified" | "modification" => {
                self.task.modified_at = moment(name, value)?;
                "modified_at"
            }
            "start" => {
                self.task.started_at = Some(moment(name, value)?);
                "started_at"
            }
            "end" => {
                self.task.ended_at = Some(moment(name, value)?);
                "ended_at"
            }
            "due" => {
                self.task.due = Some(self.when(name, value)?);
                "due"
            }
            "scheduled" => {
                self.task.scheduled = Some(self.when(name, value)?);
                "scheduled"
            }
            "wait" => {
                self.task.wait = Some(self.when(name, value)?);
                "wait"
            }
            "until" => {
                self.task.until = Some(self.when(name, value)?);
                "until"
            }
            "tags" => {
                self.task.tags = list(name, value)?.into_iter().collect();
                "tags."
            }
            "depends" => {
                self.task.depends_on = depends(value)?;
                "depends_on."
            }
            "annotations" => {
                self.annotations(value)?;
                "annotations."
            }
            _ => {
                self.further(name, value);
                return Ok(());
            }
        };
        self.present.insert(field.to_owned());
        Ok(())
    }

    /// Members that are ours only with a value that we can have, and else are kept as they came.
    fn further(&mut self, name: &str, value: &RawValue) {
        let written = text(name, value).ok();
        let priority = match (name, written.as_deref()) {
            ("priority", Some("H")) => Some(Priority::High),
            ("priority", Some("M")) => Some(Priority::Medium),
            ("priority", Some("L")) => Some(Priority::Low),
            _ => None,
        };
        let parent = written.as_ref().filter(|_| name == "parent").and_then(|id| id.parse().ok());
        let reminders = written.as_ref().filter(|_| name == "reminders").and_then(|texts| {
            let read = texts.split(',').map(Reminder::from_text).collect::<Result<Vec<_>, _>>().ok()?;
            // Somebody else's field of that name stays as it came.
            (joined(&read) == *texts).then_some(read)
        });
        let field = if priority.is_some() {
            self.task.priority = priority;
            "priority".to_owned()
        } else if parent.is_some() {
            self.task.series = parent;
            "series".to_owned()
        } else if let Some(reminders) = reminders {
            self.task.reminders = reminders;
            "reminders".to_owned()
        } else if let ("notes", Some(notes)) = (name, written.filter(|notes| !notes.is_empty())) {
            self.task.notes = Some(notes);
            "notes".to_owned()
        } else {
            self.task.attributes.insert(name.to_owned(), value.get().to_owned());
            format!("attributes.{name}")
        };
        self.present.insert(field);
    }

    fn annotations(&mut self, value: &RawValue) -> Result<()> {
        #[derive(serde::Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            entry: &'a RawValue,
            description: String,
        }
        let lines: Vec<Line<'_>> = serde_json::from_str(value.get())
            .map_err(|_| bad("annotations", "is no list of `entry` and `description`"))?;
        for line in lines {
            let at = moment("annotations", line.entry)?;
            self.task.annotate(at, line.description);
        }
        Ok(())
    }

    fn when(&self, name: &str, value: &RawValue) -> Result<When> {
        let at = moment(name, value)?.to_zoned(self.zone.clone());
        let is_day = at.start_of_day().is_ok_and(|start| start == at);
        Ok(if is_day { When::Day(at.date()) } else { When::Moment(at) })
    }

    fn finish(mut self, record: &Record<'_>) -> Result<Incoming> {
        let task = &mut self.task;
        if task.title.trim().is_empty() {
            return Err(bad("description", "is missing or empty"));
        }
        let status = self.status.as_deref().unwrap_or("pending");
        task.status = match status {
            // `waiting` comes from versions before 2.6: pending, with a wait date.
            "pending" | "waiting" | "recurring" => Status::Pending,
            "completed" => Status::Completed,
            "deleted" => Status::Deleted,
            other => return Err(bad("status", &format!("`{other}` is no status of Taskwarrior"))),
        };
        if task.status != Status::Pending {
            task.number = None;
        }
        let dated = self.present.contains("modified_at");
        if !dated {
            task.modified_at = task.ended_at.unwrap_or(task.created_at);
        }
        // With the status comes the whole of a task's life: a start or an end that is not named is none.
        if self.present.contains("status") {
            self.present.extend(["started_at", "ended_at"].map(str::to_owned));
        }
        // A template that has ended is told by its own rule, which an occurrence has from its parent.
        let has = |name: &str| record.contains_key(name);
        let is_series = status == "recurring" || (has("recur") && !has("parent") && task.status != Status::Pending);
        let thing =
            if is_series { Thing::Series(series(self.task, &mut self.present)?) } else { Thing::Task(self.task) };
        Ok(Incoming { thing, present: self.present, dated })
    }
}

fn series(mut template: Task, present: &mut HashSet<String>) -> Result<Series> {
    let json = template.attributes.remove("recur");
    present.remove("attributes.recur");
    present.insert("rule".to_owned());
    let rule = json.and_then(|json| serde_json::from_str(&json).ok());
    let rule = rule.ok_or_else(|| bad("recur", "is missing, or no text"))?;
    let status = std::mem::replace(&mut template.status, Status::Pending);
    template.number = None;
    Ok(Series { id: template.id, version: 1, rule, status, template })
}

/// Older versions wrote a comma list, or a text that holds a JSON list; both name UUIDs.
fn depends(value: &RawValue) -> Result<BTreeSet<Uuid>> {
    let ids = list("depends", value)?;
    let ids = ids.iter().map(|id| id.parse().map_err(|_| bad("depends", &format!("`{id}` is no UUID"))));
    ids.collect()
}

fn list(name: &str, value: &RawValue) -> Result<Vec<String>> {
    if let Ok(items) = serde_json::from_str(value.get()) {
        return Ok(items);
    }
    let written = text(name, value)?;
    if let Ok(items) = serde_json::from_str(&written) {
        return Ok(items);
    }
    Ok(written.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

fn moment(name: &str, value: &RawValue) -> Result<Timestamp> {
    let written = text(name, value)?;
    let compact = || civil::DateTime::strptime(DATE_FORMAT, &written).ok()?.to_zoned(TimeZone::UTC).ok();
    let plain = || written.parse::<Timestamp>().ok();
    compact().map(|at| at.timestamp()).or_else(plain).ok_or_else(|| bad(name, "is no date such as 20261122T134002Z"))
}

fn text(name: &str, value: &RawValue) -> Result<String> {
    serde_json::from_str(value.get()).map_err(|_| bad(name, "is no text"))
}

fn bad(name: &str, what: &str) -> Error {
    Error::invalid(name, format!("`{name}` {what}"))
}

/// Writes a task as a record, one line. Days become midnights in `zone`.
///
/// # Errors
/// `internal` when an attribute is no JSON: the store is damaged.
pub fn write(thing: &Thing, zone: &TimeZone) -> Result<String> {
    let (task, series) = match thing {
        Thing::Task(task) => (task, None),
        Thing::Series(series) => (&series.template, Some(series)),
    };
    let mut record: BTreeMap<&str, Box<RawValue>> = BTreeMap::new();
    for (name, json) in &task.attributes {
        record.insert(name, RawValue::from_string(json.clone()).map_err(Error::internal)?);
    }
    let mut set = |name: &'static str, value: &dyn Erased| -> Result<()> {
        record.insert(name, value.json()?);
        Ok(())
    };
    let status = series.map_or(task.status, |series| series.status);
    set("uuid", &task.id.to_string())?;
    set("description", &task.title)?;
    set("status", &if series.is_some() && status == Status::Pending { "recurring" } else { status.as_str() })?;
    set("id", &task.number.filter(|_| task.status == Status::Pending).unwrap_or(0))?;
    set("entry", &stamp(task.created_at))?;
    set("modified", &stamp(task.modified_at))?;
    let moments = [("start", task.started_at), ("end", task.ended_at)];
    let dates = [("due", &task.due), ("scheduled", &task.scheduled), ("wait", &task.wait), ("until", &task.until)];
    let dates = dates.into_iter().map(|(name, date)| (name, date.as_ref().map(|date| date.from(zone))));
    for (name, at) in moments.into_iter().chain(dates) {
        at.map_or(Ok(()), |at| set(name, &stamp(at)))?;
    }
    let priority = task.priority.map(|priority| match priority {
        Priority::High => "H".to_owned(),
        Priority::Medium => "M".to_owned(),
        Priority::Low => "L".to_owned(),
    });
    let reminders = joined(&task.reminders);
    for (name, value) in [
        ("project", task.project.clone()),
        ("notes", task.notes.clone()),
        ("priority", priority),
        ("parent", task.series.map(|series| series.to_string())),
        ("reminders", Some(reminders).filter(|texts| !texts.is_empty())),
        ("recur", series.map(|series| series.rule.clone())),
    ] {
        value.map_or(Ok(()), |value| set(name, &value))?;
    }
    if !task.tags.is_empty() {
        set("tags", &task.tags)?;
    }
    if !task.depends_on.is_empty() {
        set("depends", &task.depends_on)?;
    }
    if !task.annotations.is_empty() {
        let line =
            |(at, text): (&Timestamp, &String)| BTreeMap::from([("entry", stamp(*at)), ("description", text.clone())]);
        set("annotations", &task.annotations.iter().map(line).collect::<Vec<_>>())?;
    }
    serde_json::to_string(&record).map_err(Error::internal)
}

fn joined(reminders: &[Reminder]) -> String {
    reminders.iter().map(Reminder::to_text).collect::<Vec<_>>().join(",")
}

/// Anything that becomes JSON, so that one function can set every member.
trait Erased {
    fn json(&self) -> Result<Box<RawValue>>;
}

impl<T: serde::Serialize> Erased for T {
    fn json(&self) -> Result<Box<RawValue>> {
        serde_json::value::to_raw_value(self).map_err(Error::internal)
    }
}

fn stamp(at: Timestamp) -> String {
    at.strftime(DATE_FORMAT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("bundled")
    }

    fn task(json: &str) -> Task {
        match read(json, &berlin(), Timestamp::UNIX_EPOCH).expect("a record").thing {
            Thing::Task(task) => task,
            Thing::Series(series) => panic!("{series:?}"),
        }
    }

    fn back(json: &str) -> serde_json::Value {
        let thing = read(json, &berlin(), Timestamp::UNIX_EPOCH).expect("a record").thing;
        serde_json::from_str(&write(&thing, &berlin()).expect("writable")).expect("JSON")
    }

    const FULL: &str = r#"{"id":7,"description":"a\/b \"c\"","due":"20261126T230000Z","end":"20261122T134002Z",
        "entry":"20261122T134002Z","estimate":1.50,"modified":"20261122T134003Z","parent":"a46b2963-661b-4648-930e-1f4dad4f43e1",
        "imask":0,"recur":"monthly","project":"x.y","priority":"H","status":"completed","start":"20261122T134001Z",
        "uuid":"b038798e-0928-4301-a972-7b6995549d7d","tags":["b","a"],"wait":"20261123T101500Z","url":"http:\/\/x",
        "annotations":[{"entry":"20261122T134002Z","description":"one"},{"entry":"20261122T134002Z","description":"two"}],
        "depends":["12bd5797-e42b-4f02-a41d-75fd71673bd0"],"urgency":5.7}"#;

    #[test]
    fn a_record_goes_back_as_it_came() {
        let mut there: serde_json::Value = serde_json::from_str(FULL).expect("JSON");
        there["tags"] = serde_json::json!(["a", "b"]);
        there["id"] = 0.into();
        there.as_object_mut().expect("object").remove("urgency");
        assert_eq!(back(FULL), there);
        assert!(
            write(&read(FULL, &berlin(), Timestamp::UNIX_EPOCH).expect("a record").thing, &berlin())
                .expect("writable")
                .contains("\"estimate\":1.50")
        );
    }

    #[test]
    fn a_local_midnight_is_a_day_and_another_time_a_moment() {
        let task = task(FULL);
        assert_eq!(task.due.map(|due| due.to_text()).as_deref(), Some("2026-11-27"));
        assert_eq!(task.wait.map(|wait| wait.to_text()).as_deref(), Some("2026-11-23T11:15:00+01:00[Europe/Berlin]"));
    }

    #[test]
    fn old_forms_are_understood() {
        let a = "12bd5797-e42b-4f02-a41d-75fd71673bd0";
        for depends in [format!(r#""{a},{a}""#), format!(r#""[\"{a}\"]""#), format!(r#"["{a}"]"#)] {
            let task = task(&format!(r#"{{"description":"x","status":"waiting","depends":{depends},"tags":"p,q"}}"#));
            assert_eq!(task.depends_on, [a.parse().expect("a UUID")].into());
            assert_eq!((task.status, task.tags.len()), (Status::Pending, 2));
        }
    }

    #[test]
    fn a_template_is_a_series_also_when_it_has_ended() {
        for (status, mask) in [("recurring", ""), ("deleted", r#","mask":"-+""#), ("deleted", "")] {
            let json = format!(
                r#"{{"uuid":"a46b2963-661b-4648-930e-1f4dad4f43e1","description":"x","recur":"weekly","status":"{status}",
                "entry":"20261122T134002Z","modified":"20261122T134002Z","due":"20261122T134002Z"{mask}}}"#
            );
            let thing = read(&json, &berlin(), Timestamp::UNIX_EPOCH).expect("a record").thing;
            assert!(matches!(&thing, Thing::Series(series) if series.rule == "weekly"), "{thing:?}");
            let there: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            let mut back = back(&json);
            back.as_object_mut().expect("object").remove("id");
            assert_eq!(back, there);
        }
    }

    #[test]
    fn what_cannot_be_read_names_its_member() {
        for (json, what) in [
            ("[]", "no JSON object"),
            (r#"{"status":"pending"}"#, "`description`"),
            (r#"{"description":"x","status":"lost"}"#, "`status`"),
            (r#"{"description":"x","due":"tomorrow"}"#, "`due`"),
            (r#"{"description":"x","uuid":"1"}"#, "`uuid`"),
            (r#"{"description":"x","depends":"1"}"#, "`depends`"),
            (r#"{"description":"x","status":"recurring"}"#, "`recur`"),
        ] {
            let error = read(json, &berlin(), Timestamp::UNIX_EPOCH).expect_err(json);
            assert!(error.to_string().contains(what), "{json}: {error}");
        }
    }
}
