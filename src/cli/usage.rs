//! What clap finds wrong with the arguments, in our words: what it was, the nearest that makes sense, and where to
//! read on. It knows the verbs, and nothing of what they do.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::args::Cli;
use super::change;
use super::error::CliError;

/// Verbs behind which somebody may have typed a password.
const TAKES_SECRET: [&str; 6] = ["signup", "login", "passwd", "account rename", "account delete", "user add"];

/// Puts clap's error into our words.
pub(super) fn explain(error: &clap::Error, argv: &[OsString]) -> CliError {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        // The most similar is the last.
        Some(ContextValue::Strings(texts)) => texts.last().cloned(),
        _ => None,
    };
    let verb = verb(argv);
    let help = format!("`{{nudge}} help {verb}` shows what it takes");
    let nearest = context(ContextKind::SuggestedArg).or_else(|| context(ContextKind::SuggestedSubcommand));
    match (error.kind(), context(ContextKind::InvalidSubcommand), context(ContextKind::InvalidArg)) {
        (ErrorKind::InvalidSubcommand, Some(word), _) => no_verb(&word, nearest, argv),
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, ..) => {
            CliError::usage(format!("`{verb}` needs a verb of its own: {}", own_verbs(&verb).join(", ")), help)
        }
        (ErrorKind::MissingRequiredArgument, ..) => missing(&verb),
        (ErrorKind::UnknownArgument, _, Some(flag)) if flag.starts_with("--") => CliError::usage(
            format!("`{flag}` is no flag of this verb"),
            match nearest {
                Some(nearest) => format!("did you mean `{nearest}`? Text that begins with `--` goes after `--`"),
                None => "text that begins with `--` goes after `--`".to_owned(),
            },
        ),
        (ErrorKind::UnknownArgument, ..) if tag(argv).is_some() => {
            let word = tag(argv).unwrap_or_default();
            CliError::usage(
                format!("`{word}` is no verb"),
                format!("a tag is taken away by `{{nudge}} mod 12 {word}`, and left out by `{{nudge}} ls {word}`"),
            )
        }
        // The word may be a password.
        (ErrorKind::UnknownArgument, ..) if TAKES_SECRET.contains(&verb.as_str()) => CliError::usage(
            format!("`{verb}` was given one word too many"),
            format!("a password is asked for, or comes with `--password-stdin`; {help}"),
        ),
        (ErrorKind::UnknownArgument, _, Some(word)) => CliError::usage(format!("`{word}` is one word too many"), help),
        _ => {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let first: Vec<&str> = text.split("\n\n").next().unwrap_or(text).split_whitespace().collect();
            CliError::usage(first.join(" "), help)
        }
    }
}

/// Returns the verb that was typed, as `help` takes it.
fn verb(argv: &[OsString]) -> String {
    let words: Vec<&str> = argv[1..].iter().take(2).map_while(|word| word.to_str()).collect();
    match words[..] {
        [group, what] if !what.starts_with('-') && own_verbs(group).iter().any(|verb| verb == what) => {
            format!("{group} {what}")
        }
        [verb, ..] if !verb.starts_with('-') => verb.to_owned(),
        _ => "VERB".to_owned(),
    }
}

/// Returns the verbs that a verb has of its own, such as `daemon` has `run`; mostly none.
fn own_verbs(verb: &str) -> Vec<String> {
    let grammar = Cli::command();
    let own = grammar.find_subcommand(verb).into_iter().flat_map(Command::get_subcommands);
    own.map(|verb| verb.get_name().to_owned()).collect()
}

/// Explains why a flag takes no secret.
pub(super) fn secret(flag: &str) -> CliError {
    let (what, hint) = match flag {
        "--token" => ("token", "set NUDGE_TOKEN, or pipe the token in with `--token-stdin`"),
        _ => ("password", "leave it out to be asked, or pipe the password in with `--password-stdin`"),
    };
    CliError::usage(
        format!("no flag takes a {what}: every user of the machine could read it in the process list"),
        hint,
    )
}

/// Says that stdin can't hold both a token and what the verb reads.
pub(super) fn stdin_taken() -> CliError {
    CliError::usage(
        "`--token-stdin` and this verb both read stdin",
        "give the token in NUDGE_TOKEN, or what the verb reads in a file",
    )
}

/// Returns the `-word` that stands where a verb is to be; clap would name its first letter only.
fn tag(argv: &[OsString]) -> Option<&str> {
    argv.get(1)?.to_str().filter(|word| word.starts_with('-') && !word.starts_with("--"))
}

