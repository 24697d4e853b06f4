//! The user service: who somebody is (`model`), how they sign in and what they may do with their account (`service`),
//! what that needs (`port`), and what it is made of: emails, passwords, tokens of three kinds, waits after failures.
//!
//! It knows no task, no notification, no store and no HTTP.

pub mod email;
pub mod hashing;
pub mod model;
pub mod password;
pub mod personal;
pub mod port;
mod random;
pub mod refresh;
pub mod service;
pub mod throttle;
pub mod token;

pub use service::{Keys, Policy, Users};
