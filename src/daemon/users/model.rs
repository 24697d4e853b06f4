//! Accounts, sessions and tokens, and what may be said of them. Pure.

use std::sync::Arc;

use jiff::{Timestamp, civil::Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::auth::{Scope, SessionKind};
use crate::api::error::ErrorCode;
use crate::daemon::actor::{REMIND_TIME, SpaceId};
use crate::daemon::error::{Error, Result};

/// The most that a device's or a token's name may have; longer names are refused.
pub const NAME_CHARS: usize = 128;

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

/// What an account's answers depend on. Stored as JSON, in which what is not set is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountSettings {
    /// When reminders counted in days fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remind_time: Option<Time>,
}

impl AccountSettings {
    /// Returns when reminders counted in days fire.
    #[must_use]
    pub fn remind_time(&self) -> Time {
        self.remind_time.unwrap_or(REMIND_TIME)
    }
}

/// From where somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What failures are counted by: a network, or a uid.
    pub key: String,
    /// What the account's owner is shown: an address, or `uid 1000`.
    pub shown: String,
}

/// An account.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its email as it was typed.
    pub email: Option<String>,
    /// The PHC string of its password.
    pub password_hash: Option<String>,
    /// Its IANA zone.
    pub zone: String,
    /// Its settings.
    pub settings: AccountSettings,
    /// Its uids on this machine, with their login names.
    pub local: Vec<(u32, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// Limits of its own.
    pub quotas: QuotaOverrides,
    /// What it has.
    pub usage: Usage,
    /// When something of it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// How much an account has of what is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tasks, closed ones too.
    pub tasks: u64,
    /// Personal access tokens.
    pub tokens: u64,
    /// Sessions by password that stand; those by uid are not counted, as there is one for each uid.
    pub sessions: u64,
}

/// How much an account may have, where nothing else is said for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaDefaults {
    /// Tasks.
    pub tasks: u64,
    /// Personal access tokens.
    pub tokens: u64,
    /// Sessions by password.
    pub sessions: u64,
}

/// What is said for one account; nothing is the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaOverrides {
    /// Tasks.
    pub tasks: Option<u64>,
    /// Personal access tokens.
    pub tokens: Option<u64>,
    /// Sessions by password.
    pub sessions: Option<u64>,
}

/// Who a session or a token stands for: what a request needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The session, or the token.
    pub id: Uuid,
    /// The account.
    pub account: Uuid,
    /// The account's space.
    pub space: SpaceId,
    /// The account's IANA zone.
    pub zone: String,
    /// The account's email.
    pub email: Option<String>,
    /// The account's settings.
    pub settings: AccountSettings,
    /// What it is.
    pub credential: Credential,
}

/// What somebody stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A session by uid.
    Local,
    /// A session by password.
    Password,
    /// A personal access token.
    Token {
        /// What it may do.
        scopes: Arc<[Scope]>,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    /// How it was begun.
    pub kind: SessionKind,
    /// What the client called itself.
    pub device: String,
    /// Where it was begun.
    pub peer: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
}

/// A personal access token without its secret.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// What happened to an account. The words are on the wire and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The account was made.
    Created,
    /// A session began.
    SignedIn,
    /// A sign-in by password failed.
    SignInFailed,
    /// A session was ended by who had it, or another of the account's.
    SessionEnded,
    /// All sessions were ended.
    AllSessionsEnded,
    /// A used-up refresh token came back: its session was ended.
    RefreshReplayed,
    /// Email and password were set for the first time.
    CredentialsSet,
    /// The password was changed.
    PasswordChanged,
    /// The email was changed.
    EmailChanged,
    /// The zone was changed.
    ZoneChanged,
    /// Settings were changed.
    SettingsChanged,
    /// A personal access token was made.
    TokenMade,
    /// A personal access token was revoked.
    TokenRevoked,
    /// All of them were.
    AllTokensRevoked,
    /// The account was disabled.
    Disabled,
    /// The account was enabled again.
    Enabled,
    /// The password was set anew by an administrator.
    PasswordReset,
    /// The limits were changed.
    QuotasChanged,
    /// It was decided whose a uid is.
    LocalDecided,
    /// The account is deleted, and this line with it.
    Deleted,
}

