//! Values between SQLite's columns and the domain's types. A value that can't be read means damage: `internal`.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Value;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::api::tasks::{Priority, Status};
use crate::daemon::actor::SpaceId;
use crate::daemon::error::{Error, Result};
use crate::daemon::tasks::model::Task;
use crate::language::{Reminder, When};

use super::failure::reading;

/// The columns that [`task`] reads, of a table named `t`.
///
/// What hangs on a task comes as JSON in the same row: one statement for a list, however long it is.
pub(super) const TASK_COLUMNS: &str = "t.row, t.id, t.number, t.version, t.title, t.notes, t.status, t.project, \
    t.priority, t.due, t.scheduled, t.wait, t.until, t.reminders, t.series, t.created_at, t.modified_at, \
    t.started_at, t.ended_at, \
    (SELECT json_group_array(tag) FROM tags WHERE task = t.row), \
    (SELECT json_group_array(lower(hex(on_id))) FROM depends WHERE task = t.row), \
    (SELECT json_group_array(json_array(at, text)) FROM annotations WHERE task = t.row), \
    (SELECT json_group_array(json_array(name, value)) FROM attributes WHERE task = t.row)";

/// How many columns these are: others come after.
pub(super) const TASK_WIDTH: usize = 23;

/// Reads a column.
pub(super) fn get<T: rusqlite::types::FromSql>(row: &Row<'_>, index: usize) -> Result<T> {
    row.get(index).map_err(reading)
}

/// Reads a task.
pub(super) fn task(row: &Row<'_>) -> Result<Task> {
    Ok(Task {
        id: uuid(row, 1)?,
        number: get(row, 2)?,
        version: get(row, 3)?,
        title: get(row, 4)?,
        notes: get(row, 5)?,
        status: status(&get::<String>(row, 6)?)?,
        project: get(row, 7)?,
        priority: get::<Option<String>>(row, 8)?.map(|text| priority(&text)).transpose()?,
        due: when(row, 9)?,
        scheduled: when(row, 10)?,
        wait: when(row, 11)?,
        until: when(row, 12)?,
        reminders: reminders(&get::<String>(row, 13)?)?,
        series: optional_uuid(row, 14)?,
        created_at: moment(row, 15)?,
        modified_at: moment(row, 16)?,
        started_at: optional_moment(row, 17)?,
        ended_at: optional_moment(row, 18)?,
        tags: list::<String>(row, 19)?.into_iter().collect(),
        depends_on: list::<Uuid>(row, 20)?.into_iter().collect(),
        annotations: list::<(i64, String)>(row, 21)?
            .into_iter()
            .map(|(at, text)| Ok((Timestamp::from_microsecond(at).map_err(Error::internal)?, text)))
            .collect::<Result<_>>()?,
        attributes: list::<(String, String)>(row, 22)?.into_iter().collect(),
    })
}

/// Reads the texts of reminders.
pub(super) fn reminders(json: &str) -> Result<Vec<Reminder>> {
    if json == "[]" {
        return Ok(Vec::new());
    }
    let texts: Vec<String> = from_json(json)?;
    let read = texts.iter().map(|text| Reminder::from_text(text));
    read.collect::<Result<_, _>>().map_err(|trouble| Error::internal(format!("a stored reminder: {}", trouble.message)))
}

/// Reads a date.
pub(super) fn when(row: &Row<'_>, index: usize) -> Result<Option<When>> {
    let text: Option<String> = get(row, index)?;
    text.map(|text| When::from_text(&text).map_err(Error::internal)).transpose()
}

/// Reads an id.
pub(super) fn uuid(row: &Row<'_>, index: usize) -> Result<Uuid> {
    Uuid::from_slice(&get::<Vec<u8>>(row, index)?).map_err(Error::internal)
}

/// Reads an id that may be missing.
pub(super) fn optional_uuid(row: &Row<'_>, index: usize) -> Result<Option<Uuid>> {
    get::<Option<Vec<u8>>>(row, index)?.map(|bytes| Uuid::from_slice(&bytes).map_err(Error::internal)).transpose()
}

/// Reads a moment.
pub(super) fn moment(row: &Row<'_>, index: usize) -> Result<Timestamp> {
    Timestamp::from_microsecond(get(row, index)?).map_err(Error::internal)
}

/// Reads a moment that may be missing.
pub(super) fn optional_moment(row: &Row<'_>, index: usize) -> Result<Option<Timestamp>> {
    get::<Option<i64>>(row, index)?.map(|at| Timestamp::from_microsecond(at).map_err(Error::internal)).transpose()
}

/// Reads a space.
pub(super) fn space(row: &Row<'_>, index: usize) -> Result<SpaceId> {
    get(row, index).map(SpaceId)
}

/// Reads a status.
pub(super) fn status(text: &str) -> Result<Status> {
    match text {
        "pending" => Ok(Status::Pending),
        "completed" => Ok(Status::Completed),
        "deleted" => Ok(Status::Deleted),
        other => Err(Error::internal(format!("a stored status `{other}`"))),
    }
}

fn priority(text: &str) -> Result<Priority> {
    match text {
        "low" => Ok(Priority::Low),
        "medium" => Ok(Priority::Medium),
        "high" => Ok(Priority::High),
        other => Err(Error::internal(format!("a stored priority `{other}`"))),
    }
}

fn list<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> Result<Vec<T>> {
    let json = row.get_ref(index).map_err(reading)?;
    let json = json.as_str().map_err(Error::internal)?;
    if json == "[]" { Ok(Vec::new()) } else { from_json(json) }
}

/// Reads JSON that we wrote.
pub(super) fn from_json<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

/// Writes JSON.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Returns ids as one parameter, for `IN (SELECT unhex(value) FROM json_each(?n))`.
pub(super) fn id_list(ids: &[Uuid]) -> Result<Value> {
    let texts: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    to_json(&texts).map(Value::Text)
}
