//! `start`: says that work on tasks begins.

use clap::Args;

use crate::api::tasks::Action;
use crate::cli::change::{self, Plain};
use crate::cli::context::Context;
use crate::cli::echo::Detail;
use crate::cli::error::Result;

const VERB: Plain = Plain { verb: "start", past: "started", action: Action::Start, detail: Detail::None };

/// The arguments of `start`.
#[derive(Debug, Args)]
#[command(after_help = "Example: nudge start 12 14-16")]
pub(crate) struct Start {
    /// Numbers, ranges such as 3-5, or ids
    #[arg(value_name = "TASKS", required = true)]
    words: Vec<String>,
}

/// Runs `start`.
///
/// # Errors
/// When no task is named, one does not exist, or its state does not allow it.
pub(crate) async fn run(context: &mut Context, args: Start) -> Result {
    change::plain(context, VERB, &args.words).await
}
