//! Listening and serving: our own accept loop, because every connection needs limits on time and size.

use std::collections::HashMap;
use std::future::{Future, ready};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::tls::Certificate;

/// How long the head of a request may take to arrive, and so how long a connection may idle.
const HEAD: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 16 << 10;
/// How long both ends may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Out of descriptors, or the like: give others time to end.
const BREATH: Duration = Duration::from_millis(100);
/// At the stop: how long the kernel's queue may take to give the next connection, and a connection its request.
const BACKLOG: Duration = Duration::from_millis(5);
const LAST_REQUEST: Duration = Duration::from_millis(50);

/// The two kinds of sockets that are listened on.
pub enum Listener {
    /// A Unix socket.
    Unix(UnixListener),
    /// TCP, with TLS if there is a certificate.
    Tcp(TcpListener, Option<Box<Certificate>>),
}

impl Listener {
    /// Listens on a Unix socket that those may connect to whom `mode` allows to write: 0600 is its owner alone, 0666
    /// whoever reaches its folder. Whoever calls this holds the lock: a socket that is there is a dead daemon's.
    ///
    /// # Errors
    /// When something that is no socket lies there, or the system refuses.
    pub fn unix(path: &Path, mode: u32) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path)?,
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something that is no socket lies there"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => return Err(error),
        }
        // The umask keeps others out from its first moment, and only what is set here lets them in.
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        Ok(Self::Unix(listener))
    }

    /// Listens on TCP, with TLS if there is a certificate.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn tcp(address: SocketAddr, certificate: Option<Certificate>) -> io::Result<Self> {
        Ok(Self::Tcp(TcpListener::bind(address).await?, certificate.map(Box::new)))
    }

    /// Returns the TCP address, with the port that was given if any would do.
    #[must_use]
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp(listener, _) => listener.local_addr().ok(),
        }
    }
}

/// How many connections are open at once.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Of all; further ones wait in the kernel's queue.
    pub total: usize,
    /// Of those who share one key of [`Identify::share`]; further ones are closed.
    pub per_peer: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { total: 1024, per_peer: 64 }
    }
}

/// Turns the ends of a connection into what the router knows its peer by.
pub trait Identify<P>: Clone + Send + Sync + 'static {
    /// Names a peer on the Unix socket by its uid.
    fn unix(&self, uid: u32) -> P;
    /// Names a peer on TCP.
    fn tcp(&self, address: SocketAddr) -> P;
    /// Returns the key of whose share of the connections a peer takes; without one it has only the total.
    fn share(&self, peer: &P) -> Option<String>;
}

/// Serves until `stop`, and spawns what it serves on `connections`, which end soon after.
pub struct Server<I> {
    /// What answers.
    pub router: Router,
    /// Names peers; what it returns is an extension of every request.
    pub identify: I,
    /// Says when to stop.
    pub stop: CancellationToken,
    /// Counts what is still being served.
    pub connections: TaskTracker,
    room: Arc<Semaphore>,
    shares: Shares,
}

impl<I> Server<I> {
    /// Sets a server up.
    pub fn new(router: Router, identify: I, stop: CancellationToken, connections: TaskTracker, caps: Caps) -> Self {
        let room = Arc::new(Semaphore::new(caps.total.min(Semaphore::MAX_PERMITS)));
        let shares = Shares { open: Arc::default(), most: caps.per_peer };
        Self { router, identify, stop, connections, room, shares }
    }

