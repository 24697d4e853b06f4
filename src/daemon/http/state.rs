//! What handlers are given. Handed over by the composition root.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use axum::extract::FromRef;
use jiff::Timestamp;
use tokio_util::task::TaskTracker;

use super::guard::Fences;
use crate::api::daemon::DaemonInfo;
use crate::daemon::error::Result;
use crate::daemon::notifications::Notifications;
use crate::daemon::tasks::Tasks;
use crate::daemon::users::Users;

/// The process that serves, as far as requests may ask for it.
#[async_trait]
pub trait Machine: Send + Sync + 'static {
    /// Says whether the store answers.
    async fn is_ready(&self) -> bool;
    /// Returns what the daemon says of itself; `active` requests are being answered.
    async fn info(&self, active: usize) -> DaemonInfo;
    /// Begins to stop: no new connections, the requests in hand are finished.
    fn stop(&self);
    /// Returns the uid that the daemon runs as.
    fn uid(&self) -> u32;
    /// Returns the login name of a uid, as the system knows it now. May ask a directory over the network.
    ///
    /// # Errors
    /// `unavailable` when that does not answer: then it is not a user without a name.
    fn login_name(&self, uid: u32) -> Result<Option<String>>;
    /// Returns the uid that stands for those the kernel can't tell.
    fn overflow_uid(&self) -> u32;
    /// Says whether a uid is an administrator's now. May ask a directory over the network.
    ///
    /// # Errors
    /// `unavailable` when that does not answer.
    fn is_administrator(&self, uid: u32) -> Result<bool>;
    /// Signs access tokens with a new key from now on; returns its id and until when the old one's tokens count.
    async fn rotate_key(&self, revoke_old: bool) -> Result<(String, Timestamp)>;
    /// Returns where uids count: an id that lies beside the database.
    fn realm(&self) -> String;
    /// Returns version and build, such as `0.1.0+1795441200`.
    fn version(&self) -> String;
}

/// What every handler may take a part of.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The task service.
    pub tasks: Tasks,
    /// The user service.
    pub users: Users,
    /// The notification service.
    pub notifications: Notifications,
    /// The process.
    pub machine: Arc<dyn Machine>,
    /// What every request has to pass.
    pub fences: Arc<Fences>,
    /// How many requests are being answered.
    pub active: Arc<AtomicUsize>,
    /// Work that goes on when its request was given up; waited for when the daemon stops.
    pub background: TaskTracker,
}
