//! Who asks, in which space, and in whose time. Made at the door (`http`), the first argument of every service.

use jiff::{civil::Time, tz::TimeZone};
use uuid::Uuid;

/// The space that tasks are in: the small number that rows of the store carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(pub i64);

/// Whether a person acts, or the daemon by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person, by a command or a script of theirs; a bare `undo` takes it back.
    Person,
    /// The daemon, such as when it takes back what a crash left half done.
    Daemon,
}

/// The time of day at which a reminder that is counted in days fires, until accounts can set their own.
pub const REMIND_TIME: Time = Time::constant(9, 0, 0, 0);

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// A person or the daemon.
    pub by: By,
    /// The account; nil for the daemon.
    pub account: Uuid,
    /// The session that the token belongs to; nil for the daemon.
    pub session: Uuid,
    /// The space that is acted on.
    pub space: SpaceId,
    /// The zone that dates are read in: the account's, or the one that the request asked for.
    pub zone: TimeZone,
    /// The account's zone: in it days begin and end, wherever they were typed.
    pub home: TimeZone,
    /// When reminders counted in days fire.
    pub remind_time: Time,
}

impl Actor {
    /// Makes the daemon itself an actor in a space.
    #[must_use]
    pub fn daemon(space: SpaceId) -> Self {
        Self {
            by: By::Daemon,
            account: Uuid::nil(),
            session: Uuid::nil(),
            space,
            zone: TimeZone::UTC,
            home: TimeZone::UTC,
            remind_time: REMIND_TIME,
        }
    }
}
