//! Finding the daemon, and starting it when it is not there.
//!
//! Of many commands at once one starts it, and the others wait for that one. A daemon is never ended here.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::time::{Instant, timeout_at};

use crate::config::{ClientConfig, Launch, private};

use super::link::Link;
use super::{ClientError, Result, wait};

/// How long to wait for other processes: one that starts the daemon, or one that ends.
const OTHERS: Duration = Duration::from_secs(15);
/// How long a daemon may take to become ready.
const READY: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(10);
/// A log that has grown past this is put aside before a daemon starts.
const LOG_MAX: u64 = 5 * 1024 * 1024;

/// Connects to the server that is named, or to the daemon at the socket; that one is started first when none is there
/// and that is allowed.
pub(super) async fn connect(config: &ClientConfig) -> Result<Link> {
    if let Some(server) = &config.server {
        // Whoever runs it starts and stops it.
        return super::dial::server(server).await;
    }
    if let Some(link) = reach(config).await? {
        return Ok(link);
    }
    if config.autostart {
        return start(config).await;
    }
    let named = if config.socket == config.paths.socket() {
        String::new()
    } else {
        format!(" --socket '{}'", config.socket.display())
    };
    Err(unreachable(
        format!("no daemon is running at `{}`", config.socket.display()),
        format!("start it: `{{nudge}} daemon start{named}`"),
    ))
}

/// Connects to the daemon at the socket if one is there, and sees to it that it is one to be trusted.
pub(super) async fn reach(config: &ClientConfig) -> Result<Option<Link>> {
    let stream = wait::until(OTHERS, STEP, async || {
        match UnixStream::connect(&config.socket).await {
            Ok(stream) => Ok(Some(Some(stream))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Ok(Some(None))
            }
            // Ended in this very moment, before anything was asked of it.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Some(None)),
            // So many commands at once that the daemon's queue of connections is full.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(unreachable(
                format!("can't connect to `{}`: {error}", config.socket.display()),
                "see to its permissions",
            )),
        }
    })
    .await?;
    match stream {
        Some(Some(stream)) => {
            trusted(&stream, &config.socket)?;
            super::exchange::link_over(stream).await.map(Some)
        }
        Some(None) => Ok(None),
        None => Err(unreachable("the daemon takes no more connections", "try again when fewer commands run at once")),
    }
}

/// Refuses a daemon that runs as anybody but oneself, root, or the owner of the socket's folder.
fn trusted(stream: &UnixStream, socket: &Path) -> Result<()> {
    let server =
        stream.peer_cred().map_err(|error| unreachable(format!("can't see whose daemon it is: {error}"), ""))?;
    let (uid, own) = (server.uid(), rustix::process::geteuid().as_raw());
    if uid == own
        || uid == 0
        || socket.parent().and_then(|folder| folder.metadata().ok()).map(|meta| meta.uid()) == Some(uid)
    {
        return Ok(());
    }
    Err(unreachable(
        format!("the daemon at `{}` runs as uid {uid}, which is neither you nor the folder's owner", socket.display()),
        "nothing was sent to it; name another socket with `--socket`",
    ))
}

/// Starts the daemon, or waits for the command that is starting it.
pub(super) async fn start(config: &ClientConfig) -> Result<Link> {
    config.paths.create()?;
    let file = private::append(&config.paths.start_lock())?;
    let mut locked = false;
    // A daemon that is stopping has closed its socket but may still hold its lock, and so is waited for too.
    let found = wait::until(OTHERS, STEP, async || {
        if let Some(link) = reach(config).await? {
            return Ok(Some(Some(link)));
        }
        locked = locked || file.try_lock().is_ok();
        Ok((locked && is_free(&config.paths.lock())?).then_some(None))
    })
    .await?;
    match found {
        Some(Some(link)) => Ok(link),
        // A last look under the lock: the daemon may have come up since the look before it was taken.
        Some(None) => match reach(config).await? {
            Some(link) => Ok(link),
            None => run(config, config.launch()?).await,
        },
        None if locked => Err(unreachable(
            format!("a daemon holds the lock of these folders, but none answers at `{}`", config.socket.display()),
            format!("see its log: {}", config.paths.log().display()),
        )),
        None => Err(unreachable(
            format!("another command has been starting the daemon for more than {} s", OTHERS.as_secs()),
            format!("see its log: {}", config.paths.log().display()),
        )),
    }
}

