//! Signing up, signing in and going on with a refresh token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Granted, Users};
use crate::api::Sensitive;
use crate::api::auth::{LocalSignIn, Login, Refresh, SignUp, TokenAnswer};
use crate::api::error::ErrorCode;
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::email::Email;
use crate::daemon::users::hashing::Verdict;
use crate::daemon::users::model::{
    Account, Happening, LocalIdentity, Origin, Standing, email_taken, name, zone_or_utc,
};
use crate::daemon::users::password::{Password, check_new};
use crate::daemon::users::port::{Attempt, Credentials, NewAccount, NewSession, Presented, Refreshed};

impl Users {
    /// Signs a local identity in, making its account at the first time.
    ///
    /// # Errors
    /// `forbidden` when the uid belonged to another login name before; `limit_exceeded` for a device's name.
    pub async fn sign_in_local(
        &self,
        identity: LocalIdentity,
        request: LocalSignIn,
        origin: &Origin,
    ) -> Result<TokenAnswer> {
        let uid = identity.uid;
        let standing = self.stand_local(identity, request.zone.as_deref(), request.device, origin).await?;
        self.grant_local(standing, uid)
    }

    /// Gives the account of a local identity its email and password, making the account at the first time.
    ///
    /// # Errors
    /// `email_taken`; `wrong_state` when it has an email already; what is wrong with email or password; and as
    /// [`Users::sign_in_local`].
    pub async fn sign_up_local(
        &self,
        identity: LocalIdentity,
        request: SignUp,
        origin: &Origin,
    ) -> Result<TokenAnswer> {
        let uid = identity.uid;
        let (email, password) = checked(&request.email, &request.password)?;
        self.is_free(&email).await?;
        let standing = self.stand_local(identity, request.zone.as_deref(), request.device, origin).await?;
        if standing.email.is_some() {
            return Err(Error::refused(ErrorCode::WrongState, "your account has an email and a password already")
                .with_hint("change them: {nudge} account rename, {nudge} passwd"));
        }
        let shown = email.as_str().to_owned();
        let credentials = Credentials { hash: self.hashing.hash(&password).await?, email };
        let note = self.note(Happening::CredentialsSet, origin, Some(shown.clone()));
        self.store.set_credentials(standing.account, credentials, note).await?;
        self.grant_local(Standing { email: Some(shown), ..standing }, uid)
    }

    /// Makes an account for somebody on TCP, where that is allowed, and signs them in.
    ///
    /// # Errors
    /// `forbidden` where sign-up is closed; `email_taken`; what is wrong with email or password;
    /// `too_many_requests`, `unavailable`.
    pub async fn sign_up(&self, request: SignUp, origin: &Origin) -> Result<TokenAnswer> {
        if !self.policy.open_sign_up {
            return Err(Error::refused(ErrorCode::Forbidden, "this daemon takes no sign-ups from outside")
                .with_hint("an administrator adds accounts: {nudge} user add EMAIL"));
        }
        let (email, password) = checked(&request.email, &request.password)?;
        let device = device(request.device)?;
        // Accounts cost disk and hashing, and the answer tells whether an email is known.
        let key = format!("signup {}", origin.key);
        let attempt = Attempt { email: key.clone(), account: None, peer: key, at: self.clock.now() };
        self.begin(&attempt, "too many sign-ups came from where you are").await?;
        self.is_free(&email).await?;
        let new = new_account(request.zone.as_deref());
        let account = new.account;
        let hash = match self.hashing.hash(&password).await {
            Ok(hash) => hash,
            Err(error) => {
                self.store.attempt_untried(attempt).await?;
                return Err(error);
            }
        };
        let credentials = Credentials { hash: hash.clone(), email };
        let note = self.note(Happening::Created, origin, None);
        self.store.add_account(new, credentials, note).await?;
        tracing::info!(%account, "an account was made by sign-up");
        self.begin_session(account, Some(hash), device, origin).await
    }

