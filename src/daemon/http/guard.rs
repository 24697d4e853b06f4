//! What every request goes through, whatever its route: doors that are closed, headers that are always there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use ipnet::IpNet;
use tracing::Instrument;
use uuid::Uuid;

use super::limits::{self, Limits, Settings, Verdict};
use super::peer::{Caller, Peer};
use super::problem;
use super::proxy::TrustedProxies;
use super::state::AppState;
use crate::api::error::ErrorCode;
use crate::api::header as ours;
use crate::api::paths;
use crate::daemon::error::{Error, Result};

/// Names that a request may always give the daemon.
const NAMES: [&str; 2] = ["nudge", "localhost"];
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
/// Answered to whoever watches the daemon, however often.
const UNCOUNTED: [&str; 2] = [paths::HEALTHZ, paths::READYZ];

/// What the fences are made of.
pub struct FenceSettings {
    /// Names and addresses of this daemon, besides those of the loopback.
    pub hosts: Vec<String>,
    /// The address that is listened on.
    pub listening: Option<IpAddr>,
    /// Who says truly whom they ask for (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpNet>,
    /// How many requests are answered.
    pub limits: Settings,
}

/// What keeps strangers out before any route is looked for.
pub struct Fences {
    hosts: Hosts,
    proxies: TrustedProxies,
    limits: Limits,
}

impl Fences {
    /// Puts them up.
    #[must_use]
    pub fn new(settings: FenceSettings) -> Self {
        let FenceSettings { hosts, listening, trusted_proxies, limits } = settings;
        let (hosts, proxies) = (Hosts::new(&hosts, listening), TrustedProxies::new(trusted_proxies));
        Self { hosts, proxies, limits: Limits::new(limits) }
    }

    /// Returns fences that let everybody pass who names the loopback, for tests of what lies behind.
    #[cfg(test)]
    pub(crate) fn wide(own_uid: u32) -> Self {
        let limits = Settings::unlimited(own_uid);
        Self::new(FenceSettings { hosts: Vec::new(), listening: None, trusted_proxies: Vec::new(), limits })
    }

    /// Returns whose share of the connections a peer takes. The owner, root and trusted proxies have only the total.
    #[must_use]
    pub fn share(&self, peer: Peer) -> Option<String> {
        let caller = Caller::from(peer);
        let is_proxy = matches!(caller, Caller::Address(address) if self.proxies.contains(address));
        (!is_proxy && !self.limits.spares(caller)).then(|| caller.key())
    }

    /// Counts a request of an account, besides what [`every`] has counted for its caller.
    pub(super) fn user(&self, account: Uuid, caller: impl Into<Caller>) -> Verdict {
        self.limits.user(account, caller.into())
    }

    /// Counts a renewal of tokens.
    pub(super) fn refresh(&self, caller: Caller) -> Verdict {
        self.limits.refresh(caller)
    }

    /// Says who asks, counts it, and lets it pass or not.
    fn admit(&self, request: &mut Request) -> (Verdict, Result<()>) {
        let Some(peer) = request.extensions().get().copied() else {
            return (Verdict::FREE, Err(Error::internal("a connection without a peer")));
        };
        let caller = self.proxies.caller(peer, request.headers());
        request.extensions_mut().insert(caller);
        let is_counted = !UNCOUNTED.contains(&request.uri().path());
        let verdict = if is_counted { self.limits.peer(caller) } else { Verdict::FREE };
        (verdict, verdict.admit().and_then(|()| refuse_browsers(&self.hosts, request.headers(), request.uri())))
    }
}

