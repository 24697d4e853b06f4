//! The certificate that TCP is served with, and its key: read at the start, and again when their files change.
//!
//! It must not know who connects, nor what is served (TLS 1.2 and 1.3, RFC 5246 and 8446; HTTP/1.1 alone).

use std::fmt::{self, Display};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// How often the files are looked at, at most.
const LOOK: Duration = Duration::from_secs(1);
/// More than any chain of certificates has.
const FILE_BYTES: u64 = 1 << 20;

/// A certificate and its key in two PEM files, which may be replaced at any time.
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    config: Arc<ServerConfig>,
    /// What the files were like when they were last read, well or badly.
    read: Stamps,
    is_current: bool,
    looked: Instant,
}

impl Certificate {
    /// Reads the files: the certificate with those that lead from it to its authority, and the key.
    ///
    /// # Errors
    /// When one can't be read or used, and then names it; or when others may read the key.
    pub fn load(chain: PathBuf, key: PathBuf) -> io::Result<Self> {
        let read = Stamps::of(&chain, &key);
        let config = read_pair(&chain, &key)?;
        let loaded = Loaded { config, read, is_current: true, looked: Instant::now() };
        Ok(Self { chain, key, loaded: Mutex::new(loaded) })
    }

    /// Returns what a connection that begins now is served with. Files that changed are read again; a new pair that is
    /// not usable, perhaps because only one of the two is there yet, leaves the old one in use.
    pub(super) fn current(&self) -> Arc<ServerConfig> {
        self.current_at(Instant::now())
    }

    fn current_at(&self, now: Instant) -> Arc<ServerConfig> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(loaded.looked) < LOOK {
            return Arc::clone(&loaded.config);
        }
        loaded.looked = now;
        // Before the files are read: what changes meanwhile is read the next time.
        let stamps = Stamps::of(&self.chain, &self.key);
        let has_changed = stamps != loaded.read;
        // A pair that failed is tried again even so: the reason may have been passing. It is told once.
        if has_changed || !loaded.is_current {
            let read = read_pair(&self.chain, &self.key);
            loaded.is_current = read.is_ok();
            loaded.read = stamps;
            match read {
                Ok(config) => {
                    loaded.config = config;
                    tracing::info!(certificate = %self.chain.display(), "the certificate was read again");
                }
                Err(error) if has_changed => {
                    tracing::error!(%error, "the new certificate is not used, the old one stays");
                }
                Err(_) => (),
            }
        }
        Arc::clone(&loaded.config)
    }
}

// By hand: what was read is not for logs.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("chain", &self.chain).field("key", &self.key).finish_non_exhaustive()
    }
}

/// What tells a file's contents from earlier ones without reading it; nothing where it can't be looked at.
#[derive(Debug, PartialEq, Eq)]
struct Stamps([Option<[i128; 5]>; 2]);

impl Stamps {
    fn of(chain: &Path, key: &Path) -> Self {
        let nanoseconds = |seconds: i64, part: i64| i128::from(seconds) * 1_000_000_000 + i128::from(part);
        let stamp = |path: &Path| {
            let about = std::fs::metadata(path).ok()?;
            let changed = nanoseconds(about.mtime(), about.mtime_nsec());
            // Of the i-node too: a mode that was mended, or contents with the times of others.
            let touched = nanoseconds(about.ctime(), about.ctime_nsec());
            Some([changed, touched, about.size().into(), about.ino().into(), about.dev().into()])
        };
        Self([stamp(chain), stamp(key)])
    }
}

fn read_pair(chain: &Path, key: &Path) -> io::Result<Arc<ServerConfig>> {
    // Errors of the parser quote lines, which may be of a key: none of them is passed on.
    let pem = read(chain, |_| Ok(()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| bad(chain, "is no PEM file"))?;
    if certificates.is_empty() {
        return Err(bad(chain, "holds no certificate in PEM"));
    }
    let pem = read(key, refuse_readable)?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| bad(key, "holds no private key in PEM"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(|error| unusable(chain, key, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(chain: &Path, key: &Path, error: &rustls::Error) -> io::Error {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            bad(key, format!("is not the key of the certificate in `{}`", chain.display()))
        }
        rustls::Error::InvalidCertificate(_) => bad(chain, "holds no certificate that can be used"),
        _ => bad(key, format!("can't be used with the certificate in `{}`: {error}", chain.display())),
    }
}

fn read(path: &Path, check: impl FnOnce(&Metadata) -> Result<(), &'static str>) -> io::Result<Zeroizing<Vec<u8>>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()));
    // Before it is opened, because opening a pipe waits for a writer.
    if !std::fs::metadata(path).map_err(named)?.is_file() {
        return Err(bad(path, "is no plain file"));
    }
    let file = File::open(path).map_err(named)?;
    let about = file.metadata().map_err(named)?;
    check(&about).map_err(|why| io::Error::new(io::ErrorKind::PermissionDenied, text(path, why)))?;
    if about.len() > FILE_BYTES {
        return Err(bad(path, "is too large"));
    }
    // With all the room it needs at once: a buffer that grows leaves copies of a key behind.
    let mut content = Zeroizing::new(Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default() + 1));
    file.take(FILE_BYTES).read_to_end(&mut content).map_err(named)?;
    Ok(content)
}

fn refuse_readable(about: &Metadata) -> Result<(), &'static str> {
    secrecy(about.uid(), about.mode(), super::names::own_uid())
}

/// Says whether a key is kept well: by its user alone, or by root for a group that the system uses for keys.
fn secrecy(owner: u32, mode: u32, own_uid: u32) -> Result<(), &'static str> {
    const ROOT: u32 = 0;
    if owner != ROOT && owner != own_uid {
        return Err("belongs to somebody else");
    }
    let refused = if owner == ROOT { 0o037 } else { 0o077 };
    if mode & refused != 0 { Err("can be read by others: chmod 600 it") } else { Ok(()) }
}

