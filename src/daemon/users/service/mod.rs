//! What may be done with accounts, sessions and tokens, and in which order: check, guard, hash, store.
//!
//! Signing in (`sign_in`), telling who asks (`door`), one's own account (`account`), its sessions and tokens
//! (`sessions`), and what administrators do (`admin`). No SQL, no HTTP.

mod account;
mod admin;
mod door;
mod last_use;
mod sessions;
mod sign_in;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hashing::Hashing;
use super::model::{Account, Happening, Note, Origin, QuotaDefaults};
use super::port::UserStore;
use super::refresh::RefreshKey;
use super::token::{LIFETIME, Signer};
use crate::api::Sensitive;
use crate::api::account::{Quota, Quotas};
use crate::api::auth::TokenAnswer;
use crate::api::error::ErrorCode;
use crate::daemon::actor::Actor;
use crate::daemon::clock::Clock;
use crate::daemon::error::{Error, Result};
use last_use::LastUse;

/// How many rows of an account go, or are told anew, at once: others write between the slices.
const SLICE: usize = 200;
/// How often what is old is forgotten.
const HOUSEKEEPING: std::time::Duration = std::time::Duration::from_hours(1);
/// Failed sign-ins are forgotten after this.
const FAILURES_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What the daemon's settings say about accounts.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whether anybody may sign up over TCP.
    pub open_sign_up: bool,
    /// Limits of accounts that have none of their own.
    pub quotas: QuotaDefaults,
    /// A session that was not used for so long has ended.
    pub idle: SignedDuration,
    /// How long lines of the audit trail are kept.
    pub audit_kept: SignedDuration,
}

/// The keys that tokens are made with.
#[derive(Clone)]
pub struct Keys {
    /// Access tokens.
    pub signer: Signer,
    /// Refresh tokens.
    pub refresh: Arc<RefreshKey>,
}

/// The user service.
#[derive(Clone)]
pub struct Users {
    store: Arc<dyn UserStore>,
    clock: Arc<dyn Clock>,
    keys: Keys,
    hashing: Hashing,
    policy: Arc<Policy>,
    used: LastUse,
}

impl Users {
    /// Sets the service up.
    #[must_use]
    pub fn new(store: Arc<dyn UserStore>, clock: Arc<dyn Clock>, keys: Keys, hashing: Hashing, policy: Policy) -> Self {
        Self { store, clock, keys, hashing, policy: Arc::new(policy), used: LastUse::default() }
    }

    /// Signs with a new key from now on, and returns its id. Tokens of the old one count until then.
    ///
    /// # Errors
    /// `internal` when it is no key.
    pub fn rotate_key(&self, key: &[u8], old_until: Timestamp) -> Result<String> {
        self.keys.signer.rotate(key, old_until)?;
        Ok(self.keys.signer.key_id())
    }

    /// Keeps what is told of last uses, and forgets what is old, until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.housekeeping().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "old sessions could not be forgotten");
            }
            let hour = tokio::time::sleep(HOUSEKEEPING);
            tokio::pin!(hour);
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = hour.as_mut() => break,
                    () = self.used.gathered() => self.store_uses().await,
                }
            }
        }
        self.store_uses().await;
    }

    async fn store_uses(&self) {
        let used = self.used.take();
        if !used.is_empty()
            && let Err(error) = self.store.note_use(used).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "when sessions were used could not be stored");
        }
    }

    /// Ends sessions that nobody uses, and forgets failures and audit lines that are old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn housekeeping(&self) -> Result<()> {
        let now = self.clock.now();
        let before = |span| now.saturating_sub(span).unwrap_or(Timestamp::MIN);
        // What was begun and broke off, as when the store failed for a moment.
        self.finish_deletions().await?;
        self.finish_recounts().await?;
        self.store.expire_sessions(before(self.policy.idle)).await?;
        self.store.forget(before(self.policy.audit_kept), before(FAILURES_KEPT)).await
    }

    /// Goes on with deletions that were begun, and returns how many.
    ///
    /// # Errors
    /// When the store fails; what is left goes at the next start.
    pub async fn finish_deletions(&self) -> Result<usize> {
        let accounts = self.store.half_deleted().await?;
        for account in &accounts {
            self.finish_deletion(*account).await?;
        }
        Ok(accounts.len())
    }

    /// Goes on with telling days anew that was begun, and returns for how many accounts.
    ///
    /// # Errors
    /// When the store fails; what is left is done at the next start.
    pub async fn finish_recounts(&self) -> Result<usize> {
        let accounts = self.store.half_recounted().await?;
        for account in &accounts {
            self.finish_recount(*account).await?;
        }
        Ok(accounts.len())
    }

    /// Tells the days of an account anew, slice by slice.
    ///
    /// # Errors
    /// When the store fails; what is left is done at the next start.
    pub async fn finish_recount(&self, account: Uuid) -> Result<()> {
        while !self.store.recount_days(account, SLICE).await? {}
        Ok(())
    }

    /// Deletes what an account has left, slice by slice.
    ///
    /// # Errors
    /// When the store fails; what is left goes at the next start.
    pub async fn finish_deletion(&self, account: Uuid) -> Result<()> {
        while !self.store.delete_some(account, SLICE).await? {}
        Ok(())
    }

    /// Tells of something that nobody who is signed in asked for.
    fn note(&self, what: Happening, origin: &Origin, about: Option<String>) -> Note {
        let peer = Some(origin.shown.clone());
        Note { at: self.clock.now(), what, peer, about, by_administrator: false, by: None }
    }

    /// Tells of what a session asked for, which must still stand when it is done.
    fn note_of(&self, actor: &Actor, what: Happening, origin: &Origin, about: Option<String>) -> Note {
        Note { by: Some(actor.session), ..self.note(what, origin, about) }
    }

    /// Returns the account of who asks, who was let in a moment ago.
    async fn own(&self, account: Uuid) -> Result<Account> {
        self.store.account(account).await?.ok_or_else(unauthenticated)
    }

    fn quotas(&self, account: &Account) -> Quotas {
        let (own, given, used) = (account.quotas, self.policy.quotas, account.usage);
        let quota = |used, own: Option<u64>, given| Quota { used, limit: own.unwrap_or(given) };
        Quotas {
            tasks: quota(used.tasks, own.tasks, given.tasks),
            tokens: quota(used.tokens, own.tokens, given.tokens),
            sessions: quota(used.sessions, own.sessions, given.sessions),
        }
    }
}

/// What a token answer is made of, besides the token.
struct Granted {
    access: String,
    refresh: Option<String>,
    account: Uuid,
    zone: String,
    email: Option<String>,
}

impl Granted {
    fn answer(self) -> TokenAnswer {
        TokenAnswer {
            access_token: Sensitive::new(self.access),
            token_type: "Bearer".to_owned(),
            expires_in: LIFETIME.as_secs().unsigned_abs(),
            refresh_token: self.refresh.map(Sensitive::new),
            account: self.account,
            zone: self.zone,
            email: self.email,
        }
    }
}

fn unauthenticated() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "the token is missing or no longer counts")
        .with_hint("sign in: {nudge} login")
}
