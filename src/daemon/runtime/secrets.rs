//! Small files beside the database that must outlive it and be read by nobody else.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

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

fn make(path: &Path, content: &[u8]) -> io::Result<Vec<u8>> {
    let part = path.with_extension("part");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(content.to_vec())
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
}
