//! What the user service needs of a store. Every method is a whole unit of work: all of it happens or nothing.
//!
//! A [`Note`] is written with what it tells of, and where it names the session that asks, all of it is refused when
//! that no longer stands. A method that ends a session or a token, or changes what a [`Standing`] holds, returns only
//! when every later [`SessionStore::standing`] sees it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::email::Email;
use super::model::{
    AccessToken, Account, AccountSettings, AuditLine, LocalIdentity, Note, QuotaOverrides, Session, Standing,
};
use crate::api::auth::Scope;
use crate::daemon::error::Result;

/// What is made with a new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub account: Uuid,
    /// Its space's id.
    pub space: Uuid,
    /// Its zone.
    pub zone: String,
}

/// An email and the hash of a password.
#[derive(Clone)]
pub struct Credentials {
    /// The email.
    pub email: Email,
    /// The PHC string.
    pub hash: String,
}

/// A session that is to be begun by password.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id, which the refresh token names.
    pub id: Uuid,
    /// The account.
    pub account: Uuid,
    /// What the client calls itself.
    pub device: String,
    /// SHA-256 of the first refresh token.
    pub refresh_hash: [u8; 32],
    /// How many the account may have.
    pub limit: u64,
    /// The hash that the password was compared with, if it was: it must still be the account's.
    pub proved: Option<String>,
    /// The peer's key, which is known to the account from then on.
    pub peer: Option<String>,
}

/// A refresh token that was presented, and the one that follows it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The session that it names.
    pub session: Uuid,
    /// Which of the family it is.
    pub generation: u32,
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// SHA-256 of its successor.
    pub next_hash: [u8; 32],
    /// A session that was not used since then has ended.
    pub used_since: Timestamp,
    /// The peer's key: if the account knows it, it goes on knowing it.
    pub peer: Option<String>,
}

/// What became of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// It counts; its successor may be given out.
    Good(Standing),
    /// Its successor was used already: the session was ended.
    Replayed,
    /// No such session stands, or the token is not the one that counts.
    Unknown,
}

/// A personal access token that is to be kept.
#[derive(Debug, Clone)]
pub struct NewAccessToken {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// How many the account may have.
    pub limit: u64,
}

/// A password that is to be set.
#[derive(Clone)]
pub struct NewPassword {
    /// Its PHC string.
    pub hash: String,
    /// The hash that the present password was compared with, if it was: it must still be the account's.
    pub proved: Option<String>,
    /// What ends with it.
    pub ending: Ending,
}

/// What ends with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Sessions.
    Sessions,
    /// Sessions and personal access tokens.
    SessionsAndTokens,
}

/// What an administrator decides about an account, with the line of the audit trail that tells of it.
#[derive(Clone)]
pub enum Decision {
    /// Replaces the limits that it has of its own.
    Quotas(QuotaOverrides, Note),
    /// Decides whose a uid is: this account's under a login name, or no longer this account's.
    Local {
        /// Where the uid counts.
        realm: String,
        /// The uid.
        uid: u32,
        /// The login name; nothing takes the uid away.
        login: Option<String>,
        /// What is told of it.
        note: Note,
    },
    /// Disables it and ends its sessions, or enables it.
    Disabled(bool, Note),
    /// Sets a password, by its PHC string; every session and personal access token ends.
    Password(String, Note),
}

