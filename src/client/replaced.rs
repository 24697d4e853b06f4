//! The session that a new sign-in takes the place of: nobody holds its tokens any more, so it is ended.
//!
//! It knows nothing of how one signs in. Whatever goes wrong here is nobody's concern: the new sign-in counts.

use std::time::Duration;

use tokio::time::timeout;

use crate::api::auth::{Refresh, TokenAnswer};
use crate::api::{Sensitive, paths};
use crate::config::profiles::Way;

use super::Client;
use super::exchange::{Call, good};
use super::link::Sink;
use super::sign_in::now;
use super::token::Token;

/// How long the end of a session may keep whoever has signed in again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is left of a session by password.
pub(super) enum Replaced {
    /// Its access token, which still counts.
    Access(Sensitive),
    /// Its refresh token.
    Refresh(Sensitive),
}

impl Client {
    /// Returns what the profile's session can be ended with, if it has one by password.
    pub(super) async fn standing(&self) -> Option<Replaced> {
        let profile = &self.config.profile;
        let store = profile.store.filter(|_| profile.way == Way::Password && !profile.signed_out)?;
        if let Some(token) = Token::load(&self.config, now()) {
            return Some(Replaced::Access(token.bearer));
        }
        self.secrets().read(store).await.ok().flatten().map(Replaced::Refresh)
    }

    /// Ends a session that was replaced.
    pub(super) async fn end_replaced(&mut self, replaced: Option<Replaced>) {
        let Some(replaced) = replaced else { return };
        if timeout(PATIENCE, self.end_with(replaced)).await.is_err() {
            // It may be in the middle of an answer.
            self.link = None;
        }
    }

    async fn end_with(&mut self, replaced: Replaced) {
        let access = match replaced {
            Replaced::Access(access) => Some(access),
            Replaced::Refresh(refresh_token) => self.exchanged(refresh_token).await,
        };
        let Some(access) = access else { return };
        let call = Call::post_empty(paths::AUTH_LOGOUT);
        let _ = self.send(&call, Some(access.expose()), &mut Sink::default()).await.and_then(good);
    }

    /// Returns an access token for a refresh token; what else the daemon answers is kept nowhere.
    async fn exchanged(&mut self, refresh_token: Sensitive) -> Option<Sensitive> {
        let call = Call::post(paths::AUTH_REFRESH, &Refresh { refresh_token }).ok()?;
        let answer: TokenAnswer = self.unsigned(call).await.ok()?;
        Some(answer.access_token)
    }
}
