//! What a daemon says of itself. Unversioned and frozen: a client of any age can ask and can stop it.

use serde::{Deserialize, Serialize};

/// The answer of `GET /daemon`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DaemonInfo {
    /// The process.
    pub pid: u32,
    /// The package's version, such as `0.1.0`.
    pub version: String,
    /// When it was built, in Unix seconds: of two builds the one with the larger number is newer.
    pub build: u64,
    /// The version of the HTTP interface.
    pub protocol: u32,
    /// True when a command started it, false for `daemon run` by hand or by a unit.
    pub autostarted: bool,
    /// When it became ready, in UTC.
    pub started_at: jiff::Timestamp,
    /// Requests being answered now, this one not counted.
    pub active_requests: usize,
    /// The database file.
    pub database: String,
    /// The Unix socket.
    pub socket: String,
    /// The TCP address, if there is one.
    pub tcp: Option<String>,
    /// When the next reminder is due, in UTC.
    pub next_reminder_at: Option<jiff::Timestamp>,
}

/// The body of `POST /daemon/stop`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Stop only when no other request is being answered; else 409 `wrong_state`.
    #[serde(default)]
    pub if_idle: bool,
}
