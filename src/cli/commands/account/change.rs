//! `account rename` and `account zone`: another email, another time zone.

use clap::Args;

use crate::api::account::{Me, MeChange};
use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::prompt;
use crate::cli::sanitize::visible;
use crate::cli::signed;

/// The arguments of `account rename`.
#[derive(Debug, Args)]
#[command(after_help = "Asks for the password, but for who is signed in by uid. It stays the same.\n\
    Example: nudge account rename ada@example.org")]
pub(super) struct Rename {
    /// The new email
    email: String,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// The arguments of `account zone`.
#[derive(Debug, Args)]
#[command(after_help = "In the zone days begin and end. A date without a time stays the day that it is.\n\
    Examples: nudge account zone\n\
    \u{20}         nudge account zone Europe/Berlin")]
pub(super) struct Zone {
    /// An IANA name
    #[arg(value_name = "ZONE")]
    name: Option<String>,
}

/// Runs `account rename`.
///
/// # Errors
/// When the password is wrong or the email is taken.
pub(super) async fn rename(context: &mut Context, args: Rename) -> Result {
    prompt::check_email("account rename", &args.email)?;
    let password =
        if signed::by_uid(context) { None } else { Some(prompt::password(context, args.password_stdin, "password")?) };
    let change = MeChange { email: Some(args.email), password, zone: None };
    let me = context.client.change_me(&change).await?;
    let email = me.email.clone().unwrap_or_else(|| "none".to_owned());
    tell(context, &me, &format!("the email is {email} now"))?;
    if me.has_password {
        context.out.remark("sign in with it from now on; the password stays the same");
    }
    Ok(())
}

/// Runs `account zone`.
///
/// # Errors
/// When there is no such zone.
pub(super) async fn zone(context: &mut Context, args: Zone) -> Result {
    let Some(zone) = args.name else {
        let me = context.client.me().await?;
        return if context.out.json {
            Ok(context.out.document(&me)?)
        } else {
            Ok(context.out.line(&visible(&me.zone))?)
        };
    };
    let me = context.client.change_me(&MeChange { zone: Some(zone), ..MeChange::default() }).await?;
    tell(context, &me, &format!("the zone is {} now", me.zone))?;
    if context.config.zone.is_some() {
        context.out.remark("this command has another one, from `--zone` or NUDGE_ZONE");
    }
    Ok(())
}

fn tell(context: &mut Context, me: &Me, echo: &str) -> Result {
    if context.out.json {
        return Ok(context.out.document(me)?);
    }
    let line = if context.out.quiet { me.id.to_string() } else { visible(echo).into_owned() };
    context.out.line(&line)?;
    Ok(context.out.flush()?)
}
