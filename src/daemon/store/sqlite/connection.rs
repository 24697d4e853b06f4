//! Opening the file: what it must be, and how a connection is set up.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Stands in the file's header: `nudg`.
pub(super) const APPLICATION_ID: i32 = 0x6e75_6467;
/// The versions before 3.51.3 may lose commits when a checkpoint meets a writer (promises, section 0.2).
const OLDEST_SQLITE: i32 = 3_051_003;

/// Why a database was not opened. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is something else.
    #[error("`{path}` is not a nudge database ({what})")]
    Foreign {
        /// The file.
        path: String,
        /// What it seems to be.
        what: String,
    },
    /// A newer nudge made it.
    #[error("`{path}` was made by a newer nudge: its schema is {found}, this one knows {known}")]
    Newer {
        /// The file.
        path: String,
        /// The file's schema.
        found: i64,
        /// The newest that this build knows.
        known: i64,
    },
    /// A migration that was applied to it is not the one that this build has.
    #[error("`{path}` has another migration {number} than this nudge")]
    Diverged {
        /// The file.
        path: String,
        /// The migration.
        number: i64,
    },
    /// It could not be read or written.
    #[error("`{path}` can't be opened: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    pub(super) fn io(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Io { path: path.display().to_string(), source: source.into() }
    }

    fn foreign(path: &Path, what: &str) -> Self {
        Self::Foreign { path: path.display().to_string(), what: what.to_owned() }
    }

    /// Returns what a person can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => {
                "move the file away, put back a copy of it, or name other folders with NUDGE_DATA_DIR and NUDGE_STATE_DIR"
            }
            Self::Newer { .. } => {
                "install the newer nudge again; copies from before a migration are in `backups` beside it"
            }
            Self::Diverged { .. } => "use the nudge that made it, or restore a copy from `backups` beside it",
            Self::Io { .. } => "see that the disk has room and the folder is yours",
        }
    }
}

/// The files that SQLite lays beside a database to look into it, as far as they were not there before.
pub(super) struct LogFiles(Vec<PathBuf>);

impl LogFiles {
    /// Looks which are not there.
    pub(super) fn before(path: &Path) -> Self {
        let beside = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Self(["-wal", "-shm"].map(beside).into_iter().filter(|file| !file.exists()).collect())
    }

    /// Takes them away again when the database was refused: its folder is then as it was.
    pub(super) fn tidy(self) {
        for file in self.0 {
            // Missing, or still looked at by somebody: they hold nothing in either case.
            drop(std::fs::remove_file(file));
        }
    }
}

/// Opens the connection of the writer. The file is looked at before SQLite may touch it.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::io(path, format!("SQLite {} is too old", rusqlite::version())));
    }
    check_header(path)?;
    let connection = Connection::open(path).map_err(|error| OpenError::io(path, error))?;
    prepare(&connection).map_err(|error| refused(path, error))?;
    Ok(connection)
}

/// Lets the writer's connection write, once its file is known to be ours.
pub(super) fn set_up_writer(connection: &Connection) -> rusqlite::Result<()> {
    // What is deleted (a task that is purged, an account, a hash that was replaced) is not to be found in the file.
    connection.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
    // FULL: a commit is on the disk before it is answered (design, section 1).
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        // Some file systems, those of networks first, can't; then readers and the writer would block each other.
        let text = format!("the file system takes no write-ahead log (journal mode `{mode}`)");
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(text),
        ));
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -2048;",
    )
}

/// Opens a connection that can't write.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| OpenError::io(path, error))?;
    prepare(&connection)
        .and_then(|()| connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1024;"))
        .map_err(|error| refused(path, error))?;
    Ok(connection)
}

/// Closes doors that a damaged or hostile file could use, and makes text functions known.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    for (option, value) in [
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        // Without it a bound LIMIT has its statement prepared again at every run, to plan for that very number.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
        // A file that will be refused must not be changed by a checkpoint on the way out.
        (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
    ] {
        connection.set_db_config(option, value)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    super::filter::add_functions(connection)
}

/// Reads the first bytes: a file that is not ours must not even be opened by SQLite, which could change it.
fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return new_file(path),
        Err(error) => return Err(OpenError::io(path, error)),
    };
    let mut header = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut header).map_err(|error| OpenError::io(path, error))?;
    if header.is_empty() {
        return new_file(path);
    }
    // https://www.sqlite.org/fileformat.html, section 1.3
    if !header.starts_with(b"SQLite format 3\0") || header.len() < 100 {
        return Err(OpenError::foreign(path, "no SQLite database"));
    }
    let application_id = i32::from_be_bytes([header[68], header[69], header[70], header[71]]);
    if application_id != APPLICATION_ID {
        return Err(OpenError::foreign(path, "a SQLite database of another program"));
    }
    let length = file.metadata().map_err(|error| OpenError::io(path, error))?.len();
    match whole_length(&header) {
        Some(whole) if length < whole && !has_log(path) => {
            Err(OpenError::foreign(path, &format!("cut off: it has {length} of {whole} bytes")))
        }
        _ => Ok(()),
    }
}

/// A file that is to be made must not meet the write-ahead log of another: SQLite would throw that away.
fn new_file(path: &Path) -> Result<(), OpenError> {
    if has_log(path) {
        return Err(OpenError::foreign(path, "missing or empty, and its write-ahead log is still there"));
    }
    Ok(())
}

/// Returns how long a file with this header is at least, if the header knows.
fn whole_length(header: &[u8]) -> Option<u64> {
    let number =
        |place: usize| u32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]]);
    // The size in pages counts only when it was written with the last change.
    if number(24) != number(92) {
        return None;
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    Some(u64::from(number(28)) * page)
}

/// Whether there is a write-ahead log, which may hold what the file lacks.
fn has_log(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|log| log.len() > 0)
}

/// Tells damage from what may pass.
pub(super) fn refused(path: &Path, error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            OpenError::foreign(path, "damaged, or no SQLite database")
        }
        _ => OpenError::io(path, error),
    }
}
