//! `account`: one's own account, its settings and its history, and its end.

mod audit;
mod change;
mod delete;
mod settings;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::identity;

const HELP: &str = "\
Without a verb of its own it shows the account.
Examples: nudge account
          nudge account rename ada@example.org
          nudge account zone Europe/Berlin
          nudge account set remind-time 08:30
          nudge account audit --limit 20
          nudge account delete";

/// The arguments of `account`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Account {
    /// What to do; without it the account is shown.
    #[command(subcommand)]
    what: Option<What>,
}

/// What to do with the account.
#[derive(Debug, Subcommand)]
enum What {
    /// Show all there is to know of it
    #[command(after_help = "Example: nudge account show --json")]
    Show,
    /// Give it another email
    Rename(change::Rename),
    /// Show the time zone, or set another
    Zone(change::Zone),
    /// Show the settings
    #[command(after_help = "Example: nudge account settings\n`nudge account set` changes them.")]
    Settings,
    /// Change a setting
    Set(settings::Set),
    /// Show what happened to it: sign-ins, changes, tokens
    Audit(audit::Audit),
    /// Delete it with all that it has, for good
    Delete(delete::Delete),
}

impl Account {
    /// Says whether the password comes on stdin.
    #[must_use]
    pub(crate) fn takes_stdin(&self) -> bool {
        match &self.what {
            Some(What::Rename(args)) => args.password_stdin,
            Some(What::Delete(args)) => args.password_stdin,
            _ => false,
        }
    }
}

/// Runs `account`.
///
/// # Errors
/// When nobody is signed in, or the daemon refuses.
pub(crate) async fn run(context: &mut Context, args: Account) -> Result {
    match args.what {
        None | Some(What::Show) => show(context).await,
        Some(What::Rename(args)) => change::rename(context, args).await,
        Some(What::Zone(args)) => change::zone(context, args).await,
        Some(What::Settings) => settings::show(context).await,
        Some(What::Set(args)) => settings::set(context, args).await,
        Some(What::Audit(args)) => audit::run(context, args).await,
        Some(What::Delete(args)) => delete::run(context, args).await,
    }
}

async fn show(context: &mut Context) -> Result {
    let me = context.client.me().await?;
    identity::tell(context, &me, &identity::full)
}
