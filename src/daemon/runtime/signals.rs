//! Signals: what asks the daemon to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Waits for a signal that asks to stop.
pub struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    /// A file-size limit must be an error of that write and not the end of the process; taking the signal does that.
    _file_size: Signal,
}

impl StopSignals {
    /// Takes the signals over from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn take() -> io::Result<Self> {
        /// `SIGXFSZ`, the same on every Linux architecture but MIPS and PA-RISC.
        const FILE_SIZE: i32 = 25;
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            _file_size: signal(SignalKind::from_raw(FILE_SIZE))?,
        })
    }

    /// Returns the name of the next one.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}
