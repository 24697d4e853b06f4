//! Reminders, the inbox and deliveries.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::Sqlite;
use super::failure::{reading, writing};
use super::rows;
use crate::daemon::actor::SpaceId;
use crate::daemon::error::Result;
use crate::daemon::notifications::model::{Delivery, Notification, Schedule, TaskFacts};
use crate::daemon::notifications::port::{NotificationStore, Untaken};
use crate::daemon::users::model::AccountSettings;

const NOTIFICATION: &str = "n.id, n.task, n.number, n.title, n.due, n.at, n.fired_at, n.read_at";
const NOTIFICATION_WIDTH: usize = 8;

#[async_trait]
impl NotificationStore for Sqlite {
    async fn untaken(&self, limit: usize) -> Result<Option<Untaken>> {
        self.read(|db| untaken(db, limit))
    }

    async fn take(&self, untaken: &Untaken, schedules: Vec<Schedule>) -> Result<()> {
        let (space, from, to) = (untaken.space.0, untaken.from_seq, untaken.to_seq);
        let stale = untaken.stale_since.map(Timestamp::as_microsecond);
        self.write(move |db| {
            // Stale once more since it was looked at: then all is told anew once more.
            let sql = "UPDATE spaces SET taken_seq = ?3,
                           stale_since = CASE WHEN stale_since IS ?4 THEN NULL ELSE stale_since END
                       WHERE number = ?1 AND taken_seq = ?2";
            if execute(db, sql, params![space, from, to, stale])? == 0 {
                return Ok(());
            }
            schedules.iter().try_for_each(|schedule| store_schedule(db, schedule, stale))
        })
        .await
    }

    async fn next_reminder(&self) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let sql =
                "SELECT at FROM reminders INDEXED BY reminders_to_fire WHERE state = 'pending' ORDER BY at LIMIT 1";
            let mut statement = db.prepare_cached(sql).map_err(reading)?;
            let found = statement.query_row([], |row| Ok(rows::moment(row, 0))).optional().map_err(reading)?;
            found.transpose()
        })
    }

    async fn next_delivery(&self) -> Result<Option<Timestamp>> {
        self.read(|db| {
            let sql = "SELECT min(CASE state WHEN 'leased' THEN lease_until ELSE next_at END)
                       FROM deliveries INDEXED BY deliveries_to_send WHERE state <> 'done'";
            let mut statement = db.prepare_cached(sql).map_err(reading)?;
            statement.query_row([], |row| Ok(rows::optional_moment(row, 0))).map_err(reading)?
        })
    }

    async fn fire(&self, now: Timestamp, channels: &'static [&'static str], limit: usize) -> Result<usize> {
        // Looking costs nothing; a transaction that changes nothing would still sync the disk.
        if self.next_reminder().await?.is_none_or(|at| at > now) {
            return Ok(0);
        }
        self.write(move |db| fire(db, now, channels, limit)).await
    }

    async fn claim(&self, holder: &str, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<Delivery>> {
        if !self.read(|db| has_deliveries(db, now))? {
            return Ok(Vec::new());
        }
        let holder = holder.to_owned();
        self.write(move |db| claim(db, &holder, now, until, limit)).await
    }

    async fn settle(&self, holder: &str, done: Vec<Uuid>, now: Timestamp) -> Result<()> {
        let holder = holder.to_owned();
        self.write(move |db| {
            let sql = "UPDATE deliveries SET state = 'done', done_at = ?3, holder = NULL, lease_until = NULL
                       WHERE state = 'leased' AND holder = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2))";
            execute(db, sql, params![holder, rows::id_list(&done)?, now.as_microsecond()]).map(|_| ())
        })
        .await
    }

    async fn release(&self, holder: &str) -> Result<usize> {
        let others = self.read(|db| {
            let sql = "SELECT count(*) FROM deliveries WHERE state <> 'done' AND state = 'leased' AND holder <> ?1";
            db.query_row(sql, [holder], |row| row.get::<_, i64>(0)).map_err(reading)
        })?;
        if others == 0 {
            return Ok(0);
        }
        let holder = holder.to_owned();
        self.write(move |db| {
            let sql = "UPDATE deliveries SET state = 'pending', holder = NULL, lease_until = NULL
                       WHERE state <> 'done' AND state = 'leased' AND holder <> ?1";
            execute(db, sql, params![holder])
        })
        .await
    }

    async fn inbox(
        &self,
        space: SpaceId,
        unread: bool,
        before: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<Vec<Notification>> {
        self.read(|db| {
            let only = if unread { "AND n.read_at IS NULL" } else { "" };
            let sql = format!(
                "SELECT {NOTIFICATION} FROM notifications n
                 WHERE n.space = ?1 AND (n.fired_at, n.id) < (?2, ?3) {only}
                 ORDER BY n.fired_at DESC, n.id DESC LIMIT ?4"
            );
            let mut statement = db.prepare_cached(&sql).map_err(reading)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let (fired_at, id) = before.map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_microsecond(), id));
            let mut found = statement.query(params![space.0, fired_at, id.as_bytes(), limit]).map_err(reading)?;
            let mut inbox = Vec::new();
            while let Some(row) = found.next().map_err(reading)? {
                inbox.push(notification(row)?);
            }
            Ok(inbox)
        })
    }

    async fn unread(&self, space: SpaceId) -> Result<Option<(u64, Uuid)>> {
        self.read(|db| {
            let sql = "SELECT count(*) OVER (), id FROM notifications INDEXED BY notifications_unread
                       WHERE space = ?1 AND read_at IS NULL ORDER BY fired_at DESC, id DESC LIMIT 1";
            let mut statement = db.prepare_cached(sql).map_err(reading)?;
            let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, rows::uuid(row, 1)));
            match statement.query_row([space.0], read).optional().map_err(reading)? {
                Some((count, id)) => Ok(Some((count.unsigned_abs(), id?))),
                None => Ok(None),
            }
        })
    }

    async fn mark_read(&self, space: SpaceId, id: Option<Uuid>, now: Timestamp) -> Result<Option<u64>> {
        self.write(move |db| {
            let Some(id) = id else {
                let sql = "UPDATE notifications SET read_at = ?2 WHERE space = ?1 AND read_at IS NULL";
                return execute(db, sql, params![space.0, now.as_microsecond()]).map(|read| Some(read as u64));
            };
            let sql = "UPDATE notifications SET read_at = ?3 WHERE space = ?1 AND id = ?2 AND read_at IS NULL";
            let read = execute(db, sql, params![space.0, id.as_bytes(), now.as_microsecond()])? as u64;
            let sql = "SELECT 1 FROM notifications WHERE space = ?1 AND id = ?2";
            let exists = db.prepare_cached(sql).and_then(|mut found| found.exists(params![space.0, id.as_bytes()]));
            Ok(exists.map_err(writing)?.then_some(read))
        })
        .await
    }
}

