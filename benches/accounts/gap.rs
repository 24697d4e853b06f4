//! Whether the time that a refusal takes tells that an email is known.

use std::time::{Duration, Instant};

use super::daemon::{Daemon, address, email, sign_in};
use super::http::Connection;
use super::shared::Result;
use super::shared::stopwatch::medians;

const WRONG: &str = "eighteen violet kettles";

/// Returns the medians of a login with a wrong password, of an account that is there and of one that is not. They take
/// turns, and each comes from an address of its own, because failures make wait.
pub(super) fn medians_of_refusals(daemon: &Daemon, accounts: usize, samples: usize) -> Result<[Duration; 2]> {
    let mut known = refusals(daemon, 2, |place| email(place % accounts))?;
    let mut unknown = refusals(daemon, 3, |place| format!("nobody{place}@example.org"))?;
    medians(samples, [&mut known, &mut unknown])
}

/// Makes what is refused once more each time.
fn refusals(daemon: &Daemon, network: u8, email: impl Fn(usize) -> String) -> Result<impl FnMut() -> Result<Duration>> {
    let mut connection = Connection::tcp(daemon.address)?;
    let mut place = 0;
    Ok(move || {
        let request = sign_in(&email(place), WRONG, address(network, place));
        place += 1;
        let begin = Instant::now();
        let answer = connection.call(&request)?;
        let taken = begin.elapsed();
        match answer.status {
            401 => Ok(taken),
            status => Err(format!("a wrong password: {status} {}", String::from_utf8_lossy(&answer.body)).into()),
        }
    })
}
