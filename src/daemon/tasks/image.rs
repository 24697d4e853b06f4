//! A task or series as a flat map of fields, and back: the form that events, undo and images use.
//!
//! Released names are for ever: old events are read with them. `id`, `number` and `version` are no fields;
//! they stand on the event itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Series, Task};
use crate::daemon::error::{Error, Result};
use crate::daemon::event::Image;
use crate::language::{Reminder, When};

/// Changes with everything, and is put back only where nothing came after.
pub const MODIFIED_AT: &str = "modified_at";

const TAGS: &str = "tags.";
const DEPENDS_ON: &str = "depends_on.";
/// Stands before the microseconds of an annotation.
pub(super) const ANNOTATIONS: &str = "annotations.";
const ATTRIBUTES: &str = "attributes.";
const TEMPLATE: &str = "template.";

/// Returns the fields of a task that are set.
#[must_use]
pub fn of_task(task: &Task) -> Image {
    let mut image = Image::new();
    let mut set = |field: &str, value: Value| image.insert(field.to_owned(), value);
    set("title", task.title.as_str().into());
    set("status", task.status.as_str().into());
    set("created_at", micros(task.created_at));
    set(MODIFIED_AT, micros(task.modified_at));
    for (field, value) in [
        ("notes", task.notes.as_deref()),
        ("project", task.project.as_deref()),
        ("priority", task.priority.map(crate::api::tasks::Priority::as_str)),
    ] {
        value.map(|value| set(field, value.into()));
    }
    for (field, value) in
        [("due", &task.due), ("scheduled", &task.scheduled), ("wait", &task.wait), ("until", &task.until)]
    {
        value.as_ref().map(|value| set(field, value.to_text().into()));
    }
    for (field, value) in [("started_at", task.started_at), ("ended_at", task.ended_at)] {
        value.map(|value| set(field, micros(value)));
    }
    task.series.map(|series| set("series", series.to_string().into()));
    if !task.reminders.is_empty() {
        set("reminders", task.reminders.iter().map(Reminder::to_text).collect());
    }
    image.extend(task.tags.iter().map(|tag| (format!("{TAGS}{tag}"), Value::Bool(true))));
    image.extend(task.depends_on.iter().map(|id| (format!("{DEPENDS_ON}{id}"), Value::Bool(true))));
    let lines = task.annotations.iter();
    image.extend(lines.map(|(at, text)| (format!("{ANNOTATIONS}{}", at.as_microsecond()), text.as_str().into())));
    let further = task.attributes.iter();
    image.extend(further.map(|(name, json)| (format!("{ATTRIBUTES}{name}"), json.as_str().into())));
    image
}

/// Makes the task that an image shows.
///
/// # Errors
/// `internal` when the image is not one of ours: the store is damaged.
pub fn to_task(id: Uuid, number: Option<i64>, version: i64, image: &Image) -> Result<Task> {
    let mut task = Task::new(id, String::new(), Timestamp::UNIX_EPOCH);
    (task.number, task.version) = (number, version);
    for (field, value) in image {
        if let Some(tag) = field.strip_prefix(TAGS) {
            task.tags.insert(tag.to_owned());
        } else if let Some(other) = field.strip_prefix(DEPENDS_ON) {
            task.depends_on.insert(other.parse().map_err(Error::internal)?);
        } else if let Some(at) = field.strip_prefix(ANNOTATIONS) {
            let at = Timestamp::from_microsecond(at.parse().map_err(Error::internal)?).map_err(Error::internal)?;
            task.annotations.insert(at, read(value)?);
        } else if let Some(name) = field.strip_prefix(ATTRIBUTES) {
            task.attributes.insert(name.to_owned(), read(value)?);
        } else {
            set_field(&mut task, field, value)?;
        }
    }
    Ok(task)
}

fn set_field(task: &mut Task, field: &str, value: &Value) -> Result<()> {
    match field {
        "title" => task.title = read(value)?,
        "notes" => task.notes = read(value)?,
        "status" => task.status = read(value)?,
        "project" => task.project = read(value)?,
        "priority" => task.priority = read(value)?,
        "due" => task.due = when(value)?,
        "scheduled" => task.scheduled = when(value)?,
        "wait" => task.wait = when(value)?,
        "until" => task.until = when(value)?,
        "series" => task.series = read(value)?,
        "created_at" => task.created_at = moment(value)?,
        MODIFIED_AT => task.modified_at = moment(value)?,
        "started_at" => task.started_at = Some(moment(value)?),
        "ended_at" => task.ended_at = Some(moment(value)?),
        "reminders" => {
            let texts: Vec<String> = read(value)?;
            let read_back = texts.iter().map(|text| Reminder::from_text(text));
            task.reminders = read_back.collect::<Result<_, _>>().map_err(|_| foreign(field))?;
        }
        _ => return Err(foreign(field)),
    }
    Ok(())
}

