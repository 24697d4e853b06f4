//! nudge: a command-line task manager with an embedded daemon.
//!
//! # Layout
//!
//! - [`api`]: the wire, for both ends of the socket
//! - [`language`]: what people type, read
//! - [`config`]: flags, environment and folders, resolved once
//! - [`client`]: typed calls to a daemon; finds and starts it
//! - [`cli`]: the commands
//! - [`daemon`]: the three services, their store, HTTP and the process
//!
//! Imports flow one way (`ARCHITECTURE.md`, held by `tests/architecture.rs`).

pub mod api;
pub mod cli;
pub mod client;
pub mod config;
pub mod daemon;
pub mod language;
