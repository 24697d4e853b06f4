//! From the domain to the wire.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::value::RawValue;

use crate::api::notifications::NotificationView;
use crate::api::tasks::{AnnotationView, ChangeAnswer, SeriesRef, Status, TaskView, UndoAnswer};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::notifications::model::Notification;
use crate::daemon::tasks::{Done, Shown, Undone};
use crate::language::{Reminder, When};

/// Shows a task; its days begin in the account's zone.
pub(super) fn task(shown: Shown, actor: &Actor) -> Result<TaskView> {
    let Shown { task, rule } = shown;
    let zone = &actor.home;
    let attributes: BTreeMap<String, Box<RawValue>> = task
        .attributes
        .into_iter()
        .map(|(name, json)| Ok((name, RawValue::from_string(json).map_err(Error::internal)?)))
        .collect::<Result<_>>()?;
    let resolve =
        |reminder: &Reminder| reminder.resolve(task.due.as_ref(), task.scheduled.as_ref(), zone, actor.remind_time);
    let ended_as = |status| task.ended_at.filter(|_| task.status == status);
    Ok(TaskView {
        id: task.id,
        number: task.number,
        version: task.version,
        title: task.title,
        notes: task.notes,
        status: task.status,
        project: task.project,
        tags: task.tags.into_iter().collect(),
        priority: task.priority,
        due_at: at(task.due.as_ref(), zone),
        scheduled_at: at(task.scheduled.as_ref(), zone),
        wait_at: at(task.wait.as_ref(), zone),
        until_at: at(task.until.as_ref(), zone),
        reminders: task.reminders.iter().map(Reminder::to_text).collect(),
        reminders_at: task.reminders.iter().map(resolve).collect(),
        due: text(task.due.as_ref()),
        scheduled: text(task.scheduled.as_ref()),
        wait: text(task.wait.as_ref()),
        until: text(task.until.as_ref()),
        series: task.series.map(|id| SeriesRef { id, rule: rule.unwrap_or_default() }),
        depends_on: task.depends_on.into_iter().collect(),
        annotations: task.annotations.into_iter().map(|(at, text)| AnnotationView { at, text }).collect(),
        attributes,
        created_at: task.created_at,
        modified_at: task.modified_at,
        started_at: task.started_at,
        completed_at: ended_as(Status::Completed),
        deleted_at: ended_as(Status::Deleted),
    })
}

fn text(date: Option<&When>) -> Option<String> {
    date.map(When::to_text)
}

fn at(date: Option<&When>, zone: &TimeZone) -> Option<Timestamp> {
    date.map(|date| date.from(zone))
}

/// Shows several tasks.
pub(super) fn tasks(shown: Vec<Shown>, actor: &Actor) -> Result<Vec<TaskView>> {
    shown.into_iter().map(|shown| task(shown, actor)).collect()
}

/// Shows what an operation did.
pub(super) fn done(done: Done, actor: &Actor) -> Result<ChangeAnswer> {
    Ok(ChangeAnswer { operation: done.operation, items: tasks(done.tasks, actor)? })
}

/// Shows what an undo did.
pub(super) fn undone(undone: Undone, actor: &Actor) -> Result<UndoAnswer> {
    Ok(UndoAnswer {
        operation: undone.operation,
        undone: undone.undone.id,
        kind: undone.undone.kind,
        at: undone.undone.at,
        touched: undone.undone.touched,
        items: tasks(undone.tasks, actor)?,
        removed: undone.removed,
    })
}

/// Shows a notification.
pub(super) fn notification(notification: Notification) -> NotificationView {
    let Notification { id, task, number, title, due, at, fired_at, read_at } = notification;
    NotificationView { id, kind: "reminder".to_owned(), task: Some(task), number, title, due, at, fired_at, read_at }
}
