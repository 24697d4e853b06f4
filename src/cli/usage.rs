//! What clap finds wrong with the arguments, in our words: what it was, the nearest that makes sense, and where to
//! read on. It knows the verbs, and nothing of what they do.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::change;
use super::error::CliError;

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
            CliError::usage(format!("`{verb}` needs a verb of its own"), help)
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
        ["daemon", what] if !what.starts_with('-') => format!("daemon {what}"),
        [verb, ..] if !verb.starts_with('-') => verb.to_owned(),
        _ => "VERB".to_owned(),
    }
}

/// Returns the `-word` that stands where a verb is to be; clap would name its first letter only.
fn tag(argv: &[OsString]) -> Option<&str> {
    argv.get(1)?.to_str().filter(|word| word.starts_with('-') && !word.starts_with("--"))
}

fn missing(verb: &str) -> CliError {
    match verb {
        "add" => CliError::usage("`add` needs a title", "such as `{nudge} add \"Pay rent\" due:friday`"),
        "import" => CliError::usage("`import` needs a file", "such as `{nudge} import tasks.json`; `-` reads stdin"),
        _ => change::no_task(verb, None),
    }
}

fn no_verb(word: &str, nearest: Option<String>, argv: &[OsString]) -> CliError {
    // The word after `daemon` was not meant to be a title.
    let store = match argv.get(1).and_then(|first| first.to_str()) {
        Some("daemon") => "`{nudge} help daemon` shows what it takes".to_owned(),
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
}
