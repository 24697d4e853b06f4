//! A refresh token in a file that only its owner may read, bound to the origin it came from.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::api::Sensitive;
use crate::config::private;

/// What stands in the file. It has no `Debug`, so that no token gets into a message.
#[derive(Serialize, Deserialize)]
struct Kept {
    origin: String,
    refresh_token: Sensitive,
}

/// Reads the token, if there is one for this origin.
pub(super) fn read(path: &Path, origin: &str) -> io::Result<Option<Sensitive>> {
    let Some(text) = private::read_checked(path, private::Others::Nothing)? else {
        return Ok(None);
    };
    // What the parser has to say may show the token.
    let kept: Kept = serde_json::from_slice(&text).map_err(|_| io::Error::other("it is damaged"))?;
    Ok((kept.origin == origin).then_some(kept.refresh_token))
}

/// Writes the token, in place of the one that is there.
pub(super) fn write(path: &Path, origin: &str, secret: &Sensitive) -> io::Result<()> {
    path.parent().map_or(Ok(()), private::folder)?;
    let kept = Kept { origin: origin.to_owned(), refresh_token: secret.clone() };
    // The one before may end with this one's first use, so it must be on the disk by then.
    private::write_durable(path, &serde_json::to_vec(&kept)?)
}

/// Removes the token, if there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