    /// Accepts connections until told to stop.
    pub async fn serve<P>(&self, listener: Listener)
    where
        I: Identify<P>,
        P: Clone + Send + Sync + 'static,
    {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = self.accept(&listener) => accepted,
            };
            if let Err(error) = accepted {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::select! {
                    () = self.stop.cancelled() => break,
                    () = tokio::time::sleep(BREATH) => (),
                }
            }
        }
        // Who was let in by the kernel before the socket went is served still.
        while let Ok(Ok(())) = tokio::time::timeout(BACKLOG, self.accept(&listener)).await {}
    }

    async fn accept<P>(&self, listener: &Listener) -> io::Result<()>
    where
        I: Identify<P>,
        P: Clone + Send + Sync + 'static,
    {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(io::Error::other)?;
        match listener {
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                // A peer that has gone already is no trouble of the listener's.
                if let Ok(peer) = stream.peer_cred() {
                    self.spawn(self.identify.unix(peer.uid()), permit, ready(Some(stream)));
                }
            }
            Listener::Tcp(listener, certificate) => {
                let (stream, address) = listener.accept().await?;
                drop(stream.set_nodelay(true));
                let peer = self.identify.tcp(address);
                match certificate {
                    None => self.spawn(peer, permit, ready(Some(stream))),
                    Some(certificate) => {
                        let acceptor = TlsAcceptor::from(certificate.current());
                        self.spawn(peer, permit, shake_hands(acceptor, stream));
                    }
                }
            }
        }
        Ok(())
    }

    /// Serves what `opening` gives, within the peer's share of the connections. Beyond it nothing is done, and the
    /// connection is closed.
    fn spawn<P, S>(&self, peer: P, permit: OwnedSemaphorePermit, opening: impl Opening<S>)
    where
        I: Identify<P>,
        P: Clone + Send + Sync + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Some(share) = self.shares.take(self.identify.share(&peer)) else {
            return;
        };
        let (router, stop) = (self.router.clone(), self.stop.clone());
        self.connections.spawn(async move {
            let _place = (permit, share);
            let opened = tokio::select! {
                opened = opening => opened,
                () = stopped(&stop) => None,
            };
            if let Some(stream) = opened {
                converse(stream, router, peer, &stop).await;
            }
        });
    }
}

/// What becomes a connection, or does not.
trait Opening<S>: Future<Output = Option<S>> + Send + 'static {}

impl<S, F: Future<Output = Option<S>> + Send + 'static> Opening<S> for F {}

async fn shake_hands(acceptor: TlsAcceptor, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => tracing::debug!(%error, "no TLS with a peer"),
        Err(_) => tracing::debug!("no TLS with a peer in time"),
    }
    None
}

/// Answers the requests of one connection.
async fn converse<P, S>(stream: S, router: Router, peer: P, stop: &CancellationToken)
where
    P: Clone + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Waits for the stop, and then a moment for a request that is on its way.
async fn stopped(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_REQUEST).await;
}

/// How many connections each key has open.
struct Shares {
    open: Arc<Mutex<HashMap<String, usize>>>,
    most: usize,
}

impl Shares {
    /// Takes one more for a key, if there is one; `None` beyond the most.
    fn take(&self, key: Option<String>) -> Option<Option<Share>> {
        let Some(key) = key else {
            return Some(None);
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&key).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        open.insert(key.clone(), count + 1);
        Some(Some(Share { open: Arc::clone(&self.open), key }))
    }
}

/// One connection of a key, given back when this goes.
struct Share {
    open: Arc<Mutex<HashMap<String, usize>>>,
    key: String,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::runtime::tls::tests::{fixture, put};
    use axum::routing::get;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;
    use tokio_rustls::TlsConnector;

    /// Names a peer by the kind of its socket, which is also its share, if there are shares.
    #[derive(Clone)]
    struct Kinds {
        have_shares: bool,
    }

