//! Users as the system knows them.

use std::ffi::CString;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::{Group, Uid, User, getgrouplist};

/// Stands for uids that the kernel can't tell in this namespace, unless the system says another.
const OVERFLOW_UID: u32 = 65_534;
const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

/// Returns the login name of a uid; nothing if it has none. Asks whatever the system is set up to ask, so it may take
/// its time.
///
/// # Errors
/// When that could not be asked: who it is must then not be guessed.
pub fn login_name(uid: u32) -> io::Result<Option<String>> {
    Ok(user(uid)?.map(|user| user.name))
}

/// Says whether a uid is in a group now, as its own group or one of its further ones. Takes its time as well.
///
/// # Errors
/// When that could not be asked.
pub fn is_in_group(uid: u32, group: &str) -> io::Result<bool> {
    let (user, group) = (user(uid)?, found(Group::from_name(group), Path::new(GROUP))?);
    let Some((user, group)) = user.zip(group) else {
        return Ok(false);
    };
    let name = CString::new(user.name)?;
    Ok(user.gid == group.gid || getgrouplist(&name, user.gid)?.contains(&group.gid))
}

fn user(uid: u32) -> io::Result<Option<User>> {
    found(User::from_uid(Uid::from_raw(uid)), Path::new(PASSWD))
}

/// Tells "there is none" from "it could not be asked". The system says "no such file" of both a directory's service
/// that is down and its own list that is missing; only without the list, as in a bare container, is nobody known.
fn found<T>(asked: nix::Result<Option<T>>, list: &Path) -> io::Result<Option<T>> {
    match asked {
        Err(Errno::ENOENT) if !list.exists() => Ok(None),
        asked => Ok(asked?),
    }
}

/// Returns the uid that stands for unknown ones (`/proc/sys/kernel/overflowuid`).
#[must_use]
pub fn overflow_uid() -> u32 {
    let text = std::fs::read_to_string("/proc/sys/kernel/overflowuid").ok();
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(OVERFLOW_UID)
}

/// Returns the uid that files and sockets of this process belong to.
#[must_use]
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_a_user_that_is_not_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let (there, missing) = (dir.path(), dir.path().join("passwd"));
        assert_eq!(found(Ok(Some(7)), there).expect("asked"), Some(7));
        assert_eq!(found::<u8>(Ok(None), there).expect("asked"), None);
        for cause in [Errno::EIO, Errno::EAGAIN, Errno::ECONNREFUSED, Errno::EMFILE, Errno::ENOENT] {
            let error = found::<u8>(Err(cause), there).expect_err("an outage");
            assert_eq!(error.raw_os_error(), Some(cause as i32));
        }
        assert_eq!(found::<u8>(Err(Errno::ENOENT), &missing).expect("nobody is known"), None);
        assert!(found::<u8>(Err(Errno::EIO), &missing).is_err());
    }

    #[test]
    fn names_and_groups_are_the_systems() {
        // Only where a machine has them, as all but bare containers do.
        let Some(root) = login_name(0).expect("asked") else {
            return;
        };
        assert_eq!(root, "root");
        assert_eq!(login_name(3_999_999_999).expect("asked"), None);
        assert!(!is_in_group(0, "no-such-group-anywhere").expect("asked"));
        assert!(!is_in_group(3_999_999_999, "root").expect("asked"));
        assert!(!is_in_group(0, "a\0b").expect("asked"));
        if let Ok(Some(own)) = Group::from_gid(nix::unistd::Gid::from_raw(0)) {
            assert!(is_in_group(0, &own.name).expect("asked"));
        }
    }
}