    /// Signs in with email and password.
    ///
    /// # Errors
    /// `unauthenticated` for a wrong email or password, whichever it is; `forbidden` for a disabled account, told
    /// only to who knows the password; `too_many_requests` after failures; `unavailable` when too many sign in.
    pub async fn login(&self, request: Login, origin: &Origin) -> Result<TokenAnswer> {
        let email = Email::parse(&request.email)?;
        let password = Password::parse(request.password.expose().to_owned())?;
        let device = device(request.device)?;
        let account = self.store.account_of_email(email.key()).await?;
        let account = self.prove(&email, account, &password, origin).await?;
        if account.disabled_at.is_some() {
            return Err(Error::refused(ErrorCode::Forbidden, "the account is disabled")
                .with_hint("an administrator can enable it: {nudge} user enable EMAIL"));
        }
        self.begin_session(account.id, account.password_hash, device, origin).await
    }

    /// Goes on with a session by password: a new access token, and the refresh token to use next.
    ///
    /// # Errors
    /// `unauthenticated`, whatever is wrong with the token. One that was used up ends its session.
    pub async fn refresh(&self, request: &Refresh, origin: &Origin) -> Result<TokenAnswer> {
        let refused = || {
            Error::refused(ErrorCode::Unauthenticated, "the sign-in has ended")
                .with_hint("sign in again: {nudge} login")
        };
        let token = self.keys.refresh.read(request.refresh_token.expose()).ok_or_else(refused)?;
        let next = self.keys.refresh.successor(&token).ok_or_else(refused)?;
        let now = self.clock.now();
        let presented = Presented {
            session: token.session,
            generation: token.generation,
            hash: token.hash(),
            next_hash: next.hash(),
            used_since: now.saturating_sub(self.policy.idle).unwrap_or(Timestamp::MIN),
            peer: Some(origin.key.clone()),
        };
        let note = self.note(Happening::RefreshReplayed, origin, None);
        match self.store.refresh(presented, note).await? {
            Refreshed::Good(standing) => self.grant(standing, next.to_text(), now),
            Refreshed::Unknown => Err(refused()),
            Refreshed::Replayed => {
                tracing::warn!(session = %token.session, "a used-up refresh token came back; its session was ended");
                Err(Error::refused(
                    ErrorCode::Unauthenticated,
                    "this refresh token was used up; as it may have been stolen, the sign-in has ended",
                )
                .with_hint(
                    "sign in again: {nudge} login; if somebody may have copied your files, change the password: {nudge} passwd",
                ))
            }
        }
    }

