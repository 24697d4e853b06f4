//! Signing up, in and out, sessions and personal access tokens. Token answers use the names of OAuth 2.0
//! (RFC 6749, section 5.1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sensitive::Sensitive;

/// Asks for a token on the strength of the peer's uid.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalSignIn {
    /// The client's IANA zone; it becomes the account's at the first sign-in and is ignored later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// What the session is to be called in lists, such as `nudge on atlas`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, example = "nudge on atlas")]
    pub device: Option<String>,
}

/// Asks for an account with an email and a password. On the Unix socket they are given to the caller's own account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// Where the person gets mail; at most 254 bytes, and unique when case is folded.
    #[schema(max_length = 254, pattern = "^[^@]+@[^@]+$", example = "ada@example.org", min_length = 3)]
    pub email: String,
    /// 10 to 1,000 characters, none of the common ones.
    #[schema(
        value_type = String, format = Password, max_length = 1000,
        example = "a tram full of marmalade", min_length = 10
    )]
    pub password: Sensitive,
    /// The client's IANA zone; it becomes a new account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
    /// What the session is to be called in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, example = "nudge on atlas")]
    pub device: Option<String>,
}

/// Signs in with an email and a password.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The account's email; case does not count.
    #[schema(max_length = 254, pattern = "^[^@]+@[^@]+$", example = "ada@example.org", min_length = 3)]
    pub email: String,
    /// The password.
    #[schema(
        value_type = String, format = Password, max_length = 1000,
        example = "a tram full of marmalade", min_length = 1
    )]
    pub password: Sensitive,
    /// What the session is to be called in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, example = "nudge on atlas")]
    pub device: Option<String>,
}

/// Exchanges a refresh token for a new access token and the refresh token to use next.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest refresh token that the client has.
    #[schema(value_type = String, format = Password, example = "nudge_rt_…")]
    pub refresh_token: Sensitive,
}

/// A token and what goes with it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenAnswer {
    /// A JWT (RFC 9068 in form), to be sent as `Authorization: Bearer`.
    #[schema(value_type = String, example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.…")]
    pub access_token: Sensitive,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until it ends.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Only after a sign-in by password: gives the next access token, once this one has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "nudge_rt_…")]
    pub refresh_token: Option<Sensitive>,
    /// The account that it stands for.
    pub account: Uuid,
    /// The account's IANA zone.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// The account's email, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ada@example.org")]
    pub email: Option<String>,
}

/// Sets a new password. Every session and every personal access token ends with it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password; not needed by who is signed in by uid on the Unix socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        value_type = Option<String>, format = Password, max_length = 1000, min_length = 1,
        example = "a tram full of marmalade"
    )]
    pub current: Option<Sensitive>,
    /// 10 to 1,000 characters, none of the common ones.
    #[schema(
        value_type = String, format = Password, max_length = 1000, min_length = 10,
        example = "four otters juggling kettles"
    )]
    pub new: Sensitive,
    /// Leaves personal access tokens as they are.
    #[serde(default)]
    pub keep_tokens: bool,
}

/// How a session was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// By the uid at the other end of the Unix socket.
    Local,
    /// By email and password.
    Password,
}

/// A session that stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// How it was begun.
    pub kind: SessionKind,
    /// What the client called itself.
    #[schema(example = "nudge on atlas")]
    pub device: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// Where it was begun: an address, or `uid 1000`.
    #[schema(required = true, example = "uid 1000")]
    pub peer: Option<String>,
    /// Whether this is the session that asks.
    #[schema(example = true)]
    pub current: bool,
}

/// The sessions that stand, the one used last first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub items: Vec<SessionView>,
}

/// How many sessions or tokens were ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EndedAnswer {
    /// How many.
    #[schema(example = 3)]
    pub ended: u64,
}

/// What a personal access token may do: an exact set of methods and routes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// See tasks, count and export them.
    #[serde(rename = "tasks:read")]
    TasksRead,
    /// Add, change, import and undo; the answer shows the tasks that were changed.
    #[serde(rename = "tasks:write")]
    TasksWrite,
    /// See the inbox.
    #[serde(rename = "notifications:read")]
    NotificationsRead,
    /// Mark as read.
    #[serde(rename = "notifications:write")]
    NotificationsWrite,
    /// See the account and its settings; never sessions, tokens or the audit trail.
    #[serde(rename = "account:read")]
    AccountRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::TasksRead, Self::TasksWrite, Self::NotificationsRead, Self::NotificationsWrite, Self::AccountRead];

    /// Returns the scope as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TasksRead => "tasks:read",
            Self::TasksWrite => "tasks:write",
            Self::NotificationsRead => "notifications:read",
            Self::NotificationsWrite => "notifications:write",
            Self::AccountRead => "account:read",
        }
    }

    /// Finds the scope of a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// Asks for a personal access token.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, at most 128 characters.
    #[schema(min_length = 1, max_length = 128, example = "backup script")]
    pub name: String,
    /// What it may do; at least one.
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
    /// When it ends; never where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A personal access token without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "backup script")]
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    #[schema(required = true)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(required = true)]
    pub last_used_at: Option<Timestamp>,
}

/// A personal access token that was just made. Its secret is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenMade {
    /// The secret, to be sent as `Authorization: Bearer`.
    #[schema(value_type = String, example = "nudge_pat_…")]
    pub token: Sensitive,
    /// All else there is to know of it.
    #[serde(flatten)]
    pub about: TokenView,
}

/// The personal access tokens, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenList {
    /// The tokens.
    pub items: Vec<TokenView>,
}
