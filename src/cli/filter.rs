//! Words of a filter joined to the one text that the daemon reads. What they mean is the daemon's to say.

use super::refs;
use crate::language;

/// What a list shows when its filter does not say which status: what can be done, and is not out of sight.
const OPEN: &str = "status:pending -WAITING";

/// Tags that stand for a status.
const STATUS_TAGS: [&str; 4] = ["PENDING", "WAITING", "COMPLETED", "DELETED"];

/// Joins words to a filter.
#[must_use]
pub(super) fn of_all(words: &[String]) -> String {
    language::join(words)
}

/// Joins words to a filter for pending tasks, unless they name a status, or tasks and nothing else.
#[must_use]
pub(super) fn of_open(words: &[String]) -> String {
    let only_tasks = !words.is_empty() && words.iter().all(|word| refs::is_ref(word));
    if only_tasks || words.iter().any(|word| says_status(word)) {
        return of_all(words);
    }
    match words {
        [] => OPEN.to_owned(),
        [_] => format!("{OPEN} {}", of_all(words)),
        // `or` binds less than what stands before it.
        _ => format!("{OPEN} ( {} )", of_all(words)),
    }
}

fn says_status(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '!']);
    let is_tag = |tag: &str| STATUS_TAGS.contains(&tag.trim_end_matches(')'));
    word.starts_with("status:") || word.strip_prefix(['+', '-']).is_some_and(is_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_pending_tasks_unless_it_says_otherwise() {
        for (words, expected) in [
            (vec![], "status:pending -WAITING"),
            (vec!["+home"], "status:pending -WAITING +home"),
            (vec!["+a", "or", "+b"], "status:pending -WAITING ( +a or +b )"),
            (vec!["status:completed", "rent"], "status:completed rent"),
            (vec!["+WAITING"], "+WAITING"),
            (vec!["(status:deleted", "or", "-PENDING)"], "(status:deleted or -PENDING)"),
            (vec!["status"], "status:pending -WAITING status"),
            (vec!["12", "3-5"], "12 3-5"),
            (vec!["12", "rent"], "status:pending -WAITING ( 12 rent )"),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(of_open(&words), expected);
        }
    }
}
