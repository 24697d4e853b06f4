//! `count`: how many tasks a filter fits.

use clap::Args;

use crate::api::tasks::CountAnswer;
use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::filter;

/// The arguments of `count`.
#[derive(Debug, Args)]
#[command(after_help = "Counts pending tasks unless the filter names a status.\n\
    Example: nudge count project:home status:completed")]
pub(crate) struct Count {
    /// As for `ls`
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
}

/// Runs `count`.
///
/// # Errors
/// When the filter can't be read.
pub(crate) async fn run(context: &mut Context, args: Count) -> Result {
    let count = context.client.count(&filter::of_open(&args.words)).await?;
    if context.out.json {
        return Ok(context.out.document(&CountAnswer { count })?);
    }
    Ok(context.out.line(&count.to_string())?)
}
