//! The keys that tokens are made with, as files beside the database and never in it.
//!
//! `signing.pk8` signs access tokens. One that was retired lies as `signing-<until>-<key's id>.pk8` until its tokens
//! have ended.
//! `refresh.key` makes refresh tokens. Who may ask for a new key is not known here.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::runtime::secrets;
use super::users::Keys;
use super::users::refresh::RefreshKey;
use super::users::token::Signer;

const CURRENT: &str = "signing.pk8";
const REFRESH: &str = "refresh.key";

/// Opens the keys of a folder, and makes what is missing. Retired ones whose time is over are deleted.
///
/// # Errors
/// When a file can't be used, belongs to somebody else, can be read by others, or is damaged.
pub(super) fn open(folder: &Path, now: Timestamp) -> io::Result<Keys> {
    secrets::clear(folder)?;
    let current = secrets::load_or_make(&folder.join(CURRENT), || Signer::new_key().map_err(io::Error::other))?;
    let mut retired = Vec::new();
    for (path, until) in retired_in(folder)? {
        if until <= now {
            secrets::remove(&path)?;
        } else {
            retired.push((secrets::load(&path)?, until));
        }
    }
    let signer = Signer::from_keys(&current, &retired).map_err(|_| damaged(&folder.join(CURRENT)))?;
    let refresh = secrets::load_or_make(&folder.join(REFRESH), || RefreshKey::new_key().map_err(io::Error::other))?;
    let refresh = RefreshKey::from_key(&refresh).map_err(|_| damaged(&folder.join(REFRESH)))?;
    Ok(Keys { signer, refresh: Arc::new(refresh) })
}

/// Puts a new signing key in the place of the one that is there, which is kept until its tokens have ended. One at a
/// time: whoever calls this sees to it.
///
/// # Errors
/// When a file can't be written; then the old key is still in its place.
pub(super) fn replace(folder: &Path, new: &[u8], until: Timestamp, now: Timestamp) -> io::Result<()> {
    let current = folder.join(CURRENT);
    for (path, ended) in retired_in(folder)? {
        // With no time left, the earlier ones go as well: their tokens are to count no longer. First, because after a
        // crash in between nobody would know any more that they were to go.
        if ended <= now || until <= now {
            secrets::remove(&path)?;
        }
    }
    if until > now {
        let old = secrets::load(&current)?;
        // Its id makes the name its own, where several are retired in one second.
        let id = Signer::from_key(&old).map_err(|_| damaged(&current))?.key_id();
        secrets::replace(&folder.join(format!("signing-{}-{id}.pk8", until.as_second())), &old)?;
    }
    secrets::replace(&current, new)
}

fn retired_in(folder: &Path) -> io::Result<Vec<(PathBuf, Timestamp)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let rest = name.strip_prefix("signing-").and_then(|rest| rest.strip_suffix(".pk8"));
        // An id may have a `-` of its own (base64url), and the seconds come before the first.
        let until = rest.and_then(|rest| rest.split_once('-')).and_then(|(until, _)| until.parse().ok());
        let until = until.and_then(|until| Timestamp::from_second(until).ok());
        found.extend(until.map(|until| (path, until)));
    }
    Ok(found)
}

fn damaged(path: &Path) -> io::Error {
    let text = format!("`{}` is damaged: move it away, and a new one is made", path.display());
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_key_is_kept_until_its_tokens_have_ended() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).expect("in range");
        let id = |now| open(dir.path(), now).expect("opened").signer;
        let (account, session) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let old = id(at(0)).sign(account, session, None, at(0)).expect("signed");
        replace(dir.path(), &Signer::new_key().expect("randomness"), at(900), at(0)).expect("replaced");
        assert!(id(at(10)).verify(&old, at(10)).is_some(), "its tokens count still");
        let new = id(at(10)).sign(account, session, None, at(10)).expect("signed");
        assert!(id(at(901)).verify(&new, at(901)).is_some());
        assert_eq!(retired_in(dir.path()).expect("read").len(), 0, "its time is over");
        replace(dir.path(), &Signer::new_key().expect("randomness"), at(20), at(20)).expect("replaced");
        assert!(id(at(21)).verify(&new, at(21)).is_none(), "at once");
    }

    #[test]
    fn rotations_at_once_leave_file_and_memory_with_one_key_and_lose_none() {
        let dir = tempfile::tempdir().expect("a folder");
        let (now, until) = (Timestamp::from_second(1_800_000_000), Timestamp::from_second(1_800_000_900));
        let (now, until) = (now.expect("in range"), until.expect("in range"));
        let signer = open(dir.path(), now).expect("opened").signer;
        let sign = || signer.sign(uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2), None, now).expect("signed");
        let tokens = std::sync::Mutex::new(vec![sign()]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut tokens = tokens.lock().expect("nobody panics");
                    let new = Signer::new_key().expect("randomness");
                    replace(dir.path(), &new, until, now).expect("replaced");
                    signer.rotate(&new, until).expect("rotated");
                    tokens.push(sign());
                });
            }
        });
        let opened = open(dir.path(), now).expect("opened").signer;
        assert_eq!(opened.key_id(), signer.key_id());
        assert_eq!(retired_in(dir.path()).expect("read").len(), 8, "one name each, within one second");
        for token in tokens.into_inner().expect("nobody panics") {
            assert!(opened.verify(&token, now).is_some() && signer.verify(&token, now).is_some());
        }
    }

    #[test]
    fn what_is_to_count_no_longer_is_gone_before_the_new_key_is_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).expect("in range");
        drop(open(dir.path(), at(0)).expect("opened"));
        replace(dir.path(), &Signer::new_key().expect("randomness"), at(900), at(0)).expect("replaced");
        // As a crash would, this ends it where the new key is put in place.
        let current = dir.path().join(CURRENT);
        std::fs::remove_file(&current).expect("there");
        std::fs::create_dir_all(current.join("inner")).expect("made");
        assert!(replace(dir.path(), &Signer::new_key().expect("randomness"), at(1), at(1)).is_err());
        assert_eq!(retired_in(dir.path()).expect("read").len(), 0);
    }
}
