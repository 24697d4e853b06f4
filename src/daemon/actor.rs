//! Who asks, in which space, and in whose time. Made at the door (`http`), the first argument of every service.

use std::sync::Arc;

use jiff::{civil::Time, tz::TimeZone};
use uuid::Uuid;

use crate::api::auth::Scope;

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

/// How a person came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By the uid at the other end of the Unix socket.
    Local,
    /// By email and password.
    Password,
    /// By a personal access token, which may do only what it names.
    Token(Arc<[Scope]>),
    /// Nobody came in: the daemon itself.
    Nobody,
}

impl Via {
    /// Says whether something that needs a scope may be done.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Token(scopes) => scopes.contains(&scope),
            Self::Local | Self::Password | Self::Nobody => true,
        }
    }
}

/// The time of day at which a reminder that is counted in days fires, where the account has no other.
pub const REMIND_TIME: Time = Time::constant(9, 0, 0, 0);

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// A person or the daemon.
    pub by: By,
    /// How they came in.
    pub via: Via,
    /// The account; nil for the daemon.
    pub account: Uuid,
    /// The session, or the personal access token; nil for the daemon.
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
            via: Via::Nobody,
            account: Uuid::nil(),
            session: Uuid::nil(),
            space,
            zone: TimeZone::UTC,
            home: TimeZone::UTC,
            remind_time: REMIND_TIME,
        }
    }
}

/// An administrator, by the peer's present uid and groups: sees accounts and their limits, and no task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Administrator {
    /// The peer's uid.
    pub uid: u32,
}
