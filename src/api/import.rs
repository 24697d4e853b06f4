//! Import and export on the wire: NDJSON streams in another program's own record format.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportAnswer {
    /// The operation to undo, absent when nothing changed.
    #[schema(required = true, example = "019ac7e2-5d1c-7c3a-9f0e-4b6d2a8c1e57")]
    pub operation: Option<uuid::Uuid>,
    /// Records that came in.
    #[schema(example = 3)]
    pub records: u64,
    /// Tasks and series that are new.
    #[schema(example = 2)]
    pub created: u64,
    /// Tasks and series that existed and were changed.
    pub changed: u64,
    /// Records that say what is already stored.
    pub unchanged: u64,
    /// Records that are older than what is stored here; the stored one was kept.
    pub older: u64,
    /// Records that were refused, in their order; the others went in all the same.
    pub refused: Vec<Refusal>,
}

/// A record that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// The record's place in the stream, from 1.
    #[schema(minimum = 1, example = 3)]
    pub record: u64,
    /// The record's own id, if it has one that can be read.
    #[schema(required = true, example = "019ac7e2-5d1c-7c3a-9f0e-4b6d2a8c1e57")]
    pub uuid: Option<String>,
    /// As in a problem document.
    pub code: super::ErrorCode,
    /// As in a problem document.
    #[schema(example = "a task needs a title")]
    pub detail: String,
}
