//! Connecting to a server over TCP, with TLS where its URL says so.
//!
//! It never starts anything. Whose certificate is taken is `tls`'s to say.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::config::Server;

use super::link::Link;
use super::{ClientError, Result, exchange, tls, wait};

/// How long it may take until a server is connected, TLS included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects to a server.
pub(super) async fn server(server: &Server) -> Result<Link> {
    within(server, PATIENCE).await
}

async fn within(server: &Server, patience: Duration) -> Result<Link> {
    // What is wrong with a file of certificates is told before anybody waits for the network.
    let secure = if server.https { Some(tls::Secure::new(server)?) } else { None };
    let end = Instant::now() + patience;
    let reached = timeout_at(end, tcp(server, end)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = reached.map_err(|error| unreachable(server, &error))?;
    // Requests are small, and each waits for its answer.
    stream.set_nodelay(true)?;
    match secure {
        Some(secure) => match timeout_at(end, secure.connect(stream)).await {
            Ok(stream) => exchange::link_over(stream?).await,
            Err(_) => Err(unreachable(server, &io::ErrorKind::TimedOut.into())),
        },
        None => exchange::link_over(stream).await,
    }
}

/// Connects to the first of the server's addresses that answers. None takes more than its share of the time, so that
/// one that is silent does not hide the next.
async fn tcp(server: &Server, end: Instant) -> io::Result<TcpStream> {
    let addresses = resolve(server, end).await?;
    let mut outcome = Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    let number = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for (address, left) in addresses.into_iter().zip((1..=number).rev()) {
        let share = end.saturating_duration_since(Instant::now()) / left;
        outcome =
            timeout(share, TcpStream::connect(address)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Asks the system for the server's addresses. Its resolver blocks, and for longer than anybody wants to wait.
async fn resolve(server: &Server, end: Instant) -> io::Result<Vec<SocketAddr>> {
    let (host, port) = (server.host.clone(), server.port);
    let left = end.saturating_duration_since(Instant::now());
    wait::aside(left, move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect))
        .await
        .unwrap_or_else(|| Err(io::Error::new(io::ErrorKind::TimedOut, "no name server answers")))
}

fn unreachable(server: &Server, error: &io::Error) -> ClientError {
    let what = match error.kind() {
        io::ErrorKind::TimedOut if error.get_ref().is_none() => format!("no answer within {} s", PATIENCE.as_secs()),
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => error.to_string(),
    };
    ClientError::Unreachable {
        message: format!("no daemon can be reached at `{}`: {what}", server.origin()),
        hint: Some("see to the address and the network; your own daemon: `{nudge} --profile local …`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16, https: bool) -> Server {
        Server { https, host: "127.0.0.1".to_owned(), port, ca: None }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_or_silent_is_unreachable() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let port = listener.local_addr().expect("address").port();
        // It takes the connection (its queue does) and never says a word of TLS.
        let silent = within(&at(port, true), Duration::from_millis(50)).await.map(drop).expect_err("silent");
        assert!(
            matches!(&silent, ClientError::Unreachable { message, .. } if message.contains("no answer")),
            "{silent}"
        );
        drop(listener);
        let refused = server(&at(port, false)).await.map(drop).expect_err("nobody");
        assert!(matches!(&refused, ClientError::Unreachable { message, .. } if message.contains("nothing listens")));
        assert!(refused.hint().is_some());
    }
}
