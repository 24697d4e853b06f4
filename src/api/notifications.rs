//! The inbox on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One notification.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NotificationView {
    /// The notification's id, the same on every channel and every try.
    pub id: uuid::Uuid,
    /// What it tells of: `reminder`.
    #[schema(example = "reminder")]
    pub kind: String,
    /// The task, if it still exists.
    #[schema(required = true)]
    pub task: Option<uuid::Uuid>,
    /// The task's number, if it has one.
    #[schema(required = true, example = 12)]
    pub number: Option<i64>,
    /// The task's title when the notification was made.
    #[schema(example = "Pay rent")]
    pub title: String,
    /// The task's date then: a day or an RFC 9557 moment.
    #[schema(required = true, example = "2026-12-01")]
    pub due: Option<String>,
    /// The moment it was set for, in UTC.
    pub at: jiff::Timestamp,
    /// When it was made, in UTC. Later than `at` by more than seconds when the daemon was down.
    pub fired_at: jiff::Timestamp,
    /// When it was read, in UTC.
    #[schema(required = true)]
    pub read_at: Option<jiff::Timestamp>,
}

/// A page of the inbox, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NotificationList {
    /// The notifications.
    pub items: Vec<NotificationView>,
    /// The cursor of the next page.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// How many notifications a call marked as read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReadAnswer {
    /// The number of those that were unread before.
    #[schema(example = 2)]
    pub read: u64,
}
