//! The routes of administrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use uuid::Uuid;

use super::body::{Id, Json, Query, limit};
use super::cursor;
use super::state::Machine;
use crate::api::users::{KeyAnswer, KeyRotation, NewUser, UserAnswer, UserChange, UserList};
use crate::daemon::actor::Administrator;
use crate::daemon::error::{Error, Result};
use crate::daemon::users::Users;

/// How many accounts a page has when none is said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `GET /v1/users?limit=&cursor=`
pub(super) async fn list(State(users): State<Users>, by: Administrator, query: Query) -> Result<axum::Json<UserList>> {
    let [limit, cursor] = query.take(["limit", "cursor"])?;
    let limit = self::limit(limit.as_deref(), PAGE, LARGEST_PAGE)?;
    let after = cursor.as_deref().map(read_place).transpose()?;
    let items = users.users(by, after, limit).await?;
    let next = items.last().filter(|_| items.len() == limit).map(|user| write_place(user.created_at, user.id));
    Ok(axum::Json(UserList { items, next }))
}

/// `POST /v1/users`
pub(super) async fn add(
    State(users): State<Users>,
    by: Administrator,
    Json(request): Json<NewUser>,
) -> Result<(StatusCode, axum::Json<UserAnswer>)> {
    let answer = users.add_user(by, request).await?;
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

/// `PATCH /v1/users/{id}`
pub(super) async fn change(
    State(users): State<Users>,
    State(machine): State<Arc<dyn Machine>>,
    by: Administrator,
    Id(id): Id,
    Json(change): Json<UserChange>,
) -> Result<axum::Json<UserAnswer>> {
    users.change_user(by, &id, machine.realm(), change).await.map(axum::Json)
}

/// `POST /v1/keys/rotate`
pub(super) async fn rotate_key(
    State(machine): State<Arc<dyn Machine>>,
    by: Administrator,
    Json(request): Json<KeyRotation>,
) -> Result<axum::Json<KeyAnswer>> {
    let (kid, old_until) = machine.rotate_key(request.revoke_old).await?;
    tracing::info!(kid, by = by.uid, "signing with a new key");
    Ok(axum::Json(KeyAnswer { kid, old_until }))
}

fn write_place(at: Timestamp, id: Uuid) -> String {
    let (high, low) = id.as_u64_pair();
    cursor::write([i128::from(at.as_microsecond()), high.into(), low.into()])
}

fn read_place(text: &str) -> Result<(Timestamp, Uuid)> {
    let [at, high, low] = cursor::read::<3, i128>(text)?;
    let at = i64::try_from(at).ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let pair = u64::try_from(high).ok().zip(u64::try_from(low).ok());
    at.zip(pair.map(|(high, low)| Uuid::from_u64_pair(high, low)))
        .ok_or_else(|| Error::invalid("cursor", "the cursor is not one that a page of this list gave"))
}
