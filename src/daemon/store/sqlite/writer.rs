//! The one thread that writes. It commits whatever is waiting as one transaction, so that one sync of the disk
//! serves many writers, and gives each operation a savepoint, so that a bad one never harms its neighbours.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{Notify, oneshot};

use super::failure::{Severity, severity};
use crate::daemon::error::{Error, Result};

/// How many operations may wait. Beyond, the daemon is overloaded and says so.
const WAITING: usize = 1024;
/// How many operations are at most one transaction.
const BATCH: usize = 128;

pub(super) struct Writer {
    jobs: Mutex<Option<SyncSender<Box<dyn Job>>>>,
    failed: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, committed: Arc<Notify>, broken: Arc<Notify>) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let failed = Arc::new(AtomicBool::new(false));
        let desk = Desk { connection, committed, broken, failed: Arc::clone(&failed) };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || desk.work(&receiver))
            .inspect_err(|error| tracing::error!(%error, "the writer's thread could not be started"))
            .ok();
        Self { jobs: Mutex::new(Some(sender)), failed, thread: Mutex::new(thread) }
    }

    /// Runs a unit of work and returns once it is on the disk. It may be run more than once.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Unit { work, outcome: None, reply: Some(reply) });
        let sender = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let sender = sender.ok_or(Error::Unavailable("the daemon is stopping; nothing was changed"))?;
        sender.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Unavailable("too many changes are waiting; nothing was changed"),
            TrySendError::Disconnected(_) => Error::Unavailable("the daemon no longer writes; nothing was changed"),
        })?;
        // The thread answers every job that it takes; without an answer it died in the middle of one.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown))
    }

    /// Says whether it takes work.
    pub(super) fn is_working(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        !self.failed.load(Ordering::Relaxed) && thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Takes no more work, does what waits, and closes the database.
    pub(super) fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread had panicked");
        }
    }
}

/// What the thread has at hand.
struct Desk {
    connection: Connection,
    committed: Arc<Notify>,
    broken: Arc<Notify>,
    failed: Arc<AtomicBool>,
}

impl Desk {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = jobs.recv() {
            let mut batch = vec![first];
            batch.extend(jobs.try_iter().take(BATCH - 1));
            // Whoever went away before their work began will not miss it.
            batch.retain(|job| job.is_wanted());
            if self.failed.load(Ordering::Relaxed) {
                for job in batch {
                    job.answer(Err(Error::Unavailable("the daemon no longer writes; nothing was changed")));
                }
                continue;
            }
            self.together(batch);
        }
    }

    fn together(&mut self, mut batch: Vec<Box<dyn Job>>) {
        match self.transaction(&mut batch) {
            Ok(()) => self.answer_all(batch),
            // After an error of the disk nothing may be tried again: the next sync might be called fine and not be.
            Err(error) if batch.len() == 1 || severity(&error) == Severity::Store => self.fail(batch, error),
            Err(error) if is_busy(&error) => self.fail(batch, error),
            // Nobody's work is stored. Alone, each finds out for itself whether it was the cause.
            Err(_) => {
                for job in batch {
                    self.alone(job);
                }
            }
        }
    }

    fn alone(&mut self, job: Box<dyn Job>) {
        if self.failed.load(Ordering::Relaxed) {
            return job.answer(Err(Error::OutcomeUnknown));
        }
        let mut batch = vec![job];
        match self.transaction(&mut batch) {
            Ok(()) => self.answer_all(batch),
            Err(error) => self.fail(batch, error),
        }
    }

    fn answer_all(&self, batch: Vec<Box<dyn Job>>) {
        // First the wake-up, then the answer: who has the answer finds the event taken care of.
        self.committed.notify_one();
        for job in batch {
            job.answer(Ok(()));
        }
    }

    fn fail(&self, batch: Vec<Box<dyn Job>>, error: rusqlite::Error) {
        let is_lost = severity(&error) == Severity::Store;
        tracing::error!(%error, lost = is_lost, "a transaction failed");
        if is_lost {
            self.failed.store(true, Ordering::Relaxed);
            self.broken.notify_one();
        }
        for job in batch {
            job.answer(Err(if is_lost { Error::OutcomeUnknown } else { told(&error) }));
        }
    }

    /// Runs a batch as one transaction. An error means that none of it is stored.
    fn transaction(&mut self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let result = self.operations(batch).and_then(|()| self.connection.execute_batch("COMMIT"));
        if result.is_err() && !self.connection.is_autocommit() && self.connection.execute_batch("ROLLBACK").is_err() {
            // Stuck in a transaction, this connection would never write again.
            return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR), None));
        }
        result
    }

    fn operations(&self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        for job in batch {
            self.connection.execute_batch("SAVEPOINT operation")?;
            let is_done = job.run(&self.connection);
            if self.connection.is_autocommit() {
                // SQLite itself ended the transaction: what came before is gone too.
                return Err(job.cause().unwrap_or(rusqlite::Error::ExecuteReturnedResults));
            }
            if !is_done {
                self.connection.execute_batch("ROLLBACK TO operation")?;
            }
            self.connection.execute_batch("RELEASE operation")?;
        }
        Ok(())
    }
}

/// Says whether somebody else had the database for too long.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Tells why nothing was stored, to each whose work it was.
fn told(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::StorageFull,
        _ if is_busy(error) => Error::Unavailable("the database is busy; nothing was changed"),
        _ => Error::internal(error.to_string()),
    }
}

/// A unit of work in the queue, whatever it returns.
trait Job: Send {
    fn is_wanted(&self) -> bool;
    /// Does the work, once more if it was done before. Says whether it succeeded.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Returns the database's error that made it fail.
    fn cause(&mut self) -> Option<rusqlite::Error>;
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Unit<T, W> {
    work: W,
    outcome: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T: Send, W: Fn(&Connection) -> Result<T> + Send> Job for Unit<T, W> {
    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    fn run(&mut self, connection: &Connection) -> bool {
        // A panic is this operation's failure alone; its savepoint takes back what it did.
        let work = std::panic::AssertUnwindSafe(|| (self.work)(connection));
        let outcome = std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Error::internal("an operation panicked")));
        let is_done = outcome.is_ok();
        self.outcome = Some(outcome);
        is_done
    }

    fn cause(&mut self) -> Option<rusqlite::Error> {
        match self.outcome.take() {
            Some(Err(Error::Internal(source))) => source.downcast().ok().map(|error| *error),
            Some(Err(Error::StorageFull)) => {
                let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
                Some(rusqlite::Error::SqliteFailure(full, None))
            }
            _ => None,
        }
    }

    fn answer(mut self: Box<Self>, committed: Result<()>) {
        let answer = match (committed, self.outcome.take()) {
            (Err(error), None | Some(Ok(_))) => Err(error),
            // An operation that failed by itself has its own reason, whatever became of the transaction.
            (_, Some(outcome)) => outcome,
            (Ok(()), None) => Err(Error::OutcomeUnknown),
        };
        if let Some(reply) = self.reply.take() {
            // The asker may have gone; the work is stored all the same.
            drop(reply.send(answer));
        }
    }
}
