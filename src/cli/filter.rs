//! Words of a filter joined to the one text that the daemon reads. What they mean is the daemon's to say.

use super::error::CliError;
use super::refs;
use crate::api::error::Position;
use crate::client::ClientError;
use crate::language;

/// What a list shows when its filter does not say which status: what can be done, and is not out of sight.
const OPEN: &str = "status:pending -WAITING";

/// Tags that stand for a status.
const STATUS_TAGS: [&str; 4] = ["PENDING", "WAITING", "COMPLETED", "DELETED"];

/// A filter as it is sent, and what of it was typed.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// The whole text.
    pub text: String,
    /// What was typed, as it stands in the text.
    typed: String,
    /// How many characters stand before it.
    before: usize,
}

impl Filter {
    /// Makes one of the words alone.
    #[must_use]
    pub(super) fn of_all(words: &[String]) -> Self {
        let typed = language::join(words);
        Self { text: typed.clone(), typed, before: 0 }
    }

    /// Makes one for pending tasks, unless the words name a status, or tasks and nothing else.
    #[must_use]
    pub(super) fn of_open(words: &[String]) -> Self {
        let Self { typed, .. } = Self::of_all(words);
        let only_tasks = !words.is_empty() && words.iter().all(|word| refs::is_ref(word));
        let (before, after) = match words {
            _ if only_tasks || words.iter().any(|word| says_status(word)) => (String::new(), ""),
            [] => (OPEN.to_owned(), ""),
            [_] => (format!("{OPEN} "), ""),
            // `or` binds less than what stands before it.
            _ => (format!("{OPEN} ( "), " )"),
        };
        Self { text: format!("{before}{typed}{after}"), typed, before: before.chars().count() }
    }

    /// Returns a failure that shows of the filter only what was typed. Where the place lies outside of that, as with
    /// a parenthesis that swallowed the one put around it, all that was typed is marked.
    #[must_use]
    pub(super) fn told(&self, mut error: ClientError) -> CliError {
        if let ClientError::Problem(problem) = &mut error
            && let Some(position) = problem.position.as_mut().filter(|position| position.text == self.text)
        {
            let length = self.typed.chars().count();
            let place = |at: usize| at.checked_sub(self.before).filter(|&at| at <= length);
            let (start, end) = place(position.start).zip(place(position.end)).unwrap_or((0, length));
            *position = Position { text: self.typed.clone(), start, end };
        }
        error.into()
    }
}

fn says_status(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '!']);
    let is_tag = |tag: &str| STATUS_TAGS.contains(&tag.trim_end_matches(')'));
    // From three letters on a key may be cut short.
    let is_status = |key: &str| key.len() >= 3 && "status".starts_with(key);
    word.split_once(':').is_some_and(|(key, _)| is_status(key)) || word.strip_prefix(['+', '-']).is_some_and(is_tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ErrorCode, Problem};
    use crate::cli::error::Form;

    #[test]
    fn a_list_is_of_pending_tasks_unless_it_says_otherwise() {
        for (words, expected) in [
            (vec![], "status:pending -WAITING"),
            (vec!["+home"], "status:pending -WAITING +home"),
            (vec!["+a", "or", "+b"], "status:pending -WAITING ( +a or +b )"),
            (vec!["status:completed", "rent"], "status:completed rent"),
            (vec!["+WAITING"], "+WAITING"),
            (vec!["(status:deleted", "or", "-PENDING)"], "(status:deleted or -PENDING)"),
            (vec!["stat:completed"], "stat:completed"),
            (vec!["status"], "status:pending -WAITING status"),
            (vec!["12", "3-5"], "12 3-5"),
            (vec!["12", "rent"], "status:pending -WAITING ( 12 rent )"),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(Filter::of_open(&words).text, expected);
        }
    }

    #[test]
    fn a_mistake_is_shown_in_what_was_typed() {
        for (words, at, told) in [
            (vec!["due.before:friday"], (24, 41), "due.before:friday\n  ^^^^^^^^^^^^^^^^^\n"),
            (vec!["+a", "a:b"], (29, 32), "+a a:b\n     ^^^\n"),
            (vec!["(", "+a"], (24, 25), "( +a\n  ^^^^\n"),
            (vec!["status:lost"], (0, 11), "status:lost\n  ^^^^^^^^^^^\n"),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let filter = Filter::of_open(&words);
            let mut problem = Problem::new(ErrorCode::InvalidFilter, "no");
            problem.position = Some(Position { text: filter.text.clone(), start: at.0, end: at.1 });
            let error = filter.told(ClientError::Problem(Box::new(problem)));
            let mut out = Vec::new();
            error.report(&mut out, Form { json: false, color: false, program: "nudge" });
            let out = String::from_utf8(out).expect("text");
            assert_eq!(out, format!("error: no\n  {told}"));
        }
    }
}
