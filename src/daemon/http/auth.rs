//! Signing in, and the door that every other request goes through.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::body::Json;
use super::peer::{Peer, local_uid};
use super::state::{AppState, Machine};
use crate::api::auth::{LocalSignIn, TokenAnswer};
use crate::api::error::ErrorCode;
use crate::api::header as ours;
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::Users;
use crate::daemon::users::model::LocalIdentity;

/// Headers of a proxy. Behind one, the peer's uid is the proxy's and says nothing of who asks.
const FORWARDED: [&str; 2] = ["forwarded", "via"];

/// `POST /v1/auth/local`
pub(super) async fn local(
    State(users): State<Users>,
    State(machine): State<Arc<dyn Machine>>,
    peer: Peer,
    headers: HeaderMap,
    Json(request): Json<LocalSignIn>,
) -> Result<axum::Json<TokenAnswer>> {
    let uid = local_uid(peer)?;
    let is_forwarded =
        |name: &HeaderName| FORWARDED.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-");
    if headers.keys().any(is_forwarded) {
        return Err(Error::refused(ErrorCode::Forbidden, "a forwarded request can't sign in by its uid"));
    }
    if uid == machine.overflow_uid() {
        return Err(Error::refused(ErrorCode::Forbidden, "the system can't tell who you are")
            .with_hint("the uid is not known here, as in a container with user namespaces"));
    }
    let realm = machine.realm();
    let login = tokio::task::spawn_blocking(move || machine.login_name(uid)).await.map_err(Error::internal)?;
    let login = login.unwrap_or_else(|| format!("#{uid}"));
    users.sign_in_local(LocalIdentity { realm, uid, login }, request).await.map(axum::Json)
}

/// Goes round every route that needs a token: says who asks, and tells them of their zone and inbox.
pub(super) async fn authenticate(
    State(state): State<AppState>,
    peer: Peer,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let actor = match actor(&state, peer, request.headers()).await {
        Ok(actor) => actor,
        Err(error) => return error.into_response(),
    };
    let wants_unread = request.headers().contains_key(ours::WANT_UNREAD);
    request.extensions_mut().insert(actor.clone());
    let mut response = next.run(request).await;
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set(ours::ZONE, actor.zone.iana_name().unwrap_or("UTC"));
    if wants_unread {
        match state.notifications.unread(&actor).await {
            Ok(Some((count, newest))) => set(ours::UNREAD, &format!("{count} {newest}")),
            Ok(None) => (),
            Err(error) => tracing::warn!(%error, "unread notifications could not be counted"),
        }
    }
    response
}

async fn actor(state: &AppState, peer: Peer, headers: &HeaderMap) -> Result<Actor> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = text(header::AUTHORIZATION.as_str()).and_then(bearer).ok_or_else(|| {
        Error::refused(ErrorCode::Unauthenticated, "the request has no token")
            .with_hint("send `Authorization: Bearer …`; on the Unix socket POST /v1/auth/local gives a token")
    })?;
    state.users.actor(token, peer.uid(), text(ours::ZONE)).await
}

/// RFC 6750, section 2.1; the scheme's case does not count (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        // Without the door no actor: a route outside it that asks for one is a mistake of ours.
        parts.extensions.get().cloned().ok_or_else(|| Error::internal("a route without its door asks who acts"))
    }
}
