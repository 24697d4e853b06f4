//! The daemon: the only place that names every room and backend. It puts them together, runs them, and takes them
//! apart again in the opposite order.

pub mod actor;
pub mod clock;
pub mod error;
pub mod event;
pub mod http;
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

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::DaemonConfig;
use clock::{Clock, SystemClock};
use http::state::AppState;
use machine::{Peers, Process};
use notifications::channels::{Channel, Log};
use notifications::{Dispatcher, Notifications};
use runtime::serve::{Listener, Server};
use runtime::{detach, panics, signals::StopSignals};
use start::Prepared;
use store::sqlite::Sqlite;
use tasks::Tasks;
use users::Users;

/// How long requests in hand may take to finish when the daemon stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the first command may wait for what is taken back; it gives up after 10 seconds.
const RECOVERY: Duration = Duration::from_secs(4);
const LOOK: Duration = Duration::from_millis(10);
const FLUSH: Duration = Duration::from_millis(200);
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
    let result = detached(&config).and_then(|()| start::runtime()?.block_on(serve(config)));
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
    let Prepared { locks, store, signer, realm } = start::prepare(&config, &committed, &broken)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = Tasks::new(Arc::new(store.clone()), Arc::clone(&clock));
    let users = Users::new(Arc::new(store.clone()), Arc::clone(&clock), signer);
    let notifications = Notifications::new(Arc::new(store.clone()), Arc::clone(&clock));
    let (background, connections, active) = (TaskTracker::new(), TaskTracker::new(), Arc::new(AtomicUsize::new(0)));
    recover(&background, tasks.clone()).await;

    let unix = Listener::unix(&config.socket).map_err(|error| StartError::listen(&config.socket.display(), error))?;
    let mut listeners = vec![unix];
    if let Some(address) = config.tcp {
        listeners.push(Listener::tcp(address).await.map_err(|error| StartError::listen(&address, error))?);
    }

    let tcp = listeners.iter().find_map(Listener::tcp_address);
    let process = Process::new(&config, store.clone(), notifications.clone(), stop.clone(), (realm, tcp, clock.now()));
    let router = http::router(AppState {
        tasks,
        users,
        notifications,
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
    let server = Arc::new(Server::new(router, Peers, stop.clone(), connections.clone()));
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

/// Takes back what a crash has cut short. After a very large import that goes on while commands are answered already.
async fn recover(background: &TaskTracker, tasks: Tasks) {
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
