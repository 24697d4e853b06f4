//! The daemon: the only place that names every room and backend. It puts them together, runs them, and takes them
//! apart again in the opposite order.

pub mod actor;
pub mod clock;
pub mod error;
pub mod event;
pub mod http;
mod keys;
mod machine;
pub mod notifications;
pub mod runtime;
mod start;
pub mod store;
pub mod tasks;
pub mod users;

#[cfg(test)]
mod tests;

pub use start::StartError;

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{DaemonConfig, SignUp, TcpConfig, TlsFiles};
use clock::{Clock, SystemClock};
use http::guard::{FenceSettings, Fences};
use http::limits::Settings;
use http::state::AppState;
use machine::{Peers, Process, Services};
use notifications::channels::{Channel, Log};
use notifications::{Dispatcher, Notifications};
use runtime::serve::{Caps, Listener, Server};
use runtime::tls::Certificate;
use runtime::{detach, names, panics, signals::StopSignals};
use start::Prepared;
use store::sqlite::Sqlite;
use tasks::Tasks;
use users::hashing::Hashing;
use users::model::QuotaDefaults;
use users::{Keys, Policy, Users};

/// How long requests in hand may take to finish when the daemon stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the first command may wait for what is taken back; it gives up after 10 seconds.
const RECOVERY: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(10);
const FLUSH: Duration = Duration::from_millis(200);
/// How many threads hash passwords at most, where the settings don't say.
const HASHING_THREADS: usize = 8;
/// Where every reminder goes besides the inbox.
const CHANNELS: &[&str] = &["log"];

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// When it can't start: somebody else runs, the database is refused, a folder or address can't be used. Then
/// nothing was changed.
pub fn run(config: DaemonConfig) -> Result<(), StartError> {
    detach::restrict_files();
    start::log(&config);
    panics::log();
    let autostarted = config.autostarted;
    let result = start::check_filter(&config)
        .and_then(|()| detached(&config))
        .and_then(|()| start::runtime()?.block_on(serve(config)));
    if let Err(error) = &result {
        // By hand, the caller is told on standard error; started by a command, the log is all that stays.
        if autostarted {
            tracing::error!(%error, "the daemon could not start, or had to end");
            let hint = error.hint().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
            // Nobody may be listening any more; the log has it.
            drop(detach::report(&format!("error: {error}\n{hint}")));
        }
    }
    result
}

fn detached(config: &DaemonConfig) -> Result<(), StartError> {
    if config.autostarted {
        detach::leave_session().map_err(|error| StartError::system("leave the session", error))
    } else {
        Ok(())
    }
}

async fn serve(config: DaemonConfig) -> Result<(), StartError> {
    let mut signals = StopSignals::take().map_err(|error| StartError::system("take signals over", error))?;
    let (committed, broken, stop) = (Arc::new(Notify::new()), Arc::new(Notify::new()), CancellationToken::new());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let Prepared { locks, store, keys, realm } = start::prepare(&config, &committed, &broken, clock.now())?;
    let tasks = Tasks::new(Arc::new(store.clone()), Arc::clone(&clock));
    let users = users(&config, &store, &clock, keys)?;
    let notifications = Notifications::new(Arc::new(store.clone()), Arc::clone(&clock));
    let (background, connections, active) = (TaskTracker::new(), TaskTracker::new(), Arc::new(AtomicUsize::new(0)));
    recover(&background, tasks.clone(), users.clone()).await;

    // For all users of a machine the folder decides who comes, and the kernel says who they are.
    let mode = if config.accounts.system { 0o666 } else { 0o600 };
    let unix =
        Listener::unix(&config.socket, mode).map_err(|error| StartError::listen(&config.socket.display(), error))?;
    let mut listeners = vec![unix];
    if let Some(tcp) = &config.tcp {
        listeners.push(listen(tcp).await?);
    }

    let tcp = listeners.iter().find_map(Listener::tcp_address);
    let services = Services {
        store: store.clone(),
        users: users.clone(),
        notifications: notifications.clone(),
        clock: Arc::clone(&clock),
    };
    let process = Process::new(&config, services, stop.clone(), (realm, tcp));
    let fences = Arc::new(fences(&config, tcp));
    let router = http::router(AppState {
        tasks,
        users: users.clone(),
        notifications,
        fences: Arc::clone(&fences),
        machine: Arc::new(process),
        active: Arc::clone(&active),
        background: background.clone(),
    });
    let channels: Vec<Box<dyn Channel>> = vec![Box::new(Log)];
    let dispatcher = Dispatcher::new(Arc::new(store.clone()), clock, channels, CHANNELS, committed);
    // Whoever asks first after a crash finds in the inbox what came due meanwhile.
    if let Err(error) = dispatcher.run_until_idle().await {
        tracing::error!(%error, "what came due while no daemon ran is delayed");
    }
    let dispatching = background.spawn(dispatcher.run(stop.clone()));
    background.spawn(users.run(stop.clone()));
    let caps = Caps { total: config.limits.connections, per_peer: config.limits.connections_per_peer };
    let server = Arc::new(Server::new(router, Peers(fences), stop.clone(), connections.clone(), caps));
    for listener in listeners {
        let server = Arc::clone(&server);
        background.spawn(async move { server.serve(listener).await });
    }
    tracing::info!(pid = std::process::id(), socket = %config.socket.display(), "ready");
    if config.autostarted {
        detach::report("ready\n").map_err(|error| StartError::system("report to the command", error))?;
    }

    let lost = tokio::select! {
        signal = signals.next() => { tracing::info!(signal, "stopping"); false }
        () = stop.cancelled() => { tracing::info!("stopping, as a command asked"); false }
        () = broken.notified() => { tracing::error!("stopping, because the store can't be trusted"); true }
    };
    // First the socket: who comes from now on waits for the next daemon instead of being turned away by this one.
    remove_socket(&config);
    stop.cancel();
    drain(&background, &connections, &active).await;
    drop(dispatching);
    close(&store, locks);
    if lost { Err(StartError::Broken) } else { Ok(()) }
}

