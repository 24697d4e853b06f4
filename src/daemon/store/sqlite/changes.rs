//! Writing tasks, series, operations and events: one unit of work, in the transaction that the writer holds.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::failure::{is_taken, writing};
use super::rows;
use crate::api::tasks::Status;
use crate::daemon::actor::By;
use crate::daemon::error::{Error, Result};
use crate::daemon::event::{Change, Event, EventKind, Target};
use crate::daemon::tasks::image;
use crate::daemon::tasks::model::{Series, Task};
use crate::daemon::tasks::port::{How, NewOperation, Part, Thing, Unit, Write};
use crate::language::{Reminder, When};

/// A space while it is written to: what days are there, and its counters, which are stored at the end.
struct Desk<'a> {
    db: &'a Connection,
    space: i64,
    zone: TimeZone,
    seq: i64,
    next_number: i64,
    next_row: i64,
    count: u64,
    /// How many tasks there may be.
    limit: u64,
}

/// Writes a unit of work; an account without a limit of its own may have `tasks_limit` tasks.
pub(super) fn commit(db: &Connection, unit: &Unit, tasks_limit: u64) -> Result<Vec<Thing>> {
    let Unit { operation, part, writes } = unit;
    let mut desk = Desk::open(db, operation.space.0, tasks_limit)?;
    if !writes.is_empty() {
        desk.seq += 1;
    }
    let mut things = Vec::with_capacity(writes.len());
    for (ordinal, write) in writes.iter().enumerate() {
        let (thing, event) = desk.apply(write)?;
        store_event(db, operation, desk.seq, ordinal, &event)?;
        things.push(thing);
    }
    desk.store()?;
    store_operation(db, operation, *part, desk.seq, writes.len())?;
    Ok(things)
}

impl<'a> Desk<'a> {
    fn open(db: &'a Connection, space: i64, tasks_limit: u64) -> Result<Self> {
        let sql = "SELECT p.seq, p.next_number, p.next_row, a.zone, p.task_count, a.quota_tasks
                   FROM spaces p JOIN accounts a ON a.id = p.account WHERE p.number = ?1";
        db.prepare_cached(sql)
            .and_then(|mut statement| {
                statement.query_row([space], |row| {
                    let zone: String = row.get(3)?;
                    // The rules of a zone may go; the account must stay usable.
                    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
                    let limit = row.get::<_, Option<i64>>(5)?.map_or(tasks_limit, i64::unsigned_abs);
                    let count = row.get::<_, i64>(4)?.unsigned_abs();
                    let (seq, next_number, next_row) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(Self { db, space, zone, seq, next_number, next_row, count, limit })
                })
            })
            .map_err(writing)
    }

    fn store(&self) -> Result<()> {
        let sql = "UPDATE spaces SET seq = ?2, next_number = ?3, next_row = ?4, task_count = ?5 WHERE number = ?1";
        let count = i64::try_from(self.count).unwrap_or(i64::MAX);
        execute(self.db, sql, params![self.space, self.seq, self.next_number, self.next_row, count]).map(|_| ())
    }

    fn apply(&mut self, write: &Write) -> Result<(Thing, Event)> {
        let (kind, changes, image) = match &write.how {
            How::Create => (EventKind::Created, BTreeMap::new(), None),
            How::Restore => (EventKind::Restored, BTreeMap::new(), None),
            How::Replace(changes) => (EventKind::Changed, changes.clone(), None),
            How::Remove(image) => (EventKind::Removed, BTreeMap::new(), Some(image.clone())),
        };
        let (thing, target, id, number, version) = match &write.thing {
            Thing::Task(task) => {
                let task = self.apply_task(task, kind, &changes)?;
                let (id, number, version) = (task.id, task.number, task.version);
                (Thing::Task(task), Target::Task, id, number, version)
            }
            Thing::Series(series) => {
                let series = apply_series(self.db, self.space, series, kind)?;
                let (id, version) = (series.id, series.version);
                (Thing::Series(series), Target::Series, id, None, version)
            }
        };
        Ok((thing, Event { target, id, number, version, kind, changes, image }))
    }

