//! What a task is, and what may become of one. Pure: a state and a moment in, the next state or a refusal out.
//!
//! It knows no store, no HTTP and not what was typed; texts have been read before they come here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::api::error::ErrorCode;
use crate::api::tasks::{Priority, Status};
use crate::daemon::error::{Error, Result};
use crate::language::{Reminder, When};

/// A task as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// For ever the same, within its space.
    pub id: Uuid,
    /// Never given to another task. Absent for what was imported closed.
    pub number: Option<i64>,
    /// Raised by every change, from 1.
    pub version: i64,
    /// One line.
    pub title: String,
    /// Markdown.
    pub notes: Option<String>,
    /// Pending, completed or deleted.
    pub status: Status,
    /// Levels are split at dots.
    pub project: Option<String>,
    /// Words of one's own.
    pub tags: BTreeSet<String>,
    /// How much it matters.
    pub priority: Option<Priority>,
    /// When it is to be done.
    pub due: Option<When>,
    /// When work on it is to begin.
    pub scheduled: Option<When>,
    /// Until when it is out of sight.
    pub wait: Option<When>,
    /// When it expires.
    pub until: Option<When>,
    /// What is to remind of it.
    pub reminders: Vec<Reminder>,
    /// The series that it is an occurrence of.
    pub series: Option<Uuid>,
    /// The tasks that must be done before.
    pub depends_on: BTreeSet<Uuid>,
    /// Stamped lines, each at a microsecond of its own.
    pub annotations: BTreeMap<Timestamp, String>,
    /// Further fields by name, each a JSON text to the letter.
    pub attributes: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when it is being worked on.
    pub started_at: Option<Timestamp>,
    /// When it was done or deleted.
    pub ended_at: Option<Timestamp>,
}

/// What repeats: a rule and the task that it makes again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// For ever the same, within its space.
    pub id: Uuid,
    /// Raised by every change, from 1.
    pub version: i64,
    /// As it was written.
    pub rule: String,
    /// `Pending` while it goes on.
    pub status: Status,
    /// What an occurrence begins as. Its id is the series', it has no number.
    pub template: Task,
}

impl Task {
    /// Makes a pending task that has a title and nothing else.
    #[must_use]
    pub fn new(id: Uuid, title: String, now: Timestamp) -> Self {
        Self {
            id,
            number: None,
            version: 1,
            title,
            notes: None,
            status: Status::Pending,
            project: None,
            tags: BTreeSet::new(),
            priority: None,
            due: None,
            scheduled: None,
            wait: None,
            until: None,
            reminders: Vec::new(),
            series: None,
            depends_on: BTreeSet::new(),
            annotations: BTreeMap::new(),
            attributes: BTreeMap::new(),
            created_at: now,
            modified_at: now,
            started_at: None,
            ended_at: None,
        }
    }

    /// Marks it as done. Done again, it stays as it is.
    ///
    /// # Errors
    /// `wrong_state` when it was deleted.
    pub fn complete(&mut self, now: Timestamp) -> Result<()> {
        match self.status {
            Status::Completed => Ok(()),
            Status::Deleted => Err(self.wrong_state("is deleted", "reopen")),
            Status::Pending => {
                self.end(Status::Completed, now);
                Ok(())
            }
        }
    }

    /// Removes it from sight. What is completed can be deleted too.
    pub fn delete(&mut self, now: Timestamp) {
        if self.status != Status::Deleted {
            self.end(Status::Deleted, now);
        }
    }

    /// Takes it back among the pending.
    pub fn reopen(&mut self) {
        if self.status != Status::Pending {
            self.status = Status::Pending;
            self.ended_at = None;
        }
    }

    /// Says that work on it begins. Started again, it keeps its first start.
    ///
    /// # Errors
    /// `wrong_state` when it is not pending.
    pub fn start(&mut self, now: Timestamp) -> Result<()> {
        match self.status {
            Status::Pending => {
                self.started_at.get_or_insert(now);
                Ok(())
            }
            Status::Completed => Err(self.wrong_state("is completed", "reopen")),
            Status::Deleted => Err(self.wrong_state("is deleted", "reopen")),
        }
    }

    /// Says that work on it rests.
    pub fn stop(&mut self) {
        self.started_at = None;
    }

    /// Adds a stamped line. Two lines of one microsecond get one each.
    pub fn annotate(&mut self, mut at: Timestamp, text: String) {
        while self.annotations.contains_key(&at) {
            match at.checked_add(jiff::SignedDuration::from_micros(1)) {
                Ok(next) => at = next,
                Err(_) => break,
            }
        }
        self.annotations.insert(at, text);
    }

    fn end(&mut self, status: Status, now: Timestamp) {
        self.status = status;
        self.ended_at = Some(now);
        self.started_at = None;
    }

    fn wrong_state(&self, what: &str, verb: &str) -> Error {
        let name = self.number.map_or_else(|| self.id.to_string(), |number| number.to_string());
        Error::refused(ErrorCode::WrongState, format!("task `{name}` {what}"))
            .with_hint(format!("take it back first: {{nudge}} {verb} {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        Task::new(Uuid::from_u128(1), "a".into(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn ending_stops_the_work_and_reopening_forgets_the_end() {
        let now = Timestamp::from_second(10).expect("in range");
        let mut task = task();
        task.start(now).expect("pending");
        task.complete(now).expect("pending");
        assert_eq!((task.status, task.started_at, task.ended_at), (Status::Completed, None, Some(now)));
        task.reopen();
        assert_eq!((task.status, task.ended_at), (Status::Pending, None));
    }

    #[test]
    fn a_closed_task_is_neither_started_nor_a_deleted_one_completed() {
        let now = Timestamp::UNIX_EPOCH;
        let mut task = task();
        task.delete(now);
        assert_eq!(task.complete(now).expect_err("deleted").code(), ErrorCode::WrongState);
        assert_eq!(task.start(now).expect_err("deleted").code(), ErrorCode::WrongState);
        task.reopen();
        task.complete(now).expect("pending");
        assert_eq!(task.start(now).expect_err("completed").code(), ErrorCode::WrongState);
    }

    #[test]
    fn annotations_of_one_moment_are_all_kept() {
        let mut task = task();
        for text in ["a", "b", "c"] {
            task.annotate(Timestamp::UNIX_EPOCH, text.into());
        }
        assert_eq!(task.annotations.values().collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
