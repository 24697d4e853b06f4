//! Many people signing in at once, again and again, each with an account and an address of their own.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use super::daemon::{Daemon, login};
use super::http::Connection;
use super::shared::Result;

/// What became of logins.
#[derive(Clone, Copy, Default)]
pub(super) struct Answers {
    /// 200.
    pub(super) accepted: u32,
    /// 429.
    pub(super) limited: u32,
    /// 503.
    pub(super) unavailable: u32,
    /// Anything else, which is a fault.
    pub(super) others: u32,
}

impl AddAssign for Answers {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.limited += other.limited;
        self.unavailable += other.unavailable;
        self.others += other.others;
    }
}

/// Signs in with so many clients until `end`, and counts the answers that came since `begin`.
pub(super) fn sign_in(daemon: &Daemon, clients: usize, begin: Instant, end: Instant) -> Result<Answers> {
    let parts = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..clients).map(|place| scope.spawn(move || client(daemon, place, begin, end))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".to_owned())))
            .collect::<Result<Vec<Answers>, String>>()
    })?;
    let mut all = Answers::default();
    for part in parts {
        all += part;
    }
    Ok(all)
}

fn client(daemon: &Daemon, place: usize, begin: Instant, end: Instant) -> Result<Answers, String> {
    let mut connection = Connection::tcp(daemon.address).map_err(|error| error.to_string())?;
    let login = login(place);
    let mut answers = Answers::default();
    loop {
        let answer = connection.call(&login).map_err(|error| format!("client {place}: {error}"))?;
        let now = Instant::now();
        if now >= end {
            return Ok(answers);
        }
        if now >= begin {
            match answer.status {
                200 => answers.accepted += 1,
                429 => answers.limited += 1,
                503 => answers.unavailable += 1,
                _ => answers.others += 1,
            }
        }
        // A client that does as it is told comes back no sooner.
        if let Some(seconds) = answer.retry_after {
            std::thread::sleep(Duration::from_secs(seconds).min(end.duration_since(now)));
            if Instant::now() >= end {
                return Ok(answers);
            }
        }
    }
}
