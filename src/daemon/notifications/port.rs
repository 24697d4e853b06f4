//! What the notification service needs of a store. Every method is a whole unit of work.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::model::{Delivery, Notification, Schedule, TaskFacts};
use crate::daemon::actor::SpaceId;
use crate::daemon::error::Result;

/// Events of one space that were not taken yet, as facts about the tasks they touched.
#[derive(Debug, Clone)]
pub struct Untaken {
    /// The space.
    pub space: SpaceId,
    /// Everything before this was taken.
    pub from_seq: i64,
    /// With these facts everything up to here is.
    pub to_seq: i64,
    /// Zone or settings of the account changed then: the facts are of all its tasks with reminders.
    pub stale_since: Option<Timestamp>,
    /// One for each task, the latest event deciding.
    pub facts: Vec<TaskFacts>,
}

/// Keeps reminders, the inbox and deliveries.
#[async_trait]
pub trait NotificationStore: Send + Sync + 'static {
    /// Returns events that were not taken yet, of one space, about `limit` of them.
    async fn untaken(&self, limit: usize) -> Result<Option<Untaken>>;

    /// Stores what taken events ask for and marks them as taken, both or neither; nothing if somebody else took
    /// them meanwhile. A moment that has fired for a task does not fire again.
    async fn take(&self, untaken: &Untaken, schedules: Vec<Schedule>) -> Result<()>;

    /// Returns the moment of the next reminder.
    async fn next_reminder(&self) -> Result<Option<Timestamp>>;

    /// Returns the moment at which the next delivery may be claimed: it is due, or a lease of it ends.
    async fn next_delivery(&self) -> Result<Option<Timestamp>>;

    /// Makes notifications, with a delivery for each of `channels`, of at most `limit` reminders whose moment has
    /// come, and marks these as fired. Returns how many. A reminder of a task that is no longer pending is cancelled.
    async fn fire(&self, now: Timestamp, channels: &'static [&'static str], limit: usize) -> Result<usize>;

    /// Leases deliveries whose time has come to a holder, the earliest first.
    async fn claim(&self, holder: &str, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<Delivery>>;

    /// Marks deliveries as done, if the holder still has them.
    async fn settle(&self, holder: &str, done: Vec<Uuid>, now: Timestamp) -> Result<()>;

    /// Gives back what dead holders had leased: all but `holder`, of this machine.
    async fn release(&self, holder: &str) -> Result<usize>;

    /// Returns at most `limit` notifications, newest first: those older than `before`, a moment of firing and an id.
    async fn inbox(
        &self,
        space: SpaceId,
        unread: bool,
        before: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<Vec<Notification>>;

    /// Returns how many are unread, and the newest.
    async fn unread(&self, space: SpaceId) -> Result<Option<(u64, Uuid)>>;

    /// Marks one as read, or all of them; returns how many were unread, or nothing if there is no such one.
    async fn mark_read(&self, space: SpaceId, id: Option<Uuid>, now: Timestamp) -> Result<Option<u64>>;
}