    fn apply_task(&mut self, task: &Task, kind: EventKind, changes: &BTreeMap<String, Change>) -> Result<Task> {
        let mut task = task.clone();
        let row = match kind {
            EventKind::Created | EventKind::Restored => {
                // What comes back by an undo was there before, and is not refused.
                if kind == EventKind::Created && self.count >= self.limit {
                    return Err(Error::quota("tasks", self.limit));
                }
                self.count += 1;
                let row = (self.space << 32) | self.next_row;
                self.next_row += 1;
                row
            }
            EventKind::Changed | EventKind::Removed => row_of(self.db, self.space, task.id, task.version)?,
        };
        if kind != EventKind::Created {
            task.version += 1;
        }
        if kind == EventKind::Removed {
            execute(self.db, "DELETE FROM tasks WHERE row = ?1", params![row])?;
            self.count = self.count.saturating_sub(1);
            return Ok(task);
        }
        self.give_number(&mut task, kind)?;
        if kind == EventKind::Changed {
            update_task(self.db, row, &task, &self.zone)?;
        } else {
            insert_task(self.db, self.space, row, &task, &self.zone)?;
        }
        // Of a change, only the sets that it names are written again.
        let is_named = |set: &str| kind != EventKind::Changed || changes.keys().any(|field| field.starts_with(set));
        self.store_members(row, &task, kind == EventKind::Changed, is_named)?;
        Ok(task)
    }

    fn store_members(&self, row: i64, task: &Task, anew: bool, is_named: impl Fn(&str) -> bool) -> Result<()> {
        let db = self.db;
        let clear = |sql: &str| if anew { execute(db, sql, params![row]).map(|_| ()) } else { Ok(()) };
        if is_named("tags.") {
            clear("DELETE FROM tags WHERE task = ?1")?;
            for tag in &task.tags {
                execute(db, "INSERT INTO tags (task, tag) VALUES (?1, ?2)", params![row, tag])?;
            }
        }
        if is_named("depends_on.") {
            clear("DELETE FROM depends WHERE task = ?1")?;
            for other in &task.depends_on {
                execute(db, "INSERT INTO depends (task, on_id) VALUES (?1, ?2)", params![row, other.as_bytes()])?;
            }
        }
        if is_named("annotations.") {
            clear("DELETE FROM annotations WHERE task = ?1")?;
            for (at, text) in &task.annotations {
                let sql = "INSERT INTO annotations (task, at, text) VALUES (?1, ?2, ?3)";
                execute(db, sql, params![row, at.as_microsecond(), text])?;
            }
        }
        if is_named("attributes.") {
            clear("DELETE FROM attributes WHERE task = ?1")?;
            for (name, json) in &task.attributes {
                let sql = "INSERT INTO attributes (task, name, value) VALUES (?1, ?2, ?3)";
                execute(db, sql, params![row, name, json])?;
            }
        }
        Ok(())
    }

    /// Gives a pending task the next number, unless it brings one that is free.
    fn give_number(&mut self, task: &mut Task, kind: EventKind) -> Result<()> {
        if let (Some(number), EventKind::Created) = (task.number, kind)
            && number < self.next_number
            && number_is_taken(self.db, self.space, number)?
        {
            task.number = None;
        }
        if task.number.is_none() && task.status == Status::Pending {
            task.number = Some(self.next_number);
        }
        if let Some(number) = task.number {
            self.next_number = self.next_number.max(number.saturating_add(1));
        }
        Ok(())
    }
}

fn number_is_taken(db: &Connection, space: i64, number: i64) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM tasks WHERE space = ?1 AND number = ?2")
        .and_then(|mut statement| statement.exists([space, number]))
        .map_err(writing)
}

fn has_task(db: &Connection, space: i64, id: Uuid) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM tasks WHERE space = ?1 AND id = ?2")
        .and_then(|mut statement| statement.exists(params![space, id.as_bytes()]))
        .map_err(writing)
}

/// Finds the row of a task that must have a version.
fn row_of(db: &Connection, space: i64, id: Uuid, version: i64) -> Result<i64> {
    db.prepare_cached("SELECT row FROM tasks WHERE space = ?1 AND id = ?2 AND version = ?3")
        .and_then(|mut statement| {
            statement.query_row(params![space, id.as_bytes(), version], |row| row.get(0)).optional()
        })
        .map_err(writing)?
        .ok_or(Error::Changed)
}

