//! Names of our own HTTP headers, in one place for both ends.

/// On every answer: version and build, such as `0.1.0+1795441200`.
pub const VERSION: &str = "nudge-version";
/// On every answer: the id of the request, as the daemon's log has it.
pub const REQUEST_ID: &str = "nudge-request-id";
/// On a request: the IANA zone to read and show dates in, instead of the account's.
/// On an answer that depends on a zone: the one that was used.
pub const ZONE: &str = "nudge-zone";
/// On a request of an interactive command: tell me of unread notifications.
pub const WANT_UNREAD: &str = "nudge-want-unread";
/// On the answer to such a request: `<how many> <id of the newest>`, and absent when there are none.
pub const UNREAD: &str = "nudge-unread";
