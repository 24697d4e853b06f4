//! Ctrl-C while a secret is typed: the terminal gets its echo back before the command ends.
//!
//! The prompt turns the terminal's own handling off and raises the signal itself, which would end the process in
//! the middle. From the first prompt on the signal is caught here, and ends the command like any other failure.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::CliError;
use super::exit::Exit;

/// What catches Ctrl-C, once it is asked to.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupts(Rc<RefCell<Option<Signal>>>);

impl Interrupts {
    /// Catches from now on.
    ///
    /// # Errors
    /// When the system allows no handler.
    pub(super) fn catch(&self) -> io::Result<()> {
        let mut caught = self.0.borrow_mut();
        if caught.is_none() {
            *caught = Some(signal(SignalKind::interrupt())?);
        }
        Ok(())
    }

    /// Waits for Ctrl-C; for ever while nothing is caught. It is to be polled after the work that may begin to catch.
    pub(super) async fn caught(&self) {
        poll_fn(|task| match self.0.borrow_mut().as_mut() {
            Some(signal) => signal.poll_recv(task).map(drop),
            None => Poll::Pending,
        })
        .await;
    }
}

/// Returns how a command ends that was interrupted.
#[must_use]
pub(super) fn interrupted() -> CliError {
    CliError::new(Exit::Interrupted, "interrupted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_goes_on_while_nothing_is_caught() {
        let interrupts = Interrupts::default();
        let done = tokio::select! {
            biased;
            () = interrupts.caught() => false,
            () = tokio::task::yield_now() => true,
        };
        assert!(done);
    }
}
