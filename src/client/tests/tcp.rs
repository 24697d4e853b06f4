//! What is different with a server: nothing is started, stopped or replaced, and TLS says whom to trust.

use std::path::PathBuf;

use crate::config::Server;
use crate::config::profiles::Way;

use super::*;

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_nothing_is_started() {
    let folder = tempfile::tempdir().expect("folder");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = free.local_addr().expect("address").port();
    drop(free);
    let config = ClientConfig {
        server: Some(Server { https: false, host: "127.0.0.1".to_owned(), port, ca: None }),
        token: Some(crate::config::Secret::new("ndg_given".to_owned())),
        autostart: true,
        ..stand_in::config(folder.path())
    };
    let mut client = Client::new(config);
    let error = client.count("").await.expect_err("nobody there");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0);
}

#[tokio::test]
async fn what_goes_over_the_socket_is_refused_for_a_server() {
    let daemon = StandIn::serve([]).await;
    let mut client = Client::new(daemon.config());
    for refused in [
        client.daemon_info().await.map(drop),
        client.daemon_stop(false).await.map(drop),
        client.daemon_start().await.map(drop),
        client.users(None, 10).await.map(drop),
        client.login_local().await.map(drop),
    ] {
        assert_eq!(refused.expect_err("over TCP").code(), Some(ErrorCode::Forbidden));
    }
    assert!(daemon.received().is_empty() && daemon.questions().is_empty());
}

#[tokio::test]
async fn an_older_server_is_told_of_and_left_alone() {
    let daemon = StandIn::serve([count(1), Reply::problem(ErrorCode::UnknownField)]).await;
    daemon.send_header(header::VERSION, "0.1.0+0");
    let token = Some(crate::config::Secret::new("ndg_given".to_owned()));
    let mut client = Client::new(ClientConfig { token, ..daemon.config() });
    client.count("").await.expect("counted");
    let refused = client.count("").await.expect_err("unknown");
    assert_eq!(refused.hint(), Some("the server is older than this command; have it upgraded"));
    client.finish().await;
    assert!(client.take_notices().is_empty() && daemon.questions().is_empty());
}

/// Returns a certificate or a key for tests; what they are is told beside them.
macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/", $name))
    };
}

/// A server with TLS at this loopback address, whose certificate for `localhost` a file of our own vouches for. It
/// answers nothing.
async fn secure(folder: &Path, address: &str) -> Server {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let chain = vec![CertificateDer::from_pem_slice(pem!("server.pem")).expect("certificate")];
    let key = PrivateKeyDer::from_pem_slice(pem!("server.key")).expect("key");
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("fit together");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind((address, 0)).await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let serving = tokio_util::task::TaskTracker::new();
    serving.spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            // Kept open; one that was refused by the client is of no use.
            open.extend(acceptor.accept(stream).await.ok());
        }
    });
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, pem!("ca.pem")).expect("written");
    Server { https: true, host: "localhost".to_owned(), port, ca: Some(ca) }
}

async fn dialled(server: &Server) -> Result<()> {
    dial::server(server).await.map(drop)
}

#[tokio::test]
async fn tls_takes_whom_the_named_authority_vouches_for_and_says_what_is_wrong_with_others() {
    let folder = tempfile::tempdir().expect("folder");
    // The certificate is for 127.0.0.1 and not for this one.
    let misnamed = Server { host: "127.0.0.2".to_owned(), ..secure(folder.path(), "127.0.0.2").await };
    let error = dialled(&misnamed).await.expect_err("another name");
    assert!(error.to_string().contains("is for another name"), "{error}");
    let server = secure(folder.path(), "127.0.0.1").await;
    dialled(&server).await.expect("vouched for");
    dialled(&Server { host: "127.0.0.1".to_owned(), ..server.clone() }).await.expect("by its address too");

    let another = folder.path().join("another.pem");
    std::fs::write(&another, pem!("other-ca.pem")).expect("written");
    let error = dialled(&Server { ca: Some(another), ..server.clone() }).await.expect_err("unknown");
    assert!(matches!(error, ClientError::Unreachable { .. }) && error.to_string().contains("trusted here"), "{error}");
    assert!(error.hint().expect("hint").contains("`--ca FILE`"));

    let error = dialled(&Server { ca: None, ..server.clone() }).await.expect_err("unknown to the machine");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert!(error.hint().expect("hint").contains("`--ca FILE`"), "whether it trusts others or nobody at all");
    let error = dialled(&Server { ca: Some(PathBuf::from("/no/such/file")), ..server }).await.expect_err("missing");
    assert!(matches!(error, ClientError::Config(_)), "{error}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_apart() {
    let daemon = StandIn::serve([]).await;
    let plain = daemon.config().server.expect("server");
    let error = dialled(&Server { https: true, ..plain }).await.expect_err("no TLS");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert_eq!(daemon.config().profile.way, Way::Password);
}
