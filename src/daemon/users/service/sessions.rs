//! The sessions and personal access tokens of one's own account.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Users;
use crate::api::Sensitive;
use crate::api::auth::{NewToken, SessionList, SessionView, TokenList, TokenMade, TokenView};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::model::{AccessToken, Happening, Note, Origin, Session, name};
use crate::daemon::users::personal::PersonalToken;
use crate::daemon::users::port::NewAccessToken;

/// A token that ends later than this was meant to have no end.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366 * 100);

impl Users {
    /// Lists the sessions that stand.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions(&self, actor: &Actor) -> Result<SessionList> {
        self.store_uses().await;
        let sessions = self.store.sessions(actor.account).await?.into_iter();
        let view = |session: Session| SessionView {
            id: session.id,
            kind: session.kind,
            device: session.device,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            peer: session.peer,
            current: session.id == actor.session,
        };
        Ok(SessionList { items: sessions.map(view).collect() })
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn end_session(&self, actor: &Actor, id: &str, origin: &Origin) -> Result<()> {
        let not_found = || Error::not_found("session", id);
        let session = Uuid::parse_str(id).map_err(|_| not_found())?;
        let note = self.note_of(actor, Happening::SessionEnded, origin, Some(session.to_string()));
        if self.store.end_session(actor.account, session, note).await? { Ok(()) } else { Err(not_found()) }
    }

    /// Ends all of one's own sessions, that of who asks too, and says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_sessions(&self, actor: &Actor, origin: &Origin) -> Result<u64> {
        self.store.end_sessions(actor.account, self.note_of(actor, Happening::AllSessionsEnded, origin, None)).await
    }

    /// Lists the personal access tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self, actor: &Actor) -> Result<TokenList> {
        self.store_uses().await;
        Ok(TokenList { items: self.store.tokens(actor.account).await?.into_iter().map(view).collect() })
    }

    /// Makes a personal access token. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// `invalid_value`, `limit_exceeded`, `quota_exceeded`.
    pub async fn make_token(&self, actor: &Actor, request: NewToken, origin: &Origin) -> Result<TokenMade> {
        let name = name("name", &request.name)?;
        let mut scopes = request.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::invalid("scopes", "a token needs at least one scope")
                .with_hint("such as tasks:read; see what there is: {nudge} help token add"));
        }
        let now = self.clock.now();
        let latest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
        if request.expires_at.is_some_and(|end| end <= now || end > latest) {
            return Err(Error::invalid("expires_at", "a token ends after now, and within a hundred years"));
        }
        let secret = PersonalToken::new()?;
        let about = TokenView {
            id: Uuid::now_v7(),
            name: name.clone(),
            scopes: scopes.clone(),
            created_at: now,
            expires_at: request.expires_at,
            last_used_at: None,
        };
        let limit = self.policy.quotas.tokens;
        let hash = secret.hash();
        let token =
            NewAccessToken { id: about.id, name: name.clone(), hash, scopes, expires_at: request.expires_at, limit };
        let note = Note { at: now, ..self.note_of(actor, Happening::TokenMade, origin, Some(name)) };
        self.store.add_token(actor.account, token, note).await?;
        Ok(TokenMade { token: Sensitive::new(secret.text()), about })
    }

    /// Revokes one of one's own personal access tokens.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn revoke_token(&self, actor: &Actor, id: &str, origin: &Origin) -> Result<()> {
        let not_found = || Error::not_found("token", id);
        let token = Uuid::parse_str(id).map_err(|_| not_found())?;
        let note = self.note_of(actor, Happening::TokenRevoked, origin, None);
        if self.store.revoke_token(actor.account, token, note).await? { Ok(()) } else { Err(not_found()) }
    }

    /// Revokes all of one's own personal access tokens and says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn revoke_tokens(&self, actor: &Actor, origin: &Origin) -> Result<u64> {
        self.store.revoke_tokens(actor.account, self.note_of(actor, Happening::AllTokensRevoked, origin, None)).await
    }
}

fn view(token: AccessToken) -> TokenView {
    let AccessToken { id, name, scopes, created_at, expires_at, last_used_at } = token;
    TokenView { id, name, scopes, created_at, expires_at, last_used_at }
}
