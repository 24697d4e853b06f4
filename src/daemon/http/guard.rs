//! What every request goes through, whatever its route: doors that are closed, headers that are always there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use tracing::Instrument;
use uuid::Uuid;

use super::problem;
use super::state::AppState;
use crate::api::error::ErrorCode;
use crate::api::header as ours;
use crate::daemon::error::Error;

/// Hosts that a request may name. A web page that found the port by another name is refused (DNS rebinding).
const HOSTS: [&str; 4] = ["nudge", "localhost", "127.0.0.1", "[::1]"];

/// Goes round every request: counts it, gives it an id, refuses what comes from a web page, completes the answer.
pub(super) async fn every(State(state): State<AppState>, request: Request, next: Next) -> Response<Body> {
    let _active = Active::count(Arc::clone(&state.active));
    let id = Uuid::now_v7().to_string();
    let span = tracing::debug_span!("request", id, method = %request.method(), path = request.uri().path());
    let refused = refuse_browsers(request.headers(), request.uri());
    let mut response = match refused {
        Err(error) => error.into_response(),
        Ok(()) => next.run(request).instrument(span).await,
    };
    problem::complete(&mut response, &id);
    let version = state.machine.version();
    for (name, value) in [(ours::VERSION, version.as_str()), (ours::REQUEST_ID, id.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refuse_browsers(headers: &HeaderMap, uri: &Uri) -> Result<(), Error> {
    if headers.contains_key(header::ORIGIN) || headers.contains_key(header::REFERER) {
        return Err(Error::refused(ErrorCode::Forbidden, "requests of web pages are not answered"));
    }
    // Of a request in absolute form the target counts (RFC 9112, section 3.2.2); whatever names a host must name us.
    let mut hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let named = [hosts.next(), hosts.next(), uri.authority().map(axum::http::uri::Authority::as_str)];
    match named {
        [Some(host), None, target] if is_ours(host) && target.is_none_or(is_ours) => Ok(()),
        _ => Err(Error::refused(ErrorCode::Forbidden, "the request names a host that is not this daemon")),
    }
}

fn is_ours(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    HOSTS.contains(&name)
}

/// Counts a request for as long as it lives.
pub(super) struct Active(Arc<AtomicUsize>);

impl Active {
    /// Counts one more, until what this returns is dropped.
    pub(super) fn count(counter: Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers for a path that no route has.
pub(super) async fn no_route(uri: Uri) -> Error {
    Error::refused(ErrorCode::NoRoute, format!("there is no route `{}`", uri.path()))
}

/// Answers for a method that a route does not have.
pub(super) async fn no_method(method: Method, uri: Uri) -> Error {
    Error::refused(ErrorCode::MethodNotAllowed, format!("`{}` does not take {method}", uri.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_hosts() {
        let is_refused = |hosts: &[&'static str], uri: &'static str| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            refuse_browsers(&headers, &Uri::from_static(uri)).is_err()
        };
        for host in ["nudge", "localhost", "localhost:7711", "127.0.0.1:1", "[::1]", "[::1]:7711"] {
            assert!(!is_refused(&[host], "/healthz"), "{host}");
        }
        for host in ["", "evil", "evil:80", "localhost.evil", "nudge:x", "127.0.0.2"] {
            assert!(is_refused(&[host], "/healthz"), "{host}");
        }
        assert!(is_refused(&[], "/healthz"));
        assert!(is_refused(&["localhost", "evil"], "/healthz"));
        assert!(is_refused(&["localhost"], "http://evil/healthz"));
        assert!(!is_refused(&["localhost"], "http://localhost/healthz"));
    }
}
