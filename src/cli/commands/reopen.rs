//! `reopen`: takes completed or deleted tasks back among the pending.

use clap::Args;

use crate::api::tasks::Action;
use crate::cli::change::{self, Plain};
use crate::cli::context::Context;
use crate::cli::echo::Detail;
use crate::cli::error::Result;

const VERB: Plain = Plain { verb: "reopen", past: "reopened", action: Action::Reopen, detail: Detail::Fields };

/// The arguments of `reopen`.
#[derive(Debug, Args)]
#[command(after_help = "Example: nudge reopen 12 14-16")]
pub(crate) struct Reopen {
    /// Numbers, ranges such as 3-5, or ids
    #[arg(value_name = "TASKS", required = true)]
    words: Vec<String>,
}

/// Runs `reopen`.
///
/// # Errors
/// When no task is named, one does not exist, or its state does not allow it.
pub(crate) async fn run(context: &mut Context, args: Reopen) -> Result {
    change::plain(context, VERB, &args.words).await
}
