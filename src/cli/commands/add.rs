//! `add`: stores a task, or one for each line of stdin. What the words mean is the daemon's to say.

use clap::Args;

use crate::api::tasks::{TaskInput, TaskList, TaskView};
use crate::cli::context::Context;
use crate::cli::echo::{self, Detail};
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::language;

const HELP: &str = "\
Changes may stand anywhere among the words of the title:
  project:home.flat   +tag   priority:high   depends:12,14   note:\"...\"
  due:DATE   scheduled:DATE   wait:DATE (hidden before)
  until:DATE (is kept; nothing expires yet)
  remind:1d (before it is due)   remind:9am (on the day)   remind:\"fri 17:00\"
  remind:2d,1d,2h (several, with commas between them)
Dates: today  tomorrow  friday  \"friday 17:00\"  2026-11-27  2026-11-27T17:00  3d
  A date without a time is a whole day. Quote a value that has spaces.
A word that is no change belongs to the title; after `--` every word does.
Examples:
  nudge add \"Pay rent\" due:friday remind:1d +bills
  nudge add Call the bank -- about account: 42
  nudge add - < tasks.txt      one task a line, quoted as in a shell";

/// The arguments of `add`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Add {
    /// Title and changes in any order; `-` alone reads stdin
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,
}

impl Add {
    /// Says whether the tasks come on stdin, when the last `literal` words stood after `--`.
    #[must_use]
    pub(crate) fn takes_stdin(&self, literal: usize) -> bool {
        literal == 0 && self.words == ["-"]
    }
}

/// Runs `add`.
///
/// # Errors
/// When there is no title, or the daemon refuses a change.
pub(crate) async fn run(context: &mut Context, args: Add) -> Result {
    if args.takes_stdin(context.literal) {
        return from_stdin(context).await;
    }
    let (words, literal) = context.split_literal(args.words);
    let task = add(context, words, literal).await?;
    if context.out.json {
        return Ok(context.out.document(&task)?);
    }
    echo::task(context, "added", &task, Detail::FieldsAndLateReminders)
}

async fn add(context: &mut Context, words: Vec<String>, literal: Vec<String>) -> Result<TaskView> {
    let input = TaskInput { words: Some(words), literal, ..TaskInput::default() };
    Ok(context.client.add_task(&input).await?)
}

/// Adds a task a line, up to the first that is refused. All before it are kept, and told.
async fn from_stdin(context: &mut Context) -> Result {
    let mut added = Vec::new();
    let result = each_line(context, &mut added).await;
    if context.out.json {
        context.out.document(&TaskList { items: added, next: None })?;
        return result;
    }
    result.map_err(|error| match added.len() {
        0 => error.at("nothing was added"),
        count => error.at(&format!("the {count} before were added")),
    })
}

async fn each_line(context: &mut Context, added: &mut Vec<TaskView>) -> Result {
    for place in 1_u64.. {
        let at = format!("line {place}");
        let mut line = String::new();
        // A lock that is held while the daemon answers would shut out whatever else reads stdin, for ever.
        let read = std::io::stdin().read_line(&mut line);
        if read.map_err(|error| CliError::new(Exit::Refused, format!("{at} can't be read: {error}")))? == 0 {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let line = line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        let (words, literal) = words(line).map_err(|error| error.at(&at))?;
        let task = add(context, words, literal).await.map_err(|error| error.at(&at))?;
        if !context.out.json {
            echo::task(context, "added", &task, Detail::FieldsAndLateReminders)?;
            // A person who types line after line sees each as it is stored.
            context.out.flush()?;
        }
        added.push(task);
    }
    Ok(())
}

/// Splits a line as a POSIX shell would, at `--` into changes and literal text.
fn words(line: &str) -> Result<(Vec<String>, Vec<String>)> {
    let words = language::split(line).map_err(|trouble| CliError::new(Exit::Refused, trouble.to_string()))?;
    let mut words: Vec<String> = words.into_iter().map(|word| word.text).collect();
    let literal = match words.iter().position(|word| word == "--") {
        Some(place) => words.split_off(place).split_off(1),
        None => Vec::new(),
    };
    Ok((words, literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_and_literal_text() {
        let (changes, literal) = words("Pay due:friday -- the due: thing").expect("words");
        assert_eq!(changes, ["Pay", "due:friday"]);
        assert_eq!(literal, ["the", "due:", "thing"]);
        assert!(words("a --").expect("words").1.is_empty());
    }
}
