//! How the daemon is reached over TCP, from flags and file together: private unless it is said otherwise.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::DaemonFlags;
use crate::config::host::Host;
use crate::config::{ConfigError, whole};

/// How the daemon is reached over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpConfig {
    /// The address to listen on.
    pub address: SocketAddr,
    /// The certificate and its key; without them plain HTTP is spoken.
    pub tls: Option<TlsFiles>,
    /// What a `Host` header may name besides localhost and the loopback addresses: names in lower case without a
    /// closing dot, IPv6 in brackets, no ports.
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// The files of a TLS server, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and the root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The file's section `[tcp]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tcp {
    listen: Option<SocketAddr>,
    tls: Option<TlsFiles>,
    plain_http: bool,
    hosts: Vec<String>,
    trusted_proxies: Vec<IpNet>,
}

/// The section as it is written, before its keys were looked at together.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
struct Written {
    #[serde(deserialize_with = "listen")]
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    plain_http: bool,
    hosts: Vec<HostName>,
    trusted_proxies: Vec<Network>,
}

impl<'de> Deserialize<'de> for Tcp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let tls = match (written.tls_cert, written.tls_key) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (None, None) => None,
            (Some(_), None) => return Err(de::Error::custom("`tls_cert` needs `tls_key`, the file with its key")),
            (None, Some(_)) => {
                return Err(de::Error::custom("`tls_key` needs `tls_cert`, the file with the certificate"));
            }
        };
        if tls.is_some() && written.plain_http {
            return Err(de::Error::custom("`plain_http = true` and `tls_cert` contradict each other"));
        }
        Ok(Self {
            listen: written.listen,
            tls,
            plain_http: written.plain_http,
            hosts: written.hosts.into_iter().map(|HostName(name)| name).collect(),
            trusted_proxies: written.trusted_proxies.into_iter().map(|Network(net)| net).collect(),
        })
    }
}

impl Tcp {
    /// Takes relative paths as lying beside the file.
    pub(super) fn beside(&mut self, folder: &Path) {
        if let Some(tls) = &mut self.tls {
            tls.cert = folder.join(&tls.cert);
            tls.key = folder.join(&tls.key);
        }
    }
}

/// Resolves flags over the file's section.
pub(super) fn resolve(flags: &DaemonFlags, file: Tcp) -> Result<Option<TcpConfig>, ConfigError> {
    let listen = flags.listen.as_deref().map(by_flag).transpose()?.or(file.listen);
    // A certificate fits its own key only, so the two are never taken from two places.
    let tls = files_by_flags(flags)?.or(file.tls);
    let plain = flags.plain_http || file.plain_http;
    if tls.is_some() && plain {
        return Err(ConfigError::setting(
            "plain HTTP and a TLS certificate contradict each other",
            "leave out `--plain-http` and `plain_http`, or the certificate and its key",
        ));
    }
    let Some(address) = listen else {
        if flags.tls_cert.is_some() || flags.plain_http {
            return Err(ConfigError::setting(
                "`--tls-cert` and `--plain-http` are for an address, and there is none to listen on",
                "add `--listen ADDR`, or `listen` in the file's section `[tcp]`",
            ));
        }
        return Ok(None);
    };
    if tls.is_none() && !plain && !address.ip().is_loopback() {
        return Err(ConfigError::setting(
            format!("`{address}` can be reached from outside, and without TLS everybody on the way could read along"),
            "give a certificate with `--tls-cert` and `--tls-key`, listen on 127.0.0.1, or say `--plain-http` behind a \
             proxy that speaks TLS; in the file they are `tls_cert`, `tls_key` and `plain_http`",
        ));
    }
    Ok(Some(TcpConfig { address, tls, hosts: file.hosts, trusted_proxies: file.trusted_proxies }))
}

fn by_flag(listen: &str) -> Result<SocketAddr, ConfigError> {
    listen.parse().map_err(|_| {
        ConfigError::setting(
            format!("`{}` is not an address and a port", listen.escape_debug()),
            "give `--listen` something like 127.0.0.1:7711 or [::1]:7711",
        )
    })
}

fn files_by_flags(flags: &DaemonFlags) -> Result<Option<TlsFiles>, ConfigError> {
    match (&flags.tls_cert, &flags.tls_key) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert: whole(cert)?, key: whole(key)? })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::setting("`--tls-cert` needs `--tls-key`", "give the file with its key")),
        (None, Some(_)) => {
            Err(ConfigError::setting("`--tls-key` needs `--tls-cert`", "give the file with the certificate"))
        }
    }
}

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || {
        let shown = text.escape_debug();
        de::Error::custom(format!("`{shown}` is not an address and a port such as 127.0.0.1:7711 or [::]:7711"))
    };
    text.parse().map(Some).map_err(|_| wrong())
}

/// A name that a `Host` header may have.
struct HostName(String);

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Host::parse(&text).map(|host| Self(host.to_string())).ok_or_else(|| {
            let shown = text.escape_debug();
            de::Error::custom(format!("`{shown}` is not the name of a host: no scheme, port or path belongs to it"))
        })
    }
}

/// One address, or a network such as `10.0.0.0/8`.
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let shown = text.escape_debug();
        let one = text.parse::<IpAddr>().ok().map(IpNet::from);
        let Some(net) = one.or_else(|| text.parse().ok()) else {
            return Err(de::Error::custom(format!("`{shown}` is not an address or a network such as 10.0.0.0/8")));
        };
        if net.prefix_len() == 0 {
            return Err(de::Error::custom(format!("`{shown}` would have everybody's `X-Forwarded-For` believed")));
        }
        Ok(Self(net.trunc()))
    }
}
