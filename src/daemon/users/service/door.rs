//! Telling from what a request brings who asks.

use jiff::tz::TimeZone;

use super::{Users, unauthenticated};
use crate::daemon::actor::{Actor, By, Via};
use crate::daemon::error::{Error, Result};
use crate::daemon::users::model::{Credential, Standing};
use crate::daemon::users::personal::{PersonalToken, is_personal};

impl Users {
    /// Tells who asks: the account of a token that counts. One of a session by uid is used by that uid alone.
    ///
    /// `zone` is the one that the request asks for instead of the account's.
    ///
    /// # Errors
    /// `unauthenticated`, whatever is wrong with the token; `invalid_value` for an unknown zone.
    pub async fn actor(&self, token: &str, uid: Option<u32>, zone: Option<&str>) -> Result<Actor> {
        let standing =
            if is_personal(token) { self.by_token(token).await? } else { self.by_session(token, uid).await? };
        let Standing { id, account, space, zone: own, settings, credential, .. } = standing;
        self.used.note(id, self.clock.now());
        // The rules of a zone may go; the account must stay usable.
        let home = TimeZone::get(&own).unwrap_or(TimeZone::UTC);
        let zone = match zone {
            Some(name) => known_zone(name)?,
            None => home.clone(),
        };
        let via = match credential {
            Credential::Local => Via::Local,
            Credential::Password => Via::Password,
            Credential::Token { scopes, .. } => Via::Token(scopes),
        };
        let remind_time = settings.remind_time();
        Ok(Actor { by: By::Person, via, account, session: id, space, zone, home, remind_time })
    }

    /// Asks once more whether who was let in stands still: a long request looks from time to time.
    ///
    /// # Errors
    /// `unauthenticated` when the session or token has ended.
    pub async fn still_stands(&self, actor: &Actor) -> Result<()> {
        let stands = match actor.via {
            Via::Token(_) => self.store.token_stands(actor.session).await?,
            Via::Local | Via::Password => self.store.standing(actor.session).await?.is_some(),
            Via::Nobody => true,
        };
        if stands { Ok(()) } else { Err(unauthenticated()) }
    }

    async fn by_session(&self, token: &str, uid: Option<u32>) -> Result<Standing> {
        let claims = self.keys.signer.verify(token, self.clock.now()).ok_or_else(unauthenticated)?;
        if claims.uid.is_some() && claims.uid != uid {
            return Err(unauthenticated());
        }
        let standing = self.store.standing(claims.sid).await?.ok_or_else(unauthenticated)?;
        let is_of_its_kind = match standing.credential {
            Credential::Local => claims.uid.is_some(),
            Credential::Password => claims.uid.is_none(),
            Credential::Token { .. } => false,
        };
        if standing.account == claims.sub && is_of_its_kind { Ok(standing) } else { Err(unauthenticated()) }
    }

    async fn by_token(&self, token: &str) -> Result<Standing> {
        let token = PersonalToken::read(token).ok_or_else(unauthenticated)?;
        let standing = self.store.standing_of_token(token.hash()).await?.ok_or_else(unauthenticated)?;
        match &standing.credential {
            Credential::Token { expires_at, .. } if expires_at.is_none_or(|end| self.clock.now() < end) => Ok(standing),
            _ => Err(unauthenticated()),
        }
    }
}

/// Finds a zone by its name.
pub(super) fn known_zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Error::invalid("zone", format!("there is no time zone `{}`", name.escape_debug()))
            .with_hint("zones have names such as Europe/Berlin")
    })
}