/// Goes round every request: counts it, gives it an id, refuses what comes from a web page, completes the answer.
pub(super) async fn every(State(state): State<AppState>, mut request: Request, next: Next) -> Response<Body> {
    let _active = Active::count(Arc::clone(&state.active));
    let id = Uuid::now_v7().to_string();
    let span = tracing::debug_span!("request", id, method = %request.method(), path = request.uri().path());
    let (verdict, admitted) = state.fences.admit(&mut request);
    let mut response = match admitted {
        Err(error) => error.into_response(),
        Ok(()) => next.run(request).instrument(span).await,
    };
    problem::complete(&mut response, &id);
    let mut response = limits::marked(response, &verdict);
    let version = state.machine.version();
    for (name, value) in [(ours::VERSION, version.as_str()), (ours::REQUEST_ID, id.as_str())] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refuse_browsers(ours: &Hosts, headers: &HeaderMap, uri: &Uri) -> Result<()> {
    if headers.contains_key(header::ORIGIN) || headers.contains_key(header::REFERER) {
        return Err(Error::refused(ErrorCode::Forbidden, "requests of web pages are not answered"));
    }
    // Of a request in absolute form the target counts (RFC 9112, section 3.2.2); whatever names a host must name us.
    let mut hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let named = [hosts.next(), hosts.next(), uri.authority().map(axum::http::uri::Authority::as_str)];
    match named {
        [Some(host), None, target] if ours.contain(host) && target.is_none_or(|target| ours.contain(target)) => Ok(()),
        _ => Err(Error::refused(ErrorCode::Forbidden, "the request names a host that is not this daemon")
            .with_hint("by which names it may be asked is the setting `hosts` of the section `[tcp]`")),
    }
}

/// Hosts that a request may name. A web page that found the port by another name is refused (DNS rebinding).
#[derive(Debug)]
struct Hosts {
    // In lower case.
    names: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Hosts {
    fn new(configured: &[String], listening: Option<IpAddr>) -> Self {
        let mut hosts = Self { names: NAMES.map(str::to_owned).to_vec(), addresses: LOOPBACK.to_vec() };
        hosts.addresses.extend(listening.filter(|address| !address.is_unspecified()));
        for host in configured {
            match (host.parse().ok(), address(without_port(host))) {
                (Some(address), _) | (None, Some(address)) => hosts.addresses.push(address),
                (None, None) => hosts.names.push(without_port(host).to_ascii_lowercase()),
            }
        }
        hosts
    }

    /// Says whether a host is this daemon, whatever port it names.
    fn contain(&self, host: &str) -> bool {
        let host = without_port(host);
        address(host).map_or_else(
            || self.names.iter().any(|name| name.eq_ignore_ascii_case(host)),
            |address| self.addresses.contains(&address),
        )
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Reads an address as a host writes it: of IPv6 in brackets (RFC 3986, section 3.2.2).
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
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

    fn is_refused(ours: &Hosts, hosts: &[&'static str], uri: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_static(host));
        }
        refuse_browsers(ours, &headers, &Uri::from_static(uri)).is_err()
    }

    #[test]
    fn only_our_own_names_are_hosts() {
        let ours = Hosts::new(&[], Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        let allowed = [
            "nudge",
            "localhost",
            "LocalHost:7711",
            "localhost:7711",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:7711",
            "[0:0::1]",
        ];
        for host in allowed {
            assert!(!is_refused(&ours, &[host], "/healthz"), "{host}");
        }
        let refused =
            ["", ":80", "evil", "evil:80", "localhost.evil", "nudge:x", "127.0.0.2", "0.0.0.0", "127.1", "::1"];
        for host in refused {
            assert!(is_refused(&ours, &[host], "/healthz"), "{host}");
        }
        assert!(is_refused(&ours, &[], "/healthz"));
        assert!(is_refused(&ours, &["localhost", "evil"], "/healthz"));
        assert!(is_refused(&ours, &["localhost"], "http://evil/healthz"));
        assert!(!is_refused(&ours, &["localhost"], "http://localhost/healthz"));
    }

    #[test]
    fn configured_names_and_the_address_listened_on_are_hosts() {
        let configured = ["Tasks.example", "other.example:8443", "192.0.2.1", "[2001:db8::1]", "2001:db8::2"];
        let ours = Hosts::new(&configured.map(str::to_owned), "2001:db8::3".parse().ok());
        for host in [
            "tasks.EXAMPLE:443",
            "other.example",
            "192.0.2.1:7711",
            "[2001:db8::1]:7711",
            "[2001:DB8::2]",
            "[2001:db8:0::3]",
            "localhost",
        ] {
            assert!(!is_refused(&ours, &[host], "/v1/tasks"), "{host}");
        }
        for host in ["example", "a.tasks.example", "tasks.example.", "192.0.2.2", "[2001:db8::4]", "[tasks.example]"] {
            assert!(is_refused(&ours, &[host], "/v1/tasks"), "{host}");
        }
    }

    #[test]
    fn a_request_carries_who_asks_and_health_is_not_counted() {
        let one = std::num::NonZeroU32::MIN;
        let limits = Settings { own_uid: 1000, per_minute: one, burst: one, refresh_per_minute: one };
        let trusted_proxies = vec!["10.0.0.1/32".parse().expect("a network")];
        let fences = Fences::new(FenceSettings { hosts: Vec::new(), listening: None, trusted_proxies, limits });
        let ask = |path: &str, forwarded: &str| {
            let request = Request::builder().uri(path).header(header::HOST, "localhost");
            let mut request = request.header("x-forwarded-for", forwarded).body(Body::empty()).expect("a request");
            request.extensions_mut().insert(Peer::Tcp("10.0.0.1:9".parse().expect("an address")));
            let (verdict, admitted) = fences.admit(&mut request);
            (
                request.extensions().get::<Caller>().map(|caller| caller.key()),
                verdict != Verdict::FREE,
                admitted.is_ok(),
            )
        };
        let told = |caller: &str, is_counted, is_admitted| (Some(caller.to_owned()), is_counted, is_admitted);
        assert_eq!(ask(paths::TASKS, "192.0.2.1"), told("192.0.2.1", true, true));
        assert_eq!(ask(paths::TASKS, "192.0.2.1"), told("192.0.2.1", true, false));
        assert_eq!(ask(paths::TASKS, "192.0.2.2"), told("192.0.2.2", true, true));
        assert_eq!(ask(paths::HEALTHZ, "192.0.2.1"), told("192.0.2.1", false, true));
        assert_eq!(ask(paths::READYZ, "192.0.2.1"), told("192.0.2.1", false, true));
        let mut without_peer = Request::new(Body::empty());
        assert!(fences.admit(&mut without_peer).1.is_err());
    }

    #[test]
    fn the_owner_root_and_proxies_have_no_share() {
        let fences = Fences::new(FenceSettings {
            hosts: Vec::new(),
            listening: None,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
            limits: Settings::unlimited(1000),
        });
        let tcp = |address: &str| fences.share(Peer::Tcp(address.parse().expect("an address")));
        for uid in [1000, 0] {
            assert_eq!(fences.share(Peer::Unix { uid }), None);
        }
        assert_eq!(fences.share(Peer::Unix { uid: 7 }).as_deref(), Some("uid:7"));
        assert_eq!(tcp("10.0.0.1:9"), None);
        assert_eq!(tcp("192.0.2.1:9").as_deref(), Some("192.0.2.1"));
        assert_eq!(tcp("127.0.0.1:9").as_deref(), Some("127.0.0.1"));
    }
}
