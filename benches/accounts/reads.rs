//! Other people's requests: pages of tasks, so many a second whatever becomes of them, by somebody who is signed in.

use std::time::{Duration, Instant};

use super::daemon::Daemon;
use super::shared::Result;

/// Pages a second.
pub(super) const PER_SECOND: u32 = 200;
/// They take turns, so that a late answer delays only those of its own connection.
const CONNECTIONS: u32 = 8;

/// How long the answers took, the shortest first.
pub(super) struct Latencies(Vec<Duration>);

impl Latencies {
    /// Puts several together.
    pub(super) fn of(parts: Vec<Self>) -> Self {
        let mut all: Vec<Duration> = parts.into_iter().flat_map(|part| part.0).collect();
        all.sort_unstable();
        Self(all)
    }

    /// Returns the time within which so many of a hundred answers came.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// Reads pages from `begin` to `end`. A time counts from the moment that the request was due, so that no answer that
/// comes late hides how late those behind it are.
pub(super) fn read(daemon: &Daemon, begin: Instant, end: Instant) -> Result<Latencies> {
    let parts = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..CONNECTIONS).map(|place| scope.spawn(move || read_on(daemon, place, begin, end))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".to_owned())))
            .collect::<Result<Vec<Latencies>, String>>()
    })?;
    Ok(Latencies::of(parts))
}

fn read_on(daemon: &Daemon, place: u32, begin: Instant, end: Instant) -> Result<Latencies, String> {
    let mut connection = daemon.local().map_err(|error| error.to_string())?;
    let page = daemon.own("GET", "/v1/tasks?limit=25", "");
    let mut times = Vec::new();
    let step = Duration::from_secs(1) / PER_SECOND;
    let mut due = begin + step * place;
    while due < end {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let answer = connection.call(&page).map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("a page: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        times.push(due.elapsed());
        due += step * CONNECTIONS;
    }
    Ok(Latencies(times))
}
