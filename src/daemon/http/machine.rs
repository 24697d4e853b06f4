//! The process itself: health, and the frozen routes by which any client can ask and stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;

use super::body::Json;
use super::state::Machine;
use crate::api::daemon::{DaemonInfo, StopRequest};
use crate::api::error::ErrorCode;
use crate::daemon::error::{Error, Result};

/// `GET /healthz`
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`
pub(super) async fn readyz(State(machine): State<Arc<dyn Machine>>) -> Result<&'static str> {
    if machine.is_ready().await { Ok("ok\n") } else { Err(Error::Unavailable("the store does not answer")) }
}

/// `GET /daemon`
pub(super) async fn info(
    State(machine): State<Arc<dyn Machine>>,
    State(active): State<Arc<AtomicUsize>>,
) -> axum::Json<DaemonInfo> {
    axum::Json(machine.info(others(&active)).await)
}

/// `POST /daemon/stop`
pub(super) async fn stop(
    State(machine): State<Arc<dyn Machine>>,
    State(active): State<Arc<AtomicUsize>>,
    Json(request): Json<StopRequest>,
) -> Result<StatusCode> {
    if request.if_idle && others(&active) > 0 {
        return Err(Error::refused(ErrorCode::WrongState, "the daemon is answering other requests"));
    }
    machine.stop();
    Ok(StatusCode::ACCEPTED)
}

/// How many requests are being answered besides this one.
fn others(active: &AtomicUsize) -> usize {
    active.load(Ordering::Relaxed).saturating_sub(1)
}
