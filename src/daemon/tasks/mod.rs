//! The task service: what a task is (`model`), what may be done with one (`service`), what it needs (`port`).
//!
//! It knows no user but the actor, no notification, no store and no HTTP.

pub mod image;
pub mod import;
pub mod limits;
pub mod model;
pub mod port;
pub mod service;
pub mod taskwarrior;

mod change;
mod export;
mod history;
mod key;
mod turn;
mod undo;

pub use history::Undone;
pub use service::{Done, ListRequest, Shown, Step, Tasks};
