//! What changes and filters have in common: `key:value`, `+tag`, priorities, and how a task is named.

use crate::api::tasks::Priority;

use super::{Trouble, TroubleKind};

/// The longest tag, in characters.
const LONGEST_TAG: usize = 64;

/// Splits `key:value`, if `word` has the form: `http://x`, `note: to self` and `10:30` do not.
pub(super) fn key_value(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    let rest_fits = key.chars().skip(1).all(|c| c.is_ascii_lowercase() || c == '_');
    let fits = key.len() >= 2 && key.starts_with(|c: char| c.is_ascii_lowercase()) && rest_fits;
    (fits && !value.starts_with(char::is_whitespace) && !value.starts_with("//")).then_some((key, value))
}

/// Returns the one of `keys` that `typed` is, or from three letters on is the only one to begin so.
pub(super) fn unambiguous(typed: &str, keys: &[&'static str]) -> Option<&'static str> {
    let mut fitting = keys.iter().filter(|key| typed.len() >= 3 && key.starts_with(typed));
    let exact = keys.iter().find(|&&key| key == typed);
    exact.or_else(|| fitting.next().filter(|_| fitting.next().is_none())).copied()
}

/// Reads `+tag` (true) and `-tag` (false).
pub(super) fn tag(word: &str) -> Result<Option<(bool, &str)>, Trouble> {
    let (add, name) = match (word.strip_prefix('+'), word.strip_prefix('-')) {
        (Some(name), _) => (true, name),
        (_, Some(name)) => (false, name),
        _ => return Ok(None),
    };
    let begins = name.starts_with(|c: char| !c.is_whitespace() && !c.is_numeric() && !matches!(c, '+' | '-' | '='));
    if !begins || name.contains(char::is_whitespace) {
        return Ok(None);
    }
    if name.chars().nth(LONGEST_TAG).is_some() {
        let message = format!("a tag has at most {LONGEST_TAG} characters");
        return Err(Trouble::whole(TroubleKind::Limit, word, message).field("tags"));
    }
    Ok(Some((add, name)))
}

/// Reads a priority; the inner `None` is none.
pub(super) fn parse_priority(text: &str) -> Option<Option<Priority>> {
    match text.to_ascii_lowercase().as_str() {
        "h" | "high" => Some(Some(Priority::High)),
        "m" | "med" | "medium" => Some(Some(Priority::Medium)),
        "l" | "low" => Some(Some(Priority::Low)),
        "" | "none" => Some(None),
        _ => None,
    }
}

/// Reads a task's number.
pub(super) fn task_number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Reads an id or a part of one: at least four hexadecimal digits with a letter among them, or a whole UUID.
pub(super) fn task_id(text: &str) -> Option<String> {
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let fits = text.len() <= 36
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    let named = hex >= 4 && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let whole = hex == 32 && text.len() == 36;
    (fits && (named || whole)).then(|| text.to_ascii_lowercase())
}

/// Tags that are derived from a task and can't be set, as in Taskwarrior.
const VIRTUAL: &[&str] = &[
    "ACTIVE",
    "ANNOTATED",
    "BLOCKED",
    "BLOCKING",
    "CHILD",
    "COMPLETED",
    "DELETED",
    "DUE",
    "DUETODAY",
    "INSTANCE",
    "LATEST",
    "MONTH",
    "ORPHAN",
    "OVERDUE",
    "PARENT",
    "PENDING",
    "PRIORITY",
    "PROJECT",
    "QUARTER",
    "READY",
    "SCHEDULED",
    "TAGGED",
    "TEMPLATE",
    "TODAY",
    "TOMORROW",
    "UDA",
    "UNBLOCKED",
    "UNTIL",
    "WAITING",
    "WEEK",
    "YEAR",
    "YESTERDAY",
];

/// Whether a tag is one that can't be set.
pub(super) fn is_virtual(tag: &str) -> bool {
    VIRTUAL.contains(&tag)
}
