//! What the started daemon keeps of its caller: nothing. And what others may see of it: nothing. About 2 s.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::support::Home;

/// Everything in a folder, and it.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        if path.is_dir() {
            found.extend(fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        next += 1;
    }
    found
}

/// A field of `/proc/PID/status`.
fn status(pid: u32, field: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field is there");
    line.trim_start_matches(':').trim().to_owned()
}

/// The session and the terminal of a process.
fn session(pid: u32) -> (u32, i32) {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let fields: Vec<&str> = stat.rsplit_once(") ").expect("a name").1.split(' ').collect();
    (fields[3].parse().expect("a session"), fields[4].parse().expect("a terminal"))
}

#[test]
fn it_keeps_no_descriptor_session_folder_mask_or_secret_of_the_caller() {
    let home = Home::new().with("SECRET_OF_MINE", "hunter2");
    home.sh("umask 000; exec 9>keep 8<&0 7>&1; cd /tmp; \"$nudge\" add x -q").ok();
    let pid = home.pid();
    let mut kept = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).expect("the process is ours") {
        let entry = entry.expect("an entry");
        // One that was closed since the list was made is not kept.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let own = [home.state(), home.data()].iter().any(|folder| target.starts_with(&*folder.to_string_lossy()));
        let allowed =
            own || target == "/dev/null" || target.starts_with("socket:") || target.starts_with("anon_inode:");
        if !allowed {
            kept.push((entry.file_name(), target));
        }
    }
    assert!(kept.is_empty(), "{kept:?}");
    assert_eq!(fs::read_link(format!("/proc/{pid}/fd/0")).expect("stdin"), Path::new("/dev/null"));
    assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).expect("a folder"), Path::new("/"));
    assert_eq!(status(pid, "Umask"), "0077");
    let (own, terminal) = session(pid);
    assert_eq!((own, terminal), (pid, 0), "a session of its own and no terminal");
    let environment = fs::read(format!("/proc/{pid}/environ")).expect("the process is ours");
    assert!(!environment.windows(7).any(|window| window == b"hunter2"));
}

#[test]
fn files_are_for_their_owner_alone_whatever_the_umask() {
    for mask in ["000", "022", "777"] {
        let home = Home::new();
        home.sh(&format!("umask {mask}; \"$nudge\" add x remind:2020-01-01T00:00 -q")).ok();
        home.nudge(&["inbox"]).ok();
        for folder in [home.state(), home.data()] {
            for path in all_in(&folder) {
                let meta = fs::symlink_metadata(&path).expect("it is there");
                let expected = if meta.is_dir() { 0o700 } else { 0o600 };
                assert_eq!(meta.mode() & 0o777, expected, "umask {mask}: {}", path.display());
            }
        }
        let socket = fs::metadata(home.socket()).expect("a socket");
        assert!(socket.file_type().is_socket());
        assert!(home.database().is_file());
        for parent in [".local", ".local/state", ".local/share"] {
            let meta = fs::metadata(home.path().join(parent)).expect("a folder");
            assert_eq!(meta.mode() & 0o022, 0, "umask {mask}: {parent}");
        }
    }
}

#[test]
fn no_token_and_no_title_gets_into_the_log() {
    let home = Home::new().with("NUDGE_LOG", "trace");
    home.add(&["the secret title", "remind:2020-01-01T00:00"]);
    home.nudge(&["ls", "secret"]).ok();
    home.nudge(&["inbox"]).ok();
    let token = home.bearer();
    let log = home.log();
    assert!(!log.is_empty());
    let signature = token.rsplit('.').next().expect("a JWT has three parts");
    assert!(!log.contains(signature), "a token is in the log");
    assert!(!log.contains("the secret title"), "{log}");
}

#[test]
fn folders_that_others_may_write_to_are_refused() {
    let home = Home::new();
    home.sh("mkdir -p .local/state/nudge && chmod 777 .local/state/nudge").ok();
    home.nudge(&["ls"]).hinted().says("others may write");
    assert!(home.status().is_none());
}
