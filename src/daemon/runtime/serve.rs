//! Listening and serving: our own accept loop, because every connection needs limits on time and size.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
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
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long the head of a request may take to arrive, and so how long a connection may idle.
const HEAD: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 16 << 10;
/// How many connections are open at once; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 1024;
/// How many of them one address may have on TCP. The owner's uid has only the total.
const PER_ADDRESS: usize = 64;
/// Out of descriptors, or the like: give others time to end.
const BREATH: Duration = Duration::from_millis(100);
/// At the stop: how long the kernel's queue may take to give the next connection, and a connection its request.
const BACKLOG: Duration = Duration::from_millis(5);
const LAST_REQUEST: Duration = Duration::from_millis(50);

/// The two kinds of sockets that are listened on.
pub enum Listener {
    /// A Unix socket.
    Unix(UnixListener),
    /// TCP.
    Tcp(TcpListener),
}

impl Listener {
    /// Listens on a Unix socket. Whoever calls this holds the lock: a socket that is there is a dead daemon's.
    ///
    /// # Errors
    /// When something that is no socket lies there, or the system refuses.
    pub fn unix(path: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path)?,
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something that is no socket lies there"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => return Err(error),
        }
        // The umask and the folder keep others out from its first moment; nobody executes a socket.
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self::Unix(listener))
    }

    /// Listens on TCP.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn tcp(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self::Tcp)
    }

    /// Returns the TCP address, with the port that was given if any would do.
    #[must_use]
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp(listener) => listener.local_addr().ok(),
        }
    }
}

/// Turns the ends of a connection into what the router knows its peer by.
pub trait Identify<P>: Clone + Send + Sync + 'static {
    /// Names a peer on the Unix socket by its uid.
    fn unix(&self, uid: u32) -> P;
    /// Names a peer on TCP.
    fn tcp(&self, address: SocketAddr) -> P;
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
    addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl<I> Server<I> {
    /// Sets a server up.
    pub fn new(router: Router, identify: I, stop: CancellationToken, connections: TaskTracker) -> Self {
        let (room, addresses) = (Arc::new(Semaphore::new(CONNECTIONS)), Arc::default());
        Self { router, identify, stop, connections, room, addresses }
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
                    self.spawn(stream, self.identify.unix(peer.uid()), (permit, None));
                }
            }
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                drop(stream.set_nodelay(true));
                // Beyond the share of one address the connection is dropped, which closes it.
                if let Some(share) = Share::of(&self.addresses, address.ip()) {
                    self.spawn(stream, self.identify.tcp(address), (permit, Some(share)));
                }
            }
        }
        Ok(())
    }

    fn spawn<P, S>(&self, stream: S, peer: P, place: (OwnedSemaphorePermit, Option<Share>))
    where
        P: Clone + Send + Sync + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (router, stop) = (self.router.clone(), self.stop.clone());
        self.connections.spawn(async move {
            let _place = place;
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
                () = stopped(&stop) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

/// Waits for the stop, and then a moment for a request that is on its way.
async fn stopped(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_REQUEST).await;
}

/// One address's share of the connections, given back when this goes.
struct Share {
    addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl Share {
    fn of(addresses: &Arc<Mutex<HashMap<IpAddr, usize>>>, address: IpAddr) -> Option<Self> {
        let mut open = addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Self { addresses: Arc::clone(addresses), address })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}
