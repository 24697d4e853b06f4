//! One's own account: seeing it, changing it, deleting it, and what happened to it.

use uuid::Uuid;

use super::door::known_zone;
use super::{Users, unauthenticated};
use crate::api::Sensitive;
use crate::api::account::{Deletion, LocalView, Me, MeChange, Settings, SettingsChange};
use crate::api::auth::{PasswordChange, TokenAnswer};
use crate::api::error::ErrorCode;
use crate::daemon::actor::{Actor, Via};
use crate::daemon::error::{Error, Result};
use crate::daemon::users::email::Email;
use crate::daemon::users::model::{Account, AuditLine, Happening, Origin, Standing, email_taken, time_of_day};
use crate::daemon::users::password::{Password, check_new};
use crate::daemon::users::port::{Ending, NewPassword};

impl Users {
    /// Returns the account of who asks.
    ///
    /// # Errors
    /// `unauthenticated` when it is gone.
    pub async fn me(&self, actor: &Actor) -> Result<Me> {
        let account = self.own(actor.account).await?;
        Ok(self.view(&account))
    }

    /// Changes email or zone of the account of who asks.
    ///
    /// # Errors
    /// `email_taken`, `invalid_value`; `forbidden` for a wrong password, `too_many_requests` after several.
    pub async fn change_me(&self, actor: &Actor, change: MeChange, origin: &Origin) -> Result<Me> {
        let account = self.own(actor.account).await?;
        let zone = change.zone.as_deref().map(known_zone).transpose()?;
        let zone = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
        if let Some(email) = change.email.as_deref().map(Email::parse).transpose()? {
            self.confirm(actor, &account, change.password.as_ref(), origin).await?;
            if self.store.account_of_email(email.key()).await?.is_some_and(|other| other.id != account.id) {
                return Err(email_taken());
            }
            let note = self.note_of(actor, Happening::EmailChanged, origin, Some(email.as_str().to_owned()));
            self.store.set_email(account.id, email, note).await?;
        }
        if let Some(zone) = zone.filter(|zone| *zone != account.zone) {
            let note = self.note_of(actor, Happening::ZoneChanged, origin, Some(zone.clone()));
            self.store.set_zone(account.id, zone, note).await?;
            self.finish_recount(account.id).await?;
        }
        self.me(actor).await
    }

    /// Deletes the account of who asks. From the first step on nobody signs in to it; what it has goes in slices, and
    /// what a crash leaves of it at the next start.
    ///
    /// # Errors
    /// `invalid_value` when another account is named; `forbidden` for a wrong password.
    pub async fn delete_me(&self, actor: &Actor, request: Deletion, origin: &Origin) -> Result<()> {
        let account = self.own(actor.account).await?;
        if request.account != account.id {
            return Err(Error::invalid("account", "to be deleted, the account must be named by its own id"));
        }
        self.confirm(actor, &account, request.password.as_ref(), origin).await?;
        let note = self.note_of(actor, Happening::Deleted, origin, None);
        self.store.begin_deletion(account.id, note).await?;
        tracing::info!(account = %account.id, "an account is deleted");
        self.finish_deletion(account.id).await
    }

    /// Returns the settings of who asks.
    ///
    /// # Errors
    /// `unauthenticated` when the account is gone.
    pub async fn settings(&self, actor: &Actor) -> Result<Settings> {
        let account = self.own(actor.account).await?;
        Ok(Settings { remind_time: account.settings.remind_time().strftime("%H:%M").to_string() })
    }

    /// Changes settings of who asks.
    ///
    /// # Errors
    /// `invalid_value`.
    pub async fn change_settings(&self, actor: &Actor, change: SettingsChange, origin: &Origin) -> Result<Settings> {
        let account = self.own(actor.account).await?;
        let mut settings = account.settings.clone();
        if let Some(time) = change.remind_time {
            settings.remind_time = time.map(|text| time_of_day("remind_time", &text)).transpose()?;
        }
        if settings != account.settings {
            let about = format!("remind_time {}", settings.remind_time().strftime("%H:%M"));
            let note = self.note_of(actor, Happening::SettingsChanged, origin, Some(about));
            self.store.set_settings(account.id, settings, note).await?;
        }
        self.settings(actor).await
    }

