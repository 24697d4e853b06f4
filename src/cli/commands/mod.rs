//! One file a verb: its arguments and what it does. The verbs do not know each other.

pub(super) mod account;
pub(super) mod add;
pub(super) mod annotate;
pub(super) mod count;
pub(super) mod daemon;
pub(super) mod done;
pub(super) mod export;
pub(super) mod import;
pub(super) mod inbox;
pub(super) mod login;
pub(super) mod logout;
pub(super) mod ls;
pub(super) mod modify;
pub(super) mod passwd;
pub(super) mod reopen;
pub(super) mod rm;
pub(super) mod sessions;
pub(super) mod show;
pub(super) mod signup;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod token;
pub(super) mod undo;
pub(super) mod user;
pub(super) mod whoami;
