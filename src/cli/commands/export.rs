//! `export`: tasks for another program, as a stream.

use clap::Args;

use crate::cli::array::Array;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::filter::Filter;

/// The formats that can be written.
const FORMATS: [&str; 1] = ["taskwarrior"];

/// The arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Writes a JSON array, one task a line, as `task export` does; without a filter\n\
    every task.\nExample: nudge export --format taskwarrior project:home > tasks.json")]
pub(crate) struct Export {
    /// The format; only `taskwarrior` so far
    #[arg(long, default_value = FORMATS[0])]
    format: String,
    /// Which tasks, as for `ls`
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
}

/// Runs `export`.
///
/// # Errors
/// When the format is not known or the filter can't be read.
pub(crate) async fn run(context: &mut Context, args: Export) -> Result {
    if !FORMATS.contains(&args.format.as_str()) {
        let known = FORMATS.join(", ");
        return Err(CliError::usage(format!("`{}` is no format", args.format), format!("formats: {known}")));
    }
    let filter = Filter::of_all(&args.words);
    let mut array = Array::new(context.out.stream());
    context.client.export(&args.format, &filter.text, &mut array).await?;
    Ok(array.end()?)
}
