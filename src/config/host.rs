//! Names and addresses of machines, as they stand in URLs and `Host` headers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name or an address in its one normal form. It shows itself as a URL has it: IPv6 in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A name in lower case, without a closing dot.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl Host {
    /// Reads a host as it stands in a URL, without a port. What some programs take for an address and others for a
    /// name, such as `127.1` or `0x7f.1`, is neither here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('[') {
            return inside.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(|ip| Self::Address(ip.into()));
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(ip.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let fits = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let last = name.rsplit('.').next().unwrap_or_default();
        let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
        (name.len() <= 253 && name.split('.').all(fits) && !number).then_some(Self::Name(name))
    }

    /// Tells whether it is this very machine, whatever a name server says.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(ip) => ip.is_loopback(),
        }
    }

    /// Returns it as a resolver takes it: IPv6 without brackets.
    pub(super) fn bare(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Address(ip) => ip.to_string(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Address(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_one_normal_form() {
        for (typed, normal) in [
            ("Tasks.Example.ORG", "tasks.example.org"),
            ("tasks.example.org.", "tasks.example.org"),
            ("nas", "nas"),
            ("my_nas.lan", "my_nas.lan"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("1and1.com", "1and1.com"),
        ] {
            assert_eq!(Host::parse(typed).map(|host| host.to_string()).as_deref(), Some(normal), "{typed}");
        }
    }

    #[test]
    fn what_could_be_two_things_is_nothing() {
        let long = format!("{}.org", "x".repeat(64));
        for text in [
            "",
            ".",
            "a..b",
            "-a",
            "a-",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "0x7f000001",
            "1.2.3.256",
            "::1",
            "[::1",
            "[127.0.0.1]",
            "[fe80::1%eth0]",
            "bücher.example",
            "a b",
            "a/b",
            "a:1",
            "a@b",
            "a?b",
            "*",
            &long,
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn loopback_is_known_by_name_and_number() {
        let loopback = |text: &str| Host::parse(text).is_some_and(|host| host.is_loopback());
        assert!(["localhost", "LOCALHOST.", "127.0.0.1", "127.255.3.4", "[::1]"].into_iter().all(loopback));
        assert!(!["localhost.example", "0.0.0.0", "128.0.0.1", "[::]", "[::2]"].into_iter().any(loopback));
    }
}
