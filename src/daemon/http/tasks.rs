//! The routes of tasks.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use tokio_util::task::TaskTracker;

use super::body::{Id, Json, Query};
use super::cursor;
use super::state::AppState;
use super::view;
use crate::api::paths;
use crate::api::tasks::{
    BatchRequest, ChangeAnswer, CountAnswer, NewAnnotation, TaskInput, TaskList, TaskView, UndoAnswer, UndoRequest,
};
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::tasks::port::PageKey;
use crate::daemon::tasks::{Done, ListRequest, Step, Tasks};

/// How many tasks a page has when none is said.
const PAGE: usize = 100;

/// `GET /v1/tasks?filter=&limit=&cursor=`
pub(super) async fn list(State(tasks): State<Tasks>, actor: Actor, query: Query) -> Result<axum::Json<TaskList>> {
    let [filter, limit, cursor] = query.take(["filter", "limit", "cursor"])?;
    let limit = match limit.as_deref() {
        None => Some(PAGE),
        Some("all") => None,
        Some(text) => Some(text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| {
            Error::invalid("limit", format!("`{text}` is no limit")).with_hint("a number from 1, or `all`")
        })?),
    };
    let after = cursor.as_deref().map(read_cursor).transpose()?;
    let request = ListRequest { filter: filter.unwrap_or_default(), limit, after };
    let (page, next) = tasks.list(&actor, &request).await?;
    Ok(axum::Json(TaskList { items: view::tasks(page, &actor)?, next: next.map(write_cursor) }))
}

/// `GET /v1/tasks/count?filter=`
pub(super) async fn count(State(tasks): State<Tasks>, actor: Actor, query: Query) -> Result<axum::Json<CountAnswer>> {
    let [filter] = query.take(["filter"])?;
    let count = tasks.count(&actor, filter.as_deref().unwrap_or_default()).await?;
    Ok(axum::Json(CountAnswer { count }))
}

/// `POST /v1/tasks`
pub(super) async fn add(State(tasks): State<Tasks>, actor: Actor, Json(input): Json<TaskInput>) -> Result<Response> {
    let task = single(tasks.add(&actor, &input).await?, &actor)?;
    let location =
        HeaderValue::from_str(&paths::with_id(paths::TASK, &task.id.to_string())).map_err(Error::internal)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location), etag(&task)], axum::Json(task)).into_response())
}

/// `GET /v1/tasks/{id}`
pub(super) async fn get(State(tasks): State<Tasks>, actor: Actor, Id(id): Id) -> Result<Response> {
    let task = view::task(tasks.get(&actor, &id).await?, &actor)?;
    Ok(([etag(&task)], axum::Json(task)).into_response())
}

/// `PATCH /v1/tasks/{id}`
pub(super) async fn modify(
    State(tasks): State<Tasks>,
    actor: Actor,
    Id(id): Id,
    headers: HeaderMap,
    Json(input): Json<TaskInput>,
) -> Result<Response> {
    act(tasks, actor, id, headers, Step::Modify(Box::new(input))).await
}

/// `DELETE /v1/tasks/{id}`: out of sight, and back by reopening or undo.
pub(super) async fn delete(
    State(tasks): State<Tasks>,
    actor: Actor,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response> {
    act(tasks, actor, id, headers, Step::Delete).await
}

/// `POST /v1/tasks/{id}/complete` and the others that say all by their path.
pub(super) fn doing(step: Step) -> MethodRouter<AppState> {
    post(move |State(tasks): State<Tasks>, actor: Actor, Id(id): Id, headers: HeaderMap| {
        act(tasks, actor, id, headers, step.clone())
    })
}

/// `POST /v1/tasks/{id}/annotations`
pub(super) async fn annotate(
    State(tasks): State<Tasks>,
    actor: Actor,
    Id(id): Id,
    headers: HeaderMap,
    Json(annotation): Json<NewAnnotation>,
) -> Result<Response> {
    act(tasks, actor, id, headers, Step::Annotate(annotation.text)).await
}

async fn act(tasks: Tasks, actor: Actor, id: String, headers: HeaderMap, step: Step) -> Result<Response> {
    let done = tasks.act(&actor, &id, expected(&headers)?, &step).await?;
    let task = single(done, &actor)?;
    Ok(([etag(&task)], axum::Json(task)).into_response())
}

/// `POST /v1/tasks/batch`
pub(super) async fn batch(
    State(tasks): State<Tasks>,
    actor: Actor,
    Json(request): Json<BatchRequest>,
) -> Result<axum::Json<ChangeAnswer>> {
    view::done(tasks.batch(&actor, &request).await?, &actor).map(axum::Json)
}

/// `POST /v1/undo`
pub(super) async fn undo(
    State(tasks): State<Tasks>,
    State(background): State<TaskTracker>,
    actor: Actor,
    Json(request): Json<UndoRequest>,
) -> Result<axum::Json<UndoAnswer>> {
    // On its own, so that it comes to an end, or is taken back, also when the client goes away in the middle.
    let work = background.spawn(async move { view::undone(tasks.undo(&actor, request.operation).await?, &actor) });
    work.await.map_err(Error::internal)?.map(axum::Json)
}

fn single(done: Done, actor: &Actor) -> Result<TaskView> {
    let mut tasks = view::tasks(done.tasks, actor)?;
    tasks.pop().ok_or_else(|| Error::internal("a change of one task shows none"))
}

/// A strong tag; its first part is the version (design, section 4).
fn etag(task: &TaskView) -> (HeaderName, HeaderValue) {
    let tag = HeaderValue::from_str(&format!("\"{}\"", task.version));
    (header::ETAG, tag.unwrap_or_else(|_| HeaderValue::from_static("\"0\"")))
}

/// Reads the version of `If-Match`; a tag may have more parts, which do not count.
fn expected(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version = tag.and_then(|tag| tag.split('-').next()).and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| Error::invalid("If-Match", "`If-Match` is no tag of a task, such as \"3\""))
}

fn write_cursor(key: PageKey) -> String {
    cursor::write([key.due_order, key.importance, key.row].map(i128::from))
}

fn read_cursor(text: &str) -> Result<PageKey> {
    cursor::read(text).map(|[due_order, importance, row]| PageKey { due_order, importance, row })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_of_a_tag_counts() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
            expected(&headers).ok()
        };
        assert_eq!(read("\"3\""), Some(Some(3)));
        assert_eq!(read("\"3-17-9\""), Some(Some(3)));
        assert_eq!(read("*"), Some(None));
        assert_eq!(read("3"), None);
        assert_eq!(read("\"x\""), None);
    }
}
