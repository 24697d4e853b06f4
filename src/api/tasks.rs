//! Tasks on the wire. Days are `2026-11-27`, moments RFC 9557; beside each stands `…_at` in plain UTC.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where a task is in its life. Waiting, blocked, overdue and the like are derived from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Still to be done.
    Pending,
    /// Done.
    Completed,
    /// Removed by a person; kept, so that it can be reopened and undone.
    Deleted,
}

impl Status {
    /// Returns the word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Deleted => "deleted",
        }
    }
}

/// How much a task matters. The order is the order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// `L`
    Low,
    /// `M`
    Medium,
    /// `H`
    High,
}

impl Priority {
    /// Returns the word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskView {
    /// For ever the same.
    pub id: Uuid,
    /// Short to type and never given to another task. Absent for what was imported closed.
    #[schema(required = true, minimum = 1, example = 12)]
    pub number: Option<i64>,
    /// Raised by every change; what `If-Match` compares.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// One line, exactly as typed.
    #[schema(example = "Pay rent")]
    pub title: String,
    /// Markdown.
    #[schema(required = true)]
    pub notes: Option<String>,
    /// Pending, completed or deleted.
    pub status: Status,
    /// Levels are split at dots.
    #[schema(required = true, example = "home.flat")]
    pub project: Option<String>,
    /// In the order of their bytes.
    #[schema(example = json!(["home"]))]
    pub tags: Vec<String>,
    /// How much it matters.
    #[schema(required = true)]
    pub priority: Option<Priority>,
    /// When it is to be done: a day or a moment.
    #[schema(required = true, example = "2026-12-01")]
    pub due: Option<String>,
    /// The start of the due day, or the moment.
    #[schema(required = true, example = "2026-11-30T23:00:00Z")]
    pub due_at: Option<Timestamp>,
    /// When work on it is to begin.
    #[schema(required = true)]
    pub scheduled: Option<String>,
    /// The same in UTC.
    #[schema(required = true)]
    pub scheduled_at: Option<Timestamp>,
    /// Until when it is out of sight.
    #[schema(required = true)]
    pub wait: Option<String>,
    /// The same in UTC.
    #[schema(required = true)]
    pub wait_at: Option<Timestamp>,
    /// When it expires.
    #[schema(required = true)]
    pub until: Option<String>,
    /// The same in UTC.
    #[schema(required = true)]
    pub until_at: Option<Timestamp>,
    /// As set: `due-1d`, `due 09:00` or a moment.
    #[schema(example = json!(["due-1d"]))]
    pub reminders: Vec<String>,
    /// The moments these come to, in the same order; absent while the date they count from is.
    pub reminders_at: Vec<Option<Timestamp>>,
    /// The series that it is an occurrence of.
    #[schema(required = true)]
    pub series: Option<SeriesRef>,
    /// The tasks that must be done before.
    #[schema(example = json!([]))]
    pub depends_on: Vec<Uuid>,
    /// In the order of their moments.
    pub annotations: Vec<AnnotationView>,
    /// Fields of one's own, and what came with an import; each value as it came.
    #[schema(value_type = Object)]
    pub attributes: BTreeMap<String, Box<RawValue>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Since when it is being worked on.
    #[schema(required = true)]
    pub started_at: Option<Timestamp>,
    /// When it was done.
    #[schema(required = true)]
    pub completed_at: Option<Timestamp>,
    /// When it was deleted.
    #[schema(required = true)]
    pub deleted_at: Option<Timestamp>,
}

/// The series of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeriesRef {
    /// The series.
    pub id: Uuid,
    /// Its rule, as it was written.
    #[schema(example = "monthly")]
    pub rule: String,
}

/// A stamped line under a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnnotationView {
    /// When it was written.
    pub at: Timestamp,
    /// The line.
    #[schema(example = "The landlord has a new account")]
    pub text: String,
}

/// A page of tasks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskList {
    /// The tasks, in the order that was asked for.
    pub items: Vec<TaskView>,
    /// The cursor of the next page; absent on the last one.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// How many tasks a filter fits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct CountAnswer {
    /// The number.
    #[schema(example = 17)]
    pub count: u64,
}

/// What one operation did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeAnswer {
    /// The operation, for `undo`. Absent when everything already was as asked.
    #[schema(required = true)]
    pub operation: Option<Uuid>,
    /// The tasks as they are now, changed or not, in the order in which they were named.
    pub items: Vec<TaskView>,
}

/// What an undo did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UndoAnswer {
    /// The new operation.
    pub operation: Uuid,
    /// The one that it took back.
    pub undone: Uuid,
    /// What that one was: `add`, `modify`, `complete`, `import`, …
    #[schema(example = "complete")]
    pub kind: String,
    /// When that one was made.
    pub at: Timestamp,
    /// How many tasks and series it touched.
    #[schema(example = 1)]
    pub touched: u64,
    /// The tasks as they are now, at most 100 of them; those that went away are not among them.
    pub items: Vec<TaskView>,
    /// Titles of tasks that went away, because their creation was undone; at most 100.
    #[schema(example = json!([]))]
    pub removed: Vec<String>,
}

/// The body of `POST undo`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// The operation; without it the account's newest by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Uuid>,
}

/// Fields of a new task or of a change: either what a person typed, or typed members, not both.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskInput {
    /// What was typed, one argument each; the daemon parses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<String>>,
    /// Arguments after `--`: title, verbatim. Goes with `words`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub literal: Vec<String>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4096, example = "Pay rent")]
    pub title: Option<String>,
    /// Markdown; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 262_144)]
    pub notes: Option<Option<String>>,
    /// The project; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1024, example = "home.flat")]
    pub project: Option<Option<String>>,
    /// The priority; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Priority>)]
    pub priority: Option<Option<Priority>>,
    /// A date expression; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2026-12-01")]
    pub due: Option<Option<String>>,
    /// A date expression; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub scheduled: Option<Option<String>>,
    /// A date expression; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub wait: Option<Option<String>>,
    /// A date expression; `null` clears.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Option<String>>,
    /// All tags; those not named go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Tags to add to those that are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags_add: Vec<String>,
    /// Tags to take away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags_remove: Vec<String>,
    /// All reminders, as expressions; those not named go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<String>>,
    /// All dependencies, as numbers or ids; those not named go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// Dependencies to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on_add: Vec<String>,
    /// Dependencies to take away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on_remove: Vec<String>,
}

/// Tells a member that is `null` (clear) from one that is not there (leave).
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What to do with each task of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = "complete")]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Changes fields, by `change`.
    Modify,
    /// Marks as done.
    Complete,
    /// Takes a completed or deleted task back among the pending.
    Reopen,
    /// Removes from sight; reopening or an undo brings it back.
    Delete,
    /// Says that work on it begins.
    Start,
    /// Says that work on it rests.
    Stop,
    /// Adds the line in `text`.
    Annotate,
}

/// The body of `POST tasks/batch`: all of it is done or nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// What to do.
    pub action: Action,
    /// The tasks, each by number, range (`3-5`), id or short id. One that does not exist fails the whole.
    #[schema(min_items = 1, max_items = 1000, example = json!(["3", "5-7"]))]
    pub tasks: Vec<String>,
    /// For `modify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<TaskInput>,
    /// For `annotate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The body of `POST tasks/{id}/annotations`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnnotation {
    /// One line.
    #[schema(min_length = 1, max_length = 16_384, example = "The landlord has a new account")]
    pub text: String,
}
