//! What the task service needs of a store. Every method is a whole unit of work: all of it happens or nothing.
//!
//! It is written in the domain's terms: no SQL, no transaction, no connection. The contract tests in
//! `store/contract` describe it to every backend.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::model::{Series, Task};
use crate::daemon::actor::{By, SpaceId};
use crate::daemon::error::Result;
use crate::daemon::event::{Change, Event, Image};
use crate::language::Filter;

/// How a task was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TaskKey {
    /// By its number.
    Number(i64),
    /// By its whole id.
    Id(Uuid),
    /// By the first or last hexadecimal digits of its id, lower case, without dashes.
    Part(String),
}

/// A task or a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Thing {
    /// A task.
    Task(Task),
    /// A series.
    Series(Series),
}

impl Thing {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Task(task) => task.id,
            Self::Series(series) => series.id,
        }
    }
}

/// What to do with a thing.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// It is new. A pending task without a number gets the next one; one with a number keeps it.
    Create,
    /// It comes back with the id, number and fields it had.
    Restore,
    /// It replaces the stored one, which must have the version that this one has. A pending task without a
    /// number gets the next one.
    Replace(BTreeMap<String, Change>),
    /// The stored one goes away and must have this one's version. The image stays in the event.
    Remove(Image),
}

/// A thing and what to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// As it shall be; for a removal, as it is.
    pub thing: Thing,
    /// What to do.
    pub how: How,
}

/// The operation that writes belong to.
#[derive(Debug, Clone)]
pub struct NewOperation {
    /// Made by the service, the same for all parts.
    pub id: Uuid,
    /// The space that it changes.
    pub space: SpaceId,
    /// `add`, `modify`, `complete`, `import`, `undo`, …
    pub kind: &'static str,
    /// Person or daemon.
    pub by: By,
    /// Whose session.
    pub session: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// The operation that it takes back, with its last part: what that one did is then no longer in force, or (if that
    /// was an undo) in force again. One that was still open is abandoned.
    pub undoes: Option<Uuid>,
}

/// Which part of an operation a unit of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// More follows. Until the last part the operation is open, and is taken back at the next start.
    Slice,
    /// The last one, which is also the only one for all but imports and what is as large. May be without writes.
    Last,
}

/// One unit of work.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The operation.
    pub operation: NewOperation,
    /// Which part of it.
    pub part: Part,
    /// In the order in which they are done. Days begin and end in the zone of the space's account.
    pub writes: Vec<Write>,
}

/// A stored operation, to be taken back.
///
/// What a person did may have been undone and done again: then the operation that did it last is the one whose events
/// are to be taken back, and the one that the person named says what it was.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The one whose events count.
    pub id: Uuid,
    /// What all that undoes each other began with.
    pub root: Uuid,
    /// The space.
    pub space: SpaceId,
    /// What it was.
    pub kind: String,
    /// Whose session.
    pub session: Uuid,
    /// When.
    pub at: Timestamp,
    /// Whether its last part is still missing.
    pub open: bool,
    /// The space's `seq` after its first part.
    pub first_seq: i64,
    /// The space's `seq` after its last part so far.
    pub last_seq: i64,
    /// How many things it touched.
    pub touched: u64,
    /// Whether it is no longer in force, or something else has decided since.
    pub undone: bool,
}

/// A stored event and its place.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The space's `seq` of the transaction.
    pub seq: i64,
    /// The place within it.
    pub ordinal: i64,
    /// What happened.
    pub event: Event,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct Query {
    /// Which tasks.
    pub filter: Filter,
    /// The moment that "waiting" is judged at.
    pub now: Timestamp,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only what comes after this, in the order of the list.
    pub after: Option<PageKey>,
}

/// The place of a task in the order of lists: earliest due first, then importance, then age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageKey {
    /// The end of the due day in microseconds; the largest number without one.
    pub due_order: i64,
    /// 0 for high to 3 for none.
    pub importance: i64,
    /// The order in which they were stored.
    pub row: i64,
}

/// Some tasks, and where the next page begins.
#[derive(Debug, Clone)]
pub struct Page {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The place of the last one, if there are more.
    pub next: Option<PageKey>,
}

/// Keeps tasks, series, operations and events.
#[async_trait]
pub trait TaskStore: Send + Sync + 'static {
    /// Finds the one task that a key fits.
    ///
    /// # Errors
    /// `not_found`; `ambiguous_id` with the candidates.
    async fn task(&self, space: SpaceId, key: TaskKey) -> Result<Task>;

    /// Finds the things with these ids; those that do not exist are not in the answer.
    async fn things(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Thing>>;

    /// Lists tasks in the order of [`PageKey`].
    async fn list(&self, space: SpaceId, query: Query) -> Result<Page>;

    /// Lists tasks in the order in which they were stored, which no change moves: of the place only `row` counts.
    async fn scan(&self, space: SpaceId, query: Query) -> Result<Page>;

    /// Counts tasks; limit and place are not looked at.
    async fn count(&self, space: SpaceId, query: Query) -> Result<u64>;

    /// Returns the rules of the series with these ids.
    async fn rules(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>>;

    /// Returns all series of a space.
    async fn series(&self, space: SpaceId) -> Result<Vec<Series>>;

    /// Says whether the space has no task, and has never had one but by what was abandoned.
    async fn is_pristine(&self, space: SpaceId) -> Result<bool>;

    /// Does a unit of work, raises the space's `seq`, and returns the things as they are stored now, in the order
    /// of the writes; removed ones as they were.
    ///
    /// # Errors
    /// [`Changed`](crate::daemon::error::Error::Changed) when a version does not match, when what is to be created
    /// exists, or when the operation to take back has been taken back already: then nothing was done.
    async fn commit(&self, unit: Unit) -> Result<Vec<Thing>>;

    /// Finds an operation; without an id the newest finished one by a person that is in force and is no undo.
    async fn operation(&self, space: SpaceId, id: Option<Uuid>) -> Result<Option<Operation>>;

    /// Returns the operations of all spaces that lack their last part, newest first.
    async fn open_operations(&self) -> Result<Vec<Operation>>;

    /// Returns events of an operation, the latest first, before a place if one is given.
    async fn events(&self, operation: &Operation, before: Option<(i64, i64)>, limit: usize) -> Result<Vec<Recorded>>;

    /// Says which of the ids another operation has touched after a `seq`, if what that one did is in force.
    async fn touched_since(&self, operation: &Operation, ids: Vec<(Uuid, i64)>) -> Result<HashSet<Uuid>>;

    /// Returns the numbers of tasks that went away with these ids, so that they can have them again.
    async fn burned_numbers(&self, space: SpaceId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, i64>>;
}