fn missing(verb: &str) -> CliError {
    match verb {
        "add" => CliError::usage("`add` needs a title", "such as `{nudge} add \"Pay rent\" due:friday`"),
        "import" => CliError::usage("`import` needs a file", "such as `{nudge} import tasks.json`; `-` reads stdin"),
        "token add" => {
            CliError::usage("`token add` needs a name", "such as `{nudge} token add backup --scope tasks:read`")
        }
        "account rename" | "user add" => {
            CliError::usage(format!("`{verb}` needs an email"), format!("such as `{{nudge}} {verb} ada@example.org`"))
        }
        "account set" => CliError::usage(
            "`account set` needs a setting and its value",
            "such as `{nudge} account set remind-time 08:30`",
        ),
        "user quota" | "user local" => CliError::usage(
            format!("`{verb}` needs more than that"),
            format!("`{{nudge}} help {verb}` shows what it takes"),
        ),
        _ if verb.starts_with("user ") => CliError::usage(
            format!("`{verb}` needs a user"),
            format!("such as `{{nudge}} {verb} ada@example.org`; `{{nudge}} user ls` lists them"),
        ),
        _ => change::no_task(verb, None),
    }
}

fn no_verb(word: &str, nearest: Option<String>, argv: &[OsString]) -> CliError {
    // The word after `daemon` was not meant to be a title.
    let store = match argv.get(1).and_then(|first| first.to_str()) {
        Some(group) if !own_verbs(group).is_empty() => format!("`{{nudge}} help {group}` shows what it takes"),
        _ => format!("to store it as a task: `{{nudge}} add {word} …`"),
    };
    let hint = nearest.map_or_else(|| store.clone(), |verb| format!("did you mean `{verb}`? If not, {store}"));
    CliError::usage(format!("`{word}` is no verb"), hint)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;
    use crate::cli::argv;
    use crate::cli::error::Form;

    fn misread_as(line: &str) -> (String, u8) {
        let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let prepared = argv::prepare(&typed, &Cli::command());
        let error = Cli::command().try_get_matches_from(&prepared.argv).expect_err(line);
        let error = explain(&error, &prepared.argv);
        let mut out = Vec::new();
        error.report(&mut out, Form { json: false, color: false, program: "nudge" });
        (String::from_utf8(out).expect("text"), error.exit().code())
    }

    #[test]
    fn what_makes_no_sense_is_told_with_the_nearest() {
        for (line, expected) in [
            ("nudge ad milk", "did you mean `add`"),
            ("nudge dnoe 12", "did you mean `done`"),
            ("nudge 12 dnoe", "did you mean `done`"),
            ("nudge milk", "nudge add milk"),
            ("nudge ls --limt 3", "did you mean `--limit`"),
            ("nudge --limt 3", "did you mean `--limit`"),
            ("nudge --limt all", "did you mean `--limit`"),
            ("nudge import", "`import` needs a file"),
            ("nudge add --frobnicate x", "`--frobnicate` is no flag"),
            ("nudge ls --limit 0", "a number from 1, or `all`, is wanted"),
            ("nudge ls --limit", "--limit"),
            ("nudge ls --color pink", "pink"),
            ("nudge daemon", "`daemon` needs a verb of its own"),
            ("nudge daemon run --socket", "help daemon run"),
            ("nudge done", "`done` needs a task"),
            ("nudge add", "`add` needs a title"),
            ("nudge token", "`token` needs a verb of its own: ls, add, rm"),
            ("nudge user", "`user` needs a verb of its own: ls, add, disable"),
            ("nudge token lss", "did you mean `ls`? If not, `nudge help token`"),
            ("nudge sessions 0a1b2c3d", "nudge help sessions"),
            ("nudge account renam a@b", "did you mean `rename`"),
            ("nudge account rename", "`account rename` needs an email"),
            ("nudge account set remind-time", "`account set` needs a setting and its value"),
            ("nudge token add", "`token add` needs a name"),
            ("nudge user disable", "`user disable` needs a user"),
            ("nudge user quota a@b", "help user quota"),
            ("nudge user local a@b many", "help user local"),
            ("nudge login --store cloud", "cloud"),
            ("nudge token add x --expires soon", "2027-01-31"),
            ("nudge whoami ada", "`ada` is one word too many"),
            ("nudge undo 12", "nudge undo"),
            ("nudge -work", "nudge mod 12 -work"),
            ("nudge inbox all", "`all` is one word too many"),
            ("nudge daemon statsu", "status"),
            ("nudge daemon frob", "help daemon"),
            ("nudge -- add", "add"),
            ("nudge help frob", "`frob` is no verb"),
        ] {
            let (told, exit) = misread_as(line);
            assert!(told.starts_with("error: ") && told.contains(expected), "{line}: {told}");
            assert!(told.contains("hint: "), "{line}: {told}");
            assert_eq!(exit, 2, "{line}");
        }
    }

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        for line in [
            "nudge login a@b hunter2",
            "nudge passwd hunter2",
            "nudge signup a@b hunter2",
            "nudge user add a@b hunter2",
            "nudge account rename a@b hunter2",
        ] {
            let (told, exit) = misread_as(line);
            assert!(!told.contains("hunter2") && told.contains("--password-stdin"), "{line}: {told}");
            assert_eq!(exit, 2, "{line}");
        }
    }
}
