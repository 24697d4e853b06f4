//! The floor program: it connects, writes one prepared request, reads the whole answer and ends. No command that
//! asks a daemon over a Unix socket can do less.
//!
//! The benchmark runs itself as this program. It uses nothing but `std`, so that it stays a small process.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

/// The first argument that makes this program the floor; the socket and the file with the request follow.
pub(super) const NAME: &str = "floor";

/// Sends what the file holds and reads the answer.
pub(super) fn run(socket: &str, request: &str) -> ExitCode {
    match exchange(socket, request) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even that can't be said, the exit code says it.
            let _ = writeln!(io::stderr(), "floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn exchange(socket: &str, request: &str) -> io::Result<()> {
    let request = fs::read(request)?;
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(&request)?;
    let (mut answer, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    while !is_whole(&answer)? {
        match stream.read(&mut piece)? {
            0 => return Err(refused("the answer ended early")),
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    Ok(())
}

/// Tells whether all of an answer is there, by the length that its head names.
fn is_whole(answer: &[u8]) -> io::Result<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(refused(head.lines().next().unwrap_or_default()));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
    let length = length.ok_or_else(|| refused("the answer names no length"))?;
    Ok(answer.len() >= end + 4 + length)
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}
