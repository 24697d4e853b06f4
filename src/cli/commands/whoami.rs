//! `whoami`: which account, where, how signed in, and how much of its limits is used.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::identity;

/// The arguments of `whoami`.
#[derive(Debug, Args)]
#[command(after_help = "`nudge account` tells more. Example: nudge whoami --profile work")]
pub(crate) struct Whoami {}

/// Runs `whoami`.
///
/// # Errors
/// When nobody is signed in, or the daemon can't be reached.
pub(crate) async fn run(context: &mut Context, _: Whoami) -> Result {
    let me = context.client.me().await?;
    identity::tell(context, &me, &|me, door, _| identity::brief(me, door))
}