/// What the events of one space come to that nobody has taken.
fn untaken(db: &Connection, limit: usize) -> Result<Option<Untaken>> {
    let sql = "SELECT p.number, p.taken_seq, p.seq, a.zone, a.settings, p.stale_since
               FROM spaces p JOIN accounts a ON a.id = p.account
               WHERE p.taken_seq < p.seq ORDER BY p.number LIMIT 1";
    let first = db
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([], |row| Ok(space_to_take(row))).optional())
        .map_err(reading)?;
    let Some(SpaceToTake { space, from_seq, seq, home, stale_since }) = first.transpose()? else {
        return Ok(None);
    };
    // A transaction is taken whole: up to the one in which the limit is reached.
    let sql = "SELECT seq FROM events WHERE space = ?1 AND seq > ?2 ORDER BY seq, ordinal LIMIT 1 OFFSET ?3";
    let to_seq: i64 = db
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let offset = i64::try_from(limit).unwrap_or(i64::MAX);
            statement.query_row(params![space, from_seq, offset], |row| row.get(0)).optional()
        })
        .map_err(reading)?
        .unwrap_or(seq);
    let mut facts = facts(db, SpaceId(space), &home, (from_seq, to_seq))?;
    if let Some(since) = stale_since {
        all_facts(db, SpaceId(space), &home, since, &mut facts)?;
    }
    Ok(Some(Untaken { space: SpaceId(space), from_seq, to_seq, stale_since, facts: facts.into_values().collect() }))
}

/// What an account's days and reminders go by.
struct Home {
    zone: TimeZone,
    remind_time: Time,
}

/// A space with events that nobody has taken.
struct SpaceToTake {
    space: i64,
    from_seq: i64,
    seq: i64,
    home: Home,
    stale_since: Option<Timestamp>,
}

fn space_to_take(row: &Row<'_>) -> Result<SpaceToTake> {
    let settings: String = rows::get(row, 4)?;
    let settings: AccountSettings = rows::from_json(&settings)?;
    // The rules of a zone may go; reminders must come all the same.
    let zone = TimeZone::get(&rows::get::<String>(row, 3)?).unwrap_or(TimeZone::UTC);
    Ok(SpaceToTake {
        space: rows::get(row, 0)?,
        from_seq: rows::get(row, 1)?,
        seq: rows::get(row, 2)?,
        home: Home { zone, remind_time: settings.remind_time() },
        stale_since: rows::optional_moment(row, 5)?,
    })
}