    /// Sets a new password: every session and token ends, and who asked goes on with a new session of their kind.
    /// `uid` is the peer's.
    ///
    /// # Errors
    /// What is wrong with the new password; `forbidden` for a wrong present one; `wrong_state` without email.
    pub async fn change_password(
        &self,
        actor: &Actor,
        change: PasswordChange,
        uid: Option<u32>,
        origin: &Origin,
    ) -> Result<TokenAnswer> {
        let account = self.own(actor.account).await?;
        if account.email.is_none() {
            return Err(Error::refused(ErrorCode::WrongState, "this account has no email and no password yet")
                .with_hint("give it both: {nudge} signup"));
        }
        let new = Password::parse(change.new.expose().to_owned())?;
        check_new(&new, account.email.as_deref())?;
        let proved = self.confirm(actor, &account, change.current.as_ref(), origin).await?;
        let device = self.device_of(actor).await?;
        let ending = if change.keep_tokens { Ending::Sessions } else { Ending::SessionsAndTokens };
        let hash = self.hashing.hash(&new).await?;
        let note = self.note_of(actor, Happening::PasswordChanged, origin, None);
        let new = NewPassword { hash: hash.clone(), proved, ending };
        self.store.set_password(account.id, new, note).await?;
        match (&actor.via, uid) {
            (Via::Local, Some(uid)) => self.local_again(&account, uid, device, origin).await,
            _ => self.begin_session(account.id, Some(hash), device, origin).await,
        }
    }

    /// Returns lines of the audit trail of who asks, the newest first, those before one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit(&self, actor: &Actor, before: Option<Uuid>, limit: usize) -> Result<Vec<AuditLine>> {
        self.store.audit(actor.account, before, limit).await
    }

    /// Shows an account to its owner.
    fn view(&self, account: &Account) -> Me {
        Me {
            id: account.id,
            email: account.email.clone(),
            has_password: account.password_hash.is_some(),
            zone: account.zone.clone(),
            local: account.local.iter().map(|(uid, login)| LocalView { uid: *uid, login: login.clone() }).collect(),
            created_at: account.created_at,
            quotas: self.quotas(account),
        }
    }

    /// Asks for the present password before what a stolen token must not be enough for, and returns the hash that it
    /// was compared with. Who is signed in by uid needs none: whoever has that uid could sign in anew.
    async fn confirm(
        &self,
        actor: &Actor,
        account: &Account,
        password: Option<&Sensitive>,
        origin: &Origin,
    ) -> Result<Option<String>> {
        if actor.via == Via::Local {
            return Ok(None);
        }
        let Some(password) = password else {
            return Err(Error::invalid("password", "this needs the present password"));
        };
        let email = account.email.as_deref().map(Email::parse).transpose()?.ok_or_else(unauthenticated)?;
        let password = Password::parse(password.expose().to_owned())?;
        let proved = self.prove(&email, Some(account.clone()), &password, origin).await;
        proved.map(|account| account.password_hash).map_err(|error| match error.code() {
            // The token counts; it is the password that is wrong, and the client must not sign in anew for that.
            ErrorCode::Unauthenticated => Error::refused(ErrorCode::Forbidden, "the password is wrong"),
            _ => error,
        })
    }

    async fn device_of(&self, actor: &Actor) -> Result<String> {
        let sessions = self.store.sessions(actor.account).await?;
        let own = sessions.into_iter().find(|session| session.id == actor.session);
        Ok(own.map_or_else(|| "nudge".to_owned(), |session| session.device))
    }

    /// Begins a session by uid for who just had one.
    async fn local_again(&self, account: &Account, uid: u32, device: String, origin: &Origin) -> Result<TokenAnswer> {
        let note = self.note(Happening::SignedIn, origin, Some(device.clone()));
        let standing: Standing = self.store.begin_local_again(account.id, uid, device, note).await?;
        self.grant_local(standing, uid)
    }
}
