//! What the user service needs of a store. Every method is a whole unit of work.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::model::{LocalIdentity, Session};
use crate::daemon::error::Result;

/// What is made when an identity signs in for the first time.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub account: Uuid,
    /// Its space's id.
    pub space: Uuid,
    /// Its zone.
    pub zone: String,
}

/// Keeps accounts and sessions.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Finds the account of a local identity, or makes it, with its space; finds or makes its session, so that
    /// one uid has one session however often it signs in and however many do at once.
    ///
    /// # Errors
    /// `forbidden` when the uid is known under another login name, or the account is disabled.
    async fn sign_in_local(
        &self,
        identity: LocalIdentity,
        new: NewAccount,
        device: String,
        now: Timestamp,
    ) -> Result<Session>;

    /// Finds a session that still stands, of an account that is not disabled.
    async fn session(&self, id: Uuid) -> Result<Option<Session>>;
}
