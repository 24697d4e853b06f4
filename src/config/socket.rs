//! Paths of Unix sockets, checked before the system refuses them without saying why.

use std::path::{Path, PathBuf};

use super::ConfigError;

/// A Unix socket's path has 108 bytes in the kernel's structure, the closing NUL among them.
pub(super) const PATH_MAX: usize = 107;

/// Returns a socket's whole path: the daemon is started in `/`, so a relative one would mean another file there.
pub(super) fn usable(path: &Path) -> Result<PathBuf, ConfigError> {
    let socket = std::path::absolute(path).map_err(|_| {
        ConfigError::setting(format!("the socket `{}` can't be used", path.display()), "name it by a whole path")
    })?;
    let length = socket.as_os_str().len();
    if length > PATH_MAX {
        return Err(ConfigError::setting(
            format!("the socket's path has {length} bytes, the system allows {PATH_MAX}: `{}`", socket.display()),
            "name a shorter one with `--socket` or NUDGE_SOCKET, or a shorter folder with NUDGE_STATE_DIR",
        ));
    }
    Ok(socket)
}
