//! `signup`: an email and a password, for one's own account on this machine or for a new one elsewhere.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::Result;
use crate::cli::prompt;
use crate::cli::signed;

const HELP: &str = "\
On this machine your own account gets the email and the password, to be used
from elsewhere; here your uid goes on signing you in. With `--server` a new
account is made, where the server allows that.
A password has 10 to 1,000 characters. It is asked for twice, or piped in.
Examples: nudge signup ada@example.org
          nudge signup ada@example.org --server https://todo.example.org
          pass show todo | nudge signup ada@example.org --password-stdin";

/// The arguments of `signup`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Signup {
    /// Your email; asked for when it is left out
    email: Option<String>,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs `signup`.
///
/// # Errors
/// When the email is taken, the password is refused, or sign-up is closed.
pub(crate) async fn run(context: &mut Context, args: Signup) -> Result {
    let email = prompt::email(context, "signup", args.email)?;
    if context.config.server.is_some() {
        signed::check_profile(context, "signup", &email)?;
    }
    let password = prompt::new_password(context, args.password_stdin)?;
    let signed = context.client.sign_up(&email, &password).await?;
    let name = signed::name(&signed);
    let echo = match signed.server {
        Some(_) => format!("made the account {name}{} and signed in", signed::place(&signed)),
        None => format!("your account has the email {name} and a password now"),
    };
    signed::tell(context, &signed, &echo)?;
    signed::tell_store(context, &signed);
    if signed.server.is_none() {
        let program = context.config.program.clone();
        context.out.remark(&format!(
            "from elsewhere, where the daemon listens (`{program} help daemon run`):\n  {program} login {} --server https://HOST",
            crate::cli::sanitize::visible(&name)
        ));
    }
    Ok(())
}
