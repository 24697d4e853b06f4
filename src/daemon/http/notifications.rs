//! The routes of the inbox.

use axum::extract::{Path, State};

use super::body::Query;
use super::view;
use crate::api::notifications::{NotificationList, ReadAnswer};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::notifications::Notifications;

/// How many notifications a page has when none is said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `GET /v1/notifications?unread=&limit=`
pub(super) async fn inbox(
    State(notifications): State<Notifications>,
    actor: Actor,
    query: Query,
) -> Result<axum::Json<NotificationList>> {
    let [unread, limit] = query.take(["unread", "limit"])?;
    let unread = match unread.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::invalid("unread", "`unread` is `true` or `false`")),
    };
    let limit = match limit {
        None => PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
            .ok_or_else(|| Error::invalid("limit", format!("`limit` is a number from 1 to {LARGEST_PAGE}")))?,
    };
    let inbox = notifications.inbox(&actor, unread, limit).await?;
    let items = inbox.into_iter().map(view::notification).collect();
    Ok(axum::Json(NotificationList { items, next: None }))
}

/// `POST /v1/notifications/{id}/read`
pub(super) async fn read(
    State(notifications): State<Notifications>,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<axum::Json<ReadAnswer>> {
    let read = notifications.mark_read(&actor, &id).await?;
    Ok(axum::Json(ReadAnswer { read }))
}
