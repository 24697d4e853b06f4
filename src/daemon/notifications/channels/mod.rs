//! Where notifications go. One file a channel; a channel gets values and never the store.
//!
//! The inbox is no channel here: a notification is in it by being stored.

mod log;

use async_trait::async_trait;

use super::model::Delivery;

pub use log::Log;

/// Tells somebody something.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// Returns the kind, as deliveries name it.
    fn kind(&self) -> &'static str;

    /// Tells one notification. It may be told twice, then with the same id.
    async fn deliver(&self, delivery: &Delivery);
}
