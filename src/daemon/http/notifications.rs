//! The routes of the inbox.

use axum::extract::State;
use jiff::Timestamp;
use uuid::Uuid;

use super::body::{Id, Query, limit};
use super::cursor;
use super::view;
use crate::api::notifications::{NotificationList, ReadAnswer};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::notifications::Notifications;
use crate::daemon::notifications::service::Place;

/// How many notifications a page has when none is said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `GET /v1/notifications?unread=&limit=&cursor=`
pub(super) async fn inbox(
    State(notifications): State<Notifications>,
    actor: Actor,
    query: Query,
) -> Result<axum::Json<NotificationList>> {
    let [unread, limit, cursor] = query.take(["unread", "limit", "cursor"])?;
    let unread = match unread.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::invalid("unread", "`unread` is `true` or `false`")),
    };
    let limit = self::limit(limit.as_deref(), PAGE, LARGEST_PAGE)?;
    let before = cursor.as_deref().map(read_place).transpose()?;
    let (inbox, next) = notifications.inbox(&actor, unread, before, limit).await?;
    let items = inbox.into_iter().map(view::notification).collect();
    Ok(axum::Json(NotificationList { items, next: next.map(write_place) }))
}

fn write_place((fired_at, id): Place) -> String {
    let (high, low) = id.as_u64_pair();
    cursor::write([i128::from(fired_at.as_microsecond()), high.into(), low.into()])
}

fn read_place(text: &str) -> Result<Place> {
    let [fired_at, high, low] = cursor::read::<3, i128>(text)?;
    let moment = i64::try_from(fired_at).ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let pair = u64::try_from(high).ok().zip(u64::try_from(low).ok());
    moment
        .zip(pair.map(|(high, low)| Uuid::from_u64_pair(high, low)))
        .ok_or_else(|| Error::invalid("cursor", "the cursor is not one that a page of this list gave"))
}

/// `POST /v1/notifications/{id}/read`
pub(super) async fn read(
    State(notifications): State<Notifications>,
    actor: Actor,
    Id(id): Id,
) -> Result<axum::Json<ReadAnswer>> {
    let read = notifications.mark_read(&actor, &id).await?;
    Ok(axum::Json(ReadAnswer { read }))
}
