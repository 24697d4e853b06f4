//! How many requests a caller and an account may send, and how they are told (draft-ietf-httpapi-ratelimit-headers).
//!
//! Three budgets that never spend from each other: requests of a caller, requests of an account, renewals of a caller.
//! It must not know routes, and keeps nothing over a restart: failed logins are counted elsewhere.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::peer::Caller;
use crate::daemon::error::Error;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
/// More than this is no limit, and larger numbers would overflow the arithmetic of times.
const MOST: NonZeroU32 = NonZeroU32::new(1_000_000).expect("it is not zero");
/// After how many checks those are forgotten who have their whole burst again. No timer: idle must cost nothing.
const CLEANED_EVERY: usize = 1024;
/// How many are told apart. Beyond, all share [`SHARED`] places: an attacker with many networks gets no memory.
const TOLD_APART: usize = 1 << 16;
const SHARED: u64 = 1 << 14;
const ROOT: u32 = 0;
const RENEWALS: &str = "refresh";

/// What is allowed. More than a million of anything is taken as a million.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The uid that the daemon runs as: it and root have no limit on the Unix socket.
    pub own_uid: u32,
    /// How many requests a minute a caller may send, and an account.
    pub per_minute: NonZeroU32,
    /// How many of them at once.
    pub burst: NonZeroU32,
    /// How many times a minute a caller may renew tokens, and how many of them at once.
    pub refresh_per_minute: NonZeroU32,
}

impl Settings {
    /// Returns limits that nobody meets.
    #[cfg(test)]
    pub(crate) fn unlimited(own_uid: u32) -> Self {
        Self { own_uid, per_minute: MOST, burst: MOST, refresh_per_minute: MOST }
    }
}

/// Counts requests.
pub(super) struct Limits<C: Clock = DefaultClock> {
    own_uid: u32,
    peer: Budget<C>,
    user: Budget<C>,
    refresh: Budget<C>,
}

impl Limits {
    /// Begins to count.
    #[must_use]
    pub(super) fn new(settings: Settings) -> Self {
        Self::with_clock(settings, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn with_clock(settings: Settings, clock: &C) -> Self {
        let Settings { own_uid, per_minute, burst, refresh_per_minute } = settings;
        let budget = |policy, per_minute, burst| Budget::new(policy, per_minute, burst, clock.clone());
        Self {
            own_uid,
            peer: budget("peer", per_minute, burst),
            user: budget("user", per_minute, burst),
            refresh: budget(RENEWALS, refresh_per_minute, refresh_per_minute),
        }
    }

    /// Counts a request of a caller.
    pub(super) fn peer(&self, caller: Caller) -> Verdict {
        self.unless_spared(caller, || self.peer.check(caller.network()))
    }

    /// Counts a request of an account.
    pub(super) fn user(&self, account: Uuid, caller: Caller) -> Verdict {
        self.unless_spared(caller, || self.user.check(account))
    }

    /// Counts a renewal of tokens by a caller.
    pub(super) fn refresh(&self, caller: Caller) -> Verdict {
        self.unless_spared(caller, || self.refresh.check(caller.network()))
    }

    /// A script of the owner must not be stopped, nor root, who could stop the daemon.
    fn unless_spared(&self, caller: Caller, check: impl FnOnce() -> Standing) -> Verdict {
        if self.spares(caller) { Verdict::FREE } else { Verdict(Some(check())) }
    }

    /// Says whether a caller is the daemon's owner or root, who have no limits.
    pub(super) fn spares(&self, caller: Caller) -> bool {
        matches!(caller, Caller::Uid(uid) if uid == self.own_uid || uid == ROOT)
    }
}

/// What was decided of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) struct Verdict(Option<Standing>);

/// Where a budget stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    policy: &'static str,
    burst: u32,
    window: u64,
    remaining: u32,
    reset: u64,
    is_refused: bool,
}

impl Verdict {
    /// No limit applies.
    pub(super) const FREE: Self = Self(None);

    /// Returns why the request is not answered, if it is not: `too_many_requests`, with the seconds to wait.
    pub(super) fn refusal(&self) -> Option<Error> {
        let standing = self.0.filter(|standing| standing.is_refused)?;
        let what = if standing.policy == RENEWALS { "renewals of tokens" } else { "requests" };
        Some(Error::too_many(format!("too many {what} in a short time"), standing.reset))
    }