/// Adds facts about every pending task with reminders, for an account whose zone or settings have changed.
fn all_facts(
    db: &Connection,
    space: SpaceId,
    home: &Home,
    since: Timestamp,
    facts: &mut BTreeMap<Uuid, TaskFacts>,
) -> Result<()> {
    let sql = "SELECT id, due, scheduled, reminders FROM tasks
               WHERE space = ?1 AND status = 'pending' AND reminders <> '[]'";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query([space.0]).map_err(reading)?;
    while let Some(row) = found.next().map_err(reading)? {
        let task = rows::uuid(row, 0)?;
        let entry = TaskFacts {
            space,
            task,
            pending: true,
            due: rows::when(row, 1)?,
            scheduled: rows::when(row, 2)?,
            reminders: rows::reminders(&rows::get::<String>(row, 3)?)?,
            zone: home.zone.clone(),
            remind_time: home.remind_time,
            changed_at: since,
            // Another zone sets no reminder: what has passed in it is not told.
            reminders_were_set: false,
        };
        facts.entry(task).or_insert(entry);
    }
    Ok(())
}

/// Facts about tasks that were touched and have reminders, or had.
fn facts(db: &Connection, space: SpaceId, home: &Home, seqs: (i64, i64)) -> Result<BTreeMap<Uuid, TaskFacts>> {
    let sql = "SELECT e.id, t.status = 'pending', t.due, t.scheduled, t.reminders, o.at,
                   (e.kind = 'created' AND o.kind <> 'import') OR (e.changes IS NOT NULL AND json_extract(e.changes, '$.reminders') IS NOT NULL)
               FROM events e JOIN operations o ON o.id = e.operation
               LEFT JOIN tasks t ON t.space = e.space AND t.id = e.id
               WHERE e.space = ?1 AND e.seq > ?2 AND e.seq <= ?3 AND e.target = 'task'
                 AND (t.reminders <> '[]'
                      OR EXISTS (SELECT 1 FROM reminders r WHERE r.space = e.space AND r.task = e.id AND r.state = 'pending'))
               ORDER BY e.seq, e.ordinal";
    let mut statement = db.prepare_cached(sql).map_err(reading)?;
    let mut found = statement.query(params![space.0, seqs.0, seqs.1]).map_err(reading)?;
    let mut facts: BTreeMap<Uuid, TaskFacts> = BTreeMap::new();
    while let Some(row) = found.next().map_err(reading)? {
        let task = rows::uuid(row, 0)?;
        let reminders: Option<String> = rows::get(row, 4)?;
        let earlier = facts.get(&task);
        let entry = TaskFacts {
            space,
            task,
            pending: rows::get::<Option<bool>>(row, 1)?.unwrap_or(false),
            due: rows::when(row, 2)?,
            scheduled: rows::when(row, 3)?,
            reminders: reminders.map_or_else(|| Ok(Vec::new()), |json| rows::reminders(&json))?,
            zone: home.zone.clone(),
            remind_time: home.remind_time,
            // The earliest change: what was still to come then is not missed.
            changed_at: earlier.map_or_else(|| rows::moment(row, 5), |facts| Ok(facts.changed_at))?,
            reminders_were_set: rows::get(row, 6)? || earlier.is_some_and(|facts| facts.reminders_were_set),
        };
        facts.insert(task, entry);
    }
    Ok(facts)
}

/// Keeps what a task's reminders come to. What was due before the zone or the settings changed (`stale`), such as while
/// the machine slept, is still to be told: it is not cancelled.
fn store_schedule(db: &Connection, schedule: &Schedule, stale: Option<i64>) -> Result<()> {
    let (space, task) = (schedule.space.0, schedule.task.as_bytes());
    let moments: Vec<i64> = schedule.firings.iter().map(|firing| firing.at.as_microsecond()).collect();
    let sql = "UPDATE reminders SET state = 'cancelled'
               WHERE space = ?1 AND task = ?2 AND state = 'pending' AND (?4 IS NULL OR at > ?4)
                   AND at NOT IN (SELECT value FROM json_each(?3))";
    execute(db, sql, params![space, task, rows::to_json(&moments)?, stale])?;
    for firing in &schedule.firings {
        let sql = "INSERT INTO reminders (id, space, task, spec, at, state) VALUES (?1, ?2, ?3, ?4, ?5, 'pending')
                   ON CONFLICT (space, task, at) DO UPDATE SET state = 'pending', spec = excluded.spec
                       WHERE state = 'cancelled'";
        execute(db, sql, params![firing.id.as_bytes(), space, task, firing.spec, firing.at.as_microsecond()])?;
    }
    Ok(())
}

