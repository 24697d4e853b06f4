//! One daemon at a time: a lock on a file, held for life. A pid alone proves nothing; the file says who holds it.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A command may look at the lock for a moment.
const PATIENCE: Duration = Duration::from_millis(150);
const AGAIN: Duration = Duration::from_millis(5);

/// A lock that is held until this goes.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock was not taken.
#[derive(Debug)]
pub enum Refused {
    /// Somebody holds it; what they wrote into the file.
    Held(String),
    /// The file can't be used.
    Io(PathBuf, io::Error),
}

impl Lock {
    /// Takes the lock on a file, made if need be, and writes there who holds it.
    ///
    /// # Errors
    /// [`Refused::Held`] with what the holder wrote, soon after.
    pub fn take(path: &Path, holder: &str) -> Result<Self, Refused> {
        let io = |error| Refused::Io(path.to_owned(), error);
        let options = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).to_owned();
        let mut file = options.open(path).map_err(io)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(AGAIN),
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    // Whatever can be read of it: it is only told.
                    drop(file.read_to_string(&mut text));
                    return Err(Refused::Held(text.trim().to_owned()));
                }
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes())).map_err(io)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("lock");
        let first = Lock::take(&path, "pid 1").expect("free");
        assert!(matches!(Lock::take(&path, "pid 2"), Err(Refused::Held(who)) if who == "pid 1"));
        drop(first);
        Lock::take(&path, "pid 3").expect("free again");
    }
}
