//! Files and folders that only their owner may change, and mostly only their owner may read.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// What the other users of the machine may do with a file that is still trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing at all.
    Nothing,
    /// Read it.
    MayRead,
}

/// Larger than anything that is kept in such a file.
const SIZE_MAX: u64 = 64 * 1024;

/// A flag for opening that refuses a symbolic link in the last place.
fn no_follow() -> i32 {
    // The flags are an unsigned word in rustix and a signed one in std; the bits are the same.
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
}

/// Reads a file of one's own. One that is missing, a link, somebody else's, or open to more than `others` is
/// as good as not there.
#[must_use]
pub fn read(path: &Path, others: Others) -> Option<Vec<u8>> {
    read_checked(path, others).ok().flatten()
}

/// Reads a file of one's own like [`read`], for who must know whether it is missing or not to be trusted.
///
/// # Errors
/// When it can't be read, is a link, no file, somebody else's, too large, or open to more than `others`.
pub fn read_checked(path: &Path, others: Others) -> io::Result<Option<Vec<u8>>> {
    // Without `NONBLOCK` a pipe in the file's place would make the command wait for ever.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = match OpenOptions::new().read(true).custom_flags(no_follow() | nonblocking).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let meta = file.metadata()?;
    let (forbidden, loose) = match others {
        Others::Nothing => (0o077, "others may read it or write to it"),
        Others::MayRead => (0o022, "others may write to it"),
    };
    let wrong = match () {
        () if !meta.is_file() => "it is no file",
        () if meta.uid() != rustix::process::geteuid().as_raw() => "it belongs to another user",
        () if meta.mode() & forbidden != 0 => loose,
        () if meta.len() > SIZE_MAX => "it is too large",
        () => {
            let mut text = Vec::new();
            file.take(SIZE_MAX).read_to_end(&mut text)?;
            return Ok(Some(text));
        }
    };
    Err(io::Error::other(wrong))
}

/// Replaces a file as a whole: who reads it sees the old or the new text. Its mode is 0600 from the start.
///
/// # Errors
/// When the file can't be written or put in its place.
pub fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    replace(path, text, |_| Ok(()))
}

/// Replaces a file like [`write()`] and waits until the disk has it, for what can't be fetched again.
///
/// # Errors
/// When the file can't be written or put in its place.
pub fn write_durable(path: &Path, text: &[u8]) -> io::Result<()> {
    replace(path, text, File::sync_all)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn replace(path: &Path, text: &[u8], settle: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.tmp", uuid::Uuid::now_v7().simple()));
    let fresh = path.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| {
            // A umask may take rights away from the owner too.
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.write_all(text)?;
            settle(&file)
        })
        .and_then(|()| std::fs::rename(&fresh, path));
    if written.is_err() {
        // The first error is the one to tell; a leftover does no harm.
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

/// Makes a folder that only its owner may enter, with its missing parents, or leaves the one that is there.
///
/// # Errors
/// When it can't be made.
pub fn folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|place| !place.exists()).collect();
    for place in missing.into_iter().rev() {
        match DirBuilder::new().mode(0o700).create(place) {
            Ok(()) => std::fs::set_permissions(place, Permissions::from_mode(0o700))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(error),
        }
    }
    if path.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

/// Opens a file to be locked or appended to, and makes it with mode 0600 where it is missing.
///
/// # Errors
/// When it can't be opened or made, or is a symbolic link.
pub fn append(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(no_follow()).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_private_from_the_start_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret");
        write(&path, b"one").expect("written");
        write(&path, b"two").expect("written");
        assert_eq!(std::fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        assert_eq!(read(&path, Others::Nothing).as_deref(), Some(&b"two"[..]));
        assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1);
    }

    #[test]
    fn a_loose_mode_and_a_link_are_as_good_as_no_file() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, link) = (folder.path().join("secret"), folder.path().join("link"));
        write(&path, b"text").expect("written");
        std::os::unix::fs::symlink(&path, &link).expect("linked");
        assert_eq!(read(&link, Others::MayRead), None);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("loosened");
        assert_eq!(read(&path, Others::Nothing), None);
        assert!(read(&path, Others::MayRead).is_some());
        std::fs::set_permissions(&path, Permissions::from_mode(0o620)).expect("loosened");
        assert_eq!(read(&path, Others::MayRead), None);
    }

    #[test]
    fn a_write_that_fails_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("taken");
        std::fs::create_dir_all(path.join("inside")).expect("folder");
        assert!(write(&path, b"text").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 1);
    }
}
