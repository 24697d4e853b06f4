//! TLS to a server: whose certificates are taken, and what is wrong with one that is not.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::{ConfigError, Server};

use super::{ClientError, Result};

/// How to speak TLS with one server.
pub(super) struct Secure {
    connector: TlsConnector,
    name: ServerName<'static>,
    origin: String,
}

impl Secure {
    /// Prepares for a server: it is to be vouched for by its own file of certificates, or without one by those whom
    /// this machine trusts.
    ///
    /// # Errors
    /// When there is nobody to trust.
    pub(super) fn new(server: &Server) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(server, &error))?;
        let builder = match &server.ca {
            Some(file) => builder.with_root_certificates(roots(file)?),
            None => builder.with_platform_verifier().map_err(|error| unusable(server, &error))?,
        };
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(server.host.clone()).map_err(|error| unusable(server, &error))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name, origin: server.origin() })
    }

    /// Agrees on TLS over a connection.
    ///
    /// # Errors
    /// When the server shows a certificate that is not taken, or does not speak TLS.
    pub(super) async fn connect(self, stream: TcpStream) -> Result<TlsStream<TcpStream>> {
        let Self { connector, name, origin } = self;
        connector.connect(name, stream).await.map_err(|error| explain(&origin, &error))
    }
}

/// Reads the certificates of those who may vouch for a server.
fn roots(file: &Path) -> Result<RootCertStore> {
    let refused = |what: String| {
        ConfigError::setting(
            format!("the certificates in `{}` can't be used: {what}", file.display()),
            "give `--ca` a PEM file with the certificate of the authority that signed the server's",
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| refused(told(&error)))? {
        let certificate = certificate.map_err(|error| refused(told(&error)))?;
        roots.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() { Err(refused("there are none".to_owned()).into()) } else { Ok(roots) }
}

/// Says why a PEM file can't be read, without the words that the crate puts before it.
fn told(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn unusable(server: &Server, error: &dyn std::fmt::Display) -> ClientError {
    ClientError::Unreachable {
        message: format!("TLS with `{}` can't be prepared: {error}", server.origin()),
        hint: Some("name the authority that signed the server's certificate: `--ca FILE`".to_owned()),
    }
}

fn explain(origin: &str, error: &io::Error) -> ClientError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (what, hint) = match cause {
        Some(rustls::Error::InvalidCertificate(error)) => {
            let (what, hint) = certificate(error);
            (format!("the certificate of `{origin}` {what}"), hint)
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            (format!("what answers at `{origin}` does not speak TLS"), Some("is it an `http://` server?"))
        }
        _ => (format!("TLS with `{origin}` failed: {error}"), None),
    };
    ClientError::Unreachable { message: what, hint: hint.map(str::to_owned) }
}

/// Says what is wrong with a certificate, and what to do about it.
fn certificate(error: &CertificateError) -> (String, Option<&'static str>) {
    const TRUST: &str = "if the server is yours, name the authority that signed it: `--ca FILE`";
    const NAME: &str = "name the server as its certificate does";
    const SERVER: &str = "have one made for the server and signed by the authority, or one that says `CA:FALSE`";
    match error {
        CertificateError::UnknownIssuer => ("is signed by nobody who is trusted here".to_owned(), Some(TRUST)),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<String> = presented.iter().map(|name| plain(name)).collect();
            (format!("is for another name: {}", names.join(", ")), Some(NAME))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("is for another name".to_owned(), Some(NAME))
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ("has expired".to_owned(), Some("have it renewed, or see to the clock of this machine"))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("does not count yet".to_owned(), Some("see to the clock of this machine"))
        }
        CertificateError::Revoked => ("was revoked".to_owned(), None),
        CertificateError::BadEncoding => ("is damaged".to_owned(), None),
        CertificateError::BadSignature => ("has a signature that does not fit".to_owned(), Some(TRUST)),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            ("is not meant for a server".to_owned(), Some("have one made for the server, for `serverAuth`"))
        }
        // The crate that knows it by a name is not ours to name.
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            ("is an authority's own, and no server's".to_owned(), Some(SERVER))
        }
        other => (format!("can't be taken: {other}"), None),
    }
}

/// Returns a name in a certificate without what the library puts around it. It may hold anything, so what a terminal
/// would act on is replaced.
fn plain(presented: &str) -> String {
    let inner = ["DnsName(", "IpAddress("].iter().find_map(|kind| presented.strip_prefix(kind)?.strip_suffix(')'));
    let name = inner.unwrap_or(presented).trim_matches('"');
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error: rustls::Error) -> (String, Option<String>) {
        let error = explain("https://a.org", &io::Error::new(io::ErrorKind::InvalidData, error));
        (error.to_string(), error.hint().map(str::to_owned))
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said() {
        let invalid = rustls::Error::InvalidCertificate;
        let (message, hint) = explained(invalid(CertificateError::UnknownIssuer));
        assert_eq!(message, "the certificate of `https://a.org` is signed by nobody who is trusted here");
        assert!(hint.expect("hint").contains("`--ca FILE`"));
        let names = CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("a.org").expect("name"),
            presented: vec![r#"DnsName("b.org")"#.to_owned(), "IpAddress(::1)".to_owned(), "c\u{1b}.org".to_owned()],
        };
        let (message, _) = explained(invalid(names));
        assert!(message.ends_with("is for another name: b.org, ::1, c\u{fffd}.org"), "{message}");
        let own = CertificateError::Other(rustls::OtherError(Arc::new(io::Error::other("CaUsedAsEndEntity"))));
        let (message, hint) = explained(invalid(own));
        assert!(message.ends_with("is an authority's own, and no server's") && hint.is_some(), "{message}");
        assert!(explained(invalid(CertificateError::Expired)).0.ends_with("has expired"));
        let (message, _) = explained(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType));
        assert!(message.ends_with("does not speak TLS"), "{message}");
    }

    #[test]
    fn a_file_of_certificates_has_to_hold_some() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("ca.pem");
        let missing = roots(&file).expect_err("missing");
        assert!(matches!(missing, ClientError::Config(_)), "{missing}");
        for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&file, text).expect("written");
            assert!(matches!(roots(&file).expect_err(text), ClientError::Config(_)));
        }
    }
}
