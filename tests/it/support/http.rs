//! HTTP/1.1 by hand, so that requests can be as wrong as a test needs them.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// No answer may take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Http {
    stream: BufReader<Box<dyn Stream>>,
}

/// Either kind of socket.
trait Stream: Read + Write + Send {}

impl Stream for UnixStream {}
impl Stream for TcpStream {}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// The body, whole.
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// Connects to a Unix socket.
    #[track_caller]
    pub(crate) fn connect(socket: &Path) -> Self {
        Self::try_connect(socket).expect("the daemon takes connections")
    }

    /// Connects to a Unix socket, if somebody is there.
    pub(crate) fn try_connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(Box::new(stream)) })
    }

    /// Connects to an address and port.
    #[track_caller]
    pub(crate) fn tcp(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the daemon takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time is set");
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Sends a whole request and reads its answer.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.try_call(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends a whole request and reads its answer, if one comes.
    pub(crate) fn try_call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            request.extend([*name, ": ", *value, "\r\n"]);
        }
        request.push_str("\r\n");
        // In one piece: a daemon that has seen enough answers, and closes unless the rest has come already. What it
        // said before it closed can still be read.
        let _ = self.send(&[request.as_bytes(), body].concat());
        self.reply()
    }

    /// Reads an answer. The end of the connection before its first byte is `UnexpectedEof`.
    pub(crate) fn reply(&mut self) -> io::Result<Reply> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status line: {first:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None => break,
            }
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        if reply.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            self.chunks(&mut reply.body)?;
        } else if let Some(length) = reply.header("content-length").and_then(|length| length.parse().ok()) {
            reply.body.resize(length, 0);
            self.stream.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }

    /// Reads on until the daemon closes the connection, and returns what came.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).map(|_| rest)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let line = self.line()?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or(&line).trim(), 16);
            let size = size.map_err(io::Error::other)?;
            let start = body.len();
            body.resize(start + size, 0);
            self.stream.read_exact(&mut body[start..])?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }
}

impl Reply {
    /// Returns a header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text()))
    }

    /// Asserts a status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts that this is a problem document, whole and true to its status, and returns its code.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        let shown = format!("{} {:?} {}", self.status, self.headers, self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{shown}");
        let document = self.json();
        assert_eq!(document["status"], self.status, "{shown}");
        let code = document["code"].as_str().expect("a code");
        assert_eq!(document["type"], format!("urn:nudge:problem:{code}"), "{shown}");
        assert!(document["title"].is_string() && document["detail"].is_string(), "{shown}");
        for header in ["nudge-version", "nudge-request-id"] {
            assert!(self.header(header).is_some(), "no {header}: {shown}");
        }
        code.to_owned()
    }
}
