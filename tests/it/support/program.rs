//! Makes programs for a test to run.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Writes a program to `path`.
///
/// Another process writes the file that is run: were it open for writing here while some other test forks, the
/// child would have it open too for a moment, and the system runs no file that somebody writes to (`ETXTBSY`).
pub(crate) fn program(path: &Path, bytes: &[u8]) {
    let draft = path.with_extension("draft");
    fs::write(&draft, bytes).expect("written");
    fs::set_permissions(&draft, Permissions::from_mode(0o755)).expect("ours");
    let copied = Command::new("cp").arg("-p").arg(&draft).arg(path).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp to {}", path.display());
    fs::remove_file(draft).expect("ours");
}
