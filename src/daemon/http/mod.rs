//! HTTP: unwraps a request, calls a service, wraps what comes back. No rule, no SQL, no clock.
//!
//! One router serves both listeners; what came through which is told by [`Peer`]. It knows neither the store
//! nor the process: what it needs of them comes in [`state::AppState`].

mod account;
mod auth;
mod body;
mod cursor;
pub mod guard;
pub mod limits;
mod machine;
mod notifications;
pub mod openapi;
mod peer;
mod problem;
pub mod proxy;
pub mod routes;
pub mod state;
mod stream;
mod tasks;
mod users;
mod view;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;

pub use peer::Peer;
use routes::Route;
use state::AppState;

/// The most that the body of a request may have; imports are limited by record instead.
pub const BODY_BYTES: usize = 1 << 20;

/// Makes the router, of the route table.
pub fn router(state: AppState) -> Router {
    let mut routes = Router::new();
    for Route { path, access, handler, takes, .. } in routes::table() {
        let takes = if takes.is_stream() { auth::Takes::Stream } else { auth::Takes::Whole };
        let door = middleware::from_fn_with_state((state.clone(), access, takes), auth::door);
        routes = routes.route(path, handler.layer(door));
    }
    guarded(routes, state)
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