fn bad(path: &Path, why: impl Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text(path, why))
}

fn text(path: &Path, why: impl Display) -> String {
    format!("`{}` {why}", path.display())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    /// The path of a certificate for tests.
    pub(in crate::daemon::runtime) fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
    }

    /// Puts a file of the fixtures where only we can read it, as a renewal does: under another name, then renamed.
    pub(in crate::daemon::runtime) fn put(name: &str, to: &Path) {
        let part = to.with_extension("part");
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&part).expect("made");
        io::copy(&mut File::open(fixture(name)).expect("a fixture"), &mut file).expect("copied");
        std::fs::rename(part, to).expect("renamed");
    }

    struct Files {
        dir: tempfile::TempDir,
        chain: PathBuf,
        key: PathBuf,
    }

    fn files(chain: &str, key: &str) -> Files {
        let dir = tempfile::tempdir().expect("a folder");
        let files = Files { chain: dir.path().join("tls.pem"), key: dir.path().join("tls.key"), dir };
        put(chain, &files.chain);
        put(key, &files.key);
        files
    }

    impl Files {
        fn load(&self) -> io::Result<Certificate> {
            Certificate::load(self.chain.clone(), self.key.clone())
        }
    }

    #[test]
    fn a_pair_that_cannot_be_used_is_refused_by_name() {
        let refused = |files: &Files, expected: &str| {
            let error = files.load().expect_err("refused").to_string();
            assert!(error.contains(expected) && error.contains(&files.dir.path().display().to_string()), "{error}");
            assert!(!error.contains("MIG"), "{error}");
        };
        assert!(files("server.pem", "server.key").load().is_ok());
        refused(&files("server.pem", "other.key"), "tls.key` is not the key of the certificate");
        refused(&files("server.key", "server.key"), "tls.pem` holds no certificate");
        refused(&files("server.pem", "server.pem"), "tls.key` holds no private key");
        refused(&files("README.md", "server.key"), "tls.pem` holds no certificate");
        let open = files("server.pem", "server.key");
        std::fs::set_permissions(&open.key, std::fs::Permissions::from_mode(0o644)).expect("ours");
        refused(&open, "tls.key` can be read by others");
        let gone = files("server.pem", "server.key");
        std::fs::remove_file(&gone.chain).expect("ours");
        refused(&gone, "tls.pem`: No such file");
        let broken = files("server.pem", "server.key");
        let key = std::fs::read_to_string(&broken.key).expect("read");
        std::fs::write(&broken.key, key.replace("-----END", "----END")).expect("written");
        refused(&broken, "tls.key` holds no private key");
        let folder = files("server.pem", "server.key");
        let load = Certificate::load(folder.dir.path().to_owned(), folder.key.clone());
        assert!(load.expect_err("refused").to_string().contains("is no plain file"));
    }

    #[test]
    fn a_key_is_for_its_user_or_a_group_of_roots_choice() {
        let (root, own, other) = (0, 1000, 1001);
        let kept = |owner, mode| secrecy(owner, mode, own).is_ok();
        assert!(kept(own, 0o100_600) && kept(own, 0o400) && kept(root, 0o600) && kept(root, 0o100_640));
        assert!(!kept(own, 0o640) && !kept(own, 0o604) && !kept(root, 0o660) && !kept(root, 0o644));
        assert!(!kept(root, 0o641) && !kept(other, 0o600));
        assert!(secrecy(root, 0o640, root).is_ok() && secrecy(root, 0o604, root).is_err());
    }

    #[test]
    fn a_new_pair_is_used_when_it_is_whole() {
        let files = files("server.pem", "server.key");
        let certificate = files.load().expect("loaded");
        let mut now = Instant::now();
        let first = certificate.current_at(now);
        let mut look = |after: Duration| {
            now += after;
            certificate.current_at(now)
        };
        assert!(Arc::ptr_eq(&first, &look(LOOK)), "nothing has changed");
        put("other.pem", &files.chain);
        assert!(Arc::ptr_eq(&first, &look(LOOK)), "only half is there");
        put("other.key", &files.key);
        assert!(Arc::ptr_eq(&first, &look(LOOK / 2)), "not looked at yet");
        let second = look(LOOK);
        assert!(!Arc::ptr_eq(&first, &second));
        assert!(Arc::ptr_eq(&second, &look(LOOK)));

        std::fs::remove_file(&files.chain).expect("ours");
        assert!(Arc::ptr_eq(&second, &look(LOOK)), "a file is gone");
        std::fs::write(&files.chain, "rubbish").expect("written");
        assert!(Arc::ptr_eq(&second, &look(LOOK)));
        put("server.pem", &files.chain);
        put("server.key", &files.key);
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o644)).expect("ours");
        assert!(Arc::ptr_eq(&second, &look(LOOK)), "a key for all");
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o600)).expect("ours");
        assert!(!Arc::ptr_eq(&second, &look(LOOK)), "the mode was mended");
    }
}
