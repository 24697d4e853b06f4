//! The one who acts when the time comes: takes events, fires reminders, sends deliveries.
//!
//! It takes no input but what is stored: a wake-up carries no data, so that there is one way for an event to be
//! seen, whether it was made a moment ago or before a crash.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::channels::Channel;
use super::model::schedule;
use super::port::NotificationStore;
use crate::daemon::clock::Clock;
use crate::daemon::error::Result;

/// How many events or reminders are one unit of work.
const BATCH: usize = 500;
/// How long a delivery may take before somebody else may try.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The clock may be set, and the machine may sleep, while we wait: look again at least this often. Only waiting for
/// a reminder needs it, so that an idle daemon does nothing at all.
const LOOK: Duration = Duration::from_secs(15);
/// After a failure of the store.
const RETRY: Duration = Duration::from_secs(5);

/// Takes events, fires reminders and sends deliveries.
pub struct Dispatcher {
    store: Arc<dyn NotificationStore>,
    clock: Arc<dyn Clock>,
    channels: Vec<Box<dyn Channel>>,
    kinds: &'static [&'static str],
    /// Names this process in leases.
    holder: String,
    /// Rung after every commit.
    wake: Arc<Notify>,
}

impl Dispatcher {
    /// Sets it up. `kinds` are the channels that every reminder goes to, and `channels` those that can send.
    #[must_use]
    pub fn new(
        store: Arc<dyn NotificationStore>,
        clock: Arc<dyn Clock>,
        channels: Vec<Box<dyn Channel>>,
        kinds: &'static [&'static str],
        wake: Arc<Notify>,
    ) -> Self {
        let holder = format!("{}", uuid::Uuid::now_v7());
        Self { store, clock, channels, kinds, holder, wake }
    }

    /// Works until told to stop. Finishes what it has in hand.
    pub async fn run(self, stop: CancellationToken) {
        if let Err(error) = self.store.release(&self.holder).await {
            tracing::error!(error = &error as &dyn std::error::Error, "leases of a dead daemon could not be released");
        }
        while !stop.is_cancelled() {
            // Before looking, so that what comes while we look wakes us.
            let woken = self.wake.notified();
            let pause = match self.run_until_idle().await {
                Ok(()) => self.pause().await,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "reminders are delayed");
                    Some(RETRY)
                }
            };
            let sleep = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = woken => (),
                () = sleep => (),
                () = stop.cancelled() => (),
            }
        }
    }

    /// Does all that is to be done now.
    ///
    /// # Errors
    /// When the store fails; what was done stays done.
    pub async fn run_until_idle(&self) -> Result<()> {
        self.take_events().await?;
        while self.store.fire(self.clock.now(), self.kinds, BATCH).await? >= BATCH {}
        self.deliver().await
    }

    async fn take_events(&self) -> Result<()> {
        while let Some(untaken) = self.store.untaken(BATCH).await? {
            let schedules = untaken.facts.iter().map(schedule).collect();
            self.store.take(&untaken, schedules).await?;
        }
        Ok(())
    }

    async fn deliver(&self) -> Result<()> {
        loop {
            let now = self.clock.now();
            let until = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
            let claimed = self.store.claim(&self.holder, now, until, BATCH).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let mut done = Vec::with_capacity(claimed.len());
            for delivery in &claimed {
                if let Some(channel) = self.channels.iter().find(|channel| channel.kind() == delivery.channel) {
                    channel.deliver(delivery).await;
                }
                done.push(delivery.id);
            }
            self.store.settle(&self.holder, done, self.clock.now()).await?;
        }
    }

    /// Returns how long nothing will be to do; nothing means until somebody wakes us.
    async fn pause(&self) -> Option<Duration> {
        match self.next().await {
            Ok(None) => None,
            Ok(Some(at)) => {
                let wait = at.duration_since(self.clock.now());
                Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LOOK))
            }
            Err(_) => Some(RETRY),
        }
    }

    async fn next(&self) -> Result<Option<Timestamp>> {
        let (reminder, delivery) = (self.store.next_reminder().await?, self.store.next_delivery().await?);
        Ok(reminder.into_iter().chain(delivery).min())
    }
}
