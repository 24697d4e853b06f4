//! The notification service: what is to be told and when (`model`), who does it (`dispatcher`), where to (`channels`).
//!
//! It learns of tasks only from their events and the facts that stand beside them; it knows no user but the
//! actor, no store and no HTTP.

pub mod channels;
pub mod dispatcher;
pub mod model;
pub mod port;
pub mod service;

pub use dispatcher::Dispatcher;
pub use service::Notifications;
