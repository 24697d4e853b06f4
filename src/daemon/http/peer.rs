//! Who is at the other end of a connection. Known from the kernel, before the first byte.

use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::api::error::ErrorCode;
use crate::daemon::error::Error;

/// The other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A process of this machine (`SO_PEERCRED`).
    Unix {
        /// Its uid when it connected.
        uid: u32,
    },
    /// Somebody over TCP.
    Tcp(SocketAddr),
}

impl Peer {
    /// Returns the uid, on the Unix socket.
    #[must_use]
    pub fn uid(self) -> Option<u32> {
        match self {
            Self::Unix { uid } => Some(uid),
            Self::Tcp(_) => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get().copied().ok_or_else(|| Error::internal("a connection without a peer"))
    }
}

/// Returns the uid of a peer on the Unix socket.
///
/// # Errors
/// `forbidden` on TCP.
pub(super) fn local_uid(peer: Peer) -> Result<u32, Error> {
    peer.uid().ok_or_else(|| Error::refused(ErrorCode::Forbidden, "this is answered on the Unix socket alone"))
}
