//! HTTP/1.1 over one connection that is kept: enough to ask a daemon, and little enough to leave the processor to it.
//!
//! It must not know what is asked.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A daemon that takes longer over an answer is broken, and not slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// Either kind of socket.
trait Stream: Read + Write + Send {}

impl Stream for UnixStream {}
impl Stream for TcpStream {}

/// A connection.
pub(super) struct Connection(BufReader<Box<dyn Stream>>);

/// An answer.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The seconds after which it is worth trying again.
    pub(super) retry_after: Option<u64>,
    /// The body, whole.
    pub(super) body: Vec<u8>,
}

impl Connection {
    /// Connects to a Unix socket.
    pub(super) fn unix(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(Box::new(stream))))
    }

    /// Connects to an address and port.
    pub(super) fn tcp(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(Box::new(stream))))
    }

    /// Sends a request that [`request`] has made, and reads its answer.
    pub(super) fn call(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(request)?;
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status line: {first:?}")))?;
        let (mut length, mut retry_after) = (0, None);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
                "retry-after" => retry_after = value.trim().parse().ok(),
                _ => (),
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, retry_after, body })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// Makes a request in one piece.
pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() {
        text.push_str("content-type: application/json\r\n");
    }
    let length = body.len().to_string();
    text.extend(["content-length: ", &length, "\r\n\r\n", body]);
    text.into_bytes()
}
