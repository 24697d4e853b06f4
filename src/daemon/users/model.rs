//! Accounts and sessions, as far as signing in needs them. Pure.

use uuid::Uuid;

use crate::daemon::actor::SpaceId;

/// A person known by the uid of their end of the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalIdentity {
    /// Where the uid counts: one set of user names, told by an id that lies beside the database.
    pub realm: String,
    /// The peer's uid, from the kernel (`SO_PEERCRED`).
    pub uid: u32,
    /// The login name that the uid has now.
    pub login: String,
}

/// An account with its session and space: what a request needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// The account.
    pub account: Uuid,
    /// The account's space.
    pub space: SpaceId,
    /// The account's IANA zone.
    pub zone: String,
}

/// Returns the zone if it is one that times can be told in, else UTC: an unknown zone must keep nobody out.
#[must_use]
pub fn zone_or_utc(name: Option<&str>) -> &str {
    match name {
        Some(name) if jiff::tz::TimeZone::get(name).is_ok() => name,
        _ => "UTC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_nobody_knows_is_utc() {
        assert_eq!(zone_or_utc(Some("Europe/Berlin")), "Europe/Berlin");
        assert_eq!(zone_or_utc(Some("Atlantis/Poseidonis")), "UTC");
        assert_eq!(zone_or_utc(None), "UTC");
    }
}
