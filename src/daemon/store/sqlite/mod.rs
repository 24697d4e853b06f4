//! The SQLite backend: one file, one writer thread with group commit, several read-only connections.
//!
//! All SQL of the project is in this folder and in `migrations/sqlite`. Every transaction that may write begins
//! IMMEDIATE, because one that is upgraded from a read fails at once when somebody else wrote meanwhile.

mod changes;
mod connection;
mod failure;
mod filter;
mod history;
mod migrate;
mod notifications;
mod readers;
mod rows;
mod tasks;
mod users;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Notify;

pub use connection::OpenError;

use crate::daemon::error::{Error, Result};
use readers::Readers;
use writer::Writer;

/// A database that is open. Clones share it; the last one closes it.
#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    writer: Writer,
    readers: Readers,
    standing: users::StandingCache,
    tasks_limit: u64,
}

/// What a database is opened with.
pub struct Options {
    /// The file. Made, if its folder exists.
    pub path: PathBuf,
    /// Where copies go that are made before a migration.
    pub backups: PathBuf,
    /// How many tasks an account may have that has no limit of its own.
    pub tasks_limit: u64,
    /// Rung after every commit.
    pub committed: Arc<Notify>,
    /// Rung when the store has failed in a way that only a restart can mend.
    pub broken: Arc<Notify>,
}

impl Sqlite {
    /// Opens a database, and brings its schema up to date after a copy of the file was made.
    ///
    /// # Errors
    /// Refuses, and leaves unchanged, what is no database of nudge or one of a newer version.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let Options { path, backups, tasks_limit, committed, broken } = options;
        let log = connection::LogFiles::before(&path);
        let mut connection = connection::open_for_writing(&path)?;
        if let Err(error) = migrate::migrate(&mut connection, migrate::MIGRATIONS, &path, &backups) {
            drop(connection);
            log.tidy();
            return Err(error);
        }
        let readers = Readers::open(&path)?;
        let writer = Writer::start(connection, committed, broken);
        Ok(Self(Arc::new(Inner { writer, readers, standing: users::StandingCache::new(), tasks_limit })))
    }

    /// Answers when the writer and a reader do.
    ///
    /// # Errors
    /// When one of them does not.
    pub fn ping(&self) -> Result<()> {
        if !self.0.writer.is_working() {
            return Err(Error::Unavailable("the daemon no longer writes"));
        }
        self.0.readers.read(|db| db.query_row("SELECT 1", [], |_| Ok(())).map_err(failure::reading))
    }

    /// Writes all that waits and closes every connection, the writer's last: that one folds the write-ahead log into
    /// the database file. Whoever asks later is told that the daemon is stopping.
    pub fn close(&self) {
        self.0.readers.close();
        self.0.writer.close();
    }

    /// Returns what is remembered of who stands.
    fn standing_cache(&self) -> &users::StandingCache {
        &self.0.standing
    }

    fn tasks_limit(&self) -> u64 {
        self.0.tasks_limit
    }

    /// Runs a read.
    fn read<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T>) -> Result<T> {
        self.0.readers.read(work)
    }

    /// Runs a read that may take long, without keeping other requests of this thread waiting.
    fn read_long<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> Result<T>) -> Result<T> {
        match tokio::runtime::Handle::current().runtime_flavor() {
            // A runtime of one thread, as tests have, has no other to go on with.
            tokio::runtime::RuntimeFlavor::CurrentThread => self.read(work),
            _ => tokio::task::block_in_place(|| self.read(work)),
        }
    }

    /// Runs a unit of work on the writer, together with whatever else waits there.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.writer.run(work).await
    }
}

/// Returns where copies of a database are kept.
#[must_use]
pub fn backups_beside(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}
