//! Signing in for a call: the token that was given, the one at hand, the stored one, or a fresh one in the way that
//! the profile says.

use hyper::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::api::auth::{LocalSignIn, TokenAnswer};
use crate::api::{ErrorCode, Problem, Sensitive, paths};
use crate::config::profiles::{Profile, Way};

use super::exchange::{Call, good, read};
use super::link::{Answer, Sink};
use super::store::Secrets;
use super::token::{Token, origin};
use super::{Client, ClientError, Result};

impl Client {
    /// Makes a call with the token at hand, and once more with a fresh one if the daemon no longer takes it.
    pub(super) async fn authorized(&mut self, call: &Call, sink: &mut Sink<'_>) -> Result<Answer> {
        if call.is_anonymous() {
            return self.send(call, None, sink).await;
        }
        let token = self.token().await?;
        let answer = self.send(call, Some(token.expose()), sink).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = self.another(&token).await?;
        self.send(call, Some(token.expose()), sink).await
    }

    /// Makes a call without a token and reads the answer.
    pub(super) async fn unsigned<T: DeserializeOwned>(&mut self, call: Call) -> Result<T> {
        read(&good(self.send(&call, None, &mut Sink::default()).await?)?)
    }

    /// Returns the token that was given, the one at hand, the stored one, or a fresh one.
    pub(super) async fn token(&mut self) -> Result<Sensitive> {
        if let Some(given) = self.given()? {
            return Ok(given.token.clone());
        }
        self.may_sign_in()?;
        let now = now();
        if !self.token.as_ref().is_some_and(|token| token.is_good(now)) {
            self.token = Token::load(&self.config, now);
        }
        match (&self.token, self.config.profile.way) {
            (Some(token), _) => Ok(token.bearer.clone()),
            (None, Way::Uid) => self.sign_in().await,
            (None, Way::Password) => self.refresh(None).await,
        }
    }

    /// Makes sure, as far as one can, that the daemon takes the next token: for what can't be sent twice.
    pub(super) async fn renew(&mut self) -> Result<()> {
        if self.given()?.is_some() {
            return Ok(());
        }
        self.may_sign_in()?;
        let known = self.token.take().or_else(|| Token::load(&self.config, now()));
        match self.config.profile.way {
            Way::Uid => self.sign_in().await.map(drop),
            Way::Password => self.refresh(known.as_ref().map(|token| &token.bearer)).await.map(drop),
        }
    }

    /// Returns a token in place of one that the daemon does not take.
    async fn another(&mut self, refused: &Sensitive) -> Result<Sensitive> {
        match (&self.given, self.config.profile.way) {
            (Some(given), _) => Err(given.refused()),
            (None, Way::Uid) => self.sign_in().await,
            (None, Way::Password) => self.refresh(Some(refused)).await,
        }
    }

    /// Refuses who has signed out, and who was never signed in at a server, without asking anybody.
    pub(super) fn may_sign_in(&self) -> Result<()> {
        let profile = &self.config.profile;
        if profile.signed_out {
            return Err(ClientError::unauthenticated("you are signed out", self.login_hint()));
        }
        let recorded = profile.store.is_some() || profile.way == Way::Uid && self.config.server.is_none();
        if recorded {
            return Ok(());
        }
        Err(ClientError::unauthenticated(
            format!("you are not signed in at `{}`", origin(&self.config)),
            self.login_hint(),
        ))
    }

    /// Says how to sign in to the daemon that is meant.
    pub(super) fn login_hint(&self) -> String {
        let profile = &self.config.profile;
        let recorded = profile.store.is_some() || profile.signed_out;
        match &profile.server {
            _ if profile.name == Profile::local().name => "sign in: `{nudge} login`".to_owned(),
            Some(server) if !recorded => format!("sign in: `{{nudge}} login --server {server}`"),
            _ => format!("sign in: `{{nudge}} login --profile {}`", profile.name),
        }
    }

    /// Asks for a fresh token on the strength of one's own uid, and stores it. The daemon is asked first which
    /// database it keeps: here, so that it costs one question in a quarter of an hour and not one a command.
    pub(super) async fn sign_in(&mut self) -> Result<Sensitive> {
        let answer = self.ask_by_uid().await?;
        Ok(self.keep(&answer).bearer.clone())
    }

    /// Asks for a fresh token on the strength of one's own uid.
    pub(super) async fn ask_by_uid(&mut self) -> Result<TokenAnswer> {
        self.check_database().await?;
        let zone = self.config.system_zone.clone();
        let mut asked = LocalSignIn { zone, device: Some(self.config.device.clone()) };
        // Two sign-ins are as good as one.
        let call = |asked: &LocalSignIn| Ok::<_, ClientError>(Call::post(paths::AUTH_LOCAL, asked)?.repeatable());
        match self.unsigned(call(&asked)?).await {
            Err(ClientError::Problem(problem)) if asked.zone.is_some() && is_about_zone(&problem) => {
                asked.zone = None;
                self.unsigned(call(&asked)?).await
            }
            answer => answer,
        }
    }

    /// Keeps an access token for this command and the next. That it can't be stored is told, and stops nobody.
    pub(super) fn keep(&mut self, answer: &TokenAnswer) -> &Token {
        let token = Token::new(&self.config, answer, now());
        if let Err(error) = token.store(&self.config) {
            self.notices.push(error.message);
        }
        self.token.insert(token)
    }

    /// Returns where the profile's refresh token is kept.
    pub(super) fn secrets(&self) -> Secrets {
        let name = &self.config.profile.name;
        Secrets::new(self.keyring.clone(), self.config.paths.refresh(name), name, origin(&self.config))
    }
}

/// Tells whether a sign-in was refused for the machine's zone. The daemon may not know it; that must not lock
/// anybody out.
pub(super) fn is_about_zone(problem: &Problem) -> bool {
    problem.field.as_deref() == Some("zone")
}

/// Tells whether the daemon said that nobody is signed in with what it was shown.
pub(super) fn is_unauthenticated(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::Unauthenticated)
}

/// The only clock of a command, which asks it nothing but whether its token has ended.
#[expect(clippy::disallowed_methods, reason = "a command has no clock that could be passed in")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
