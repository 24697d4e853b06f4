//! What nudge itself says to its daemon, so that the floor program says the very same.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use super::shared::Result;

/// Stands between one command, which is to connect to `socket`, and the daemon, and returns what the command said.
pub(super) fn listen(socket: &Path, daemon: &Path, command: impl FnOnce() -> Result<()>) -> Result<Vec<u8>> {
    let listener = UnixListener::bind(socket)?;
    thread::scope(|scope| {
        let heard = scope.spawn(|| pass_on(&listener, daemon));
        let done = command();
        // If the command never connected, this ends the wait for it; otherwise nobody takes it.
        drop(UnixStream::connect(socket));
        let heard = heard.join().map_err(|_| "the listener panicked")?;
        done.and(Ok(heard?))
    })
}

fn pass_on(listener: &UnixListener, daemon: &Path) -> io::Result<Vec<u8>> {
    let (mut command, _) = listener.accept()?;
    let mut daemon = UnixStream::connect(daemon)?;
    let (mut answers, mut to_command) = (daemon.try_clone()?, command.try_clone()?);
    let back = thread::spawn(move || io::copy(&mut answers, &mut to_command));
    let (mut said, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = command.read(&mut piece)?;
        if read == 0 {
            break;
        }
        said.extend_from_slice(&piece[..read]);
        daemon.write_all(&piece[..read])?;
    }
    daemon.shutdown(Shutdown::Both)?;
    // What the command no longer wanted to hear is no failure.
    drop(back.join());
    Ok(said)
}

/// Returns the first request of some that begins as given, which has no body.
pub(super) fn request(said: &[u8], begins: &[u8]) -> Option<Vec<u8>> {
    let begin = said.windows(begins.len()).position(|bytes| bytes == begins)?;
    let length = said[begin..].windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    Some(said[begin..begin + length].to_vec())
}
