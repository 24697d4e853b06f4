//! Renewing a sign-in by password: one command at a time exchanges the refresh token, and the others use what it got.
//!
//! The daemon gives the same successor for a refresh token until that successor is used itself. So a command that
//! ends between the daemon's answer and storing it does no harm: the next one asks with the same token again.

use std::fs::{File, TryLockError};
use std::time::Duration;

use crate::api::auth::{Refresh, TokenAnswer};
use crate::api::{ErrorCode, Sensitive, paths};
use crate::config::{ConfigError, Profiles, private};

use super::exchange::Call;
use super::sign_in::now;
use super::token::Token;
use super::{Client, ClientError, Result, wait};

/// How long to wait for another command that renews the same sign-in.
const OTHERS: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

impl Client {
    /// Returns an access token that is not `refused`: one that another command has got meanwhile, or a fresh one.
    pub(super) async fn refresh(&mut self, refused: Option<&Sensitive>) -> Result<Sensitive> {
        // Held until this ends.
        let _lock = self.lock_tokens().await?;
        let stored = Token::load(&self.config, now());
        let is_refused = |token: &Token| refused.is_some_and(|refused| refused.expose() == token.bearer.expose());
        if let Some(token) = stored.filter(|token| !is_refused(token)) {
            return Ok(self.token.insert(token).bearer.clone());
        }
        self.look_again()?;
        self.may_sign_in()?;
        let Some(store) = self.config.profile.store else {
            return Err(self.ended());
        };
        let secrets = self.secrets();
        let Some(refresh_token) = secrets.read(store).await? else {
            return Err(self.ended());
        };
        self.check_database().await?;
        // Asked twice with the same token, the daemon answers the same.
        let call = Call::post(paths::AUTH_REFRESH, &Refresh { refresh_token })?.repeatable();
        let answer: TokenAnswer = match self.unsigned(call).await {
            // Its words stay: it may know that the token was used by somebody else.
            Err(ClientError::Problem(problem)) if problem.code == ErrorCode::Unauthenticated => {
                self.forget_locked().await;
                return Err(ClientError::unauthenticated(problem.detail, self.login_hint()));
            }
            answer => answer?,
        };
        // Before the access token is used or seen by others: it is what the next command can't do without. Where it
        // can't be stored, the one before still counts.
        if let Some(next) = &answer.refresh_token
            && let Err(error) = secrets.write(store, next).await
        {
            self.notices.push(error.to_string());
        }
        Ok(self.keep(&answer).bearer.clone())
    }

    /// Takes the lock of the profile's tokens; it is let go of when the file is dropped.
    pub(super) async fn lock_tokens(&self) -> Result<File> {
        let path = self.config.paths.token_lock(&self.config.profile.name);
        self.config.paths.create()?;
        let opened = path.parent().map_or(Ok(()), private::folder).and_then(|()| private::append(&path));
        let file = opened.map_err(|error| {
            ConfigError::folder(
                format!("can't lock `{}`: {error}", path.display()),
                "see to the permissions of that folder",
            )
        })?;
        let locked = wait::until(OTHERS, STEP, async || match file.try_lock() {
            Ok(()) => Ok(Some(())),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        });
        match locked.await? {
            Some(()) => Ok(file),
            None => Err(ClientError::TimedOut {
                message: format!("another command has been renewing your sign-in for more than {} s", OTHERS.as_secs()),
                hint: Some(format!("see who holds `{}`", path.display())),
            }),
        }
    }

    /// Looks whether another command has signed in or out since this one began.
    fn look_again(&mut self) -> Result<()> {
        let all = Profiles::load(&self.config.paths)?;
        if let Some(recorded) = all.profiles.get(&self.config.profile.name) {
            self.config.profile.store = recorded.store;
            self.config.profile.signed_out = recorded.signed_out;
        }
        Ok(())
    }

    /// Forgets the profile's tokens, wherever they are kept. What can't be removed is told.
    pub(super) async fn forget(&mut self) {
        // Who is renewing them would put them back. Whoever holds the lock for too long does not keep them, though.
        let _lock = self.lock_tokens().await;
        self.forget_locked().await;
    }

    async fn forget_locked(&mut self) {
        self.token = None;
        if let Err(error) = Token::remove(&self.config) {
            self.notices.push(format!("the access token can't be removed: {error}"));
        }
        if let Some(store) = self.config.profile.store
            && let Err(error) = self.secrets().remove(store).await
        {
            self.notices.push(format!("the refresh token was not removed: {error}"));
        }
    }

    fn ended(&self) -> ClientError {
        ClientError::unauthenticated("your sign-in has ended", self.login_hint())
    }
}
