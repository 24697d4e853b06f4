//! Waiting with an end to it.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Result;
use super::payload::Trace;

/// Awaits `future` for as long as something has moved within `patience`; `None` when nothing has.
pub(super) async fn while_moving<F: Future>(future: F, trace: &Trace, patience: Duration) -> Option<F::Output> {
    let mut future = pin!(future);
    loop {
        let deadline = trace.moved() + patience;
        match timeout_at(deadline, future.as_mut()).await {
            Ok(output) => return Some(output),
            Err(_) if trace.moved() + patience > deadline => {}
            Err(_) => return None,
        }
    }
}

/// Tries again every `step` until there is an outcome; `None` after `limit`.
pub(super) async fn until<T>(
    limit: Duration,
    step: Duration,
    mut attempt: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(outcome) = attempt().await? {
            return Ok(Some(outcome));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        sleep(step).await;
    }
}

/// Does work that may block for ever on a thread of its own; `None` when it takes longer than `limit`.
///
/// The thread is then left to itself. Nobody joins it, so it does not keep the process from ending.
pub(super) async fn aside<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    let run = move || {
        // Who asked may have gone by now.
        let _ = sender.send(work());
    };
    std::thread::Builder::new().spawn(run).ok()?;
    timeout(limit, receiver).await.ok()?.ok()
}
