//! Reading tasks and series.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use uuid::Uuid;

use super::failure::reading;
use super::filter::{Condition, Order, condition};
use super::rows::{self, TASK_COLUMNS, TASK_WIDTH};
use super::{Sqlite, changes, history};
use crate::api::error::{Candidate, ErrorCode};
use crate::daemon::actor::SpaceId;
use crate::daemon::error::{Error, Result};
use crate::daemon::tasks::image;
use crate::daemon::tasks::model::{Series, Task};
use crate::daemon::tasks::port::{Operation, Page, PageKey, Query, Recorded, TaskKey, TaskStore, Thing, Unit};

/// How many tasks an ambiguous id names.
const CANDIDATES: usize = 10;
/// How many digits of an id stand for it where one is shown.
const SHORT_ID: usize = 8;
/// A page of so many tasks is read where the request is answered; a longer one takes milliseconds.
const SHORT_PAGE: usize = 200;

#[async_trait]
impl TaskStore for Sqlite {
    async fn task(&self, space: SpaceId, key: TaskKey) -> Result<Task> {
        self.read(|db| match &key {
            TaskKey::Number(number) => one(db, "t.space = ?1 AND t.number = ?2", params![space.0, number])?
                .ok_or_else(|| Error::not_found("task", &number.to_string())),
            TaskKey::Id(id) => one(db, "t.space = ?1 AND t.id = ?2", params![space.0, id.as_bytes()])?
                .ok_or_else(|| Error::not_found("task", &id.to_string())),
            TaskKey::Part(digits) => by_part(db, space, digits),
        })
    }

