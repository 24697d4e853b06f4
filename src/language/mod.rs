//! What people type, read: dates, durations, reminders, task attributes and filters.
//!
//! Pure: text, a zone and "now" in; a value or a [`Trouble`] with the place of the trouble out. It knows no
//! store, no socket and no terminal, and of ours only the wire's vocabulary (`api`). No input panics,
//! recurses or takes more than linear time.

mod changes;
mod dates;
mod filter;
mod nearest;
mod pieces;
mod reminder;
mod trouble;
mod when;
mod words;

pub use changes::{Base, Changes, parse_changes};
pub use dates::parse_when;
pub use filter::{Filter, Term, parse_filter};
pub use reminder::{Reminder, parse_reminder};
pub use trouble::{Trouble, TroubleKind};
pub use when::When;
pub use words::{Word, join, split};

/// What a phrase is read against.
#[derive(Debug, Clone)]
pub struct Context {
    /// The moment that `now`, `today` and durations count from.
    pub now: jiff::Timestamp,
    /// The zone that civil dates and times are in.
    pub zone: jiff::tz::TimeZone,
    /// The time of day at which a reminder counted in days fires.
    pub remind_time: jiff::civil::Time,
}
