//! Users as the system knows them.

use nix::unistd::{Group, Uid, User, getgrouplist};

/// Stands for uids that the kernel can't tell in this namespace, unless the system says another.
const OVERFLOW_UID: u32 = 65_534;

/// Returns the login name of a uid. Asks whatever the system is set up to ask, so it may take its time.
#[must_use]
pub fn login_name(uid: u32) -> Option<String> {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map(|user| user.name)
}

/// Says whether a uid is in a group now, as its own group or one of its further ones. Takes its time as well.
#[must_use]
pub fn is_in_group(uid: u32, group: &str) -> bool {
    let found = User::from_uid(Uid::from_raw(uid)).ok().flatten().zip(Group::from_name(group).ok().flatten());
    let Some((user, group)) = found else {
        return false;
    };
    let Ok(name) = std::ffi::CString::new(user.name) else {
        return false;
    };
    user.gid == group.gid || getgrouplist(&name, user.gid).is_ok_and(|groups| groups.contains(&group.gid))
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
