//! What an administrator sees and changes: accounts and their limits, never what is in them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::account::{LocalView, Quotas};
use super::sensitive::Sensitive;

/// An account as an administrator sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: Uuid,
    /// Its email.
    #[schema(required = true, example = "ada@example.org")]
    pub email: Option<String>,
    /// Who is signed in by uid.
    pub local: Vec<LocalView>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When one of its sessions or tokens was last used, to the minute.
    #[schema(required = true)]
    pub last_used_at: Option<Timestamp>,
    /// When it was disabled.
    #[schema(required = true)]
    pub disabled_at: Option<Timestamp>,
    /// What is counted.
    pub quotas: Quotas,
}

/// The accounts, the oldest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UserList {
    /// The accounts.
    pub items: Vec<UserView>,
    /// Where the next page begins.
    #[schema(required = true)]
    pub next: Option<String>,
}

/// Adds an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Its email.
    #[schema(max_length = 254, pattern = "^[^@]+@[^@]+$", example = "ada@example.org", min_length = 3)]
    pub email: String,
    /// Its first password; one is made up and answered where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, max_length = 1000, min_length = 10)]
    pub password: Option<Sensitive>,
    /// Its IANA zone; UTC where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, example = "Europe/Berlin")]
    pub zone: Option<String>,
}

/// An account that was added or whose password was set anew.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UserAnswer {
    /// The account.
    pub user: UserView,
    /// The password, if it was made up here. It is shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "Xk4m-tR7p-Qa2c-Vn9b")]
    pub password: Option<Sensitive>,
}

/// Changes an account: what is named, and nothing else.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Disables it (every session ends) or enables it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub disabled: Option<bool>,
    /// Sets a new password, made up here and answered once, and ends every session and token.
    #[serde(default)]
    pub reset: bool,
    /// With `reset`: the new password, instead of one that is made up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password, max_length = 1000, min_length = 10)]
    pub password: Option<Sensitive>,
    /// Other limits than the daemon's; `null` is the daemon's again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotas: Option<QuotaChange>,
    /// Decides about a uid whose login name is no longer the one that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalDecision>,
}

/// Other limits; what is left out stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuotaChange {
    /// Tasks.
    #[serde(default, deserialize_with = "super::tasks::present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub tasks: Option<Option<u32>>,
    /// Personal access tokens.
    #[serde(default, deserialize_with = "super::tasks::present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub tokens: Option<Option<u32>>,
    /// Sessions.
    #[serde(default, deserialize_with = "super::tasks::present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub sessions: Option<Option<u32>>,
}

/// Whose a uid is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalDecision {
    /// The uid.
    #[schema(example = 1000)]
    pub uid: u32,
    /// The login name under which it is this account's from now on; `null`: it is no longer this account's.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256, example = "ada")]
    pub login: Option<String>,
}

/// Has the daemon sign with a new key from now on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotation {
    /// Tokens of the old key stop counting at once, instead of when they end by themselves.
    #[serde(default)]
    pub revoke_old: bool,
}

/// Which key signs now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KeyAnswer {
    /// The new key's id, as `kid` in a token's header.
    #[schema(example = "HHKy8AWyYGs")]
    pub kid: String,
    /// Until when tokens of the old key still count.
    pub old_until: Timestamp,
}
