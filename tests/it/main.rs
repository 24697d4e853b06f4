//! The real binary, as a person and a script use it.
//!
//! Each test has a HOME, a socket and a daemon of its own, so that all may run at once and in any order. They know
//! what is promised (the command line, the wire, the exit codes) and look into files and `/proc` only where the
//! promise is about those.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails; clippy knows that of test functions and not of what they call"
)]

mod account;
mod auth;
mod cli;
mod daemon;
mod durability;
mod faults;
mod install;
mod network;
mod reminders;
mod secrets;
mod support;
mod taskwarrior;