fn users(config: &DaemonConfig, store: &Sqlite, clock: &Arc<dyn Clock>, keys: Keys) -> Result<Users, StartError> {
    let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
    let quotas = &config.quotas;
    let policy = Policy {
        open_sign_up: config.accounts.sign_up == SignUp::Open,
        quotas: QuotaDefaults { tasks: quotas.tasks, tokens: quotas.tokens, sessions: quotas.sessions },
        idle: days(config.sessions.idle_days),
        audit_kept: days(config.sessions.audit_days),
    };
    let threads = match config.limits.hashing_threads {
        // Each takes 19 MiB while it works, and others want to be answered too.
        0 => std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(HASHING_THREADS),
        threads => threads,
    };
    let hashing = Hashing::new(threads, config.limits.hashing_waiting)
        .map_err(|error| StartError::system("set up the hashing of passwords", std::io::Error::other(error)))?;
    Ok(Users::new(Arc::new(store.clone()), Arc::clone(clock), keys, hashing, policy))
}

async fn listen(tcp: &TcpConfig) -> Result<Listener, StartError> {
    let failed = |error| StartError::listen(&tcp.address, error);
    let certificate = match &tcp.tls {
        Some(TlsFiles { cert, key }) => Some(Certificate::load(cert.clone(), key.clone()).map_err(StartError::File)?),
        None => None,
    };
    Listener::tcp(tcp.address, certificate).await.map_err(failed)
}

fn fences(config: &DaemonConfig, listening: Option<SocketAddr>) -> Fences {
    let tcp = config.tcp.as_ref();
    let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    let limits = Settings {
        own_uid: names::own_uid(),
        per_minute: at_least_one(config.limits.requests_per_minute),
        burst: at_least_one(config.limits.burst),
        refresh_per_minute: at_least_one(config.limits.refreshes_per_minute),
    };
    Fences::new(FenceSettings {
        hosts: tcp.map(|tcp| tcp.hosts.clone()).unwrap_or_default(),
        listening: listening.map(|address| address.ip()),
        trusted_proxies: tcp.map(|tcp| tcp.trusted_proxies.clone()).unwrap_or_default(),
        limits,
    })
}

/// Takes back what a crash has cut short. After a very large import that goes on while commands are answered already;
/// so do deletions of accounts that were begun.
async fn recover(background: &TaskTracker, tasks: Tasks, users: Users) {
    background.spawn(async move {
        match users.finish_deletions().await {
            Ok(0) => (),
            Ok(accounts) => tracing::info!(accounts, "deletions of accounts that were begun are done"),
            Err(error) => tracing::error!(%error, "deletions of accounts that were begun are not done"),
        }
        if let Err(error) = users.finish_recounts().await {
            tracing::error!(%error, "days are not all told anew in the zones that accounts have now");
        }
    });
    let recovering = background.spawn(async move {
        match tasks.recover().await {
            Ok(0) => (),
            Ok(operations) => tracing::warn!(operations, "operations that a crash had cut short were taken back"),
            Err(error) => tracing::error!(%error, "operations that a crash had cut short were not taken back"),
        }
    });
    if tokio::time::timeout(RECOVERY, recovering).await.is_err() {
        tracing::warn!("taking back what a crash had cut short goes on");
    }
}

/// Waits for what is being done, but not for ever, and not for connections that ask nothing.
async fn drain(background: &TaskTracker, connections: &TaskTracker, active: &AtomicUsize) {
    background.close();
    connections.close();
    let all_closed = async {
        connections.wait().await;
        background.wait().await;
    };
    let all_answered = async {
        background.wait().await;
        while active.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(LOOK).await;
        }
        // An answer that was just given is still on its way into the socket.
        tokio::time::sleep(FLUSH).await;
    };
    let ended = async {
        tokio::select! {
            () = all_closed => (),
            () = all_answered => (),
        }
    };
    if tokio::time::timeout(DRAIN, ended).await.is_err() {
        tracing::warn!(requests = active.load(Ordering::Relaxed), "gave up waiting for requests");
    }
}

/// Closes the database, and lets go of the locks last: who waits for them finds all done.
fn close(store: &Sqlite, locks: start::Locks) {
    store.close();
    tracing::info!("stopped");
    drop(locks);
}

fn remove_socket(config: &DaemonConfig) {
    match std::fs::remove_file(&config.socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "the socket could not be removed");
        }
        _ => (),
    }
}