impl Happening {
    /// Returns the word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "account_created",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SessionEnded => "session_ended",
            Self::AllSessionsEnded => "all_sessions_ended",
            Self::RefreshReplayed => "refresh_replayed",
            Self::CredentialsSet => "credentials_set",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged => "email_changed",
            Self::ZoneChanged => "zone_changed",
            Self::SettingsChanged => "settings_changed",
            Self::TokenMade => "token_made",
            Self::TokenRevoked => "token_revoked",
            Self::AllTokensRevoked => "all_tokens_revoked",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::PasswordReset => "password_reset",
            Self::QuotasChanged => "quotas_changed",
            Self::LocalDecided => "local_identity_decided",
            Self::Deleted => "account_deleted",
        }
    }
}

/// A line of the audit trail that is still to be written, together with what it tells of.
#[derive(Debug, Clone)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// From where.
    pub peer: Option<String>,
    /// Which device, token or value it was about; never a secret.
    pub about: Option<String>,
    /// Whether an administrator did it.
    pub by_administrator: bool,
    /// Whose session did it. What the note is written with is refused (`unauthenticated`) when that session no longer
    /// stands: a request may have been on its way for long.
    pub by: Option<Uuid>,
}

/// A line of the audit trail.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// Its id, in the order of time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What, as it was written.
    pub event: String,
    /// From where.
    pub peer: Option<String>,
    /// What it was about.
    pub about: Option<String>,
    /// Whether an administrator did it.
    pub by_administrator: bool,
}

/// Returns the zone if it is one that times can be told in, else UTC: an unknown zone must keep nobody out.
#[must_use]
pub fn zone_or_utc(name: Option<&str>) -> &str {
    match name {
        Some(name) if jiff::tz::TimeZone::get(name).is_ok() => name,
        _ => "UTC",
    }
}

/// Reads the name of a device or a token.
///
/// # Errors
/// `limit_exceeded` when it is too long, `invalid_value` when it has characters that can't be seen.
pub fn name(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > NAME_CHARS {
        return Err(Error::limit(field, format!("a name has at most {NAME_CHARS} characters")));
    }
    // Besides those, what turns the direction of writing or takes no room can make a list say something else.
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    if text.is_empty() || text.chars().any(is_hidden) {
        return Err(Error::invalid(field, "a name has at least one character, and none that can't be seen"));
    }
    Ok(text.to_owned())
}

/// Reads a time of day.
///
/// # Errors
/// `invalid_value` when it is none.
pub fn time_of_day(field: &str, text: &str) -> Result<Time> {
    let is_short = text.len() == 5 && text.is_ascii() && text.as_bytes()[2] == b':';
    let time = if is_short { text.parse::<Time>().ok() } else { None };
    time.ok_or_else(|| {
        Error::invalid(field, format!("`{}` is no time of day", text.escape_debug())).with_hint("such as 08:30")
    })
}

/// The error for an email that belongs to an account. Whoever finds it out first (a look before, or the index) says
/// the same.
#[must_use]
pub fn email_taken() -> Error {
    Error::refused(ErrorCode::EmailTaken, "this email belongs to an account already")
        .with_field("email")
        .with_hint("sign in to it: {nudge} login EMAIL")
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

    #[test]
    fn times_of_day_are_hours_and_minutes() {
        assert_eq!(time_of_day("x", "08:30").ok(), Some(jiff::civil::time(8, 30, 0, 0)));
        for bad in ["", "8:30", "24:00", "08:60", "08:30:00", "ab:cd", "0\u{e9}:3"] {
            assert!(time_of_day("x", bad).is_err(), "{bad}");
        }
    }
}
