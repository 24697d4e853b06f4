//! The log channel: one structured line in the daemon's log. The title is left out: logs are read by others.

use async_trait::async_trait;

use super::Channel;
use crate::daemon::notifications::model::Delivery;

/// Tells by a line in the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Log;

#[async_trait]
impl Channel for Log {
    fn kind(&self) -> &'static str {
        "log"
    }

    async fn deliver(&self, delivery: &Delivery) {
        let notification = &delivery.notification;
        tracing::info!(
            target: "nudge::reminder",
            notification = %notification.id,
            task = %notification.task,
            number = notification.number,
            at = %notification.at,
            late_seconds = notification.fired_at.duration_since(notification.at).as_secs(),
            attempt = delivery.attempt,
            "reminder"
        );
    }
}
