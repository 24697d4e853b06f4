//! The read-only connections. A read sees what was committed when it began.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection::{OpenError, open_for_reading};
use crate::daemon::error::{Error, Result};

/// As many as requests can usefully read at once on a small machine.
const CONNECTIONS: usize = 4;
/// A read that takes longer is stopped (design, section 3, "Limits").
const LONGEST_READ: Duration = Duration::from_secs(1);
/// How many steps of SQLite's machine lie between two looks at the clock.
const STEPS: i32 = 10_000;

pub(super) struct Readers {
    connections: Vec<Mutex<Reader>>,
    next: AtomicUsize,
}

struct Reader {
    /// None once the store is closed.
    connection: Option<Connection>,
    deadline: Arc<Deadline>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let open = || {
            let mut connection = open_for_reading(path)?;
            let deadline = Arc::new(Deadline { begin: Instant::now(), at: AtomicU64::new(u64::MAX) });
            let watched = Arc::clone(&deadline);
            connection
                .progress_handler(STEPS, Some(move || watched.is_over()))
                .map_err(|error| OpenError::io(path, error))?;
            Ok(Mutex::new(Reader { connection: Some(connection), deadline }))
        };
        let connections = (0..CONNECTIONS).map(|_| open()).collect::<Result<_, OpenError>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Runs a read on a connection that is free, or on the next one that will be.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let reader = self.any();
        let connection = reader.connection.as_ref().ok_or(Error::Unavailable("the daemon is stopping"))?;
        reader.deadline.set(LONGEST_READ);
        let result = work(connection);
        reader.deadline.clear();
        result
    }

    /// Closes all connections, each when its read is done.
    pub(super) fn close(&self) {
        for reader in &self.connections {
            reader.lock().unwrap_or_else(PoisonError::into_inner).connection.take();
        }
    }

    /// Takes the first connection that is free, so that with little to do one of them has what is asked for at hand,
    /// and the others hold no memory.
    fn any(&self) -> MutexGuard<'_, Reader> {
        let free = self.connections.iter().find_map(|reader| reader.try_lock().ok());
        free.unwrap_or_else(|| {
            let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
            // A read that panicked left its connection as it was: it only read.
            self.connections[turn].lock().unwrap_or_else(PoisonError::into_inner)
        })
    }
}

/// When the read in hand is to end, in microseconds since the beginning.
struct Deadline {
    begin: Instant,
    at: AtomicU64,
}

impl Deadline {
    fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn set(&self, after: Duration) {
        let after = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.at.store(self.now().saturating_add(after), Ordering::Relaxed);
    }

    fn clear(&self) {
        self.at.store(u64::MAX, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.now() > self.at.load(Ordering::Relaxed)
    }
}
