//! The account of who asks: what it is, its settings, its limits, and what happened to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sensitive::Sensitive;

/// Something that is counted, how much of it there is and how much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quota {
    /// How many there are.
    #[schema(example = 17)]
    pub used: u64,
    /// How many there may be.
    #[schema(example = 1_000_000)]
    pub limit: u64,
}

/// What is counted for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quotas {
    /// Tasks that are stored, closed ones too.
    pub tasks: Quota,
    /// Personal access tokens.
    pub tokens: Quota,
    /// Sessions by password.
    pub sessions: Quota,
}

/// A user of this machine who is signed in by uid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocalView {
    /// The uid.
    #[schema(example = 1000)]
    pub uid: u32,
    /// The login name that it had when it was taken for this account.
    #[schema(example = "ada")]
    pub login: String,
}

/// The account of who asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// Its id.
    pub id: Uuid,
    /// Its email; none where only the uid signs in.
    #[schema(required = true, example = "ada@example.org")]
    pub email: Option<String>,
    /// Whether it has a password.
    #[schema(example = true)]
    pub has_password: bool,
    /// Its IANA zone: in it days begin and end.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// Who is signed in by uid.
    pub local: Vec<LocalView>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What is counted.
    pub quotas: Quotas,
}

/// Changes the account: what is named, and nothing else.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeChange {
    /// A new email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, pattern = "^[^@]+@[^@]+$", min_length = 3)]
    pub email: Option<String>,
    /// The present password: needed with an email, but by who is signed in by uid on the Unix socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, max_length = 1000, min_length = 1)]
    pub password: Option<Sensitive>,
    /// A new IANA zone. Dates without a time stay the days that they are, and begin in the new zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin", min_length = 1)]
    pub zone: Option<String>,
}

/// Deletes the account with all that it has. It can't be undone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The account's id, as a confirmation.
    pub account: Uuid,
    /// The present password, but by who is signed in by uid on the Unix socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        value_type = Option<String>, format = Password, max_length = 1000, min_length = 1,
        example = "a tram full of marmalade"
    )]
    pub password: Option<Sensitive>,
}

/// What answers depend on, besides the zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// The time of day at which a reminder that is counted in days fires, such as `09:00`.
    #[schema(example = "09:00", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub remind_time: String,
}

/// Changes settings: what is named, and nothing else; `null` is the default again.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// As in the settings.
    #[serde(default, deserialize_with = "super::tasks::present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "08:30", pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub remind_time: Option<Option<String>>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// What, such as `signed_in`; further words may come.
    #[schema(example = "signed_in")]
    pub event: String,
    /// From where: an address, or `uid 1000`.
    #[schema(required = true, example = "192.0.2.10")]
    pub peer: Option<String>,
    /// Which device, token or value it was about; never a secret.
    #[schema(required = true, example = "nudge on atlas")]
    pub about: Option<String>,
    /// Whether an administrator did it.
    pub by_administrator: bool,
}

/// What happened, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditList {
    /// The entries.
    pub items: Vec<AuditEntry>,
    /// Where the next page begins.
    #[schema(required = true)]
    pub next: Option<String>,
}
