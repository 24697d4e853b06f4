//! `rm`: removes tasks from sight. It asks before many, and only on a terminal.

use std::io::BufRead;

use clap::Args;

use crate::api::tasks::Action;
use crate::cli::change::{self, Plain};
use crate::cli::context::Context;
use crate::cli::echo::Detail;
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::cli::prompt;
use crate::cli::refs;

const VERB: Plain = Plain { verb: "rm", past: "deleted", action: Action::Delete, detail: Detail::None };

/// The most tasks that are removed without asking.
const MANY: u64 = 20;

/// The arguments of `rm`.
#[derive(Debug, Args)]
#[command(after_help = "Nothing is lost: `nudge undo` or `nudge reopen 12` brings a task back.")]
pub(crate) struct Rm {
    /// Numbers, ranges such as 3-5, or ids
    #[arg(value_name = "TASKS", required = true)]
    words: Vec<String>,
}

/// Runs `rm`.
///
/// # Errors
/// When no task is named, one does not exist, or the person says no.
pub(crate) async fn run(context: &mut Context, args: Rm) -> Result {
    let count = refs::count(&change::only_tasks(VERB.verb, &args.words)?);
    let can_ask = prompt::can_ask(context);
    if count > MANY && can_ask && !context.yes && !confirmed(context, count) {
        return Err(CliError::new(Exit::Failed, "nothing was deleted").hint("`--yes` deletes without asking"));
    }
    change::plain(context, VERB, &args.words).await
}

fn confirmed(context: &mut Context, count: u64) -> bool {
    let errors = context.out.errors();
    // Without an answer the answer is no.
    if write!(errors, "delete {count} tasks? [y/N] ").and_then(|()| errors.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
