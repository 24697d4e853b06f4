//! Reading operations and events.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::failure::reading;
use super::rows;
use crate::daemon::actor::SpaceId;
use crate::daemon::error::{Error, Result};
use crate::daemon::event::{Event, EventKind, Target};
use crate::daemon::tasks::port::{Operation, Recorded};

/// `n` is the operation that was named, `r` what all began with, `e` the one that counts.
const COLUMNS: &str = "e.id, n.space, n.kind, n.session, n.at, n.state, e.first_seq, e.last_seq, n.touched, r.id, \
    CASE WHEN n.id = r.id THEN r.stands = 0 ELSE r.settled_by <> n.id END";
/// Of a root that is in force the one that made it so counts; of any other operation that one itself.
const JOINED: &str = "operations n JOIN operations r ON r.id = n.root \
    JOIN operations e ON e.id = CASE WHEN n.id = r.id AND r.stands = 1 THEN r.settled_by ELSE n.id END";

pub(super) fn operation(db: &Connection, space: SpaceId, id: Option<Uuid>) -> Result<Option<Operation>> {
    let newest = "SELECT id FROM operations INDEXED BY operations_to_undo
                  WHERE space = ?1 AND actor = 'person' AND state = 'done' AND undoes IS NULL AND stands = 1
                  ORDER BY last_seq DESC LIMIT 1";
    let named = if id.is_some() { "?2" } else { newest };
    let id = id.map(|id| id.as_bytes().to_vec());
    let found = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {JOINED} WHERE n.space = ?1 AND n.id = ({named})"))
        .and_then(|mut found| match &id {
            Some(id) => found.query_row(params![space.0, id], |row| Ok(read(row))).optional(),
            None => found.query_row([space.0], |row| Ok(read(row))).optional(),
        });
    found.map_err(reading)?.transpose()
}

pub(super) fn open_operations(db: &Connection) -> Result<Vec<Operation>> {
    let sql = format!("SELECT {COLUMNS} FROM {JOINED} WHERE n.state = 'open' ORDER BY n.space, n.first_seq DESC");
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    let mut found = statement.query([]).map_err(reading)?;
    let mut operations = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        operations.push(read(row)?);
    }
    Ok(operations)
}

fn read(row: &Row<'_>) -> Result<Operation> {
    Ok(Operation {
        id: rows::uuid(row, 0)?,
        root: rows::uuid(row, 9)?,
        space: rows::space(row, 1)?,
        kind: rows::get(row, 2)?,
        session: rows::optional_uuid(row, 3)?.unwrap_or_default(),
        at: rows::moment(row, 4)?,
        open: rows::get::<String>(row, 5)? == "open",
        first_seq: rows::get(row, 6)?,
        last_seq: rows::get(row, 7)?,
        touched: rows::get::<i64>(row, 8)?.unsigned_abs(),
        undone: rows::get(row, 10)?,
    })
}

pub(super) fn events(
    db: &Connection,
    operation: &Operation,
    before: Option<(i64, i64)>,
    limit: usize,
) -> Result<Vec<Recorded>> {
    // An operation in slices may have others between them.
    let sql = "SELECT seq, ordinal, target, id, number, version, kind, changes, image FROM events
               WHERE space = ?1 AND operation = ?2 AND seq >= ?3 AND seq <= ?4 AND (seq, ordinal) < (?5, ?6)
               ORDER BY seq DESC, ordinal DESC LIMIT ?7";
    let (seq, ordinal) = before.unwrap_or((i64::MAX, i64::MAX));
    let values = params![
        operation.space.0,
        operation.id.as_bytes(),
        operation.first_seq,
        operation.last_seq,
        seq,
        ordinal,
        i64::try_from(limit).unwrap_or(i64::MAX)
    ];
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query(values).map_err(reading)?;
    let mut events = Vec::new();
    while let Some(row) = found.next().map_err(reading)? {
        events.push(Recorded { seq: rows::get(row, 0)?, ordinal: rows::get(row, 1)?, event: event(row)? });
    }
    Ok(events)
}

fn event(row: &Row<'_>) -> Result<Event> {
    let target = match rows::get::<String>(row, 2)?.as_str() {
        "task" => Target::Task,
        "series" => Target::Series,
        other => return Err(Error::internal(format!("a stored target `{other}`"))),
    };
    let kind = match rows::get::<String>(row, 6)?.as_str() {
        "created" => EventKind::Created,
        "changed" => EventKind::Changed,
        "removed" => EventKind::Removed,
        "restored" => EventKind::Restored,
        other => return Err(Error::internal(format!("a stored event `{other}`"))),
    };
    let changes: Option<String> = rows::get(row, 7)?;
    let image: Option<String> = rows::get(row, 8)?;
    Ok(Event {
        target,
        id: rows::uuid(row, 3)?,
        number: rows::get(row, 4)?,
        version: rows::get(row, 5)?,
        kind,
        changes: changes.map_or_else(|| Ok(BTreeMap::new()), |json| rows::from_json(&json))?,
        image: image.map(|json| rows::from_json(&json)).transpose()?,
    })
}

pub(super) fn touched_since(db: &Connection, operation: &Operation, ids: &[(Uuid, i64)]) -> Result<HashSet<Uuid>> {
    let sql = "SELECT DISTINCT e.id FROM json_each(?3) ids CROSS JOIN events e INDEXED BY events_by_target
                   JOIN operations o ON o.id = e.operation JOIN operations r ON r.id = o.root
               WHERE e.space = ?1 AND e.id = unhex(json_extract(ids.value, '$[0]')) AND e.seq > json_extract(ids.value, '$[1]')
                 AND r.id <> ?2 AND r.stands = 1 AND r.settled_by = o.id";
    let ids: Vec<_> = ids.iter().map(|(id, seq)| (id.simple().to_string(), seq)).collect();
    let values = params![operation.space.0, operation.root.as_bytes(), rows::to_json(&ids)?];
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query(values).map_err(reading)?;
    let mut touched = HashSet::new();
    while let Some(row) = found.next().map_err(reading)? {
        touched.insert(rows::uuid(row, 0)?);
    }
    Ok(touched)
}

pub(super) fn burned_numbers(db: &Connection, space: SpaceId, ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    let sql = "SELECT e.id, e.number FROM json_each(?2) ids CROSS JOIN events e INDEXED BY events_by_target
               WHERE e.space = ?1 AND e.id = unhex(ids.value) AND e.kind = 'removed' AND e.number IS NOT NULL
               ORDER BY e.seq";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query(params![space.0, rows::id_list(ids)?]).map_err(reading)?;
    let mut numbers = HashMap::new();
    while let Some(row) = found.next().map_err(reading)? {
        numbers.insert(rows::uuid(row, 0)?, rows::get(row, 1)?);
    }
    Ok(numbers)
}
