//! Errors on the wire: RFC 9457 problem documents with codes that stay the same for ever.
//!
//! A script may match on `code`; the texts are for people and may change. Nothing here knows how an
//! error came about: no SQL, no path and no stack ever gets into a problem document.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong, as a script may match on it.
        ///
        /// Codes are only ever added. A client that meets one it does not know goes by the HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)+
            /// A code that this build does not know; a newer daemon sent it.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that this build can send, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the code as it stands on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ Self::Unknown => "unknown" }
            }

            /// Returns the HTTP status that goes with the code (RFC 9110; 507 is RFC 4918).
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ Self::Unknown => 500 }
            }

            /// Returns the short title of the problem, the same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ Self::Unknown => "Unknown problem" }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON, or the request line or a header can't be read.
    Malformed = "malformed", 400, "The request can't be read";
    /// No token, or one that no longer counts.
    Unauthenticated = "unauthenticated", 401, "Not signed in";
    /// Signed in, but not allowed, or asked through a door that is not for this.
    Forbidden = "forbidden", 403, "Not allowed";
    /// No task, notification or operation of yours has this id.
    NotFound = "not_found", 404, "Not found";
    /// No such path.
    NoRoute = "no_route", 404, "No such route";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// The request did not arrive whole in time.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive";
    /// A shortened id fits several tasks; `candidates` lists them.
    AmbiguousId = "ambiguous_id", 409, "The id fits several tasks";
    /// The task is not in a state that allows this, such as starting a completed one.
    WrongState = "wrong_state", 409, "The task's state does not allow this";
    /// A later change stands in the way of an undo; `conflicts` lists task, field and values.
    UndoConflict = "undo_conflict", 409, "A later change is in the way";
    /// There is no operation left to undo.
    NothingToUndo = "nothing_to_undo", 409, "Nothing to undo";
    /// The newest operation came from another session; it is undone only by its id.
    UndoOfAnother = "undo_of_another_session", 409, "The newest change is another session's";
    /// The task has another version than `If-Match` said.
    Changed = "changed", 412, "The task has changed";
    /// The body, or one record of an import, is larger than allowed.
    TooLarge = "too_large", 413, "Too large";
    /// The body's type is not `application/json` (or NDJSON where that is asked for).
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type";
    /// A member, parameter or value is not what the route takes; `field` names it.
    Invalid = "invalid_value", 422, "Invalid value";
    /// A member or parameter that this daemon does not know.
    UnknownField = "unknown_field", 422, "Unknown field";
    /// A `key:` that is no attribute of a task.
    UnknownKey = "unknown_key", 422, "Unknown key";
    /// A date, time or duration that can't be read; `position` marks the trouble.
    InvalidDate = "invalid_date", 422, "The date can't be read";
    /// A filter that can't be read; `position` marks the trouble.
    InvalidFilter = "invalid_filter", 422, "The filter can't be read";
    /// Longer or more than a documented limit; nothing is ever cut.
    LimitExceeded = "limit_exceeded", 422, "A limit is exceeded";
    /// The account has as many of these as it may; `field` names what is counted.
    QuotaExceeded = "quota_exceeded", 422, "A quota is used up";
    /// The email belongs to an account already.
    EmailTaken = "email_taken", 409, "The email is taken";
    /// Too many requests, or too many connections.
    TooManyRequests = "too_many_requests", 429, "Too many requests";
    /// A mistake of ours. The request id leads to it in the daemon's log.
    Internal = "internal", 500, "Internal error";
    /// The daemon is overloaded, starting or stopping; try again.
    Unavailable = "unavailable", 503, "Not available now";
    /// Whether the change was stored is not known; look before repeating it.
    OutcomeUnknown = "outcome_unknown", 503, "The outcome is not known";
    /// The disk is full; nothing was changed.
    StorageFull = "storage_full", 507, "The disk is full";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A problem document (RFC 9457), `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:nudge:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(pattern = "^urn:nudge:problem:[a-z_]+$")]
    pub kind: String,
    /// The same for every occurrence of the code.
    pub title: String,
    /// The HTTP status, repeated.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What a script matches on.
    pub code: ErrorCode,
    /// What happened this time, in a sentence without a full stop.
    pub detail: String,
    /// What to do about it. `{nudge}` stands for the command as the person typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hint: Option<String>,
    /// The member, parameter or key that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub field: Option<String>,
    /// Where in a text that a person typed the trouble is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<Position>,
    /// The tasks that an ambiguous id fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What stands in the way of an undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// The id of the request, to be found in the daemon's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_id: Option<String>,
}

impl Problem {
    /// Makes a problem with the code's own type, title and status, and nothing optional.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:nudge:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            hint: None,
            field: None,
            position: None,
            candidates: Vec::new(),
            conflicts: Vec::new(),
            request_id: None,
        }
    }
}

/// A stretch of a text that a person typed, counted in Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Position {
    /// The whole text, so that a caret can be drawn under it.
    #[schema(example = "due:tomorow")]
    pub text: String,
    /// The first character at fault.
    #[schema(example = 4)]
    pub start: usize,
    /// The first character after it; never less than `start`.
    #[schema(example = 11)]
    pub end: usize,
}

/// A task that a shortened id may have meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// The whole id.
    pub id: uuid::Uuid,
    /// The number, if it has one.
    #[schema(required = true, example = 12)]
    pub number: Option<i64>,
    /// The title, as it was typed.
    #[schema(example = "Pay rent")]
    pub title: String,
}

/// One field that an undo can't put back, because something else has changed it since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// The task.
    pub id: uuid::Uuid,
    /// Its number, if it has one.
    #[schema(required = true, example = 12)]
    pub number: Option<i64>,
    /// The field, such as `due` or `tags.home`.
    #[schema(example = "due")]
    pub field: String,
    /// The value that the operation had left.
    pub expected: serde_json::Value,
    /// The value that stands there now.
    pub found: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_wire_and_matches_its_status() {
        for &code in ErrorCode::ALL {
            let json = serde_json::to_string(&code).expect("codes are strings");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).expect("known"), code);
            assert!((400..=599).contains(&code.status()), "{code}");
        }
    }

    #[test]
    fn a_code_of_a_newer_daemon_is_taken_as_unknown() {
        assert_eq!(serde_json::from_str::<ErrorCode>("\"brand_new\"").expect("other"), ErrorCode::Unknown);
    }
}
