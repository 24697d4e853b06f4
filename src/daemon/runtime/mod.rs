//! The process: one at a time, detached from whoever started it, serving until it is told to stop.
//!
//! It knows sockets, locks and signals, and no service.

pub mod detach;
pub mod lock;
pub mod names;
pub mod panics;
pub mod secrets;
pub mod serve;
pub mod signals;
pub mod tls;
