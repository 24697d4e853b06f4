//! What administrators do with accounts. They see limits and what is counted, and nothing of what is in an account.

use jiff::Timestamp;
use uuid::Uuid;

use super::Users;
use super::door::known_zone;
use super::sign_in::new_account;
use crate::api::Sensitive;
use crate::api::account::LocalView;
use crate::api::error::ErrorCode;
use crate::api::users::{LocalDecision, NewUser, QuotaChange, UserAnswer, UserChange, UserView};
use crate::daemon::actor::Administrator;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::email::Email;
use crate::daemon::users::model::{Account, Happening, Note, Origin, QuotaOverrides};
use crate::daemon::users::password::{self, Password, check_new};
use crate::daemon::users::port::{Credentials, Decision};

impl Users {
    /// Lists accounts, the oldest first, those after one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn users(
        &self,
        _: Administrator,
        after: Option<(Timestamp, Uuid)>,
        limit: usize,
    ) -> Result<Vec<UserView>> {
        self.store_uses().await;
        let accounts = self.store.accounts(after, limit).await?;
        Ok(accounts.iter().map(|account| self.user(account)).collect())
    }

    /// Adds an account with an email and a password.
    ///
    /// # Errors
    /// `email_taken`; what is wrong with email, password or zone.
    pub async fn add_user(&self, by: Administrator, request: NewUser) -> Result<UserAnswer> {
        let email = Email::parse(&request.email)?;
        let zone = request.zone.as_deref().map(known_zone).transpose()?;
        let (password, made_up) = chosen(request.password.as_ref(), email.as_str())?;
        self.is_free(&email).await?;
        let new = new_account(zone.as_ref().and_then(|zone| zone.iana_name()));
        let account = new.account;
        let credentials = Credentials { hash: self.hashing.hash(&password).await?, email };
        self.store.add_account(new, credentials, self.note_by(by, Happening::Created, None)).await?;
        self.answer(account, made_up).await
    }

    /// Changes an account, named by its id or its email.
    ///
    /// # Errors
    /// `not_found`; `wrong_state` to reset an account without an email; what is wrong with a password.
    pub async fn change_user(
        &self,
        by: Administrator,
        id: &str,
        realm: String,
        change: UserChange,
    ) -> Result<UserAnswer> {
        let account = self.named(id).await?;
        if change.quotas.as_ref().is_some_and(|quotas| quotas.sessions == Some(Some(0))) {
            return Err(Error::invalid("sessions", "an account may have one session at least")
                .with_hint("to keep somebody out: {nudge} user disable USER"));
        }
        let new = match (change.reset, &change.password) {
            (false, None) => None,
            (false, Some(_)) => return Err(Error::invalid("password", "a password is set with `reset`")),
            (true, given) => {
                let Some(email) = account.email.as_deref() else {
                    return Err(Error::refused(ErrorCode::WrongState, "the account has no email, so no password")
                        .with_hint("who owns it gives it both: {nudge} signup"));
                };
                Some(chosen(given.as_ref(), email)?)
            }
        };
        let mut decisions = Vec::new();
        if let Some(quotas) = &change.quotas {
            let note = self.note_by(by, Happening::QuotasChanged, None);
            decisions.push(Decision::Quotas(overrides(account.quotas, quotas), note));
        }
        if let Some(LocalDecision { uid, login }) = change.local {
            if login.as_deref().is_some_and(|login| login.is_empty() || login.len() > 256) {
                return Err(Error::invalid("login", "a login name has 1 to 256 bytes"));
            }
            let about = Some(format!("uid {uid}, {}", login.as_deref().unwrap_or("forgotten")));
            let note = self.note_by(by, Happening::LocalDecided, about);
            decisions.push(Decision::Local { realm, uid, login, note });
        }
        if let Some(disabled) = change.disabled {
            let what = if disabled { Happening::Disabled } else { Happening::Enabled };
            decisions.push(Decision::Disabled(disabled, self.note_by(by, what, None)));
        }
        let mut made_up = None;
        if let Some((password, made)) = new {
            let hash = self.hashing.hash(&password).await?;
            decisions.push(Decision::Password(hash, self.note_by(by, Happening::PasswordReset, None)));
            made_up = made;
        }
        if !decisions.is_empty() {
            self.store.administer(account.id, decisions).await?;
        }
        self.answer(account.id, made_up).await
    }

    async fn named(&self, id: &str) -> Result<Account> {
        let found = match (Uuid::parse_str(id), Email::parse(id)) {
            (Ok(id), _) => self.store.account(id).await?,
            (_, Ok(email)) => self.store.account_of_email(email.key()).await?,
            _ => None,
        };
        found.ok_or_else(|| Error::not_found("user", id))
    }

    async fn answer(&self, account: Uuid, password: Option<Sensitive>) -> Result<UserAnswer> {
        let account = self.store.account(account).await?;
        let account = account.ok_or_else(|| Error::not_found("user", "that was just changed"))?;
        Ok(UserAnswer { user: self.user(&account), password })
    }

    fn user(&self, account: &Account) -> UserView {
        UserView {
            id: account.id,
            email: account.email.clone(),
            local: account.local.iter().map(|(uid, login)| LocalView { uid: *uid, login: login.clone() }).collect(),
            created_at: account.created_at,
            last_used_at: account.last_used_at,
            disabled_at: account.disabled_at,
            quotas: self.quotas(account),
        }
    }

    fn note_by(&self, by: Administrator, what: Happening, about: Option<String>) -> Note {
        let uid = format!("uid {}", by.uid);
        let origin = Origin { key: uid.clone(), shown: uid };
        Note { by_administrator: true, ..self.note(what, &origin, about) }
    }
}

/// The password that was given, or one that is made up.
fn chosen(given: Option<&Sensitive>, email: &str) -> Result<(Password, Option<Sensitive>)> {
    if let Some(given) = given {
        let password = Password::parse(given.expose().to_owned())?;
        check_new(&password, Some(email))?;
        return Ok((password, None));
    }
    let made = password::make_up()?;
    Ok((Password::parse(made.expose().to_owned())?, Some(made)))
}

fn overrides(now: QuotaOverrides, change: &QuotaChange) -> QuotaOverrides {
    let choose = |now, change: Option<Option<u32>>| change.map_or(now, |limit| limit.map(u64::from));
    QuotaOverrides {
        tasks: choose(now.tasks, change.tasks),
        tokens: choose(now.tokens, change.tokens),
        sessions: choose(now.sessions, change.sessions),
    }
}
