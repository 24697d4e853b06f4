//! Small files beside the database that must outlive it and be read by nobody else.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use uuid::Uuid;

/// How the names of files end that are not in their place yet.
const PART: &str = "part";

/// Reads a file; makes it with what `new` returns if it is not there. Made whole or not at all.
///
/// # Errors
/// When it belongs to somebody else or others may read it, or can't be written.
pub fn load_or_make(path: &Path, new: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    match load(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, &new()?),
        other => other,
    }
}

/// Reads a file.
///
/// # Errors
/// When it is not there, belongs to somebody else or others may read it.
pub fn load(path: &Path) -> io::Result<Vec<u8>> {
    let about = std::fs::symlink_metadata(path)?;
    let refused = |why: &str| io::Error::new(io::ErrorKind::PermissionDenied, format!("`{}` {why}", path.display()));
    if !about.is_file() {
        return Err(refused("is no plain file"));
    }
    if about.uid() != super::names::own_uid() {
        return Err(refused("belongs to somebody else"));
    }
    if about.mode() & 0o077 != 0 {
        return Err(refused("can be read by others: chmod 600 it"));
    }
    std::fs::read(path)
}

/// Puts a file in the place of the one that is there, whole or not at all.
///
/// # Errors
/// When it can't be written.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    make(path, content).map(drop)
}

/// Removes a file, for good when this returns.
///
/// # Errors
/// When it is not there or can't be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)?;
    sync_folder(path)
}

/// Removes what a crash has left half written in a folder. Whoever calls this is the only one who writes there.
///
/// # Errors
/// When something can't be removed.
pub fn clear(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == PART) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn make(path: &Path, content: &[u8]) -> io::Result<Vec<u8>> {
    // A name of its own: whoever else writes the same file must not write into this one.
    let part = path.with_extension(format!("{}.{PART}", Uuid::new_v4().simple()));
    let placed = write(&part, content).and_then(|()| std::fs::rename(&part, path));
    if let Err(error) = placed {
        // It may not be there at all, and the first error says more.
        drop(std::fs::remove_file(&part));
        return Err(error);
    }
    sync_folder(path)?;
    Ok(content.to_vec())
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_made_once_and_refused_when_others_can_read_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("key");
        assert_eq!(load_or_make(&path, || Ok(b"one".to_vec())).expect("made"), b"one");
        assert_eq!(load_or_make(&path, || Ok(b"two".to_vec())).expect("read"), b"one");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("ours");
        assert!(load_or_make(&path, || Ok(Vec::new())).is_err());
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn many_at_once_leave_one_of_them_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("key");
        let write = |byte: u8| replace(&path, &vec![byte; 4096]).expect("written");
        std::thread::scope(|scope| (0..8).for_each(|byte| drop(scope.spawn(move || write(byte)))));
        let content = load(&path).expect("there");
        assert!(content.len() == 4096 && content.iter().all(|byte| *byte == content[0]));
        assert_eq!(names(dir.path()), ["key"]);
    }

    #[test]
    fn what_fails_leaves_nothing_and_what_a_crash_left_is_cleared() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("key");
        // A folder that is not empty can't be replaced.
        std::fs::create_dir_all(path.join("inner")).expect("made");
        assert!(replace(&path, b"one").is_err());
        assert_eq!(names(dir.path()), ["key"]);
        std::fs::write(dir.path().join("key.0.part"), b"hal").expect("written");
        clear(dir.path()).expect("cleared");
        assert_eq!(names(dir.path()), ["key"]);
    }
}
