//! What a daemon says of itself. Unversioned and frozen: a client of any age can ask and can stop it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer of `GET /daemon`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DaemonInfo {
    /// The process.
    #[schema(example = 4711)]
    pub pid: u32,
    /// The package's version, such as `0.1.0`.
    #[schema(example = "0.1.0")]
    pub version: String,
    /// When it was built, in Unix seconds: of two builds the one with the larger number is newer.
    #[schema(example = 1_795_441_200)]
    pub build: u64,
    /// The version of the HTTP interface.
    #[schema(example = 1)]
    pub protocol: u32,
    /// True when a command started it, false for `daemon run` by hand or by a unit.
    #[schema(example = true)]
    pub autostarted: bool,
    /// When it became ready, in UTC.
    pub started_at: jiff::Timestamp,
    /// Requests being answered now, this one not counted.
    pub active_requests: usize,
    /// The database file.
    #[schema(example = "/home/ada/.local/share/nudge/nudge.db")]
    pub database: String,
    /// The Unix socket.
    #[schema(example = "/run/user/1000/nudge/nudge.sock")]
    pub socket: String,
    /// The TCP address, if there is one.
    #[schema(required = true, example = "127.0.0.1:7711")]
    pub tcp: Option<String>,
    /// When the next reminder is due, in UTC.
    #[schema(required = true)]
    pub next_reminder_at: Option<jiff::Timestamp>,
}

/// The body of `POST /daemon/stop`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRequest {
    /// Stop only when no other request is being answered; else 409 `wrong_state`.
    #[serde(default)]
    #[schema(example = true)]
    pub if_idle: bool,
}
