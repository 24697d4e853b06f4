//! `user`: accounts as an administrator sees them, with their limits and never with their tasks.

mod add;
mod change;
mod ls;
mod named;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::error::Result;

const HELP: &str = "\
For the daemon's owner, or root and its group where it serves the whole machine;
only on the daemon's machine, over its socket. USER is an email, an id, or the end
of an id that `user ls` shows.
Examples: nudge user ls
          nudge user add ada@example.org
          nudge user quota ada@example.org tasks=5000 tokens=default
          nudge user disable ada@example.org";

/// The arguments of `user`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct User {
    /// What to do.
    #[command(subcommand)]
    what: What,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
enum What {
    /// List them
    Ls(ls::Ls),
    /// Add one
    Add(add::Add),
    /// Sign it out and let it in no more; its data stays
    #[command(after_help = "Example: nudge user disable ada@example.org")]
    Disable(change::Named),
    /// Let it in again
    #[command(after_help = "Example: nudge user enable ada@example.org")]
    Enable(change::Named),
    /// Give it a new password, and end its sessions and tokens
    Reset(add::Reset),
    /// Set other limits for it
    Quota(change::Quota),
    /// Decide whose a uid is, after its login name has changed
    Local(change::Local),
}

impl User {
    /// Says whether a password comes on stdin.
    #[must_use]
    pub(crate) fn takes_stdin(&self) -> bool {
        match &self.what {
            What::Add(args) => args.password_stdin,
            What::Reset(args) => args.password_stdin,
            _ => false,
        }
    }
}

/// Runs `user`.
///
/// # Errors
/// When who asks is no administrator, or the account does not exist.
pub(crate) async fn run(context: &mut Context, args: User) -> Result {
    match args.what {
        What::Ls(args) => ls::run(context, args).await,
        What::Add(args) => add::run(context, args).await,
        What::Disable(args) => change::disable(context, args, true).await,
        What::Enable(args) => change::disable(context, args, false).await,
        What::Reset(args) => add::reset(context, args).await,
        What::Quota(args) => change::quota(context, args).await,
        What::Local(args) => change::local(context, args).await,
    }
}