/// Tells whether no daemon holds the lock. The lock is shared and let go at once, so that two who ask don't meet.
fn is_free(lock: &Path) -> Result<bool> {
    match File::open(lock) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Ok(true),
            Err(std::fs::TryLockError::WouldBlock) => Ok(false),
            Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Returns what the daemon wrote into its lock: who it is.
pub(super) fn holder(config: &ClientConfig) -> Option<Vec<u8>> {
    std::fs::read(config.paths.lock()).ok()
}

/// Waits until the daemon has let go of its lock, or of its socket where that is not the one of these folders.
///
/// `holder` is what [`holder`] gave before: another daemon may have taken the lock at once.
pub(super) async fn ended(config: &ClientConfig, holder: Option<&[u8]>) -> Result<()> {
    let (lock, own) = (config.paths.lock(), config.socket == config.paths.socket());
    let ended = wait::until(OTHERS, STEP / 4, async || {
        let is_another = self::holder(config).as_deref() != holder;
        Ok((is_free(&lock)? || is_another || (!own && reach(config).await?.is_none())).then_some(()))
    });
    ended.await?.ok_or_else(|| ClientError::TimedOut {
        message: format!("the daemon was asked to stop and has not ended within {} s", OTHERS.as_secs()),
        hint: Some(format!("see its log: {}", config.paths.log().display())),
    })
}

/// Runs a daemon and waits until it says that it is ready.
async fn run(config: &ClientConfig, launch: Launch) -> Result<Link> {
    let mut child =
        spawn(config, launch).map_err(|error| unreachable(format!("can't start the daemon: {error}"), ""))?;
    let log = config.paths.log();
    let output = child.stdout.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
    let output = pipe::Receiver::from_owned_fd(output.into())?;
    let text = first_words(output).await?.ok_or_else(|| {
        unreachable(
            format!("the daemon was not ready within {} s", READY.as_secs()),
            format!("see its log: {}", log.display()),
        )
    })?;
    heard(&text, &log)?;
    reach(config).await?.ok_or_else(|| {
        unreachable("the daemon said it was ready and does not answer", format!("see its log: {}", log.display()))
    })
}

/// Reads what a daemon says until it is ready or has closed its output; `None` when that takes too long.
async fn first_words(mut output: impl tokio::io::AsyncRead + Unpin) -> Result<Option<String>> {
    let (mut text, end) = (Vec::new(), Instant::now() + READY);
    while text != b"ready\n" && text.len() < 16 * 1024 {
        match timeout_at(end, output.read_buf(&mut text)).await {
            Ok(Ok(0)) => break,
            Ok(read) => drop(read?),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// Understands a daemon's first words: `ready`, or `error:` and perhaps `hint:`.
fn heard(text: &str, log: &Path) -> Result<()> {
    let line = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned());
    if text.lines().next() == Some("ready") {
        return Ok(());
    }
    let hint = line("hint:").unwrap_or_else(|| format!("see its log: {}", log.display()));
    match line("error:") {
        Some(message) => Err(unreachable(format!("the daemon did not start: {message}"), hint)),
        None => Err(unreachable("the daemon ended before it was ready", hint)),
    }
}

fn spawn(config: &ClientConfig, launch: Launch) -> io::Result<Child> {
    let log = config.paths.log();
    if log.symlink_metadata().is_ok_and(|meta| meta.len() > LOG_MAX) {
        std::fs::rename(&log, log.with_extension("log.1"))?;
    }
    let log = private::append(&log)?;
    // A pipe or file of the caller's must not stay open for weeks because a daemon inherited it: whoever reads
    // that pipe would wait for its end. What std opens is marked already.
    close_fds::set_fds_cloexec(3, &[]);
    Command::new(launch.program)
        .args(launch.arguments)
        .env_clear()
        .envs(launch.environment)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
}

fn unreachable(message: impl Into<String>, hint: impl Into<String>) -> ClientError {
    ClientError::Unreachable { message: message.into(), hint: Some(hint.into()).filter(|hint| !hint.is_empty()) }
}

#[cfg(test)]
mod tests;
