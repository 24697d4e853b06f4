//! Reminders and notifications. Pure: what a task's event asks for.

use std::collections::HashSet;

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use uuid::Uuid;

use crate::daemon::actor::SpaceId;
use crate::language::{Reminder, When};

/// What the notification service is told of a task: an event and the task as it is now.
#[derive(Debug, Clone)]
pub struct TaskFacts {
    /// The space.
    pub space: SpaceId,
    /// The task.
    pub task: Uuid,
    /// Whether it still exists and is pending.
    pub pending: bool,
    /// When it is due.
    pub due: Option<When>,
    /// When work on it is to begin.
    pub scheduled: Option<When>,
    /// What is set on it.
    pub reminders: Vec<Reminder>,
    /// The zone of the account.
    pub zone: TimeZone,
    /// When reminders of the account fire that are counted in days.
    pub remind_time: Time,
    /// When the change was made.
    pub changed_at: Timestamp,
    /// Whether the change made the task or set its reminders, and did not just move a date or its state.
    pub reminders_were_set: bool,
}

/// One firing that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The row's id, and later the notification's: the same on every channel and every try.
    pub id: Uuid,
    /// As it is set on the task.
    pub spec: String,
    /// The moment.
    pub at: Timestamp,
}

/// What the reminders of a task shall be: those that are pending and not among these are cancelled.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The space.
    pub space: SpaceId,
    /// The task.
    pub task: Uuid,
    /// The firings, each at a moment of its own.
    pub firings: Vec<Firing>,
}

/// Says when a task reminds.
///
/// A moment that had passed when the reminder was set fires at once, because the person asked for it; one that
/// passed by moving a date or reopening the task does not.
#[must_use]
pub fn schedule(facts: &TaskFacts) -> Schedule {
    let mut moments = HashSet::new();
    let firings = facts
        .reminders
        .iter()
        .filter(|_| facts.pending)
        .filter_map(|reminder| {
            let (due, scheduled) = (facts.due.as_ref(), facts.scheduled.as_ref());
            let at = reminder.resolve(due, scheduled, &facts.zone, facts.remind_time)?;
            let wanted = at > facts.changed_at || facts.reminders_were_set;
            (wanted && moments.insert(at)).then(|| Firing { id: Uuid::now_v7(), spec: reminder.to_text(), at })
        })
        .collect();
    Schedule { space: facts.space, task: facts.task, firings }
}

/// A notification.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Its id, the same on every channel and every try.
    pub id: Uuid,
    /// The task.
    pub task: Uuid,
    /// The task's number when it fired.
    pub number: Option<i64>,
    /// The task's title when it fired.
    pub title: String,
    /// The task's date then.
    pub due: Option<String>,
    /// The moment it was set for.
    pub at: Timestamp,
    /// When it was made.
    pub fired_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// A notification that a channel has yet to tell.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The delivery.
    pub id: Uuid,
    /// The channel's kind.
    pub channel: String,
    /// How often it has been tried, this time counted.
    pub attempt: i64,
    /// What to tell.
    pub notification: Notification,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::actor::REMIND_TIME;

    fn facts(reminders: &[&str]) -> TaskFacts {
        TaskFacts {
            space: SpaceId(1),
            task: Uuid::from_u128(1),
            pending: true,
            due: Some(When::from_text("2026-11-27").expect("stored form")),
            scheduled: None,
            reminders: reminders.iter().map(|text| Reminder::from_text(text).expect("canonical")).collect(),
            zone: TimeZone::get("Europe/Berlin").expect("bundled"),
            remind_time: REMIND_TIME,
            changed_at: "2026-11-22T10:00:00Z".parse().expect("a moment"),
            reminders_were_set: true,
        }
    }

    fn moments(facts: &TaskFacts) -> Vec<String> {
        schedule(facts).firings.iter().map(|firing| firing.at.to_string()).collect()
    }

    #[test]
    fn days_before_fire_at_nine_and_each_moment_once() {
        assert_eq!(moments(&facts(&["due-1d", "due 09:00"])), ["2026-11-26T08:00:00Z", "2026-11-27T08:00:00Z"]);
    }

    #[test]
    fn a_closed_task_reminds_of_nothing() {
        assert!(moments(&TaskFacts { pending: false, ..facts(&["due-1d"]) }).is_empty());
    }

    #[test]
    fn what_had_passed_fires_only_when_it_was_asked_for() {
        let late = TaskFacts { changed_at: "2026-11-26T12:00:00Z".parse().expect("a moment"), ..facts(&["due-1d"]) };
        assert_eq!(moments(&late).len(), 1);
        assert!(moments(&TaskFacts { reminders_were_set: false, ..late }).is_empty());
    }
}
