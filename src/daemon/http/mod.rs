//! HTTP: unwraps a request, calls a service, wraps what comes back. No rule, no SQL, no clock.
//!
//! One router serves both listeners; what came through which is told by [`Peer`]. It knows neither the store
//! nor the process: what it needs of them comes in [`state::AppState`].

mod auth;
mod body;
mod cursor;
mod guard;
mod machine;
mod notifications;
mod peer;
mod problem;
pub mod state;
mod stream;
mod tasks;
mod view;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::paths;
use crate::daemon::tasks::Step;
pub use peer::Peer;
use state::AppState;

/// The most that the body of a request may have; imports are limited by record instead.
pub const BODY_BYTES: usize = 1 << 20;

/// Makes the router. Every route but those named first needs a token.
pub fn router(state: AppState) -> Router {
    let open = Router::new()
        .route(paths::HEALTHZ, get(machine::healthz))
        .route(paths::READYZ, get(machine::readyz))
        .route(paths::AUTH_LOCAL, post(auth::local))
        .route(paths::DAEMON, get(machine::info))
        .route(paths::DAEMON_STOP, post(machine::stop));
    let signed_in = Router::new()
        .route(paths::TASKS, get(tasks::list).post(tasks::add))
        .route(paths::TASKS_COUNT, get(tasks::count))
        .route(paths::TASKS_BATCH, post(tasks::batch))
        .route(paths::TASK, get(tasks::get).patch(tasks::modify).delete(tasks::delete))
        .route(paths::TASK_COMPLETE, tasks::doing(Step::Complete))
        .route(paths::TASK_REOPEN, tasks::doing(Step::Reopen))
        .route(paths::TASK_START, tasks::doing(Step::Start))
        .route(paths::TASK_STOP, tasks::doing(Step::Stop))
        .route(paths::TASK_ANNOTATIONS, post(tasks::annotate))
        .route(paths::UNDO, post(tasks::undo))
        .route(paths::IMPORT, post(stream::import))
        .route(paths::EXPORT, get(stream::export))
        .route(paths::NOTIFICATIONS, get(notifications::inbox))
        .route(paths::NOTIFICATION_READ, post(notifications::read))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::authenticate));
    guarded(open.merge(signed_in), state)
}

/// Puts round routes what every request goes through.
pub(super) fn guarded(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .fallback(guard::no_route)
        .method_not_allowed_fallback(guard::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::custom(problem::Panicked))
        .layer(middleware::from_fn_with_state(state.clone(), guard::every))
        .with_state(state)
}
