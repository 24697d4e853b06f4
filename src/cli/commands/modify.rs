//! `mod`: changes fields of tasks. What the words mean is the daemon's to say.

use clap::Args;

use crate::api::tasks::{Action, BatchRequest, TaskInput};
use crate::cli::change;
use crate::cli::context::Context;
use crate::cli::echo::{self, Detail};
use crate::cli::error::{CliError, Result};

const HELP: &str = "\
Changes are written as for `nudge add`; `-tag` takes a tag away, `due:` with
nothing after it clears. Plain words become the title.
Examples: nudge mod 12 due:tomorrow +bills
          nudge mod 3-5 project:home.flat -work
          nudge mod 12 -- a title with due: in it";

/// The arguments of `mod`.
#[derive(Debug, Args)]
#[command(override_usage = "nudge mod [OPTIONS] <TASKS>... <CHANGES>...", after_help = HELP)]
pub(crate) struct Modify {
    /// Tasks first, then changes
    #[arg(value_name = "TASKS CHANGES", required = true)]
    words: Vec<String>,
}

/// Runs `mod`.
///
/// # Errors
/// When no task or no change is named, a task does not exist, or the daemon refuses the change.
pub(crate) async fn run(context: &mut Context, args: Modify) -> Result {
    let (words, literal) = context.split_literal(args.words);
    let (tasks, changes) = change::with_rest("mod", &words)?;
    if changes.is_empty() && literal.is_empty() {
        return Err(CliError::usage("`mod` needs a change", "such as `{nudge} mod 12 due:tomorrow +bills`"));
    }
    // Only a change that sets reminders anew can make one late; others have fired long ago.
    let sets_reminders = changes.iter().any(|word| {
        ["remind:", "due:", "scheduled:"]
            .iter()
            .any(|key| word.strip_prefix(key).is_some_and(|value| !value.is_empty()))
    });
    let input = TaskInput { words: Some(changes.to_vec()), literal, ..TaskInput::default() };
    let request = BatchRequest { action: Action::Modify, tasks, change: Some(input), text: None };
    let answer = context.client.batch(&request).await?;
    let detail = if sets_reminders { Detail::FieldsAndLateReminders } else { Detail::Fields };
    echo::change(context, "changed", &answer, detail)
}
