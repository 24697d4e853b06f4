//! What the verbs that change named tasks have in common: words into a batch, one call, one echo.

use super::context::Context;
use super::echo::{self, Detail};
use super::error::{CliError, Result};
use super::refs;
use crate::api::tasks::{Action, BatchRequest};

/// A verb that takes tasks and nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    /// The verb, as it is typed.
    pub verb: &'static str,
    /// What the echo says.
    pub past: &'static str,
    /// What to do.
    pub action: Action,
    /// How much of each task the echo tells.
    pub detail: Detail,
}

/// Does one thing to the tasks that the words name.
///
/// # Errors
/// When a word names no task, or the daemon refuses.
pub(super) async fn plain(context: &mut Context, verb: Plain, words: &[String]) -> Result {
    let tasks = only_tasks(verb.verb, words)?;
    let request = BatchRequest { action: verb.action, tasks, change: None, text: None };
    let answer = context.client.batch(&request).await?;
    echo::change(context, verb.past, &answer, verb.detail)
}

/// Returns the tasks, when the words name tasks and nothing else.
///
/// # Errors
/// A usage error.
pub(super) fn only_tasks(verb: &str, words: &[String]) -> Result<Vec<String>> {
    let (tasks, rest) = with_rest(verb, words)?;
    match rest.first() {
        None => Ok(tasks),
        Some(word) => Err(CliError::usage(
            format!("`{word}` names no task"),
            format!("tasks are numbers, ranges or ids: `{{nudge}} {verb} 12 14-16`"),
        )),
    }
}

/// Returns the tasks that the leading words name, and the words after them.
///
/// # Errors
/// A usage error when the first word names no task.
pub(super) fn with_rest<'a>(verb: &str, words: &'a [String]) -> Result<(Vec<String>, &'a [String])> {
    let (tasks, rest) = refs::leading(words);
    if !tasks.is_empty() {
        return Ok((tasks, rest));
    }
    Err(no_task(verb, words.first().map(String::as_str)))
}

/// Says that a verb needs a task, and perhaps what stands in its place.
#[must_use]
pub(super) fn no_task(verb: &str, instead: Option<&str>) -> CliError {
    let message = match instead {
        Some(word) => format!("`{verb}` needs a task first, and `{word}` names none"),
        None => format!("`{verb}` needs a task"),
    };
    let rest = match verb {
        "mod" => " due:tomorrow",
        "annotate" => " \"left a message\"",
        _ => "",
    };
    CliError::usage(message, format!("such as `{{nudge}} {verb} 12{rest}`; `{{nudge}} ls` shows the numbers"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn without_a_task_it_is_a_usage_error() {
        for words in [vec![], vec!["rent"], vec!["12", "rent"]] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(only_tasks("done", &words).expect_err("no task").exit(), Exit::Usage, "{words:?}");
        }
        assert_eq!(only_tasks("done", &["1,3-5".to_owned()]).expect("tasks"), ["1", "3-5"]);
    }
}
