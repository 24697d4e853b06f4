//! Who asks through a proxy. What anybody but a trusted proxy says of that is ignored: it would let everyone choose
//! whom the limits count.
//!
//! It must not know the limits.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use super::peer::{Caller, Peer};

const FORWARDED_FOR: &str = "x-forwarded-for";
/// Headers of a proxy. Behind one, the peer's uid is the proxy's and says nothing of who asks.
const FORWARDED: [&str; 2] = ["forwarded", "via"];

/// Says whether a request has been through a proxy, as far as it tells.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    let is_of_proxy =
        |name: &HeaderName| FORWARDED.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-");
    headers.keys().any(is_of_proxy)
}

/// The proxies whose `X-Forwarded-For` counts.
#[derive(Debug, Clone, Default)]
pub(super) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Says whether an address is a proxy's.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Returns who asks.
    pub(super) fn caller(&self, peer: Peer, headers: &HeaderMap) -> Caller {
        match peer {
            Peer::Unix { uid } if is_forwarded(headers) => Caller::Proxied(uid),
            Peer::Tcp(proxy) if self.contains(proxy.ip()) => {
                self.client(headers).map_or(Caller::from(peer), Caller::Address)
            }
            Peer::Unix { .. } | Peer::Tcp(_) => Caller::from(peer),
        }
    }

    /// Returns the rightmost address that is no proxy's: each proxy adds whom it saw at the right, and what stands left
    /// of the first stranger is that stranger's own claim. Where that place holds no address, nobody is named.
    fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
        lines.reverse();
        for entry in lines.iter().flat_map(|line| line.rsplit(|byte| *byte == b',')) {
            let address = std::str::from_utf8(entry).ok().and_then(|entry| address(entry.trim()))?;
            if !self.contains(address) {
                return Some(address);
            }
        }
        None
    }
}

/// Reads an address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn a_trusted_proxy_names_the_caller() {
        let networks = ["10.0.0.0/8", "2001:db8:aaaa::/48"];
        let proxies = TrustedProxies::new(networks.iter().map(|text| text.parse().expect("a network")).collect());
        let table: [(&str, &[&'static str], &str); 20] = [
            ("10.0.0.1:5", &["192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1:5", &["192.0.2.1:4711"], "192.0.2.1"),
            ("10.0.0.1:5", &["2001:db8:1::1"], "2001:db8:1::1"),
            ("10.0.0.1:5", &["[2001:db8:1::1]"], "2001:db8:1::1"),
            ("10.0.0.1:5", &["[2001:db8:1::1]:4711"], "2001:db8:1::1"),
            ("10.0.0.1:5", &["::ffff:192.0.2.1"], "192.0.2.1"),
            // Spoofed by the client, who stands at the right of it.
            ("10.0.0.1:5", &["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1:5", &["203.0.113.9,rubbish,192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1:5", &["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
            // A chain of proxies, in one line and in several.
            ("10.0.0.1:5", &["203.0.113.9, 192.0.2.1 , 10.0.0.2"], "192.0.2.1"),
            ("10.0.0.1:5", &["203.0.113.9, 192.0.2.1", "10.0.0.3", "2001:db8:aaaa::2"], "192.0.2.1"),
            ("[2001:db8:aaaa::1]:5", &["192.0.2.1"], "192.0.2.1"),
            ("[::ffff:10.0.0.1]:5", &["192.0.2.1"], "192.0.2.1"),
            // Nobody is named.
            ("10.0.0.1:5", &[], "10.0.0.1"),
            ("10.0.0.1:5", &[""], "10.0.0.1"),
            ("10.0.0.1:5", &["192.0.2.1, unknown"], "10.0.0.1"),
            ("10.0.0.1:5", &["192.0.2.1,"], "10.0.0.1"),
            ("10.0.0.1:5", &["10.0.0.2, 10.0.0.3"], "10.0.0.1"),
            // Not trusted.
            ("192.0.2.7:5", &["203.0.113.9"], "192.0.2.7"),
            ("[2001:db8:bbbb::1]:5", &["203.0.113.9"], "2001:db8:bbbb::1"),
        ];
        for (peer, lines, expected) in table {
            let peer = Peer::Tcp(peer.parse().expect("an address"));
            let expected = Caller::Address(expected.parse().expect("an address"));
            assert_eq!(proxies.caller(peer, &headers(lines)), expected, "{peer:?} {lines:?}");
        }
        for bad in ["192.0.2.1:x", "[192.0.2.1]", "2001:db8::1]", "fe80::1%eth0", "192.0.2.1 192.0.2.2", "192.0.2.256"]
        {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_proxy_on_the_unix_socket_is_not_the_user_that_it_runs_as() {
        let proxies = TrustedProxies::default();
        let peer = Peer::Unix { uid: 7 };
        assert_eq!(proxies.caller(peer, &HeaderMap::new()), Caller::Uid(7));
        assert_eq!(proxies.caller(peer, &headers(&["192.0.2.1"])), Caller::Proxied(7));
    }
}
