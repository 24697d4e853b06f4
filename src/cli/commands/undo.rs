//! `undo`: takes the newest change back, or the one that is named.

use clap::Args;
use uuid::Uuid;

use crate::api::tasks::UndoRequest;
use crate::cli::context::{Context, script_name, short_name};
use crate::cli::error::Result;
use crate::cli::sanitize::visible;

/// How many tasks of each kind are named; the rest is counted.
const SHOWN: usize = 20;

/// The arguments of `undo`.
#[derive(Debug, Args)]
#[command(after_help = "Each call undoes one change more, as a whole: all of an import, all tasks\n\
    of a `done`.")]
pub(crate) struct Undo {
    /// The change's own id; without it the newest
    #[arg(value_parser = id)]
    operation: Option<Uuid>,
}

fn id(typed: &str) -> Result<Uuid, &'static str> {
    typed.parse().map_err(|_| "the id of a change is wanted, as `--json` tells it; `nudge undo` takes the newest")
}

/// Runs `undo`.
///
/// # Errors
/// When there is nothing to undo, or a later change is in the way.
pub(crate) async fn run(context: &mut Context, args: Undo) -> Result {
    let answer = context.client.undo(&UndoRequest { operation: args.operation }).await?;
    if context.out.json {
        return Ok(context.out.document(&answer)?);
    }
    if context.out.quiet {
        return answer.items.iter().try_for_each(|task| Ok(context.out.line(&script_name(task))?));
    }
    let at = context.calendar().short_moment(answer.at);
    let tasks = if answer.touched == 1 { "task" } else { "tasks" };
    context.out.line(&format!("undid `{}` of {at}, {} {tasks}", visible(&answer.kind), answer.touched))?;
    for task in answer.items.iter().take(SHOWN) {
        context.out.line(&format!("restored {}  {}", short_name(task), visible(&task.title)))?;
    }
    for title in answer.removed.iter().take(SHOWN) {
        context.out.line(&format!("removed  {}", visible(title)))?;
    }
    let told = answer.items.len().min(SHOWN) + answer.removed.len().min(SHOWN);
    let told = u64::try_from(told).unwrap_or(u64::MAX);
    if answer.touched > told {
        context.out.line(&format!("and {} more", answer.touched - told))?;
    }
    Ok(())
}