/// Returns the fields of a series: its own, and its template's behind `template.`.
#[must_use]
pub fn of_series(series: &Series) -> Image {
    let template = of_task(&series.template).into_iter();
    let mut image: Image = template.map(|(field, value)| (format!("{TEMPLATE}{field}"), value)).collect();
    // One moment for both, under the name that an undo knows.
    if let Some(modified) = image.remove(&format!("{TEMPLATE}{MODIFIED_AT}")) {
        image.insert(MODIFIED_AT.to_owned(), modified);
    }
    image.insert("rule".to_owned(), series.rule.as_str().into());
    image.insert("status".to_owned(), series.status.as_str().into());
    image
}

/// Makes the series that an image shows.
///
/// # Errors
/// `internal` when the image is not one of ours.
pub fn to_series(id: Uuid, version: i64, image: &Image) -> Result<Series> {
    let (mut template, mut own) = (Image::new(), BTreeMap::new());
    for (field, value) in image {
        if let Some(field) = field.strip_prefix(TEMPLATE) {
            template.insert(field.to_owned(), value.clone());
        } else if field == MODIFIED_AT {
            template.insert(field.clone(), value.clone());
        } else {
            own.insert(field.as_str(), value);
        }
    }
    let field = |name: &str| own.get(name).copied().ok_or_else(|| foreign(name));
    Ok(Series {
        id,
        version,
        rule: read(field("rule")?)?,
        status: read(field("status")?)?,
        template: to_task(id, None, 1, &template)?,
    })
}

fn micros(at: Timestamp) -> Value {
    at.as_microsecond().into()
}

fn moment(value: &Value) -> Result<Timestamp> {
    Timestamp::from_microsecond(read(value)?).map_err(Error::internal)
}

fn when(value: &Value) -> Result<Option<When>> {
    let text: String = read(value)?;
    When::from_text(&text).map(Some).map_err(Error::internal)
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).map_err(Error::internal)
}

fn foreign(field: &str) -> Error {
    Error::internal(format!("an image holds `{field}`, which this build can't read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::tasks::{Priority, Status};

    fn full() -> Task {
        let at = |seconds| Timestamp::from_second(seconds).expect("in range");
        let when = |text| Some(When::from_text(text).expect("stored form"));
        let mut task = Task::new(Uuid::from_u128(5), "Pay rent".into(), at(1));
        task.notes = Some("*soon*".into());
        task.status = Status::Completed;
        task.project = Some("home.flat".into());
        task.tags = ["bills".into(), "x.y".into()].into();
        task.priority = Some(Priority::High);
        task.due = when("2026-11-27");
        task.scheduled = when("2026-11-27T17:00:00+01:00[Europe/Berlin]");
        task.wait = when("2026-11-20");
        task.until = when("2027-01-01");
        task.reminders = vec![Reminder::from_text("due-1d").expect("canonical")];
        task.series = Some(Uuid::from_u128(6));
        task.depends_on = [Uuid::from_u128(8)].into();
        task.annotate(at(2), "called".into());
        task.attributes.insert("estimate".into(), "1.50".into());
        task.modified_at = at(3);
        task.started_at = Some(at(4));
        task.ended_at = Some(at(5));
        task
    }

    #[test]
    fn an_image_gives_the_same_task_back() {
        let task = Task { number: Some(3), version: 9, ..full() };
        assert_eq!(to_task(task.id, Some(3), 9, &of_task(&task)).expect("ours"), task);
    }

    #[test]
    fn an_image_gives_the_same_series_back() {
        let template = Task { id: Uuid::from_u128(6), ..full() };
        let series = Series { id: template.id, version: 2, rule: "monthly".into(), status: Status::Pending, template };
        assert_eq!(to_series(series.id, 2, &of_series(&series)).expect("ours"), series);
    }

    #[test]
    fn a_field_of_a_newer_build_is_an_error_and_not_dropped() {
        let mut image = of_task(&full());
        image.insert("colour".into(), "red".into());
        assert!(to_task(Uuid::nil(), None, 1, &image).is_err());
    }
}
