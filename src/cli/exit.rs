//! The exit codes: what a script may match on when it does not read JSON. One table, kept for ever.
//!
//! It knows the wire's error codes and nothing of how an error is shown.

use crate::api::{ErrorCode, Problem};
use crate::config::ConfigErrorKind;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// All went well; an empty list too, and a reader that went away.
    Ok = 0,
    /// It failed, and none of the others says how.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Not signed in, or not allowed.
    NotAllowed = 3,
    /// A task that was named does not exist; nothing was changed.
    NotFound = 4,
    /// Something else changed in between, or stands in the way.
    Conflict = 5,
    /// No daemon answers, or it has no time now: a script tries again later.
    Unreachable = 6,
    /// The input was read and refused.
    Refused = 7,
    /// It took too long.
    TimedOut = 8,
    /// Ctrl-C, as a shell tells it of any program.
    Interrupted = 130,
}

impl Exit {
    /// Returns the number that the process ends with.
    #[must_use]
    pub(super) fn code(self) -> u8 {
        self as u8
    }

    /// Returns the exit for a problem that the daemon answered.
    #[must_use]
    pub(super) fn of(problem: &Problem) -> Self {
        match problem.code {
            // A daemon of another age, not a task that is missing.
            ErrorCode::NoRoute | ErrorCode::MethodNotAllowed | ErrorCode::OutcomeUnknown => Self::Failed,
            _ => Self::of_status(problem.status),
        }
    }

    /// Returns the exit for what the configuration refuses: what was typed or set is usage, a folder is not.
    #[must_use]
    pub(super) fn of_config(kind: ConfigErrorKind) -> Self {
        match kind {
            ConfigErrorKind::Setting => Self::Usage,
            ConfigErrorKind::Folder => Self::Failed,
        }
    }

    fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::NotAllowed,
            404 => Self::NotFound,
            408 => Self::TimedOut,
            409 | 412 => Self::Conflict,
            400 | 413 | 415 | 422 => Self::Refused,
            429 | 503 => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_code_has_its_exit() {
        for &code in ErrorCode::ALL {
            let expected = match code {
                ErrorCode::Unauthenticated | ErrorCode::Forbidden => 3,
                ErrorCode::NotFound => 4,
                ErrorCode::AmbiguousId
                | ErrorCode::WrongState
                | ErrorCode::UndoConflict
                | ErrorCode::NothingToUndo
                | ErrorCode::UndoOfAnother
                | ErrorCode::EmailTaken
                | ErrorCode::Changed => 5,
                ErrorCode::Unavailable | ErrorCode::TooManyRequests => 6,
                ErrorCode::Malformed
                | ErrorCode::TooLarge
                | ErrorCode::UnsupportedMediaType
                | ErrorCode::Invalid
                | ErrorCode::UnknownField
                | ErrorCode::UnknownKey
                | ErrorCode::InvalidDate
                | ErrorCode::InvalidFilter
                | ErrorCode::LimitExceeded
                | ErrorCode::QuotaExceeded => 7,
                ErrorCode::RequestTimeout => 8,
                _ => 1,
            };
            assert_eq!(Exit::of(&Problem::new(code, "x")).code(), expected, "{code}");
        }
    }

    #[test]
    fn a_code_of_a_newer_daemon_goes_by_its_status() {
        for (status, expected) in [(403, 3), (404, 4), (409, 5), (422, 7), (429, 6), (408, 8), (500, 1)] {
            let mut problem = Problem::new(ErrorCode::Unknown, "x");
            problem.status = status;
            assert_eq!(Exit::of(&problem).code(), expected);
        }
    }
}
