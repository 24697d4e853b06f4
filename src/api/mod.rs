//! The wire: what client and daemon say to each other, as serde types, error codes and route paths.
//!
//! It is for both ends of the socket and knows nothing else of ours: no rule, no store, no terminal.
//! Clients ignore members they do not know; the daemon refuses them (`unknown_field`).

pub mod account;
pub mod auth;
pub mod daemon;
pub mod error;
pub mod header;
pub mod import;
pub mod notifications;
pub mod paths;
pub mod sensitive;
pub mod tasks;
pub mod users;

pub use error::{ErrorCode, Problem};
pub use sensitive::Sensitive;
