//! `account delete`: the account goes with all that it has. An export is offered first, and a word is to be typed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use clap::Args;
use serde_json::json;

use crate::api::account::{Deletion, Me};
use crate::cli::array::Array;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::cli::pick;
use crate::cli::prompt;
use crate::cli::sanitize::visible;
use crate::cli::signed;

const HELP: &str = "\
Tasks, reminders, sessions and tokens go with it; nothing brings them back.
On a terminal an export is offered first, and the email or the word `delete` is to
be typed. Without a terminal it needs `--yes`. It asks for the password, but for
who is signed in by uid.
Examples: nudge account delete
          nudge export > tasks.json && nudge account delete --yes";

/// The arguments of `account delete`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Delete {
    /// Read the password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
}

/// Runs `account delete`.
///
/// # Errors
/// When it is not confirmed, the export can't be written, or the password is wrong; then nothing is deleted.
pub(super) async fn run(context: &mut Context, args: Delete) -> Result {
    if !context.yes && !prompt::can_ask(context) {
        return Err(CliError::usage(
            "`account delete` is for good, and there is no terminal to confirm it on",
            "`{nudge} export > tasks.json` keeps the tasks; `--yes` deletes without asking",
        ));
    }
    let me = context.client.me().await?;
    if !context.yes {
        offer_export(context, &me).await?;
        confirm(context, &me)?;
    }
    let password = if signed::by_uid(context) {
        None
    } else {
        Some(prompt::password(context, args.password_stdin, &format!("password of {}", visible(&name(&me))))?)
    };
    context.client.delete_me(&Deletion { account: me.id, password }).await?;
    if context.out.json {
        return Ok(context.out.document(&json!({ "deleted": me.id }))?);
    }
    if context.out.quiet {
        return Ok(context.out.line(&me.id.to_string())?);
    }
    context.out.line(&format!("deleted {}", visible(&what(&me))))?;
    context.out.flush()?;
    let login = signed::login_again(context);
    context.out.remark(&format!("it can't be undone; later commands exit with 3 until `{login}`"));
    Ok(())
}

fn name(me: &Me) -> String {
    me.email.clone().unwrap_or_else(|| format!("account {}", pick::short(me.id)))
}

/// Returns what goes: the account and how much it has.
fn what(me: &Me) -> String {
    let count = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let (tasks, tokens) = (count(me.quotas.tasks.used, "task"), count(me.quotas.tokens.used, "token"));
    format!("{} with {tasks} and {tokens}", name(me))
}

/// What was said to the offer of an export.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// None is wanted.
    No,
    /// One is, and its name has not been said.
    Yes,
    /// The name.
    File,
}

/// Understands an answer; who takes the question for one of yes and no means no file of that name.
fn said(answer: &str) -> Said {
    match answer.to_lowercase().as_str() {
        "" | "n" | "no" => Said::No,
        "y" | "yes" => Said::Yes,
        _ => Said::File,
    }
}

async fn offer_export(context: &mut Context, me: &Me) -> Result {
    if me.quotas.tasks.used == 0 {
        return Ok(());
    }
    let mut question = "a file to write the tasks to first (Enter: none)";
    let file = loop {
        let typed = prompt::text(context, question)?;
        match said(&typed) {
            Said::No => return Ok(()),
            Said::File => break typed,
            Said::Yes => question = "its name (Enter: none)",
        }
    };
    export(context, Path::new(&file)).await?;
    context.out.remark(&format!("the tasks are in {}; `import` takes them back", visible(&file)));
    Ok(())
}

async fn export(context: &mut Context, path: &Path) -> Result {
    let failed = |error: &io::Error| {
        let name = path.display();
        let message = match error.kind() {
            io::ErrorKind::AlreadyExists => format!("`{name}` is there already, and is not written over"),
            _ => format!("`{name}` can't be written: {error}"),
        };
        CliError::new(Exit::Failed, message).hint("nothing was deleted")
    };
    if path.starts_with("~") {
        return Err(CliError::usage("`~` means nothing here", "name the file without it; nothing was deleted"));
    }
    let file = create(path).map_err(|error| failed(&error))?;
    let mut buffer = BufWriter::new(file);
    let mut array = Array::new(&mut buffer);
    let outcome = match context.client.export("taskwarrior", "", &mut array).await {
        Ok(()) => array.end().and_then(|()| buffer.flush()).and_then(|()| buffer.get_ref().sync_all()),
        Err(error) => {
            // Half an export is none.
            let _ = std::fs::remove_file(path);
            return Err(error.into());
        }
    };
    outcome.map_err(|error| {
        let _ = std::fs::remove_file(path);
        failed(&error)
    })
}

/// Makes a file that only its owner may read; one that is there stays as it is.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn confirm(context: &mut Context, me: &Me) -> Result {
    let question = format!("this deletes {} for good; type {} to go on", visible(&what(me)), visible(&word(me)));
    let answer = prompt::text(context, &question)?;
    if confirms(&answer, me) {
        return Ok(());
    }
    Err(CliError::new(Exit::Failed, "nothing was deleted").hint("`--yes` deletes without asking"))
}

fn word(me: &Me) -> String {
    me.email.as_ref().map_or_else(|| "`delete`".to_owned(), |email| format!("`{email}` or `delete`"))
}

fn confirms(answer: &str, me: &Me) -> bool {
    let is_email = me.email.as_ref().is_some_and(|email| email.to_lowercase() == answer.to_lowercase());
    answer == "delete" || is_email
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn me(email: Option<&str>) -> Me {
        serde_json::from_value(json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff000a", "email": email, "has_password": email.is_some(),
            "zone": "UTC", "local": [], "created_at": "2026-11-20T09:00:00Z",
            "quotas": { "tasks": { "used": 1, "limit": 10 }, "tokens": { "used": 2, "limit": 50 },
                        "sessions": { "used": 1, "limit": 100 } }
        }))
        .expect("an account on the wire")
    }

    #[test]
    fn only_the_email_or_the_word_confirms() {
        let (ada, nobody) = (me(Some("Ada@example.org")), me(None));
        for (answer, with, without) in
            [("delete", true, true), ("ada@example.org", true, false), ("y", false, false), ("", false, false)]
        {
            assert_eq!((confirms(answer, &ada), confirms(answer, &nobody)), (with, without), "{answer}");
        }
        assert_eq!(what(&ada), "Ada@example.org with 1 task and 2 tokens");
        assert_eq!(what(&nobody), "account ffff000a with 1 task and 2 tokens");
    }

    #[test]
    fn yes_and_no_are_no_names_of_files() {
        for (answer, expected) in
            [("", Said::No), ("No", Said::No), ("y", Said::Yes), ("YES", Said::Yes), ("no.json", Said::File)]
        {
            assert_eq!(said(answer), expected, "{answer}");
        }
    }

    #[test]
    fn an_export_is_private_and_overwrites_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("tasks.json");
        let file = create(&path).expect("made");
        assert_eq!(file.metadata().expect("there").mode() & 0o777, 0o600);
        assert_eq!(create(&path).expect_err("there already").kind(), io::ErrorKind::AlreadyExists);
    }
}
