//! `login`: signs in, by uid on this machine or by email and password, and keeps that for later commands.

use clap::{Args, ValueEnum};

use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::prompt;
use crate::cli::sanitize::visible;
use crate::cli::signed;
use crate::config::profiles::Store;

const HELP: &str = "\
Without EMAIL and server your uid signs you in on this machine, which any command
does by itself; only after `logout` it has to be said. With either, the password
is asked for; a script pipes it in. The sign-in is kept in the system's keyring,
or else in a file that only you can read; `--store` decides. `--profile` gives it
a name, and later commands use the profile that was signed in to last.
Examples: nudge login
          nudge login ada@example.org --server https://todo.example.org
          nudge login ada@example.org --server https://nas.local --ca nas.pem
          pass show todo | nudge login ada@example.org --password-stdin";

/// The arguments of `login`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Login {
    /// Your email; asked for, or known from before, when it is left out
    email: Option<String>,
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
    /// Where to keep the sign-in
    #[arg(long, value_name = "WHERE")]
    store: Option<Place>,
}

/// Where a sign-in is kept.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Place {
    /// A file that only you can read
    File,
    /// The system's keyring
    Keyring,
}

impl From<Place> for Store {
    fn from(place: Place) -> Self {
        match place {
            Place::File => Self::File,
            Place::Keyring => Self::Keyring,
        }
    }
}

/// Runs `login`.
///
/// # Errors
/// When email and password don't fit, or the server can't be reached.
pub(crate) async fn run(context: &mut Context, args: Login) -> Result {
    if args.email.is_none() && context.config.server.is_none() {
        return by_uid(context, &args).await;
    }
    let known = args.email.or_else(|| context.config.profile.email.clone());
    let email = prompt::email(context, "login", known)?;
    signed::check_profile(context, "login", &email)?;
    let password = prompt::password(context, args.password_stdin, &format!("password of {}", visible(&email)))?;
    let signed = context.client.login_password(&email, &password, args.store.map(Store::from)).await?;
    let echo = format!("signed in as {}{}", signed::name(&signed), signed::place(&signed));
    signed::tell(context, &signed, &echo)?;
    signed::tell_store(context, &signed);
    Ok(())
}

async fn by_uid(context: &mut Context, args: &Login) -> Result {
    if args.password_stdin || args.store.is_some() {
        let flag = if args.password_stdin { "--password-stdin" } else { "--store" };
        return Err(CliError::usage(
            format!("`{flag}` is for signing in by password, and that needs an email or a server"),
            "such as `{nudge} login ada@example.org --server https://host`",
        ));
    }
    let signed = context.client.login_local().await?;
    let echo = format!("signed in by uid as {}", signed::name(&signed));
    signed::tell(context, &signed, &echo)
}
