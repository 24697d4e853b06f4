//! From our errors to problem documents (RFC 9457). The only place that knows the two.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use tower_http::catch_panic::ResponseForPanic;

use crate::api::error::{Position, Problem};
use crate::daemon::error::{Error, Refusal};

/// Marks an answer as a problem, for the outermost layer to complete with the request's id and to log once.
#[derive(Clone)]
pub(super) struct Told(pub(super) Problem, Option<u64>);

impl IntoResponse for Error {
    fn into_response(self) -> Response<Body> {
        if let Self::Internal(source) = &self {
            // Where it is handled; the request's id is in the span around it.
            tracing::error!(error = %source, "internal error");
        }
        let retry_after = match &self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::Unavailable(_) | Self::OutcomeUnknown => Some(1),
            _ => None,
        };
        respond(problem(self), retry_after)
    }
}

fn problem(error: Error) -> Problem {
    let (code, text) = (error.code(), error.to_string());
    let Error::Refused(refusal) = error else {
        return Problem { hint: hint(&error), ..Problem::new(code, text) };
    };
    let Refusal { code, detail, hint, field, position, candidates, conflicts, retry_after: _ } = *refusal;
    let position = position.map(|(text, start, end)| Position { text, start, end });
    Problem { hint, field, position, candidates, conflicts, ..Problem::new(code, detail) }
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Refused(_) => return None,
        Error::Changed => "read it again and repeat the change",
        Error::Unavailable(_) => "try again in a moment",
        Error::OutcomeUnknown => "look whether it is there before you repeat it: {nudge} ls",
        Error::StorageFull => "free some space; nudge goes on by itself",
        Error::Internal(_) => "the daemon's log says more: {nudge} daemon status names it",
    };
    Some(hint.to_owned())
}

/// Makes an answer that the outermost layer writes out; it is worth trying again after so many seconds.
pub(super) fn respond(problem: Problem, retry_after: Option<u64>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(Told(problem, retry_after));
    response
}

/// Writes a problem out, with the id of its request.
pub(super) fn complete(response: &mut Response<Body>, request_id: &str) {
    let Some(Told(mut problem, retry_after)) = response.extensions_mut().remove::<Told>() else {
        return;
    };
    problem.request_id = Some(request_id.to_owned());
    let status = problem.status;
    tracing::debug!(status, code = %problem.code, "refused");
    *response.body_mut() = serde_json::to_vec(&problem).map_or_else(|_| Body::empty(), Body::from);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Answers for a handler that panicked.
#[derive(Clone, Copy)]
pub(super) struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, _: Box<dyn Any + Send + 'static>) -> Response<Body> {
        // The panic hook has logged where; its text is not for the client.
        respond(problem(Error::internal("a handler panicked")), None)
    }
}
