//! Making the folders, and refusing those in which the tasks would not be safe.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{ConfigError, Paths, private};

impl Paths {
    /// Makes the data and state folders where they are missing, for their owner alone (0700).
    ///
    /// # Errors
    /// When one can't be made, belongs to somebody else, is a symbolic link (the state folder), or may be written to
    /// by others.
    pub fn create(&self) -> Result<(), ConfigError> {
        folder(&self.data, Link::Allowed)?;
        folder(&self.state, Link::Refused)
    }
}

/// Whether a folder may be reached over a symbolic link in its last place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// As dotfile collections do with what is to be kept.
    Allowed,
    /// Where sockets and tokens lie, a link that somebody changes would lead a command to another daemon.
    Refused,
}

fn folder(path: &Path, link: Link) -> Result<(), ConfigError> {
    let own = rustix::process::geteuid().as_raw();
    let existing = path.ancestors().find_map(|place| place.metadata().ok().map(|meta| (place, meta)));
    if let Some((place, meta)) = &existing {
        // What root makes in somebody's home, that person could not use afterwards.
        if meta.uid() != own && (*place == path || own == 0) {
            return Err(somebody_elses(place, meta));
        }
    }
    private::folder(path).map_err(|error| {
        ConfigError::folder(
            format!("can't make the folder `{}`: {error}", path.display()),
            "make it, or name another one with NUDGE_DATA_DIR and NUDGE_STATE_DIR",
        )
    })?;
    check(path, link)
}

/// Looks at the folder as it is now, whoever made it.
fn check(path: &Path, link: Link) -> Result<(), ConfigError> {
    let shown = path.display();
    let unreadable = |error| ConfigError::folder(format!("can't look at `{shown}`: {error}"), "see to its permissions");
    let meta = path.symlink_metadata().map_err(unreadable)?;
    if meta.is_symlink() && link == Link::Refused {
        return Err(ConfigError::folder(
            format!("the folder `{shown}` is a symbolic link"),
            "put a folder in its place, or name the real one with NUDGE_STATE_DIR",
        ));
    }
    let meta = path.metadata().map_err(unreadable)?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(somebody_elses(path, &meta));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(ConfigError::folder(
            format!("others may write to the folder `{shown}`"),
            format!("take that away: chmod go-w '{shown}'"),
        ));
    }
    Ok(())
}

fn somebody_elses(path: &Path, meta: &Metadata) -> ConfigError {
    ConfigError::folder(
        format!("the folder `{}` belongs to another user (uid {})", path.display(), meta.uid()),
        "run the command without sudo, or name folders of your own with NUDGE_DATA_DIR and NUDGE_STATE_DIR",
    )
}