    impl Identify<&'static str> for Kinds {
        fn unix(&self, _: u32) -> &'static str {
            "unix"
        }

        fn tcp(&self, _: SocketAddr) -> &'static str {
            "tcp"
        }

        fn share(&self, peer: &&'static str) -> Option<String> {
            self.have_shares.then(|| (*peer).to_owned())
        }
    }

    struct Running {
        address: Option<SocketAddr>,
        stop: CancellationToken,
        connections: TaskTracker,
    }

    fn serve(listener: Listener, kinds: Kinds, caps: Caps) -> Running {
        let (stop, connections) = (CancellationToken::new(), TaskTracker::new());
        let router = Router::new().route("/", get(|| async { "hello" }));
        let address = listener.tcp_address();
        let server = Server::new(router, kinds, stop.clone(), connections.clone(), caps);
        connections.spawn(async move { server.serve(listener).await });
        Running { address, stop, connections }
    }

    impl Running {
        async fn end(self) {
            self.stop.cancel();
            self.connections.close();
            self.connections.wait().await;
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address.expect("TCP")).await.expect("connected")
        }

        async fn shake_hands(
            &self,
            authority: &str,
            protocol: &[u8],
        ) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(fixture(authority)).expect("a certificate")).expect("a root");
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
            config.alpn_protocols = vec![protocol.to_vec()];
            let name = ServerName::try_from("localhost").expect("a name");
            TlsConnector::from(Arc::new(config)).connect(name, self.connect().await).await
        }
    }

    /// Asks once and returns what came until the other end closed, or nothing.
    async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
        let mut answer = Vec::new();
        // A connection that was closed at once may refuse either.
        drop(stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await);
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn tls_is_served_with_the_certificate_of_the_moment() {
        let dir = tempfile::tempdir().expect("a folder");
        let (chain, key) = (dir.path().join("tls.pem"), dir.path().join("tls.key"));
        put("server.pem", &chain);
        put("server.key", &key);
        let certificate = Certificate::load(chain, key).expect("loaded");
        let address = "127.0.0.1:0".parse().expect("an address");
        let listener = Listener::tcp(address, Some(certificate)).await.expect("bound");
        let running = serve(listener, Kinds { have_shares: false }, Caps::default());

        let mut stream = running.shake_hands("ca.pem", b"http/1.1").await.expect("trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert!(ask(&mut stream).await.ends_with("hello"));
        assert!(running.shake_hands("other-ca.pem", b"http/1.1").await.is_err(), "another authority");
        assert!(running.shake_hands("ca.pem", b"h2").await.is_err(), "another protocol");
        assert!(!ask(&mut running.connect().await).await.contains("hello"), "no TLS");
        // A handshake that never ends does not hold up the stop.
        let _silent = running.connect().await;
        running.end().await;
    }

    #[tokio::test]
    async fn a_share_is_given_back() {
        let listener = Listener::tcp("127.0.0.1:0".parse().expect("an address"), None).await.expect("bound");
        let running = serve(listener, Kinds { have_shares: true }, Caps { total: 8, per_peer: 1 });
        for _ in 0..3 {
            // The share of the connection before is given back just after that has ended.
            let mut first = loop {
                let (mut stream, mut begin) = (running.connect().await, [0; 4]);
                drop(stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await);
                if stream.read_exact(&mut begin).await.is_ok() {
                    break stream;
                }
            };
            assert_eq!(ask(&mut running.connect().await).await, "", "beyond the share");
            assert!(ask(&mut first).await.ends_with("hello"));
        }
        running.end().await;
    }

    #[tokio::test]
    async fn a_socket_has_the_mode_that_is_asked_and_nothing_else_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("socket");
        let mode = || std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        for wanted in [0o600, 0o666, 0o600] {
            // The one before is a dead daemon's.
            drop(Listener::unix(&path, wanted).expect("bound"));
            assert_eq!(mode(), wanted);
        }
        let file = dir.path().join("file");
        std::fs::write(&file, "kept").expect("written");
        assert!(Listener::unix(&file, 0o600).is_err());
        assert_eq!(std::fs::read_to_string(&file).expect("there"), "kept");
    }

    #[tokio::test]
    async fn who_has_no_share_has_the_total() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("socket");
        let listener = Listener::unix(&path, 0o600).expect("bound");
        let running = serve(listener, Kinds { have_shares: false }, Caps { total: 8, per_peer: 1 });
        let mut open = Vec::new();
        for _ in 0..8 {
            open.push(UnixStream::connect(&path).await.expect("connected"));
        }
        for stream in &mut open {
            assert!(ask(stream).await.ends_with("hello"));
        }
        running.end().await;
    }
}
