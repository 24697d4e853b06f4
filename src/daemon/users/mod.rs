//! The user service: who somebody is (`model`), how they sign in (`service`), what that needs (`port`).
//!
//! It knows no task, no notification, no store and no HTTP.

pub mod model;
pub mod port;
pub mod service;
pub mod token;

pub use service::Users;
