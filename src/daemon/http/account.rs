//! The routes of one's own account, its sessions and its tokens.

use axum::extract::State;
use axum::http::StatusCode;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::body::{Id, Json, Query, limit};
use super::cursor;
use crate::api::account::{AuditEntry, AuditList, Deletion, Me, MeChange, Settings, SettingsChange};
use crate::api::auth::{EndedAnswer, NewToken, SessionList, TokenList, TokenMade};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::Users;
use crate::daemon::users::model::{AuditLine, Origin};

/// How many lines a page has when none is said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `GET /v1/me`
pub(super) async fn me(State(users): State<Users>, actor: Actor) -> Result<axum::Json<Me>> {
    users.me(&actor).await.map(axum::Json)
}

/// `PATCH /v1/me`
pub(super) async fn change_me(
    State(users): State<Users>,
    State(background): State<TaskTracker>,
    actor: Actor,
    origin: Origin,
    Json(change): Json<MeChange>,
) -> Result<axum::Json<Me>> {
    // On its own, as another zone concerns all tasks.
    let work = background.spawn(async move { users.change_me(&actor, change, &origin).await });
    work.await.map_err(Error::internal)?.map(axum::Json)
}

/// `DELETE /v1/me`
pub(super) async fn delete_me(
    State(users): State<Users>,
    State(background): State<TaskTracker>,
    actor: Actor,
    origin: Origin,
    Json(request): Json<Deletion>,
) -> Result<StatusCode> {
    // On its own: what was begun goes on when the client goes away, and at the next start if the daemon does.
    let work = background.spawn(async move { users.delete_me(&actor, request, &origin).await });
    work.await.map_err(Error::internal)??;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/me/audit?limit=&cursor=`
pub(super) async fn audit(State(users): State<Users>, actor: Actor, query: Query) -> Result<axum::Json<AuditList>> {
    let [limit, cursor] = query.take(["limit", "cursor"])?;
    let limit = self::limit(limit.as_deref(), PAGE, LARGEST_PAGE)?;
    let before = cursor.as_deref().map(read_place).transpose()?;
    let lines = users.audit(&actor, before, limit).await?;
    let next = lines.last().filter(|_| lines.len() == limit).map(|line| write_place(line.id));
    Ok(axum::Json(AuditList { items: lines.into_iter().map(entry).collect(), next }))
}

fn entry(line: AuditLine) -> AuditEntry {
    let AuditLine { id: _, at, event, peer, about, by_administrator } = line;
    AuditEntry { at, event, peer, about, by_administrator }
}

fn write_place(id: Uuid) -> String {
    let (high, low) = id.as_u64_pair();
    cursor::write([i128::from(high), i128::from(low)])
}

fn read_place(text: &str) -> Result<Uuid> {
    let [high, low] = cursor::read::<2, i128>(text)?;
    let pair = u64::try_from(high).ok().zip(u64::try_from(low).ok());
    pair.map(|(high, low)| Uuid::from_u64_pair(high, low))
        .ok_or_else(|| Error::invalid("cursor", "the cursor is not one that a page of this list gave"))
}

/// `GET /v1/settings`
pub(super) async fn settings(State(users): State<Users>, actor: Actor) -> Result<axum::Json<Settings>> {
    users.settings(&actor).await.map(axum::Json)
}

/// `PATCH /v1/settings`
pub(super) async fn change_settings(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
    Json(change): Json<SettingsChange>,
) -> Result<axum::Json<Settings>> {
    users.change_settings(&actor, change, &origin).await.map(axum::Json)
}

/// `GET /v1/auth/sessions`
pub(super) async fn sessions(State(users): State<Users>, actor: Actor) -> Result<axum::Json<SessionList>> {
    users.sessions(&actor).await.map(axum::Json)
}

/// `DELETE /v1/auth/sessions`
pub(super) async fn end_sessions(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
) -> Result<axum::Json<EndedAnswer>> {
    let ended = users.end_sessions(&actor, &origin).await?;
    Ok(axum::Json(EndedAnswer { ended }))
}

/// `DELETE /v1/auth/sessions/{id}`
pub(super) async fn end_session(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
    Id(id): Id,
) -> Result<StatusCode> {
    users.end_session(&actor, &id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v1/tokens`
pub(super) async fn tokens(State(users): State<Users>, actor: Actor) -> Result<axum::Json<TokenList>> {
    users.tokens(&actor).await.map(axum::Json)
}

/// `POST /v1/tokens`
pub(super) async fn make_token(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
    Json(request): Json<NewToken>,
) -> Result<(StatusCode, axum::Json<TokenMade>)> {
    let made = users.make_token(&actor, request, &origin).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// `DELETE /v1/tokens`
pub(super) async fn revoke_tokens(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
) -> Result<axum::Json<EndedAnswer>> {
    let ended = users.revoke_tokens(&actor, &origin).await?;
    Ok(axum::Json(EndedAnswer { ended }))
}

/// `DELETE /v1/tokens/{id}`
pub(super) async fn revoke_token(
    State(users): State<Users>,
    actor: Actor,
    origin: Origin,
    Id(id): Id,
) -> Result<StatusCode> {
    users.revoke_token(&actor, &id, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
