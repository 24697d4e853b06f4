//! One method a route. How a request gets there and back is `exchange`'s.

use std::fmt::Write as _;
use std::io::Write;
use std::rc::Rc;

use crate::api::import::ImportAnswer;
use crate::api::notifications::{NotificationList, ReadAnswer};
use crate::api::paths;
use crate::api::tasks::{
    BatchRequest, ChangeAnswer, CountAnswer, TaskInput, TaskList, TaskView, UndoAnswer, UndoRequest,
};

use super::exchange::{Call, read};
use super::payload::{Lines, Payload, Progress, Records, Trace};
use super::{Client, Result};

/// How many tasks are asked for at once when all are wanted: one answer for most people, of a size that is bounded.
const LARGEST_PAGE: usize = 10_000;

/// Which tasks to list.
#[derive(Debug, Clone, Default)]
pub struct TaskQuery {
    /// What was typed; empty for every task.
    pub filter: String,
    /// How many at most; without it one large page, and the cursor of the next if there are more.
    pub limit: Option<usize>,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// Every method fails as [`ClientError`](super::ClientError) says; the first one to be called may start the daemon.
impl Client {
    /// Adds a task.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached.
    pub async fn add_task(&mut self, input: &TaskInput) -> Result<TaskView> {
        self.call(Call::post(paths::TASKS, input)?).await
    }

    /// Lists a page of tasks.
    ///
    /// # Errors
    /// When the daemon refuses the filter or can't be reached.
    pub async fn tasks(&mut self, query: &TaskQuery) -> Result<TaskList> {
        let limit = query.limit.unwrap_or(LARGEST_PAGE).to_string();
        let parameters =
            [("filter", filter(&query.filter)), ("limit", Some(limit.as_str())), ("cursor", query.cursor.as_deref())];
        self.call(Call::get(with_query(paths::TASKS, &parameters))).await
    }

    /// Counts the tasks that a filter fits.
    ///
    /// # Errors
    /// When the daemon refuses the filter or can't be reached.
    pub async fn count(&mut self, typed: &str) -> Result<u64> {
        let target = with_query(paths::TASKS_COUNT, &[("filter", filter(typed))]);
        Ok(self.call::<CountAnswer>(Call::get(target)).await?.count)
    }

    /// Returns one task, by number or id.
    ///
    /// # Errors
    /// When there is none, or the daemon can't be reached.
    pub async fn task(&mut self, id: &str) -> Result<TaskView> {
        self.call(Call::get(paths::with_id(paths::TASK, id))).await
    }

    /// Does one thing to many tasks, or nothing.
    ///
    /// # Errors
    /// When a task does not exist or is not in a state for it, or the daemon can't be reached.
    pub async fn batch(&mut self, request: &BatchRequest) -> Result<ChangeAnswer> {
        self.call(Call::post(paths::TASKS_BATCH, request)?).await
    }

    /// Takes an operation back.
    ///
    /// # Errors
    /// When a later change is in the way, there is nothing to undo, or the daemon can't be reached.
    pub async fn undo(&mut self, request: &UndoRequest) -> Result<UndoAnswer> {
        self.call(Call::post(paths::UNDO, request)?).await
    }

    /// Lists the newest notifications.
    ///
    /// # Errors
    /// When the daemon can't be reached.
    pub async fn notifications(&mut self, unread: bool, limit: usize) -> Result<NotificationList> {
        let limit = limit.to_string();
        let parameters = [("unread", unread.then_some("true")), ("limit", Some(limit.as_str()))];
        self.call(Call::get(with_query(paths::NOTIFICATIONS, &parameters))).await
    }

    /// Marks a notification as read, or every one for `all`, and returns how many were unread.
    ///
    /// # Errors
    /// When there is none with this id, or the daemon can't be reached.
    pub async fn mark_read(&mut self, id: &str) -> Result<u64> {
        let call = Call::post_empty(paths::with_id(paths::NOTIFICATION_READ, id));
        Ok(self.call::<ReadAnswer>(call).await?.read)
    }

    /// Sends records at the pace at which the daemon takes them; `progress` hears how many have gone so far.
    ///
    /// # Errors
    /// When a record can't be read here, the daemon refuses the whole, or the connection breaks.
    pub async fn import(&mut self, format: &str, records: Records, progress: Progress) -> Result<ImportAnswer> {
        // Records can't be sent twice. A fresh token makes sure that they need not be.
        self.renew().await?;
        let trace = Trace::new();
        let payload = Payload::Lines(Lines::new(records, progress, Rc::clone(&trace)));
        read(&self.upload(&with_query(paths::IMPORT, &[("format", Some(format))]), payload, &trace).await?)
    }

    /// Writes the tasks that a filter fits to `out`, one record a line, as they come.
    ///
    /// # Errors
    /// When the daemon refuses the filter, `out` can't be written to, or the connection breaks.
    pub async fn export(&mut self, format: &str, typed: &str, out: &mut dyn Write) -> Result<()> {
        let target = with_query(paths::EXPORT, &[("format", Some(format)), ("filter", filter(typed))]);
        self.stream(&Call::get(target), out).await
    }
}

/// No filter at all and an empty one mean the same; the shorter one is sent.
fn filter(typed: &str) -> Option<&str> {
    Some(typed).filter(|typed| !typed.is_empty())
}

/// Puts the parameters that have a value behind a path.
pub(super) fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut target = path.to_owned();
    for (name, value) in parameters {
        if let Some(value) = value {
            let mark = if target.contains('?') { '&' } else { '?' };
            // Writing to a text can't fail.
            let _ = write!(target, "{mark}{name}={}", paths::escape(value));
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parameters_with_a_value_are_sent_and_they_are_escaped() {
        let parameters = [("filter", filter("")), ("limit", Some("25")), ("cursor", Some("a&b=c"))];
        assert_eq!(with_query("/v1/tasks", &parameters), "/v1/tasks?limit=25&cursor=a%26b%3Dc");
        assert_eq!(with_query("/v1/tasks", &[]), "/v1/tasks");
    }
}
