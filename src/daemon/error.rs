//! What can go wrong, in terms of what a caller can do about it. Names no backend and no HTTP status.

use crate::api::error::{Candidate, Conflict, ErrorCode};
use crate::language::{Trouble, TroubleKind};

/// The daemon's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, ready to be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is at fault, or the state of things is; the text is for them.
    #[error("{}", .0.detail)]
    Refused(Box<Refusal>),
    /// The version that a change was made against is no longer the stored one.
    #[error("the task has changed since it was read")]
    Changed,
    /// Nothing was changed; trying again later may help.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The store failed in the middle: what it kept will be known only after it is opened again.
    #[error("whether the change was stored is not known")]
    OutcomeUnknown,
    /// The disk is full; nothing was changed.
    #[error("the disk is full, nothing was changed")]
    StorageFull,
    /// A mistake of ours or damage underneath. Its text never leaves the daemon.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What the caller is told, without transport.
#[derive(Debug)]
pub struct Refusal {
    /// The stable code.
    pub code: ErrorCode,
    /// What happened, in a sentence without a full stop.
    pub detail: String,
    /// What to do; `{nudge}` stands for the command.
    pub hint: Option<String>,
    /// The member at fault.
    pub field: Option<String>,
    /// Where in what was typed: the text, first character, character after the last.
    pub position: Option<(String, usize, usize)>,
    /// What an id may have meant.
    pub candidates: Vec<Candidate>,
    /// What is in the way of an undo.
    pub conflicts: Vec<Conflict>,
    /// After how many seconds it is worth trying again.
    pub retry_after: Option<u64>,
}

impl Error {
    /// Makes a refusal with a code and a text.
    #[must_use]
    pub fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refusal {
            code,
            detail: detail.into(),
            hint: None,
            field: None,
            position: None,
            candidates: Vec::new(),
            conflicts: Vec::new(),
            retry_after: None,
        }))
    }

    /// Makes the error for an id that is not there, or not the asker's: the two are told alike.
    #[must_use]
    pub fn not_found(what: &str, id: &str) -> Self {
        let error = Self::refused(ErrorCode::NotFound, format!("there is no {what} `{id}`"));
        match what {
            "task" => error.with_hint("the first column of a list has the numbers: {nudge} ls"),
            "session" => error.with_hint("what there is: {nudge} sessions"),
            "token" => error.with_hint("what there is: {nudge} token ls"),
            "user" => error.with_hint("what there is: {nudge} user ls"),
            "notification" => error.with_hint("what there is: {nudge} inbox --all"),
            _ => error.with_hint("see whether the id is whole"),
        }
    }

    /// Makes the error for a member with a bad value.
    #[must_use]
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        Self::refused(ErrorCode::Invalid, detail).with_field(field)
    }

    /// Makes the error for what is longer or more than allowed.
    #[must_use]
    pub fn limit(field: &str, detail: impl Into<String>) -> Self {
        Self::refused(ErrorCode::LimitExceeded, detail).with_field(field)
    }

    /// Makes the error for who asks too much, or guesses; it is worth trying again after so many seconds.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, retry_after: u64) -> Self {
        let mut error = Self::refused(ErrorCode::TooManyRequests, detail)
            .with_hint(format!("try again in {}", seconds(retry_after)));
        if let Self::Refused(refusal) = &mut error {
            refusal.retry_after = Some(retry_after);
        }
        error
    }

    /// Makes the error for what an account has as many of as it may; `what` is the member of its quotas.
    #[must_use]
    pub fn quota(what: &str, limit: u64) -> Self {
        let plural = if limit == 1 { what.trim_end_matches('s') } else { what };
        Self::refused(ErrorCode::QuotaExceeded, format!("the account may have {limit} {plural}, and has as many"))
            .with_field(what)
            .with_hint(match what {
                "tasks" => "what there is: {nudge} whoami; an administrator can raise it: {nudge} user quota",
                "tokens" => "revoke one: {nudge} token ls, {nudge} token rm ID",
                _ => {
                    "on a device that is signed in, end one: {nudge} sessions, {nudge} sessions rm ID; one that nobody \
                      used for a day makes way by itself"
                }
            })
    }

    /// Wraps a failure that the caller can do nothing about.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.hint = Some(hint.into());
        }
        self
    }

    /// Names the member at fault.
    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.field = Some(field.to_owned());
        }
        self
    }

    /// Adds the tasks that an id may have meant.
    #[must_use]
    pub fn with_candidates(mut self, candidates: Vec<Candidate>) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.candidates = candidates;
        }
        self
    }

    /// Adds what is in the way of an undo.
    #[must_use]
    pub fn with_conflicts(mut self, conflicts: Vec<Conflict>) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.conflicts = conflicts;
        }
        self
    }

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Changed => ErrorCode::Changed,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::OutcomeUnknown => ErrorCode::OutcomeUnknown,
            Self::StorageFull => ErrorCode::StorageFull,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

/// Says how long, for people.
fn seconds(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        let code = match trouble.kind {
            TroubleKind::Date => ErrorCode::InvalidDate,
            TroubleKind::Key => ErrorCode::UnknownKey,
            TroubleKind::Filter => ErrorCode::InvalidFilter,
            TroubleKind::Value => ErrorCode::Invalid,
            TroubleKind::Limit => ErrorCode::LimitExceeded,
        };
        Self::Refused(Box::new(Refusal {
            code,
            detail: trouble.message,
            hint: trouble.hint,
            field: trouble.field,
            position: Some((trouble.text, trouble.start, trouble.end)),
            candidates: Vec::new(),
            conflicts: Vec::new(),
            retry_after: None,
        }))
    }
}
