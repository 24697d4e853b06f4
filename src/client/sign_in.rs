//! Signing in: the token at hand, the stored one, or a fresh one on the strength of one's own uid.

use hyper::StatusCode;
use jiff::Timestamp;

use crate::api::auth::{LocalSignIn, TokenAnswer};
use crate::api::paths;

use super::exchange::{Call, good, read};
use super::link::{Answer, Sink};
use super::token::Token;
use super::{Client, ClientError, Result};

impl Client {
    /// Makes a call with the token at hand, and once more with a fresh one if the daemon no longer takes it.
    pub(super) async fn authorized(&mut self, call: &Call, sink: &mut Sink<'_>) -> Result<Answer> {
        let token = self.token().await?;
        let answer = self.send(call, Some(&token), sink).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = self.sign_in().await?;
        self.send(call, Some(&token), sink).await
    }

    /// Returns the token at hand, the stored one, or a fresh one.
    pub(super) async fn token(&mut self) -> Result<String> {
        let now = now();
        if !self.token.as_ref().is_some_and(|token| token.is_good(now)) {
            self.token = Token::load(&self.config, now);
        }
        match &self.token {
            Some(token) => Ok(token.bearer.clone()),
            None => self.sign_in().await,
        }
    }

    /// Asks for a fresh token on the strength of one's own uid, and stores it. The daemon is asked first which
    /// database it keeps: here, so that it costs one question in a quarter of an hour and not one a command.
    pub(super) async fn sign_in(&mut self) -> Result<String> {
        self.check_database().await?;
        let mut asked = LocalSignIn { zone: self.config.system_zone.clone(), device: Some(self.config.device.clone()) };
        let answer = match self.ask_for_token(&asked).await {
            // The machine's zone may be one that the daemon does not know; that must not lock anybody out.
            Err(ClientError::Problem(problem)) if asked.zone.is_some() && problem.field.as_deref() == Some("zone") => {
                asked.zone = None;
                self.ask_for_token(&asked).await?
            }
            answer => answer?,
        };
        let token = Token::new(&self.config, answer, now());
        if let Err(error) = token.store(&self.config) {
            self.notices.push(error.message);
        }
        Ok(self.token.insert(token).bearer.clone())
    }

    async fn ask_for_token(&mut self, asked: &LocalSignIn) -> Result<TokenAnswer> {
        // Two sign-ins are as good as one.
        let call = Call::post(paths::AUTH_LOCAL, asked)?.repeatable();
        read(&good(self.send(&call, None, &mut Sink::default()).await?)?)
    }
}

/// The only clock of a command, which asks it nothing but whether its token has ended.
#[expect(clippy::disallowed_methods, reason = "a command has no clock that could be passed in")]
fn now() -> Timestamp {
    Timestamp::now()
}
