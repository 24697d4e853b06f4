//! `user disable`, `enable`, `quota` and `local`: what an administrator changes about an account.

use clap::Args;

use crate::api::users::{LocalDecision, QuotaChange, UserAnswer, UserChange};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::identity::used;
use crate::cli::sanitize::visible;

use super::named;

/// The arguments of `user disable` and `user enable`.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// Email, id, or the end of an id
    user: String,
}

/// The arguments of `user quota`.
#[derive(Debug, Args)]
#[command(after_help = "LIMIT is tasks=N, tokens=N or sessions=N; `default` is the daemon's own again.\n\
    Examples: nudge user quota ada@example.org tasks=5000\n\
    \u{20}         nudge user quota ada@example.org tasks=default tokens=10")]
pub(super) struct Quota {
    /// Email, id, or the end of an id
    user: String,
    /// What there may be, and how many
    #[arg(value_name = "LIMIT", required = true)]
    limits: Vec<String>,
}

/// The arguments of `user local`.
#[derive(Debug, Args)]
#[command(after_help = "A uid signs in only under the login name that it had before. After a rename, or\n\
    when the uid was given to somebody else, an administrator says whose it is.\n\
    Examples: nudge user local ada@example.org 1000 ada\n\
    \u{20}         nudge user local ada@example.org 1000 --forget")]
pub(super) struct Local {
    /// Email, id, or the end of an id
    user: String,
    /// The uid
    uid: u32,
    /// The login name under which it is this account's from now on
    login: Option<String>,
    /// It is this account's no more
    #[arg(long)]
    forget: bool,
}

/// Runs `user disable` or `user enable`.
///
/// # Errors
/// When there is no such account, or who asks is no administrator.
pub(super) async fn disable(context: &mut Context, args: Named, disabled: bool) -> Result {
    let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
    let answer = change_user(context, &args.user, &change).await?;
    let name = named::name(&answer.user);
    if !disabled {
        return tell(context, &answer, &format!("enabled {name}"));
    }
    tell(context, &answer, &format!("disabled {name}"))?;
    let program = context.config.program.clone();
    context.out.remark(&visible(&format!(
        "its sessions have ended, its data stays; `{program} user enable {}` lets it in again",
        answer.user.email.clone().unwrap_or_else(|| answer.user.id.to_string())
    )));
    Ok(())
}

/// Runs `user quota`.
///
/// # Errors
/// A usage error for a limit that can't be read.
pub(super) async fn quota(context: &mut Context, args: Quota) -> Result {
    let quotas = limits(&args.limits)?;
    let answer =
        change_user(context, &args.user, &UserChange { quotas: Some(quotas), ..UserChange::default() }).await?;
    let all = answer.user.quotas;
    let told = format!(
        "{}: tasks {}, tokens {}, sessions {}",
        named::name(&answer.user),
        used(all.tasks),
        used(all.tokens),
        used(all.sessions)
    );
    tell(context, &answer, &told)
}

/// Runs `user local`.
///
/// # Errors
/// When there is no such account, or who asks is no administrator.
pub(super) async fn local(context: &mut Context, args: Local) -> Result {
    if args.login.is_some() == args.forget {
        return Err(CliError::usage(
            "`user local` needs the uid's login name, or `--forget`",
            "such as `{nudge} user local ada@example.org 1000 ada`",
        ));
    }
    let (uid, login) = (args.uid, args.login.clone());
    let change = UserChange { local: Some(LocalDecision { uid, login }), ..UserChange::default() };
    let answer = change_user(context, &args.user, &change).await?;
    let name = named::name(&answer.user);
    tell(
        context,
        &answer,
        &match args.login {
            Some(login) => format!("uid {uid} ({login}) is {name} from now on"),
            None => format!("uid {uid} is {name} no more"),
        },
    )
}

async fn change_user(context: &mut Context, user: &str, change: &UserChange) -> Result<UserAnswer> {
    let id = named::find(context, user).await?;
    Ok(context.client.change_user(&id, change).await?)
}

fn limits(words: &[String]) -> Result<QuotaChange> {
    let mut change = QuotaChange::default();
    for word in words {
        let wrong = || {
            CliError::usage(
                format!("`{word}` is no limit"),
                "limits are tasks=N, tokens=N and sessions=N; `tasks=default` is the daemon's own again",
            )
        };
        let (name, value) = word.split_once('=').ok_or_else(wrong)?;
        let value = if value == "default" { None } else { Some(value.parse().map_err(|_| wrong())?) };
        let limit = match name {
            "tasks" => &mut change.tasks,
            "tokens" => &mut change.tokens,
            "sessions" => &mut change.sessions,
            _ => return Err(wrong()),
        };
        if limit.replace(value).is_some() {
            return Err(CliError::usage(format!("`{name}` is given twice"), "give each limit once"));
        }
    }
    Ok(change)
}

fn tell(context: &mut Context, answer: &UserAnswer, echo: &str) -> Result {
    if context.out.json {
        return Ok(context.out.document(answer)?);
    }
    let line = if context.out.quiet { answer.user.id.to_string() } else { visible(echo).into_owned() };
    context.out.line(&line)?;
    Ok(context.out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_or_the_default() {
        let read = |words: &[&str]| limits(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        let json = serde_json::to_string(&read(&["tasks=5000", "tokens=default"]).expect("limits")).expect("JSON");
        assert_eq!(json, r#"{"tasks":5000,"tokens":null}"#);
        for word in ["tasks", "tasks=", "tasks=-1", "tasks=many", "bread=5", "=5", "tasks=4294967296"] {
            assert_eq!(read(&[word]).expect_err(word).exit().code(), 2, "{word}");
        }
        assert_eq!(read(&["tasks=1", "tasks=default"]).expect_err("twice").exit().code(), 2);
    }
}