fn fire(db: &Connection, now: Timestamp, channels: &[&str], limit: usize) -> Result<usize> {
    let sql = "SELECT r.id, r.space, r.task, r.at, t.number, t.title, t.due
               FROM reminders r INDEXED BY reminders_to_fire
               LEFT JOIN tasks t ON t.space = r.space AND t.id = r.task AND t.status = 'pending'
               WHERE r.state = 'pending' AND r.at <= ?1 ORDER BY r.at LIMIT ?2";
    let mut statement = db.prepare_cached(sql).map_err(writing)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = statement.query(params![now.as_microsecond(), limit]).map_err(writing)?;
    let mut fired = 0;
    while let Some(row) = found.next().map_err(writing)? {
        fired += 1;
        let id = rows::uuid(row, 0)?;
        let title: Option<String> = rows::get(row, 5)?;
        let state = if title.is_some() { "fired" } else { "cancelled" };
        let sql = "UPDATE reminders SET state = ?2, fired_at = ?3 WHERE id = ?1";
        execute(db, sql, params![id.as_bytes(), state, now.as_microsecond()])?;
        let Some(title) = title else { continue };
        let sql = "INSERT INTO notifications (id, space, kind, reminder, task, number, title, due, at, fired_at)
                   VALUES (?1, ?2, 'reminder', ?1, ?3, ?4, ?5, ?6, ?7, ?8)";
        let task: Vec<u8> = rows::get(row, 2)?;
        let (number, due): (Option<i64>, Option<String>) = (rows::get(row, 4)?, rows::get(row, 6)?);
        let (space, at): (i64, i64) = (rows::get(row, 1)?, rows::get(row, 3)?);
        execute(db, sql, params![id.as_bytes(), space, task, number, title, due, at, now.as_microsecond()])?;
        for channel in channels {
            let sql = "INSERT INTO deliveries (id, notification, channel, state, next_at)
                       VALUES (?1, ?2, ?3, 'pending', ?4)";
            execute(db, sql, params![Uuid::now_v7().as_bytes(), id.as_bytes(), channel, now.as_microsecond()])?;
        }
    }
    Ok(fired)
}

/// Whether a delivery may be claimed.
const CLAIMABLE: &str = "d.state <> 'done' AND d.next_at <= ?1 AND (d.state = 'pending' OR d.lease_until <= ?1)";

fn has_deliveries(db: &Connection, now: Timestamp) -> Result<bool> {
    let sql = format!("SELECT 1 FROM deliveries d INDEXED BY deliveries_to_send WHERE {CLAIMABLE}");
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    statement.exists([now.as_microsecond()]).map_err(reading)
}

fn claim(db: &Connection, holder: &str, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {NOTIFICATION}, d.id, d.channel, d.attempts + 1
         FROM deliveries d INDEXED BY deliveries_to_send JOIN notifications n ON n.id = d.notification
         WHERE {CLAIMABLE} ORDER BY d.next_at LIMIT ?2"
    );
    let mut statement = db.prepare_cached(&sql).map_err(writing)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = statement.query(params![now.as_microsecond(), limit]).map_err(writing)?;
    let mut claimed = Vec::new();
    while let Some(row) = found.next().map_err(writing)? {
        claimed.push(Delivery {
            notification: notification(row)?,
            id: rows::uuid(row, NOTIFICATION_WIDTH)?,
            channel: rows::get(row, NOTIFICATION_WIDTH + 1)?,
            attempt: rows::get(row, NOTIFICATION_WIDTH + 2)?,
        });
    }
    for delivery in &claimed {
        let sql = "UPDATE deliveries SET state = 'leased', attempts = attempts + 1, holder = ?2, lease_until = ?3
                   WHERE id = ?1";
        execute(db, sql, params![delivery.id.as_bytes(), holder, until.as_microsecond()])?;
    }
    Ok(claimed)
}

fn notification(row: &Row<'_>) -> Result<Notification> {
    Ok(Notification {
        id: rows::uuid(row, 0)?,
        task: rows::uuid(row, 1)?,
        number: rows::get(row, 2)?,
        title: rows::get(row, 3)?,
        due: rows::get(row, 4)?,
        at: rows::moment(row, 5)?,
        fired_at: rows::moment(row, 6)?,
        read_at: rows::optional_moment(row, 7)?,
    })
}

fn execute(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(writing)
}
