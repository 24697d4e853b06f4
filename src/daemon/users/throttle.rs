//! How long somebody who failed to sign in has to wait.
//!
//! Pure: it knows neither who tries, nor what was tried, nor where the count is kept.

use jiff::{SignedDuration, Timestamp};

/// After so many failures the next try has to wait; before, people mistype.
pub const FREE: u32 = 5;
/// The longest wait: four tries an hour, where NIST SP 800-63B-4 (section 3.2.2) allows 100 failures in all.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// After this time without a failure the earlier ones no longer count.
const FORGET: SignedDuration = SignedDuration::from_hours(24);

/// Returns how long the next try has to wait after so many failures on end.
#[must_use]
pub fn wait_after(failures: u32) -> SignedDuration {
    match failures.checked_sub(FREE) {
        None => SignedDuration::ZERO,
        Some(doublings @ 0..10) => SignedDuration::from_secs(1 << doublings).min(LONGEST),
        Some(_) => LONGEST,
    }
}

/// The failures on end of one account or one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many there were since the last success.
    pub failures: u32,
    /// When the last of them was.
    pub last: Timestamp,
}

impl Attempts {
    /// Returns what is to be kept after one more failure.
    #[must_use]
    pub fn after_failure(before: Option<Self>, now: Timestamp) -> Self {
        let failures = before.map_or(0, |attempts| attempts.failures_at(now));
        Self { failures: failures.saturating_add(1), last: now }
    }

    /// Returns how long there is still to wait, or nothing when a try is free.
    ///
    /// A clock that was set back makes the wait neither longer than it was at its start nor endless: when the
    /// last failure lies further in the future than the wait itself, the clock was wrong then, and the try is free.
    /// A smaller distance is what two requests at once look like, and must not open a gap.
    #[must_use]
    pub fn blocked_for(&self, now: Timestamp) -> Option<SignedDuration> {
        let wait = wait_after(self.failures_at(now));
        let since = now.duration_since(self.last);
        (since.abs() < wait).then(|| wait.saturating_sub(since).min(wait))
    }

    /// Returns how many failures count at a moment.
    #[must_use]
    pub fn failures_at(&self, now: Timestamp) -> u32 {
        if now.duration_since(self.last).abs() < FORGET { self.failures } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_fifteen_minutes() {
        let table = [
            (0, 0),
            (1, 0),
            (4, 0),
            (5, 1),
            (6, 2),
            (7, 4),
            (8, 8),
            (9, 16),
            (13, 256),
            (14, 512),
            (15, 900),
            (16, 900),
            (100, 900),
            (u32::MAX, 900),
        ];
        for (failures, seconds) in table {
            assert_eq!(wait_after(failures), SignedDuration::from_secs(seconds), "{failures} failures");
        }
    }

    #[test]
    fn a_wait_ends_and_a_clock_that_went_back_does_not_prolong_it() {
        let day = 24 * 3600;
        let table = [
            (4, 0, None),
            (5, 0, Some(1)),
            (5, 1, None),
            (8, 3, Some(5)),
            (8, 8, None),
            (15, 899, Some(1)),
            (15, 900, None),
            (u32::MAX, day, None),
            // Set back a little: still the whole wait. Set back by more than the wait: free.
            (8, -7, Some(8)),
            (8, -8, None),
            (15, -899, Some(900)),
            (15, -day, None),
        ];
        for (failures, seconds, blocked) in table {
            let attempts = Attempts { failures, last: at(0) };
            let blocked = blocked.map(SignedDuration::from_secs);
            assert_eq!(attempts.blocked_for(at(seconds)), blocked, "{failures} failures, {seconds} s later");
        }
    }

    #[test]
    fn failures_add_up_until_a_day_has_passed_without_one() {
        let mut attempts = None;
        for second in 0..7 {
            attempts = Some(Attempts::after_failure(attempts, at(second)));
        }
        let attempts = attempts.expect("seven failures");
        assert_eq!((attempts.failures, attempts.last), (7, at(6)));
        assert_eq!(Attempts::after_failure(Some(attempts), at(6 + 24 * 3600 - 1)).failures, 8);
        assert_eq!(Attempts::after_failure(Some(attempts), at(6 + 24 * 3600)).failures, 1);
        let most = Attempts { failures: u32::MAX, last: at(0) };
        assert_eq!(Attempts::after_failure(Some(most), at(1)).failures, u32::MAX);
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        for (last, now) in [(Timestamp::MIN, Timestamp::MAX), (Timestamp::MAX, Timestamp::MIN)] {
            assert_eq!(Attempts { failures: 50, last }.blocked_for(now), None);
        }
    }
}