    /// Returns why the request is not answered, if it is not, as an error.
    pub(super) fn admit(&self) -> Result<(), Error> {
        self.refusal().map_or(Ok(()), Err)
    }

    fn tell(&self, headers: &mut HeaderMap) {
        if let Some(Standing { policy, burst, window, remaining, reset, .. }) = self.0 {
            append(headers, POLICY, &format!("\"{policy}\";q={burst};w={window}"));
            append(headers, STATE, &format!("\"{policy}\";r={remaining};t={reset}"));
        }
    }
}

/// Tells in an answer where the budget stands, behind what another limit has told there.
pub(super) fn marked(mut response: Response<Body>, verdict: &Verdict) -> Response<Body> {
    verdict.tell(response.headers_mut());
    response
}

fn append(headers: &mut HeaderMap, name: HeaderName, item: &str) {
    let mut list = String::new();
    if let Some(before) = headers.get(&name).and_then(|value| value.to_str().ok()) {
        list.push_str(before);
        list.push_str(", ");
    }
    list.push_str(item);
    if let Ok(value) = HeaderValue::try_from(list) {
        headers.insert(name, value);
    }
}

/// One kind of limit, for everybody whom it counts.
struct Budget<C: Clock> {
    policy: &'static str,
    quota: Quota,
    // By hash, with a seed that nobody knows: small, and of one size whatever is counted.
    limiter: RateLimiter<u64, DashMapStateStore<u64>, C, StateInformationMiddleware>,
    clock: C,
    hasher: RandomState,
    checks: AtomicUsize,
    is_full: AtomicBool,
}

impl<C: Clock + Clone> Budget<C> {
    fn new(policy: &'static str, per_minute: NonZeroU32, burst: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_minute(per_minute.min(MOST)).allow_burst(burst.min(MOST));
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        let (checks, is_full) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { policy, quota, limiter, clock, hasher: RandomState::new(), checks, is_full }
    }