    /// Ends the session of who asks.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, actor: &Actor, origin: &Origin) -> Result<()> {
        let note = self.note_of(actor, Happening::SessionEnded, origin, Some("signed out".to_owned()));
        self.store.end_session(actor.account, actor.session, note).await.map(drop)
    }

    /// Finds out whether a password is an account's, with a wait after failures; an account that is not there, or has
    /// no password, costs as much and is told as a wrong password.
    pub(super) async fn prove(
        &self,
        email: &Email,
        account: Option<Account>,
        password: &Password,
        origin: &Origin,
    ) -> Result<Account> {
        let attempt = Attempt {
            email: account_key(email),
            account: account.as_ref().map(|account| account.id),
            peer: origin.key.clone(),
            at: self.clock.now(),
        };
        self.begin(&attempt, "too many sign-ins have failed, or are being tried").await?;
        let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
        let verdict = match self.hashing.verify(password, stored).await {
            Ok(verdict) => verdict,
            Err(error) => {
                // Nothing was tried, so nothing has failed.
                self.store.attempt_untried(attempt).await?;
                return Err(error);
            }
        };
        let (Verdict::Right | Verdict::RightButWeak(_), Some(mut account)) = (&verdict, account) else {
            self.store.attempt_failed(attempt, self.note(Happening::SignInFailed, origin, None)).await?;
            return Err(Error::refused(ErrorCode::Unauthenticated, "email or password is wrong")
                .with_hint("case counts in passwords; an administrator can set a new one: {nudge} user reset EMAIL"));
        };
        self.store.attempt_succeeded(attempt, account.id, self.clock.now()).await?;
        if let (Verdict::RightButWeak(new), Some(old)) = (verdict, account.password_hash.clone()) {
            self.store.strengthen(account.id, old, new.clone()).await?;
            account.password_hash = Some(new);
        }
        Ok(account)
    }

    /// Counts an attempt, or says that it has to wait, and why.
    async fn begin(&self, attempt: &Attempt, why: &str) -> Result<()> {
        if let Err(error) = self.hashing.has_room() {
            // Who would be turned away is not counted and taken back: under load that costs two writes each.
            let wait = self.store.wait_of(attempt).await?;
            return Err(wait.map_or(error, |wait| has_to_wait(why, wait)));
        }
        self.store.begin_attempt(attempt.clone()).await?.map_or(Ok(()), |wait| Err(has_to_wait(why, wait)))
    }

    /// Refuses an email that belongs to an account, for a message before anything is hashed.
    pub(super) async fn is_free(&self, email: &Email) -> Result<()> {
        if self.store.account_of_email(email.key()).await?.is_some() { Err(email_taken()) } else { Ok(()) }
    }

    /// Begins a session by password, for who has proved the one with this hash.
    pub(super) async fn begin_session(
        &self,
        account: Uuid,
        proved: Option<String>,
        device: String,
        origin: &Origin,
    ) -> Result<TokenAnswer> {
        let id = Uuid::now_v7();
        let refresh = self.keys.refresh.first(id)?;
        let note = self.note(Happening::SignedIn, origin, Some(device.clone()));
        let limit = self.policy.quotas.sessions;
        let new = NewSession {
            id,
            account,
            device,
            refresh_hash: refresh.hash(),
            limit,
            proved,
            peer: Some(origin.key.clone()),
        };
        let standing = self.store.begin_session(new, note).await?;
        self.grant(standing, refresh.to_text(), self.clock.now())
    }

    async fn stand_local(
        &self,
        identity: LocalIdentity,
        zone: Option<&str>,
        device: Option<String>,
        origin: &Origin,
    ) -> Result<Standing> {
        let device = self::device(device)?;
        let note = self.note(Happening::SignedIn, origin, Some(device.clone()));
        self.store.sign_in_local(identity, new_account(zone), device, note).await
    }

    /// Signs a token for a session by uid.
    pub(super) fn grant_local(&self, standing: Standing, uid: u32) -> Result<TokenAnswer> {
        let access = self.keys.signer.sign(standing.account, standing.id, Some(uid), self.clock.now())?;
        let Standing { account, zone, email, .. } = standing;
        Ok(Granted { access, refresh: None, account, zone, email }.answer())
    }

    fn grant(&self, standing: Standing, refresh: impl AsRef<str>, now: Timestamp) -> Result<TokenAnswer> {
        let access = self.keys.signer.sign(standing.account, standing.id, None, now)?;
        let Standing { account, zone, email, .. } = standing;
        Ok(Granted { access, refresh: Some(refresh.as_ref().to_owned()), account, zone, email }.answer())
    }
}

/// Reads an email and a password that are to be kept.
pub(super) fn checked(email: &str, password: &Sensitive) -> Result<(Email, Password)> {
    let email = Email::parse(email)?;
    let password = Password::parse(password.expose().to_owned())?;
    check_new(&password, Some(email.as_str()))?;
    Ok((email, password))
}

/// Returns the name under which the failures of an account are counted, whether it is there or not. A hash, because
/// people type passwords where emails belong.
fn account_key(email: &Email) -> String {
    let hash = Sha256::digest(email.key());
    format!("email:{}", URL_SAFE_NO_PAD.encode(&hash[..16]))
}

pub(super) fn new_account(zone: Option<&str>) -> NewAccount {
    NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: zone_or_utc(zone).to_owned() }
}

fn device(device: Option<String>) -> Result<String> {
    device.map_or_else(|| Ok("nudge".to_owned()), |device| name("device", &device))
}

fn has_to_wait(why: &str, wait: SignedDuration) -> Error {
    Error::too_many(why, whole_seconds(wait))
}

/// Whole seconds, at least one: who waits for so long need not wait again.
fn whole_seconds(wait: SignedDuration) -> u64 {
    let whole = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    whole.max(1).unsigned_abs()
}
