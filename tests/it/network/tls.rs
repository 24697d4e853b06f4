//! TLS: whose certificate a command takes, and which files the daemon takes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::support::{Home, Said, Server, certificate, eventually, install_certificate};

use super::{EMAIL, PASSWORD};

/// Starts a daemon with the certificate `server` in its home, at this address.
fn secure(address: &str) -> Server {
    let home = Home::new();
    install_certificate(home.path(), "server");
    Server::start_with(home, "", &["--listen", address, "--tls-cert", "cert.pem", "--tls-key", "key.pem"])
}

/// A machine whose scripts have a token of the server's owner, and its certificates.
fn with_token(server: &Server) -> Home {
    Home::new().with("NUDGE_TOKEN", &server.token("tasks:read"))
}

fn ls(home: &Home, url: &str, authority: &str) -> Said {
    home.nudge(&["ls", "--server", url, "--ca", certificate(authority).to_str().expect("a path of text")])
}

#[test]
fn a_certificate_counts_when_the_named_authority_vouches_for_it() {
    let server = secure("127.0.0.1:0");
    server.add_user(EMAIL, PASSWORD);
    let home = with_token(&server);
    for host in ["localhost", "127.0.0.1"] {
        ls(&home, &format!("https://{host}:{}", server.port()), "ca.pem").ok();
    }
    let url = format!("https://{}", server.address());
    ls(&home, &url, "other-ca.pem").fails(6).hinted().says("--ca FILE");
    home.nudge(&["ls", "--server", &url]).fails(6).hinted().says("--ca FILE");
    ls(&home, &url, "server.key").fails(2).hinted().says("server.key");
    // The wrong scheme, either way, is told and does not hang.
    home.nudge(&["ls", "--server", &server.url()]).fails(6).hinted().says(&format!("is it `{url}`?"));
    let plain = Server::start("");
    let said = ls(&home, &format!("https://{}", plain.address()), "ca.pem").fails(6);
    assert!(said.err.contains("TLS"), "{said}");

    // The profile remembers the file, wherever a later command is run from.
    let home = Home::new();
    fs::copy(certificate("ca.pem"), home.path().join("ca.pem")).expect("copied");
    home.sign_in(&url, &["--ca", "ca.pem"], EMAIL, PASSWORD).ok();
    home.sh("cd / && \"$nudge\" add 'over TLS' && \"$nudge\" ls").ok();
}

#[test]
fn a_server_by_another_name_is_another_server() {
    let server = secure("127.0.0.2:0");
    let home = with_token(&server);
    ls(&home, &format!("https://{}", server.address()), "ca.pem").fails(6).hinted().says("another name");
}

#[test]
fn a_certificate_that_is_replaced_counts_for_the_next_connection() {
    let server = secure("127.0.0.1:0");
    let home = with_token(&server);
    let url = format!("https://{}", server.address());
    ls(&home, &url, "ca.pem").ok();
    install_certificate(server.home.path(), "other");
    let limit = Duration::from_secs(10);
    eventually("the new certificate is shown", limit, || {
        (ls(&home, &url, "other-ca.pem").code == Some(0)).then_some(())
    });
    ls(&home, &url, "ca.pem").fails(6);
    // One that can't be used leaves the last good one.
    fs::write(server.home.path().join("cert.pem"), "half of it").expect("written");
    eventually("the daemon has looked", limit, || {
        ls(&home, &url, "other-ca.pem").ok();
        server.log().contains("the new certificate is not used").then_some(())
    });
    ls(&home, &url, "other-ca.pem").ok();
}

#[test]
fn files_that_are_no_certificate_and_key_are_refused_by_name() {
    let home = Home::new();
    install_certificate(home.path(), "server");
    let path = |name: &str| home.path().join(name);
    fs::write(path("garbage.pem"), "nothing of the kind").expect("written");
    fs::write(path("other.pem"), fs::read(certificate("other.key")).expect("a key")).expect("written");
    fs::write(path("open.pem"), fs::read(certificate("server.key")).expect("a key")).expect("written");
    for (name, mode) in [("other.pem", 0o600), ("open.pem", 0o644), ("garbage.pem", 0o600)] {
        fs::set_permissions(path(name), Permissions::from_mode(mode)).expect("ours");
    }
    let begun = |cert: &str, key: &str| {
        home.nudge(&["daemon", "run", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key])
    };
    for (cert, key, named) in [
        ("missing.pem", "key.pem", "missing.pem"),
        ("cert.pem", "missing.pem", "missing.pem"),
        ("garbage.pem", "key.pem", "garbage.pem"),
        ("cert.pem", "garbage.pem", "garbage.pem"),
        ("key.pem", "key.pem", "key.pem"),
        ("cert.pem", "cert.pem", "cert.pem"),
        ("cert.pem", "other.pem", "other.pem"),
        ("cert.pem", "open.pem", "open.pem"),
    ] {
        let said = begun(cert, key);
        assert!(said.code.is_some_and(|code| code != 0), "{said}");
        assert!(said.err.contains(named) && !said.err.contains("PRIVATE"), "{said}");
        assert!(!keeps_line_of(&said.err, &certificate("server.key")), "a line of the key is shown: {said}");
    }
    home.nudge(&["daemon", "run", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem"]).fails(2).hinted();
    home.nudge(&["daemon", "run", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]).fails(2).hinted();
    let both = ["--listen", "127.0.0.1:0", "--plain-http", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    home.nudge(&[&["daemon", "run"], &both[..]].concat()).fails(2).hinted();
}

fn keeps_line_of(text: &str, file: &Path) -> bool {
    let key = fs::read_to_string(file).expect("a key");
    key.lines().filter(|line| !line.starts_with('-')).any(|line| text.contains(line))
}
