//! `annotate`: adds a stamped line to tasks.

use clap::Args;

use crate::api::tasks::{Action, BatchRequest};
use crate::cli::change;
use crate::cli::context::Context;
use crate::cli::echo::{self, Detail};
use crate::cli::error::{CliError, Result};

const HELP: &str = "\
Leading words that look like tasks are tasks; a text that begins with a number
goes after `--`.
Examples: nudge annotate 12 called the landlord
          nudge annotate 12 -- 3 letters sent";

/// The arguments of `annotate`.
#[derive(Debug, Args)]
#[command(override_usage = "nudge annotate [OPTIONS] <TASKS>... <TEXT>...", after_help = HELP)]
pub(crate) struct Annotate {
    /// Tasks first, then the text
    #[arg(value_name = "TASKS TEXT", required = true)]
    words: Vec<String>,
}

/// Runs `annotate`.
///
/// # Errors
/// When no task or no text is given, or a task does not exist.
pub(crate) async fn run(context: &mut Context, args: Annotate) -> Result {
    let (words, literal) = context.split_literal(args.words);
    let (tasks, text) = change::with_rest("annotate", &words)?;
    let text = [text, &literal].concat().join(" ");
    if text.is_empty() {
        return Err(CliError::usage("`annotate` needs a text", "such as `{nudge} annotate 12 called the landlord`"));
    }
    let request = BatchRequest { action: Action::Annotate, tasks, change: None, text: Some(text) };
    let answer = context.client.batch(&request).await?;
    echo::change(context, "annotated", &answer, Detail::None)
}
