//! Signing in. Token answers use the names of OAuth 2.0 (RFC 6749, section 5.1).

use serde::{Deserialize, Serialize};

/// Asks for a token on the strength of the peer's uid.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalSignIn {
    /// The client's IANA zone; it becomes the account's at the first sign-in and is ignored later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What the session is to be called in lists, such as `nudge on atlas`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A token and what goes with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// A JWT (RFC 9068 in form), to be sent as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// The account that it stands for.
    pub account: uuid::Uuid,
    /// The account's IANA zone.
    pub zone: String,
}