/// Keeps accounts.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Finds the account of a local identity, or makes it, with its space; finds or makes its session, so that
    /// one uid has one session however often it signs in and however many do at once. The note is written where a
    /// session is made.
    ///
    /// # Errors
    /// `forbidden` when the uid is known under another login name, or the account is disabled.
    async fn sign_in_local(
        &self,
        identity: LocalIdentity,
        new: NewAccount,
        device: String,
        note: Note,
    ) -> Result<Standing>;

    /// Begins a session by uid for an account whose sessions have just been ended.
    ///
    /// # Errors
    /// `unauthenticated` when the uid is no longer the account's.
    async fn begin_local_again(&self, account: Uuid, uid: u32, device: String, note: Note) -> Result<Standing>;

    /// Makes an account with an email and a password.
    ///
    /// # Errors
    /// `email_taken`.
    async fn add_account(&self, new: NewAccount, credentials: Credentials, note: Note) -> Result<()>;

    /// Gives an account its first email and password.
    ///
    /// # Errors
    /// `email_taken`; `wrong_state` when it has an email already.
    async fn set_credentials(&self, account: Uuid, credentials: Credentials, note: Note) -> Result<()>;

    /// Gives an account another email.
    ///
    /// # Errors
    /// `email_taken`; `wrong_state` when it has no password.
    async fn set_email(&self, account: Uuid, email: Email, note: Note) -> Result<()>;

    /// Gives an account another password, and ends what is to end with the old one.
    ///
    /// # Errors
    /// `wrong_state` when it has no email; `unauthenticated` when its password is another one meanwhile.
    async fn set_password(&self, account: Uuid, new: NewPassword, note: Note) -> Result<()>;

    /// Replaces the hash of the same password by a stronger one, if the password is still the same.
    async fn strengthen(&self, account: Uuid, old: String, new: String) -> Result<()>;

    /// Gives an account another zone. Its days begin and end in it once [`AccountStore::recount_days`] is done, and its
    /// reminders are told anew.
    async fn set_zone(&self, account: Uuid, zone: String, note: Note) -> Result<()>;

    /// Tells the days of about `limit` tasks of an account anew, after its zone was changed; says whether all are.
    async fn recount_days(&self, account: Uuid, limit: usize) -> Result<bool>;

    /// Returns the accounts whose days are not all told anew.
    async fn half_recounted(&self) -> Result<Vec<Uuid>>;

    /// Replaces an account's settings; its reminders are told anew.
    async fn set_settings(&self, account: Uuid, settings: AccountSettings, note: Note) -> Result<()>;

    /// Does what an administrator decided about an account, all of it or nothing, in this order.
    ///
    /// # Errors
    /// `not_found` when there is no such account; `invalid_value` when a uid is not its own; `wrong_state` to set the
    /// password of one without an email.
    async fn administer(&self, account: Uuid, decisions: Vec<Decision>) -> Result<()>;

    /// Returns an account that is not being deleted.
    async fn account(&self, id: Uuid) -> Result<Option<Account>>;

    /// Returns the account with this folded email.
    async fn account_of_email(&self, key: &str) -> Result<Option<Account>>;

    /// Returns at most `limit` accounts, the oldest first, those that come after one.
    async fn accounts(&self, after: Option<(Timestamp, Uuid)>, limit: usize) -> Result<Vec<Account>>;

    /// Begins to delete an account: from then on nobody signs in to it, and its email is free.
    async fn begin_deletion(&self, account: Uuid, note: Note) -> Result<()>;

    /// Deletes about `limit` rows of an account that is being deleted; says whether all is gone.
    async fn delete_some(&self, account: Uuid, limit: usize) -> Result<bool>;

    /// Returns the accounts whose deletion was begun.
    async fn half_deleted(&self) -> Result<Vec<Uuid>>;
}

