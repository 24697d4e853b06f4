//! Signing up, in and out, and the door that every other request goes through.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::body::{self, Json};
use super::limits;
use super::peer::{Caller, Peer, local_uid};
use super::proxy;
use super::routes::Access;
use super::state::{AppState, Machine};
use crate::api::auth::{LocalSignIn, Login, PasswordChange, Refresh, Scope, SignUp, TokenAnswer};
use crate::api::error::ErrorCode;
use crate::api::header as ours;
use crate::daemon::actor::{Actor, Administrator, Via};
use crate::daemon::error::{Error, Result};
use crate::daemon::users::Users;
use crate::daemon::users::model::{LocalIdentity, Origin};

/// `POST /v1/auth/local`
pub(super) async fn local(
    State(users): State<Users>,
    State(machine): State<Arc<dyn Machine>>,
    peer: Peer,
    origin: Origin,
    Json(request): Json<LocalSignIn>,
) -> Result<axum::Json<TokenAnswer>> {
    let identity = identity(machine, local_uid(peer)?).await?;
    users.sign_in_local(identity, request, &origin).await.map(axum::Json)
}

/// `POST /v1/auth/signup`
pub(super) async fn sign_up(
    State(AppState { users, machine, .. }): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    origin: Origin,
    Json(request): Json<SignUp>,
) -> Result<(StatusCode, axum::Json<TokenAnswer>)> {
    let answer = match peer {
        Peer::Unix { uid } => {
            not_forwarded(&headers)?;
            users.sign_up_local(identity(machine, uid).await?, request, &origin).await?
        }
        Peer::Tcp(_) => users.sign_up(request, &origin).await?,
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

/// `POST /v1/auth/login`
pub(super) async fn login(
    State(users): State<Users>,
    origin: Origin,
    Json(request): Json<Login>,
) -> Result<axum::Json<TokenAnswer>> {
    users.login(request, &origin).await.map(axum::Json)
}

/// `POST /v1/auth/refresh`
pub(super) async fn refresh(
    State(state): State<AppState>,
    caller: Caller,
    origin: Origin,
    Json(request): Json<Refresh>,
) -> Response<Body> {
    let verdict = state.fences.refresh(caller);
    let answer = match verdict.admit() {
        Err(error) => Err(error),
        Ok(()) => state.users.refresh(&request, &origin).await.map(axum::Json),
    };
    limits::marked(answer.into_response(), &verdict)
}

/// `POST /v1/auth/logout`
pub(super) async fn logout(State(users): State<Users>, actor: Actor, origin: Origin) -> Result<StatusCode> {
    users.logout(&actor, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/auth/password`
pub(super) async fn password(
    State(AppState { users, background, .. }): State<AppState>,
    actor: Actor,
    peer: Peer,
    origin: Origin,
    Json(change): Json<PasswordChange>,
) -> Result<axum::Json<TokenAnswer>> {
    // On its own: who goes away in the middle has either password, and a session with the new one.
    let work = background.spawn(async move { users.change_password(&actor, change, peer.uid(), &origin).await });
    work.await.map_err(Error::internal)?.map(axum::Json)
}

/// Who a uid is now. The system may ask a directory over the network.
async fn identity(machine: Arc<dyn Machine>, uid: u32) -> Result<LocalIdentity> {
    if uid == machine.overflow_uid() {
        return Err(Error::refused(ErrorCode::Forbidden, "the system can't tell who you are")
            .with_hint("the uid is not known here, as in a container with user namespaces"));
    }
    let realm = machine.realm();
    let login = tokio::task::spawn_blocking(move || machine.login_name(uid)).await.map_err(Error::internal)??;
    Ok(LocalIdentity { realm, uid, login: login.unwrap_or_else(|| format!("#{uid}")) })
}

fn not_forwarded(headers: &HeaderMap) -> Result<()> {
    // Behind a proxy the peer's uid is the proxy's, and says nothing of who asks.
    if proxy::is_forwarded(headers) {
        return Err(Error::refused(ErrorCode::Forbidden, "a forwarded request can't sign in by its uid"));
    }
    Ok(())
}

/// Goes round every route: lets in who may use it.
pub(super) async fn door(
    State((state, access, takes)): State<(AppState, Access, Takes)>,
    peer: Peer,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let scope = match access {
        Access::Open => return next.run(request).await,
        Access::Local | Access::Owner | Access::Administrator => {
            return match by_uid(&state, peer, access, request.headers()).await {
                Ok(uid) => {
                    if access == Access::Administrator {
                        request.extensions_mut().insert(Administrator { uid });
                    }
                    next.run(request).await
                }
                Err(error) => error.into_response(),
            };
        }
        Access::Person => None,
        Access::Scoped(scope) => Some(scope),
    };
    let actor = match actor(&state, peer, request.headers()).await {
        Ok(actor) => actor,
        Err(error) => return error.into_response(),
    };
    let verdict = state.fences.user(actor.account, caller);
    let response = match verdict.admit().and_then(|()| may(&actor, scope)) {
        Err(error) => error.into_response(),
        Ok(()) => pass(&state, actor, takes, request, next).await,
    };
    limits::marked(response, &verdict)
}

/// What the body of a route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// One document, or nothing.
    Whole,
    /// Records, for as long as they come.
    Stream,
}

/// Hands the request on. A body may be long on its way: who asks must stand still when it has come.
async fn pass(state: &AppState, actor: Actor, takes: Takes, mut request: Request, next: Next) -> Response<Body> {
    if takes == Takes::Whole && !request.body().is_end_stream() {
        let (parts, body) = request.into_parts();
        let arrived = body::read(body).await;
        let arrived = match arrived {
            Ok(bytes) => state.users.still_stands(&actor).await.map(|()| bytes),
            Err(error) => Err(error),
        };
        request = match arrived {
            Ok(bytes) => Request::from_parts(parts, Body::from(bytes)),
            Err(error) => return error.into_response(),
        };
    }
    let wants_unread = request.headers().contains_key(ours::WANT_UNREAD) && actor.via.may(Scope::NotificationsRead);
    request.extensions_mut().insert(actor.clone());
    let response = next.run(request).await;
    told(response, state, &actor, wants_unread).await
}

/// Lets in by the peer's present uid, and never by a token.
async fn by_uid(state: &AppState, peer: Peer, access: Access, headers: &HeaderMap) -> Result<u32> {
    let uid = local_uid(peer)?;
    not_forwarded(headers)?;
    let machine = Arc::clone(&state.machine);
    let allowed = match access {
        Access::Owner => uid == 0 || uid == machine.uid(),
        Access::Administrator => {
            tokio::task::spawn_blocking(move || machine.is_administrator(uid)).await.map_err(Error::internal)??
        }
        _ => true,
    };
    match (allowed, access) {
        (true, _) => Ok(uid),
        (false, Access::Owner) => {
            Err(Error::refused(ErrorCode::Forbidden, "only the daemon's own user and root may ask this"))
        }
        (false, _) => Err(Error::refused(ErrorCode::Forbidden, "only an administrator may ask this")),
    }
}

fn may(actor: &Actor, scope: Option<Scope>) -> Result<()> {
    let detail = match (scope, &actor.via) {
        (Some(scope), via) if !via.may(scope) => format!("this token lacks the scope `{}`", scope.as_str()),
        (None, Via::Token(_)) => "a personal access token can't do this, whatever its scopes".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::refused(ErrorCode::Forbidden, detail)
        .with_hint("what a token may do is said when it is made: {nudge} help token add"))
}

/// Tells who asks of their zone and inbox.
async fn told(mut response: Response<Body>, state: &AppState, actor: &Actor, wants_unread: bool) -> Response<Body> {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set(ours::ZONE, actor.zone.iana_name().unwrap_or("UTC"));
    if wants_unread {
        match state.notifications.unread(actor).await {
            Ok(Some((count, newest))) => set(ours::UNREAD, &format!("{count} {newest}")),
            Ok(None) => (),
            Err(error) => tracing::warn!(%error, "unread notifications could not be counted"),
        }
    }
    response
}

async fn actor(state: &AppState, peer: Peer, headers: &HeaderMap) -> Result<Actor> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let only = given.next().filter(|_| given.next().is_none());
    // Of two, a proxy in between might have looked at the other.
    let token = only.and_then(|value| value.to_str().ok()).and_then(bearer).ok_or_else(|| {
        Error::refused(ErrorCode::Unauthenticated, "the request has no token, or more than one")
            .with_hint("send `Authorization: Bearer …`; on the Unix socket POST /v1/auth/local gives a token")
    })?;
    // A proxy's uid is not that of who asks through it.
    let uid = peer.uid().filter(|_| !proxy::is_forwarded(headers));
    state.users.actor(token, uid, text(ours::ZONE)).await
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

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        parts.extensions.get().copied().ok_or_else(|| Error::internal("a route without its door asks who acts"))
    }
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let caller = parts.extensions.get::<Caller>();
        caller
            .map(|caller| Self { key: caller.key(), shown: caller.to_string() })
            .ok_or_else(|| Error::internal("a request without a caller"))
    }
}