/// The ends of a date, in microseconds.
fn ends(date: Option<&When>, zone: &TimeZone) -> (Option<String>, Option<i64>, Option<i64>) {
    (
        date.map(When::to_text),
        date.map(|date| date.from(zone).as_microsecond()),
        date.map(|date| date.to(zone).as_microsecond()),
    )
}

fn insert_task(db: &Connection, space: i64, row: i64, task: &Task, zone: &TimeZone) -> Result<()> {
    let sql = "INSERT INTO tasks (row, version, number, title, notes, status, project, priority,
                   due, due_from, due_to, scheduled, scheduled_from, scheduled_to,
                   wait, wait_from, wait_to, until, until_from, until_to,
                   reminders, series, created_at, modified_at, started_at, ended_at, space, id)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)";
    match bind_task((db, sql), row, task, zone, Some((space, task.id))) {
        // Somebody else made it meanwhile: to be judged again. Any other key that is taken is a mistake of ours.
        Err(error) if is_taken(&error) && has_task(db, space, task.id)? => Err(Error::Changed),
        Err(error) => Err(writing(error)),
        Ok(()) => Ok(()),
    }
}

fn update_task(db: &Connection, row: i64, task: &Task, zone: &TimeZone) -> Result<()> {
    let sql = "UPDATE tasks SET version = ?2, number = ?3, title = ?4, notes = ?5, status = ?6, project = ?7,
                   priority = ?8, due = ?9, due_from = ?10, due_to = ?11, scheduled = ?12, scheduled_from = ?13,
                   scheduled_to = ?14, wait = ?15, wait_from = ?16, wait_to = ?17, until = ?18, until_from = ?19,
                   until_to = ?20, reminders = ?21, series = ?22, created_at = ?23, modified_at = ?24,
                   started_at = ?25, ended_at = ?26
               WHERE row = ?1";
    bind_task((db, sql), row, task, zone, None).map_err(writing)
}

/// Runs a statement whose first 26 parameters are the row and the columns of a task.
fn bind_task(
    (db, sql): (&Connection, &str),
    row: i64,
    task: &Task,
    zone: &TimeZone,
    key: Option<(i64, Uuid)>,
) -> rusqlite::Result<()> {
    let reminders: Vec<String> = task.reminders.iter().map(Reminder::to_text).collect();
    let reminders = serde_json::to_string(&reminders).unwrap_or_else(|_| "[]".to_owned());
    let (due, due_from, due_to) = ends(task.due.as_ref(), zone);
    let (scheduled, scheduled_from, scheduled_to) = ends(task.scheduled.as_ref(), zone);
    let (wait, wait_from, wait_to) = ends(task.wait.as_ref(), zone);
    let (until, until_from, until_to) = ends(task.until.as_ref(), zone);
    let values = params![
        row,
        task.version,
        task.number,
        task.title,
        task.notes,
        task.status.as_str(),
        task.project,
        task.priority.map(crate::api::tasks::Priority::as_str),
        due,
        due_from,
        due_to,
        scheduled,
        scheduled_from,
        scheduled_to,
        wait,
        wait_from,
        wait_to,
        until,
        until_from,
        until_to,
        reminders,
        task.series.map(|id| id.as_bytes().to_vec()),
        task.created_at.as_microsecond(),
        task.modified_at.as_microsecond(),
        task.started_at.map(jiff::Timestamp::as_microsecond),
        task.ended_at.map(jiff::Timestamp::as_microsecond),
    ];
    let mut statement = db.prepare_cached(sql)?;
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    if let Some((space, id)) = key {
        statement.raw_bind_parameter(27, space)?;
        statement.raw_bind_parameter(28, id.as_bytes())?;
    }
    statement.raw_execute().map(|_| ())
}