/// Keeps sessions and personal access tokens.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Finds who a session stands for, if it was not ended and its account is not disabled.
    async fn standing(&self, session: Uuid) -> Result<Option<Standing>>;

    /// Finds who a personal access token stands for, by its hash, if the account is not disabled.
    async fn standing_of_token(&self, hash: [u8; 32]) -> Result<Option<Standing>>;

    /// Says whether a personal access token stands still, by its id.
    async fn token_stands(&self, token: Uuid) -> Result<bool>;

    /// Begins a session by password. Where the account has as many as it may, the one that was unused for longest
    /// makes way if that was more than a day.
    ///
    /// # Errors
    /// `quota_exceeded`; `unauthenticated` when the account was disabled or its password changed meanwhile.
    async fn begin_session(&self, new: NewSession, note: Note) -> Result<Standing>;

    /// Takes a refresh token: the one that counts, as often as it comes; or its successor, which counts from then on.
    /// One that was used up ends the session, and the note tells of it.
    async fn refresh(&self, presented: Presented, note: Note) -> Result<Refreshed>;

    /// Returns the sessions that stand, the one used last first.
    async fn sessions(&self, account: Uuid) -> Result<Vec<Session>>;

    /// Ends a session of an account; says whether there was one.
    async fn end_session(&self, account: Uuid, session: Uuid, note: Note) -> Result<bool>;

    /// Ends all sessions of an account; says how many.
    async fn end_sessions(&self, account: Uuid, note: Note) -> Result<u64>;

    /// Ends the sessions that were not used since a moment, and forgets those that ended before it.
    async fn expire_sessions(&self, before: Timestamp) -> Result<()>;

    /// Keeps a personal access token.
    ///
    /// # Errors
    /// `quota_exceeded`.
    async fn add_token(&self, account: Uuid, token: NewAccessToken, note: Note) -> Result<()>;

    /// Returns the personal access tokens of an account, the newest first.
    async fn tokens(&self, account: Uuid) -> Result<Vec<AccessToken>>;

    /// Revokes a personal access token of an account; says whether there was one.
    async fn revoke_token(&self, account: Uuid, token: Uuid, note: Note) -> Result<bool>;

    /// Revokes all personal access tokens of an account; says how many.
    async fn revoke_tokens(&self, account: Uuid, note: Note) -> Result<u64>;

    /// Notes when sessions and tokens were last used.
    async fn note_use(&self, used: Vec<(Uuid, Timestamp)>) -> Result<()>;
}

/// An attempt to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The account's key: of the email that was typed, whether it is known or not.
    pub email: String,
    /// The account, if there is one.
    pub account: Option<Uuid>,
    /// The peer's key.
    pub peer: String,
    /// When.
    pub at: Timestamp,
}

/// Counts failed sign-ins and keeps the audit trail.
#[async_trait]
pub trait GuardStore: Send + Sync + 'static {
    /// Counts an attempt as failed, before it is known to be; or says how long it has to wait, and counts nothing.
    /// So however many come at once, no more are tried than may be. A peer that the account has signed in from within
    /// 30 days is counted with that account alone, and waits neither for the account nor for the peer: strangers behind
    /// the same address keep nobody out who was there before.
    async fn begin_attempt(&self, attempt: Attempt) -> Result<Option<SignedDuration>>;

    /// Says how long an attempt would have to wait. Nothing is counted.
    async fn wait_of(&self, attempt: &Attempt) -> Result<Option<SignedDuration>>;

    /// Notes that the attempt has failed: the wait counts from now, and the account, if there is one, is told of it.
    /// It costs the same whether there is one or not.
    async fn attempt_failed(&self, attempt: Attempt, note: Note) -> Result<()>;

    /// Takes the count back, as the attempt has succeeded: the account's failures are forgotten, the peer's are one
    /// less, so that nobody clears a peer's by signing in to an account of their own.
    async fn attempt_succeeded(&self, attempt: Attempt, account: Uuid, now: Timestamp) -> Result<()>;

    /// Takes the count back, as it was never tried whether the password is right.
    async fn attempt_untried(&self, attempt: Attempt) -> Result<()>;

    /// Returns at most `limit` lines of an account's audit trail, the newest first, those before one.
    async fn audit(&self, account: Uuid, before: Option<Uuid>, limit: usize) -> Result<Vec<AuditLine>>;

    /// Forgets lines and failures that are older than a moment.
    async fn forget(&self, audit_before: Timestamp, failures_before: Timestamp) -> Result<()>;
}

/// All that the user service needs.
pub trait UserStore: AccountStore + SessionStore + GuardStore {}

impl<S: AccountStore + SessionStore + GuardStore> UserStore for S {}
