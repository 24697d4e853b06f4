//! The inbox, for the one whose it is.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::model::Notification;
use super::port::NotificationStore;
use crate::daemon::actor::Actor;
use crate::daemon::clock::Clock;
use crate::daemon::error::{Error, Result};

/// A place in the inbox: when a notification fired, and its id.
pub type Place = (Timestamp, Uuid);
/// Notifications, and the place of the last one if there are more.
pub type Inbox = (Vec<Notification>, Option<Place>);

/// The notification service, as requests see it.
#[derive(Clone)]
pub struct Notifications {
    store: Arc<dyn NotificationStore>,
    clock: Arc<dyn Clock>,
}

impl Notifications {
    /// Sets the service up.
    #[must_use]
    pub fn new(store: Arc<dyn NotificationStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Returns the newest notifications older than `before`, and where the next page begins, if there is one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn inbox(&self, actor: &Actor, unread: bool, before: Option<Place>, limit: usize) -> Result<Inbox> {
        // One more than asked for tells whether there is a next page.
        let mut inbox = self.store.inbox(actor.space, unread, before, limit.saturating_add(1)).await?;
        let is_more = inbox.len() > limit;
        inbox.truncate(limit);
        let next = inbox.last().filter(|_| is_more).map(|last| (last.fired_at, last.id));
        Ok((inbox, next))
    }

    /// Returns how many are unread, and the newest of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unread(&self, actor: &Actor) -> Result<Option<(u64, Uuid)>> {
        self.store.unread(actor.space).await
    }

    /// Marks one notification as read, or `all` of them; returns how many were unread.
    ///
    /// # Errors
    /// `not_found`; `invalid_value` for what is no id.
    pub async fn mark_read(&self, actor: &Actor, id: &str) -> Result<u64> {
        let one = match id {
            "all" => None,
            id => Some(id.parse().map_err(|_| Error::invalid("id", format!("`{id}` is no id of a notification")))?),
        };
        let read = self.store.mark_read(actor.space, one, self.clock.now()).await?;
        read.ok_or_else(|| Error::not_found("notification", id))
    }

    /// Returns the moment of the next reminder of anybody.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_reminder(&self) -> Result<Option<Timestamp>> {
        self.store.next_reminder().await
    }
}
