//! One method a route: the account of who asks, its settings, sessions and tokens. Beginning and ending a sign-in
//! is `login`'s.

use crate::api::account::{AuditList, Deletion, Me, MeChange, Settings, SettingsChange};
use crate::api::auth::{EndedAnswer, NewToken, SessionList, TokenList, TokenMade};
use crate::api::paths;

use super::calls::with_query;
use super::exchange::Call;
use super::{Client, Result};

/// Every method fails as [`ClientError`](super::ClientError) says.
impl Client {
    /// Returns the account of who asks.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn me(&mut self) -> Result<Me> {
        self.call(Call::get(paths::ME)).await
    }

    /// Changes the account: what is named, and nothing else.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached.
    pub async fn change_me(&mut self, change: &MeChange) -> Result<Me> {
        let me: Me = self.call(Call::patch(paths::ME, change)?).await?;
        self.note_email(me.email.as_deref());
        Ok(me)
    }

    /// Deletes the account with all that it has, forgets its tokens and remembers that nobody is signed in.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached.
    pub async fn delete_me(&mut self, deletion: &Deletion) -> Result<()> {
        self.done(Call::delete_with(paths::ME, deletion)?).await?;
        if self.given.is_none() { self.sign_out().await } else { Ok(()) }
    }

    /// Returns what answers depend on.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn settings(&mut self) -> Result<Settings> {
        self.call(Call::get(paths::SETTINGS)).await
    }

    /// Changes what answers depend on: what is named, and nothing else.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached.
    pub async fn change_settings(&mut self, change: &SettingsChange) -> Result<Settings> {
        self.call(Call::patch(paths::SETTINGS, change)?).await
    }

    /// Lists a page of what happened to the account, the newest first.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn audit(&mut self, cursor: Option<&str>, limit: usize) -> Result<AuditList> {
        self.call(Call::get(page(paths::ME_AUDIT, cursor, limit))).await
    }

    /// Lists the sessions that stand.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn sessions(&mut self) -> Result<SessionList> {
        self.call(Call::get(paths::SESSIONS)).await
    }

    /// Ends one session.
    ///
    /// # Errors
    /// When there is none with this id, or the daemon can't be reached.
    pub async fn end_session(&mut self, id: &str) -> Result<()> {
        self.done(Call::delete(paths::with_id(paths::SESSION, id))).await
    }

    /// Ends every session, the one that asks too, and returns how many there were.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn end_sessions(&mut self) -> Result<u64> {
        Ok(self.call::<EndedAnswer>(Call::delete(paths::SESSIONS)).await?.ended)
    }

    /// Lists the personal access tokens, without their secrets.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn tokens(&mut self) -> Result<TokenList> {
        self.call(Call::get(paths::TOKENS)).await
    }

    /// Makes a personal access token. Its secret is in this answer and nowhere else.
    ///
    /// # Errors
    /// When the daemon refuses it or can't be reached.
    pub async fn make_token(&mut self, token: &NewToken) -> Result<TokenMade> {
        self.call(Call::post(paths::TOKENS, token)?).await
    }

    /// Revokes one personal access token.
    ///
    /// # Errors
    /// When there is none with this id, or the daemon can't be reached.
    pub async fn revoke_token(&mut self, id: &str) -> Result<()> {
        self.done(Call::delete(paths::with_id(paths::TOKEN, id))).await
    }

    /// Revokes every personal access token and returns how many there were.
    ///
    /// # Errors
    /// When nobody is signed in, or the daemon can't be reached.
    pub async fn revoke_tokens(&mut self) -> Result<u64> {
        Ok(self.call::<EndedAnswer>(Call::delete(paths::TOKENS)).await?.ended)
    }
}

/// Puts a page's parameters behind a path.
pub(super) fn page(path: &str, cursor: Option<&str>, limit: usize) -> String {
    with_query(path, &[("limit", Some(&limit.to_string())), ("cursor", cursor)])
}
