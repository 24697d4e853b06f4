//! `logout`: ends the sign-in and remembers that, so that no later command signs in by itself.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::sanitize::visible;
use crate::cli::signed;
use crate::client::LoggedOut;

const HELP: &str = "\
Later commands exit with 3 until `nudge login`, on this machine too, where the uid
would sign you in. Personal access tokens stay: see `nudge help token`.
Examples: nudge logout
          nudge logout --everywhere
          nudge logout --profile work";

/// The arguments of `logout`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Logout {
    /// End every session of the account, on other machines too
    #[arg(long)]
    everywhere: bool,
}

/// Runs `logout`.
///
/// # Errors
/// When the sign-in that is kept here can't be removed.
pub(crate) async fn run(context: &mut Context, args: Logout) -> Result {
    let out = context.client.logout(args.everywhere).await?;
    if context.out.json {
        return Ok(context.out.document(&document(&out))?);
    }
    if context.out.quiet {
        return Ok(());
    }
    context.out.line(&visible(&echo(&out, args.everywhere)))?;
    context.out.flush()?;
    if let Some(notice) = &out.notice {
        context.out.remark(&visible(notice));
    }
    let login = signed::login_again(context);
    context.out.remark(&format!("later commands exit with 3 until `{login}`"));
    Ok(())
}

fn echo(out: &LoggedOut, everywhere: bool) -> String {
    let place =
        out.server.as_ref().map_or_else(String::new, |server| format!(" of {server} (profile {})", out.profile));
    let sessions = match out.ended {
        _ if !everywhere => String::new(),
        // It is told why, or there was none any more.
        0 => String::new(),
        1 => ", 1 session has ended".to_owned(),
        ended => format!(", {ended} sessions have ended"),
    };
    format!("signed out{place}{sessions}")
}

fn document(out: &LoggedOut) -> serde_json::Value {
    serde_json::json!({ "profile": out.profile, "server": out.server, "ended": out.ended, "notice": out.notice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_has_ended() {
        let mut out = LoggedOut {
            profile: "work".to_owned(),
            server: Some("https://host:8443".to_owned()),
            ended: 3,
            notice: None,
        };
        assert_eq!(echo(&out, true), "signed out of https://host:8443 (profile work), 3 sessions have ended");
        out.server = None;
        assert_eq!(echo(&out, false), "signed out");
        out.ended = 0;
        out.notice = Some("the daemon was not told".to_owned());
        assert_eq!(echo(&out, true), "signed out");
        assert_eq!(document(&out)["notice"], "the daemon was not told");
    }
}
