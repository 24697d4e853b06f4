//! `passwd`: a new password. Whoever knew the old one is signed out.

use clap::Args;

use crate::api::Sensitive;
use crate::api::auth::PasswordChange;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::prompt;
use crate::cli::signed;

const HELP: &str = "\
Every other session ends with it, and every personal access token. Signed in by
uid, the present password is not asked for.
With `--password-stdin` the first line is the present password and the second the
new one; signed in by uid, one line is enough: the new one.
Examples: nudge passwd
          nudge passwd --keep-tokens
          printf '%s\\n' \"$old\" \"$new\" | nudge passwd --password-stdin";

/// The arguments of `passwd`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Passwd {
    /// Leave personal access tokens as they are
    #[arg(long)]
    keep_tokens: bool,
    /// Read the passwords from stdin, a line each
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs `passwd`.
///
/// # Errors
/// When the present password is wrong or the new one is refused.
pub(crate) async fn run(context: &mut Context, args: Passwd) -> Result {
    let by_uid = signed::by_uid(context);
    let (current, new) = if args.password_stdin {
        of_lines(prompt::stdin(2)?, by_uid)?
    } else {
        let current = if by_uid { None } else { Some(prompt::password(context, false, "present password")?) };
        (current, prompt::new_password(context, false)?)
    };
    let change = PasswordChange { current, new, keep_tokens: args.keep_tokens };
    let signed = context.client.change_password(&change).await?;
    signed::tell(context, &signed, &format!("{} has a new password", signed::name(&signed)))?;
    context.out.remark(if args.keep_tokens {
        "every other session has ended; personal access tokens stay"
    } else {
        "every other session and every personal access token has ended"
    });
    Ok(())
}

fn of_lines(mut lines: Vec<Sensitive>, by_uid: bool) -> Result<(Option<Sensitive>, Sensitive)> {
    let missing = || {
        CliError::usage(
            "stdin holds one line, and `passwd` needs two",
            "the present password, then the new one: `printf '%s\\n' \"$old\" \"$new\" | {nudge} passwd --password-stdin`",
        )
    };
    let new = lines.pop().ok_or_else(missing)?;
    let current = lines.pop();
    if current.is_none() && !by_uid { Err(missing()) } else { Ok((current, new)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_password_is_the_last_line() {
        let lines = |texts: &[&str]| texts.iter().map(|&text| Sensitive::new(text)).collect::<Vec<_>>();
        let (current, new) = of_lines(lines(&["old", "new"]), false).expect("two lines");
        assert_eq!((current.as_ref().map(Sensitive::expose), new.expose()), (Some("old"), "new"));
        let (current, new) = of_lines(lines(&["new"]), true).expect("one line");
        assert_eq!((current.is_none(), new.expose()), (true, "new"));
        assert_eq!(of_lines(lines(&["new"]), false).expect_err("one line").exit().code(), 2);
    }
}
