//! Words of a filter joined to the one text that the daemon reads. What they mean is the daemon's to say.

use super::refs;
use crate::language;

/// What a list shows when its filter does not say which status.
const OPEN: &str = "status:pending";

/// Joins words to a filter.
#[must_use]
pub(super) fn of_all(words: &[String]) -> String {
    language::join(words)
}

/// Joins words to a filter for pending tasks, unless they name a status, or tasks and nothing else.
#[must_use]
pub(super) fn of_open(words: &[String]) -> String {
    let says_which = words.iter().any(|word| word.contains("status"));
    let only_tasks = !words.is_empty() && words.iter().all(|word| refs::is_ref(word));
    if says_which || only_tasks {
        return of_all(words);
    }
    if words.is_empty() { OPEN.to_owned() } else { format!("{OPEN} {}", of_all(words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_pending_tasks_unless_it_says_otherwise() {
        for (words, expected) in [
            (vec![], "status:pending"),
            (vec!["+home"], "status:pending +home"),
            (vec!["status:completed", "rent"], "status:completed rent"),
            (vec!["12", "3-5"], "12 3-5"),
            (vec!["12", "rent"], "status:pending 12 rent"),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(of_open(&words), expected);
        }
    }
}
