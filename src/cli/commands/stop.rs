//! `stop`: says that work on tasks rests.

use clap::Args;

use crate::api::tasks::Action;
use crate::cli::change::{self, Plain};
use crate::cli::context::Context;
use crate::cli::echo::Detail;
use crate::cli::error::Result;

const VERB: Plain = Plain { verb: "stop", past: "stopped", action: Action::Stop, detail: Detail::None };

/// The arguments of `stop`.
#[derive(Debug, Args)]
#[command(after_help = "Example: nudge stop 12 14-16")]
pub(crate) struct Stop {
    /// Numbers, ranges such as 3-5, or ids
    #[arg(value_name = "TASKS", required = true)]
    words: Vec<String>,
}

/// Runs `stop`.
///
/// # Errors
/// When no task is named, one does not exist, or its state does not allow it.
pub(crate) async fn run(context: &mut Context, args: Stop) -> Result {
    change::plain(context, VERB, &args.words).await
}
