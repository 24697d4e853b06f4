//! `count`: how many tasks a filter fits.

use clap::Args;

use super::ls::FILTERS;
use crate::api::tasks::CountAnswer;
use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::filter::Filter;

/// The arguments of `count`.
#[derive(Debug, Args)]
#[command(after_help = format!("{FILTERS}\nExample: nudge count project:home status:completed"))]
pub(crate) struct Count {
    /// Which tasks
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
}

/// Runs `count`.
///
/// # Errors
/// When the filter can't be read.
pub(crate) async fn run(context: &mut Context, args: Count) -> Result {
    let filter = Filter::of_open(&args.words);
    let count = context.client.count(&filter.text).await.map_err(|error| filter.told(error))?;
    if context.out.json {
        return Ok(context.out.document(&CountAnswer { count })?);
    }
    Ok(context.out.line(&count.to_string())?)
}
