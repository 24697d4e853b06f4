//! Signing in, and telling from a token who asks.

use std::sync::Arc;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::model::{LocalIdentity, Session, zone_or_utc};
use super::port::{NewAccount, UserStore};
use super::token::{LIFETIME, Signer};
use crate::api::auth::{LocalSignIn, TokenAnswer};
use crate::api::error::ErrorCode;
use crate::daemon::actor::{Actor, By, REMIND_TIME};
use crate::daemon::clock::Clock;
use crate::daemon::error::{Error, Result};

/// The most that a device's name may have; longer names are refused.
const DEVICE_CHARS: usize = 128;

/// The user service.
#[derive(Clone)]
pub struct Users {
    store: Arc<dyn UserStore>,
    clock: Arc<dyn Clock>,
    signer: Signer,
}

impl Users {
    /// Sets the service up.
    #[must_use]
    pub fn new(store: Arc<dyn UserStore>, clock: Arc<dyn Clock>, signer: Signer) -> Self {
        Self { store, clock, signer }
    }

    /// Signs a local identity in, making its account at the first time.
    ///
    /// # Errors
    /// `forbidden` when the uid belonged to another login name before; `limit_exceeded` for a device's name.
    pub async fn sign_in_local(&self, identity: LocalIdentity, request: LocalSignIn) -> Result<TokenAnswer> {
        let uid = identity.uid;
        let device = request.device.unwrap_or_else(|| "nudge".to_owned());
        if device.chars().count() > DEVICE_CHARS {
            return Err(Error::limit("device", format!("a device's name has at most {DEVICE_CHARS} characters")));
        }
        let zone = zone_or_utc(request.zone.as_deref()).to_owned();
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone };
        let now = self.clock.now();
        let session = self.store.sign_in_local(identity, new, device, now).await?;
        Ok(TokenAnswer {
            access_token: self.signer.sign(session.account, session.id, uid, now)?,
            token_type: "Bearer".to_owned(),
            expires_in: LIFETIME.as_secs().unsigned_abs(),
            account: session.account,
            zone: session.zone,
        })
    }

    /// Tells who asks: the account of a token that counts, used by the uid it was made for.
    ///
    /// `zone` is the one that the request asks for instead of the account's.
    ///
    /// # Errors
    /// `unauthenticated`, whatever is wrong with the token; `invalid_value` for an unknown zone.
    pub async fn actor(&self, token: &str, uid: Option<u32>, zone: Option<&str>) -> Result<Actor> {
        let claims = self.signer.verify(token, self.clock.now()).ok_or_else(unauthenticated)?;
        if uid != Some(claims.uid) {
            return Err(unauthenticated());
        }
        let Some(Session { id, account, space, zone: own }) = self.store.session(claims.sid).await? else {
            return Err(unauthenticated());
        };
        if account != claims.sub {
            return Err(unauthenticated());
        }
        // The rules of a zone may go; the account must stay usable.
        let home = TimeZone::get(&own).unwrap_or(TimeZone::UTC);
        let zone = match zone {
            Some(name) => TimeZone::get(name).map_err(|_| {
                Error::invalid("zone", format!("there is no time zone `{name}`"))
                    .with_hint("zones have names such as Europe/Berlin")
            })?,
            None => home.clone(),
        };
        Ok(Actor { by: By::Person, account, session: id, space, zone, home, remind_time: REMIND_TIME })
    }
}

fn unauthenticated() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "the token is missing or no longer counts")
}
