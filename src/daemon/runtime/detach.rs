//! Leaving the caller behind: its session, its folder, its umask, and at last the pipe to it.

use std::io;

use rustix::fs::Mode;

/// Makes files that are made from now on the user's alone. The first thing that a daemon does.
pub fn restrict_files() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Leaves the caller's session and folder, so that neither a closed terminal nor an unmount meets the daemon.
///
/// # Errors
/// When the system refuses.
pub fn leave_session() -> io::Result<()> {
    // Fails only for the leader of a group, which has a session of its own already or was started by hand.
    match rustix::process::setsid() {
        Ok(_) | Err(rustix::io::Errno::PERM) => (),
        Err(error) => return Err(error.into()),
    }
    rustix::process::chdir("/")?;
    Ok(())
}

/// Tells the command that waits at the other end of standard output, and lets go of it.
///
/// # Errors
/// When the null device can't be opened. That the command has gone is no error.
pub fn report(lines: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut out = io::stdout();
    match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
        _ => (),
    }
    let null = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(())
}