fn apply_series(db: &Connection, space: i64, series: &Series, kind: EventKind) -> Result<Series> {
    let mut series = series.clone();
    let before = series.version;
    if kind != EventKind::Created {
        series.version += 1;
    }
    let changed = match kind {
        EventKind::Removed => execute(
            db,
            "DELETE FROM series WHERE space = ?1 AND id = ?2 AND version = ?3",
            params![space, series.id.as_bytes(), before],
        )?,
        EventKind::Created | EventKind::Restored | EventKind::Changed => {
            let state = match series.status {
                Status::Pending => "active",
                Status::Completed => "completed",
                Status::Deleted => "deleted",
            };
            let template = rows::to_json(&image::of_series(&series))?;
            let modified = series.template.modified_at.as_microsecond();
            let values =
                params![space, series.id.as_bytes(), series.version, series.rule, state, template, modified, before];
            let sql = if kind == EventKind::Changed {
                "UPDATE series SET version = ?3, rule = ?4, state = ?5, template = ?6, modified_at = ?7
                 WHERE space = ?1 AND id = ?2 AND version = ?8"
            } else {
                "INSERT INTO series (space, id, version, rule, state, template, modified_at)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?8 IS NOT NULL ON CONFLICT DO NOTHING"
            };
            execute(db, sql, values)?
        }
    };
    if changed == 0 { Err(Error::Changed) } else { Ok(series) }
}

fn store_event(db: &Connection, operation: &NewOperation, seq: i64, ordinal: usize, event: &Event) -> Result<()> {
    let kind = match event.kind {
        EventKind::Created => "created",
        EventKind::Changed => "changed",
        EventKind::Removed => "removed",
        EventKind::Restored => "restored",
    };
    let target = match event.target {
        Target::Task => "task",
        Target::Series => "series",
    };
    let changes = if event.changes.is_empty() { None } else { Some(rows::to_json(&event.changes)?) };
    let sql = "INSERT INTO events (space, seq, ordinal, operation, target, id, number, version, kind, changes, image)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let values = params![
        operation.space.0,
        seq,
        i64::try_from(ordinal).unwrap_or(i64::MAX),
        operation.id.as_bytes(),
        target,
        event.id.as_bytes(),
        event.number,
        event.version,
        kind,
        changes,
        event.image.as_ref().map(rows::to_json).transpose()?,
    ];
    execute(db, sql, values).map(|_| ())
}

fn store_operation(db: &Connection, operation: &NewOperation, part: Part, seq: i64, touched: usize) -> Result<()> {
    let sql =
        "INSERT INTO operations (id, space, kind, actor, session, at, state, first_seq, last_seq, touched, undoes,
                   root, stands, settled_by)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10,
                   coalesce((SELECT root FROM operations WHERE id = ?10), ?1), 1, ?1)
               ON CONFLICT (id) DO UPDATE
                   SET state = excluded.state, last_seq = excluded.last_seq, touched = touched + excluded.touched";
    let values = params![
        operation.id.as_bytes(),
        operation.space.0,
        operation.kind,
        if operation.by == By::Person { "person" } else { "daemon" },
        operation.session.as_bytes(),
        operation.at.as_microsecond(),
        if part == Part::Last { "done" } else { "open" },
        seq,
        i64::try_from(touched).unwrap_or(i64::MAX),
        operation.undoes.map(|id| id.as_bytes().to_vec()),
    ];
    execute(db, sql, values)?;
    match (operation.undoes, part) {
        (Some(target), Part::Last) => settle(db, operation, target),
        _ => Ok(()),
    }
}

/// Says of what all began with whether it is in force now.
fn settle(db: &Connection, operation: &NewOperation, target: Uuid) -> Result<()> {
    let sql = "UPDATE operations SET state = 'abandoned', stands = 0 WHERE id = ?1 AND space = ?2 AND state = 'open'";
    if execute(db, sql, params![target.as_bytes(), operation.space.0])? == 1 {
        return Ok(());
    }
    // Only what was decided last can be turned round: anything else has been already.
    let sql = "UPDATE operations SET stands = 1 - stands, settled_by = ?1
               WHERE id = (SELECT root FROM operations WHERE id = ?2) AND space = ?3 AND settled_by = ?2";
    match execute(db, sql, params![operation.id.as_bytes(), target.as_bytes(), operation.space.0])? {
        0 => Err(Error::Changed),
        _ => Ok(()),
    }
}

fn execute(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(writing)
}
