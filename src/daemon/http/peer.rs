//! Who is at the other end of a connection, as the kernel says, and who asks, when that is somebody else.
//!
//! It must not know who may do what, nor which proxies are trusted.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

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

/// Who is slowed down for a request: the peer, or whom a trusted proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// A user of this machine, on the Unix socket.
    Uid(u32),
    /// Somebody behind a proxy that runs as this uid and came by the Unix socket, where nobody can say who.
    Proxied(u32),
    /// An address, over TCP.
    Address(IpAddr),
}

impl Caller {
    /// Returns who shares limits with this caller: an IPv6 network of 64 bits is one household, because it is the least
    /// that a subscriber is given (RFC 6177), and an IPv4 address is the same in IPv6's spelling.
    pub(super) fn network(self) -> Self {
        let Self::Address(address) = self else {
            return self;
        };
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address @ IpAddr::V4(_) => address,
        })
    }

    /// Returns a text that names [`Self::network`]: `uid:1000`, `192.0.2.1`, `2001:db8::/64`.
    pub(super) fn key(self) -> String {
        match self.network() {
            Self::Uid(uid) => format!("uid:{uid}"),
            Self::Proxied(uid) => format!("proxy:{uid}"),
            Self::Address(IpAddr::V4(address)) => address.to_string(),
            Self::Address(IpAddr::V6(address)) => format!("{address}/64"),
        }
    }
}

/// As the owner of an account is shown it.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => write!(f, "uid {uid}"),
            Self::Proxied(uid) => write!(f, "a proxy of uid {uid}"),
            Self::Address(address) => address.to_canonical().fmt(f),
        }
    }
}

impl From<Peer> for Caller {
    fn from(peer: Peer) -> Self {
        match peer {
            Peer::Unix { uid } => Self::Uid(uid),
            Peer::Tcp(address) => Self::Address(address.ip().to_canonical()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get().copied().ok_or_else(|| Error::internal("a request without a caller"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_one_caller() {
        let key = |address: &str| Caller::Address(address.parse().expect("an address")).key();
        assert_eq!(key("192.0.2.1"), "192.0.2.1");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert_eq!(key("2001:db8:0:1::1"), "2001:db8:0:1::/64");
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
        assert_eq!((key("::1"), key("fe80::1")), ("::/64".into(), "fe80::/64".into()));
        assert_eq!((Caller::Uid(7).key(), Caller::Uid(7).to_string()), ("uid:7".into(), "uid 7".into()));
        assert_ne!(Caller::Uid(7).key(), Caller::Proxied(7).key());
    }
}
