//! What the tests stand on: a HOME of their own, a deadline for everything, HTTP by hand, a terminal.
//!
//! It knows how to run the binary and how to end what it started, and nothing of what a test is about.

mod bus;
mod foreground;
mod home;
mod http;
mod program;
mod said;
mod server;
mod skip;
mod terminal;
mod wait;

pub(crate) use bus::{Bus, Keyring};
pub(crate) use foreground::Foreground;
pub(crate) use home::{Home, NUDGE, on_path};
pub(crate) use http::{Http, Reply};
pub(crate) use program::program;
pub(crate) use rustix::process::Signal;
pub(crate) use said::Said;
pub(crate) use server::{Server, certificate, install_certificate};
pub(crate) use skip::skip;
pub(crate) use terminal::Terminal;
pub(crate) use wait::{eventually, is_running, now, output, signal};
