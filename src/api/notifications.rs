//! The inbox on the wire.

use serde::{Deserialize, Serialize};

/// One notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotificationView {
    /// The notification's id, the same on every channel and every try.
    pub id: uuid::Uuid,
    /// What it tells of: `reminder`.
    pub kind: String,
    /// The task, if it still exists.
    pub task: Option<uuid::Uuid>,
    /// The task's number, if it has one.
    pub number: Option<i64>,
    /// The task's title when the notification was made.
    pub title: String,
    /// The task's date then: a day or an RFC 9557 moment.
    pub due: Option<String>,
    /// The moment it was set for, in UTC.
    pub at: jiff::Timestamp,
    /// When it was made, in UTC. Later than `at` by more than seconds when the daemon was down.
    pub fired_at: jiff::Timestamp,
    /// When it was read, in UTC.
    pub read_at: Option<jiff::Timestamp>,
}

/// A page of the inbox, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NotificationList {
    /// The notifications.
    pub items: Vec<NotificationView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// How many notifications a call marked as read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadAnswer {
    /// The number of those that were unread before.
    pub read: u64,
}
