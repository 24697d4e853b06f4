//! What can go wrong between a command and its daemon. It knows no exit code and no terminal.

use crate::api::{ErrorCode, Problem};
use crate::config::ConfigError;

/// What went wrong, by what a command can make of it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The daemon said no, or would have: who is not signed in need not ask.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// No daemon answers, or none that may be trusted.
    #[error("{message}")]
    Unreachable {
        /// What happened.
        message: String,
        /// What to do; `{nudge}` stands for the command as the person typed it.
        hint: Option<String>,
    },
    /// A daemon took the request and did not answer in time.
    #[error("{message}")]
    TimedOut {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The connection ended too early, or what came over it is not ours.
    #[error("{message}")]
    Broken {
        /// What happened.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A folder or a setting can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was to be sent can't be read, or what came can't be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ClientError {
    /// Makes the error of who is not signed in, from what is the matter and what to do.
    pub(super) fn unauthenticated(detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::refused(ErrorCode::Unauthenticated, detail, hint)
    }

    /// Makes a refusal of our own, which counts as the daemon's.
    pub(super) fn refused(code: ErrorCode, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem { hint: Some(hint.into()), ..Problem::new(code, detail) }))
    }

    /// Returns what to do about it, if anything is known. `{nudge}` in it is to be replaced.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Problem(problem) => problem.hint.as_deref(),
            Self::Unreachable { hint, .. } | Self::TimedOut { hint, .. } | Self::Broken { hint, .. } => hint.as_deref(),
            Self::Config(error) => error.hint.as_deref(),
            Self::Io(_) => None,
        }
    }

    /// Returns the daemon's own code, if it was the daemon that said no.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            _ => None,
        }
    }
}
