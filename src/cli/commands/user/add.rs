//! `user add` and `user reset`: an account and its password, which the daemon makes up unless one is piped in.
//!
//! A password that was made up is the only thing on stdout, and is shown this once.

use clap::Args;

use crate::api::Sensitive;
use crate::api::users::{NewUser, UserAnswer, UserChange};
use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::prompt;
use crate::cli::sanitize::visible;

use super::named;

/// The arguments of `user add`.
#[derive(Debug, Args)]
#[command(after_help = "A password is made up and printed on stdout this once, unless one is piped in.\n\
    `--zone` sets the account's time zone; without it, it is this machine's.\n\
    Examples: nudge user add ada@example.org\n\
    \u{20}         nudge user add ada@example.org --zone Europe/Berlin\n\
    \u{20}         pass show ada | nudge user add ada@example.org --password-stdin")]
pub(super) struct Add {
    /// Its email
    email: String,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// The arguments of `user reset`.
#[derive(Debug, Args)]
#[command(after_help = "A password is made up and printed on stdout this once, unless one is piped in.\n\
    Every session and token of the account ends.\n\
    Example: nudge user reset ada@example.org")]
pub(super) struct Reset {
    /// Email, id, or the end of an id
    user: String,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs `user add`.
///
/// # Errors
/// When the email is taken, or who asks is no administrator.
pub(super) async fn run(context: &mut Context, args: Add) -> Result {
    prompt::check_email("user add", &args.email)?;
    let password = piped(context, args.password_stdin)?;
    let zone = context.config.zone.clone().or_else(|| context.config.system_zone.clone());
    let answer = context.client.add_user(&NewUser { email: args.email, password, zone }).await?;
    tell(context, &answer, &format!("added {}", named::name(&answer.user)))
}

/// Runs `user reset`.
///
/// # Errors
/// When there is no such account, or who asks is no administrator.
pub(super) async fn reset(context: &mut Context, args: Reset) -> Result {
    let password = piped(context, args.password_stdin)?;
    let id = named::find(context, &args.user).await?;
    let change = UserChange { reset: true, password, ..UserChange::default() };
    let answer = context.client.change_user(&id, &change).await?;
    let name = named::name(&answer.user);
    tell(context, &answer, &format!("{name} has a new password; its sessions and tokens have ended"))
}

fn piped(context: &mut Context, from_stdin: bool) -> Result<Option<Sensitive>> {
    if from_stdin { prompt::password(context, true, "password").map(Some) } else { Ok(None) }
}

fn tell(context: &mut Context, answer: &UserAnswer, echo: &str) -> Result {
    if context.out.json {
        return Ok(context.out.document(answer)?);
    }
    if context.out.quiet {
        context.out.line(&answer.user.id.to_string())?;
    }
    // Even when only ids are wanted: it can't be had again.
    if let Some(password) = &answer.password {
        context.out.line(password.expose())?;
    }
    context.out.flush()?;
    context.out.remark(&visible(echo));
    if answer.password.is_some() {
        context.out.remark("the password is not shown again; `passwd` sets another");
    }
    Ok(())
}