    async fn things(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Thing>> {
        if ids.len() <= SHORT_PAGE {
            self.read(|db| things(db, space, &ids))
        } else {
            self.read_long(|db| things(db, space, &ids))
        }
    }

    async fn list(&self, space: SpaceId, query: Query) -> Result<Page> {
        if query.limit.is_some_and(|limit| limit <= SHORT_PAGE) {
            self.read(|db| list(db, space, &query, Order::Agenda))
        } else {
            self.read_long(|db| list(db, space, &query, Order::Agenda))
        }
    }

    async fn scan(&self, space: SpaceId, query: Query) -> Result<Page> {
        self.read_long(|db| list(db, space, &query, Order::Stored))
    }

    async fn count(&self, space: SpaceId, query: Query) -> Result<u64> {
        self.read_long(|db| {
            let Condition { sql, values } = condition(space, &Query { after: None, ..query }, Order::Agenda);
            let sql = format!("SELECT count(*) FROM tasks t WHERE {sql}");
            let mut statement = db.prepare_cached(&sql).map_err(reading)?;
            let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0)).map_err(reading)?;
            Ok(count.unsigned_abs())
        })
    }

    async fn rules(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>> {
        self.read(|db| {
            let sql = "SELECT id, rule FROM series WHERE space = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2))";
            let mut statement = db.prepare_cached(sql).map_err(reading)?;
            let mut found = statement.query(params![space.0, rows::id_list(&ids)?]).map_err(reading)?;
            let mut rules = HashMap::new();
            while let Some(row) = found.next().map_err(reading)? {
                rules.insert(rows::uuid(row, 0)?, rows::get(row, 1)?);
            }
            Ok(rules)
        })
    }

    async fn series(&self, space: SpaceId) -> Result<Vec<Series>> {
        self.read(|db| series(db, "space = ?1", params![space.0]))
    }

    async fn is_pristine(&self, space: SpaceId) -> Result<bool> {
        self.read(|db| {
            let sql = "SELECT NOT EXISTS (SELECT 1 FROM tasks WHERE space = ?1) AND NOT EXISTS
                       (SELECT 1 FROM operations WHERE space = ?1 AND state <> 'abandoned' AND kind <> 'recover')";
            db.prepare_cached(sql)
                .and_then(|mut statement| statement.query_row([space.0], |row| row.get(0)))
                .map_err(reading)
        })
    }

    async fn commit(&self, unit: Unit) -> Result<Vec<Thing>> {
        let tasks_limit = self.tasks_limit();
        self.write(move |db| changes::commit(db, &unit, tasks_limit)).await
    }

    async fn operation(&self, space: SpaceId, id: Option<Uuid>) -> Result<Option<Operation>> {
        self.read(|db| history::operation(db, space, id))
    }

    async fn open_operations(&self) -> Result<Vec<Operation>> {
        self.read(history::open_operations)
    }

    async fn events(&self, operation: &Operation, before: Option<(i64, i64)>, limit: usize) -> Result<Vec<Recorded>> {
        self.read(|db| history::events(db, operation, before, limit))
    }

    async fn touched_since(&self, operation: &Operation, ids: Vec<(Uuid, i64)>) -> Result<HashSet<Uuid>> {
        self.read(|db| history::touched_since(db, operation, &ids))
    }

    async fn burned_numbers(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, i64>> {
        self.read(|db| history::burned_numbers(db, space, &ids))
    }
}

fn one(db: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Option<Task>> {
    let sql = format!("SELECT {TASK_COLUMNS} FROM tasks t WHERE {condition}");
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let found = statement.query_row(values, |row| Ok(rows::task(row))).optional().map_err(reading)?;
    found.transpose()
}

/// Finds the task whose id begins or ends with some digits.
fn by_part(db: &Connection, space: SpaceId, digits: &str) -> Result<Task> {
    let (first, last) = (format!("{digits:0<32}"), format!("{digits:f<32}"));
    // The last eight digits are what people are shown; other ends are looked for one by one.
    let by_end = if digits.len() == SHORT_ID {
        "substr(id, 13) = unhex(?4)"
    } else {
        "substr(hex(id), -length(?4)) = upper(?4)"
    };
    let sql = format!(
        "SELECT id, number, title FROM tasks INDEXED BY tasks_by_id
             WHERE space = ?1 AND id >= unhex(?2) AND id <= unhex(?3)
         UNION SELECT id, number, title FROM tasks WHERE space = ?1 AND {by_end} LIMIT ?5"
    );
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let most = i64::try_from(CANDIDATES).unwrap_or(i64::MAX);
    let mut found = statement.query(params![space.0, first, last, digits, most]).map_err(reading)?;
    let mut candidates = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        candidates.push(Candidate { id: rows::uuid(row, 0)?, number: rows::get(row, 1)?, title: rows::get(row, 2)? });
    }
    match &candidates[..] {
        [] => Err(Error::not_found("task", digits)),
        [only] => one(db, "t.space = ?1 AND t.id = ?2", params![space.0, only.id.as_bytes()])?
            .ok_or_else(|| Error::not_found("task", digits)),
        _ => {
            let detail = format!("`{digits}` fits more than one task");
            Err(Error::refused(ErrorCode::AmbiguousId, detail)
                .with_hint("use more digits of the id, or the number")
                .with_candidates(candidates))
        }
    }
}

/// Finds tasks and series by their ids.
fn things(db: &Connection, space: SpaceId, ids: &[Uuid]) -> Result<HashMap<Uuid, Thing>> {
    let mut things = HashMap::with_capacity(ids.len());
    let sql = format!(
        "SELECT {TASK_COLUMNS} FROM json_each(?2) ids CROSS JOIN tasks t INDEXED BY tasks_by_id
         WHERE t.space = ?1 AND t.id = unhex(ids.value)"
    );
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let wanted = rows::id_list(ids)?;
    let mut found = statement.query(params![space.0, wanted]).map_err(reading)?;
    while let Some(row) = found.next().map_err(reading)? {
        let task = rows::task(row)?;
        things.insert(task.id, Thing::Task(task));
    }
    let condition = "space = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2))";
    for series in series(db, condition, params![space.0, wanted])? {
        things.insert(series.id, Thing::Series(series));
    }
    Ok(things)
}

fn series(db: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Series>> {
    let sql = format!("SELECT id, version, template FROM series WHERE {condition} ORDER BY id");
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let mut found = statement.query(values).map_err(reading)?;
    let mut series = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        let image = rows::from_json(&rows::get::<String>(row, 2)?)?;
        series.push(image::to_series(rows::uuid(row, 0)?, rows::get(row, 1)?, &image)?);
    }
    Ok(series)
}

fn list(db: &Connection, space: SpaceId, query: &Query, order: Order) -> Result<Page> {
    let Condition { sql, mut values } = condition(space, query, order);
    let by = match order {
        Order::Agenda => "t.due_order, t.importance, t.row",
        Order::Stored => "t.row",
    };
    // One more than asked for tells whether there is a next page.
    let limit = query.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX).min(i64::MAX - 1);
    values.push(Value::Integer(limit + 1));
    let sql = format!(
        "SELECT {TASK_COLUMNS}, t.due_order, t.importance FROM tasks t WHERE {sql}
         ORDER BY {by} LIMIT ?{}",
        values.len()
    );
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let mut found = statement.query(params_from_iter(values)).map_err(reading)?;
    let (mut tasks, mut last, mut next) = (Vec::new(), None, None);
    while let Some(row) = found.next().map_err(reading)? {
        if i64::try_from(tasks.len()).unwrap_or(i64::MAX) == limit {
            next = last;
            break;
        }
        tasks.push(rows::task(row)?);
        last = Some(PageKey {
            due_order: rows::get(row, TASK_WIDTH)?,
            importance: rows::get(row, TASK_WIDTH + 1)?,
            row: rows::get(row, 0)?,
        });
    }
    Ok(Page { tasks, next })
}
