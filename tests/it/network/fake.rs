//! A server that is not ours: it writes down what it is sent, and answers what the test wants.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One that runs until the test ends.
pub(super) struct Fake {
    address: String,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Fake {
    /// Starts one that answers every request with this status line and further headers, and this body.
    pub(super) fn start(status: &str, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\
             {headers}\r\n{body}"
        );
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away early is as good.
                let _ = serve(stream, &answer, &kept);
            }
        });
        Self { address, received }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns all that it was sent.
    pub(super) fn received(&self) -> String {
        String::from_utf8_lossy(&self.received.lock().expect("unspoiled")).into_owned()
    }
}

/// Reads one request whole, writes it down, and answers.
fn serve(mut stream: TcpStream, answer: &str, received: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = Vec::new();
    let mut block = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut block)? {
            0 => break,
            count => request.extend(&block[..count]),
        }
    }
    received.lock().expect("unspoiled").extend(&request);
    stream.write_all(answer.as_bytes())
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
