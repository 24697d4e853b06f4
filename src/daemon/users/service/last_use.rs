//! When sessions and tokens were last used, gathered in memory: a read must cost no write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

/// How long uses are gathered before they are stored together.
const GATHER: Duration = Duration::from_mins(1);
/// More than this is not gathered: the next that comes is stored with the next round.
const MOST: usize = 100_000;

/// The uses that were not stored yet.
#[derive(Clone, Default)]
pub(super) struct LastUse(Arc<Inner>);

#[derive(Default)]
struct Inner {
    used: Mutex<HashMap<Uuid, Timestamp>>,
    first: Notify,
}

impl LastUse {
    /// Notes a use.
    pub(super) fn note(&self, id: Uuid, at: Timestamp) {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.is_empty() {
            self.0.first.notify_one();
        }
        if used.len() < MOST {
            used.insert(id, at);
        }
    }

    /// Waits until there is something to store, and for more of it. Costs nothing while nobody asks anything.
    pub(super) async fn gathered(&self) {
        self.0.first.notified().await;
        tokio::time::sleep(GATHER).await;
    }

    /// Takes what there is.
    pub(super) fn take(&self) -> Vec<(Uuid, Timestamp)> {
        std::mem::take(&mut *self.0.used.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}
