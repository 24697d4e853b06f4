//! A daemon that is reached over TCP: how it is typed, and its normal form.

use std::path::PathBuf;

use super::ConfigError;
use super::host::Host;

/// A daemon on TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Whether it is reached over TLS; without it only on this machine.
    pub https: bool,
    /// Its name or address as a resolver and a certificate have it: lower case, IPv6 without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// A file with certificates of those who may vouch for it, in place of the system's.
    pub ca: Option<PathBuf>,
}

impl Server {
    /// Reads `https://host[:port]`; plain `http` is for this machine only.
    ///
    /// # Errors
    /// When it is anything else, or has a path, a query or a user in it.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        // What stands before an `@` may be a password, so nothing of such a text is shown.
        if url.contains('@') {
            return Err(ConfigError::setting(
                "the server's address has a user or a password in it",
                "name the server alone, and sign in with `{nudge} login`",
            ));
        }
        let wrong = |what: &str| {
            ConfigError::setting(
                format!("`{}` is not a server: {what}", url.escape_debug()),
                "name it like https://tasks.example.org or https://tasks.example.org:8443",
            )
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("it does not begin with https://"))?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("only https:// is known, and http:// on this machine")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '\\', '?', '#']) {
            return Err(wrong("a path or a query has no place in it"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            // The colons inside brackets belong to the address.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host = Host::parse(host).ok_or_else(|| wrong("that is no name or address of a machine"))?;
        let port = match port {
            None => {
                if https {
                    443
                } else {
                    80
                }
            }
            Some(digits) => port_number(digits).ok_or_else(|| wrong("a port is a number from 1 to 65535"))?,
        };
        if !https && !host.is_loopback() {
            let meant = Self { https: true, host: host.bare(), port: if port == 80 { 443 } else { port }, ca: None };
            return Err(ConfigError::setting(
                format!("`http://{host}` is not taken: passwords and tokens would cross the network readable by all"),
                format!("name it {}; plain http is for localhost, 127.0.0.1 and [::1]", meant.origin()),
            ));
        }
        Ok(Self { https, host: host.bare(), port, ca: None })
    }

    /// Returns the normal form, such as `https://tasks.example.org:8443`; the scheme's own port is left out.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority())
    }

    /// Returns what stands in the `Host` header: the host, and the port unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == (if self.https { 443 } else { 80 }) { host } else { format!("{host}:{}", self.port) }
    }

    /// Returns a name for a profile, made of the host and, unless it is the usual one, the port.
    pub(super) fn profile_name(&self) -> String {
        super::profiles::fit(&self.authority())
    }
}

fn port_number(digits: &str) -> Option<u16> {
    // `parse` alone would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&port| plain && port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_one_normal_form() {
        for (typed, origin) in [
            ("https://Tasks.Example.org", "https://tasks.example.org"),
            ("HTTPS://tasks.example.org:443/", "https://tasks.example.org"),
            ("https://tasks.example.org:8443", "https://tasks.example.org:8443"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
            ("http://localhost:7711", "http://localhost:7711"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:443", "http://[::1]:443"),
        ] {
            let server = Server::parse(typed).expect(typed);
            assert_eq!(server.origin(), origin);
            assert_eq!(Server::parse(origin).expect(origin), server, "the normal form is its own");
        }
        let server = Server::parse("https://[2001:db8::1]:8443").expect("a server");
        assert_eq!((server.host.as_str(), server.port), ("2001:db8::1", 8443));
        assert_eq!(server.profile_name(), "2001-db8--1--8443");
        assert_eq!(Server::parse("https://Nas.lan").expect("a server").profile_name(), "nas.lan");
    }

    #[test]
    fn anything_but_a_server_is_refused() {
        for typed in [
            "",
            "tasks.example.org",
            "ftp://a.org",
            "https:a.org",
            "https://",
            "https:///",
            "https://a.org/x",
            "https://a.org//",
            "https://a.org?x",
            "https://a.org/?x",
            "https://a.org#x",
            "https://a.org\\x",
            "https://a.org:",
            "https://a.org:0",
            "https://a.org:65536",
            "https://a.org:+80",
            "https://a.org:x",
            "https://::1",
            "https://[::1",
            "https://[::1]x",
            "https://a b",
            " https://a.org",
            "https://a.org\r\n",
            "https://127.1",
        ] {
            let error = Server::parse(typed).expect_err(typed);
            assert!(error.hint.is_some() && !error.message.contains('\n'), "{error}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_a_password_is_not_shown() {
        for typed in ["http://tasks.example.org", "http://192.168.0.2:80", "http://[fe80::1]", "http://0.0.0.0:7711"] {
            assert!(Server::parse(typed).expect_err(typed).message.contains("readable"));
        }
        for (typed, meant) in [("http://10.0.0.1:17711", "https://10.0.0.1:17711;"), ("http://a.org", "https://a.org;")]
        {
            assert!(Server::parse(typed).expect_err(typed).hint.expect("hint").contains(meant), "{typed}");
        }
        let error = Server::parse("https://me:hunter2@a.org").expect_err("a user");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
