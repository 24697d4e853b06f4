//! From SQLite's errors to ours.

use rusqlite::ErrorCode;

use crate::daemon::error::Error;

/// What a failure means for the operation in which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// This operation failed; its neighbours need not know.
    Operation,
    /// The file can no longer be trusted to hold what is written: stop writing.
    Store,
}

/// Turns an error of a reading statement into ours.
pub(super) fn reading(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            Error::Unavailable("the request took more than a second and was stopped; nothing was changed")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Unavailable("the database is busy"),
        _ => Error::internal(error),
    }
}

/// Turns an error of a writing statement into ours. Nothing was committed when it came.
pub(super) fn writing(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::StorageFull,
        _ => reading(error),
    }
}

/// Says whether the error is a unique key that is taken.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(error, _)
        if error.code == ErrorCode::ConstraintViolation
            && matches!(error.extended_code,
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY))
}

/// Judges an error of COMMIT or of SQLite ending the transaction by itself.
pub(super) fn severity(error: &rusqlite::Error) -> Severity {
    match error.sqlite_error_code() {
        // The kernel may have dropped the pages and call the next sync fine: nothing after this can be trusted.
        Some(
            ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::CannotOpen,
        ) => Severity::Store,
        _ => Severity::Operation,
    }
}