    fn check(&self, key: impl Hash) -> Standing {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CLEANED_EVERY == CLEANED_EVERY - 1 {
            self.clean();
        }
        let hash = self.hasher.hash_one(key);
        let place = if self.is_full.load(Ordering::Relaxed) { hash % SHARED } else { hash };
        let burst = self.quota.burst_size().get();
        let (remaining, reset, is_refused) = match self.limiter.check_key(&place) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                (remaining, self.quota.replenish_interval() * (burst - remaining.min(burst)), false)
            }
            // One that comes on time is admitted; the draft wants `t` to say the same as Retry-After.
            Err(refused) => (0, refused.wait_time_from(self.clock.now()).max(Duration::from_nanos(1)), true),
        };
        let window = whole_seconds(self.quota.burst_size_replenished_in());
        Standing { policy: self.policy, burst, window, remaining, reset: whole_seconds(reset), is_refused }
    }

    /// Forgets who has the whole burst again, as do those who never came.
    fn clean(&self) {
        let before = self.limiter.len();
        self.limiter.retain_recent();
        let after = self.limiter.len();
        if after < before / 2 {
            self.limiter.shrink_to_fit();
        }
        let is_full = after >= TOLD_APART;
        if is_full && !self.is_full.load(Ordering::Relaxed) {
            tracing::warn!(policy = self.policy, "too many to count one by one: limits are shared for a while");
        }
        self.is_full.store(is_full, Ordering::Relaxed);
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::net::{IpAddr, Ipv4Addr};

    fn number(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).expect("not zero")
    }

    fn limits(clock: &FakeRelativeClock) -> Limits<FakeRelativeClock> {
        let settings =
            Settings { own_uid: 1000, per_minute: number(60), burst: number(3), refresh_per_minute: number(2) };
        Limits::with_clock(settings, clock)
    }

    fn caller(text: &str) -> Caller {
        Caller::Address(text.parse().expect("an address"))
    }

    #[test]
    fn a_burst_and_then_a_steady_rate() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let one = caller("192.0.2.1");
        for remaining in [2, 1, 0] {
            let standing = limits.peer(one).0.expect("limited");
            assert_eq!((standing.is_refused, standing.remaining), (false, remaining));
            assert_eq!(standing.reset, u64::from(3 - remaining));
        }
        let standing = limits.peer(one).0.expect("limited");
        assert_eq!((standing.is_refused, standing.remaining, standing.reset), (true, 0, 1));
        assert!(limits.peer(caller("192.0.2.2")).admit().is_ok(), "another is not meant");
        clock.advance(Duration::from_millis(1500));
        assert!(limits.peer(one).admit().is_ok());
        assert!(limits.peer(one).admit().is_err());
        clock.advance(Duration::from_mins(1));
        assert_eq!(limits.peer(one).0.expect("limited").remaining, 2, "the burst does not grow");
    }

    #[test]
    fn waiting_as_told_is_enough() {
        let clock = FakeRelativeClock::default();
        let settings = Settings { own_uid: 0, per_minute: number(7), burst: number(1), refresh_per_minute: number(1) };
        let limits = Limits::with_clock(settings, &clock);
        for _ in 0..5 {
            assert!(limits.peer(caller("192.0.2.1")).admit().is_ok());
            let refused = limits.peer(caller("192.0.2.1")).0.expect("limited");
            assert!(refused.is_refused);
            clock.advance(Duration::from_secs(refused.reset));
        }
    }

    #[test]
    fn budgets_are_apart() {
        let limits = limits(&FakeRelativeClock::default());
        let one = caller("2001:db8::1");
        let account = Uuid::from_u128(1);
        while limits.refresh(one).admit().is_ok() {}
        while limits.user(account, one).admit().is_ok() {}
        assert!(limits.user(Uuid::from_u128(2), one).admit().is_ok());
        assert!(limits.peer(one).admit().is_ok());
        assert!(limits.peer(caller("2001:db8::2")).admit().is_ok());
        assert_eq!(limits.peer(caller("2001:db8::3")).0.expect("limited").remaining, 0, "one network");
    }

    #[test]
    fn the_owner_and_root_have_no_limit() {
        let limits = limits(&FakeRelativeClock::default());
        for uid in [1000, 0] {
            assert_eq!(limits.peer(Caller::Uid(uid)), Verdict::FREE);
            assert_eq!(limits.user(Uuid::nil(), Caller::Uid(uid)), Verdict::FREE);
            assert_eq!(limits.refresh(Caller::Uid(uid)), Verdict::FREE);
            assert!(limits.peer(Caller::Proxied(uid)) != Verdict::FREE, "who asks through a proxy is not the proxy");
        }
        assert_ne!(limits.peer(Caller::Uid(1001)), Verdict::FREE);
    }

    #[test]
    fn an_answer_names_every_limit() {
        let limits = limits(&FakeRelativeClock::default());
        let one = caller("192.0.2.1");
        let answer = marked(Response::new(Body::empty()), &limits.user(Uuid::nil(), one));
        let answer = marked(marked(answer, &limits.peer(one)), &Verdict::FREE);
        let headers = answer.headers();
        assert_eq!(headers[POLICY], "\"user\";q=3;w=3, \"peer\";q=3;w=3");
        assert_eq!(headers[STATE], "\"user\";r=2;t=1, \"peer\";r=2;t=1");
    }

    #[test]
    fn the_largest_settings_do_not_overflow() {
        let clock = FakeRelativeClock::default();
        let most = NonZeroU32::MAX;
        for (per_minute, burst) in [(most, most), (number(1), most), (most, number(1))] {
            let settings = Settings { own_uid: 0, per_minute, burst, refresh_per_minute: most };
            let limits = Limits::with_clock(settings, &clock);
            clock.advance(Duration::from_hours(100_000));
            assert!(limits.peer(caller("192.0.2.1")).admit().is_ok());
        }
    }

    #[test]
    fn the_store_does_not_grow_without_end() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let most = TOLD_APART + CLEANED_EVERY + usize::try_from(SHARED).expect("small");
        for number in 0..3 * u32::try_from(TOLD_APART).expect("small") {
            let verdict = limits.peer(Caller::Address(IpAddr::V4(Ipv4Addr::from_bits(number))));
            assert_ne!(verdict, Verdict::FREE);
        }
        assert!(limits.peer.limiter.len() <= most, "{}", limits.peer.limiter.len());
        clock.advance(Duration::from_mins(1));
        for _ in 0..CLEANED_EVERY {
            clock.advance(Duration::from_secs(1));
            assert!(limits.peer(caller("192.0.2.1")).admit().is_ok());
        }
        assert!(limits.peer.limiter.len() <= 2, "{}", limits.peer.limiter.len());
        assert!(!limits.peer.is_full.load(Ordering::Relaxed));
    }
}
