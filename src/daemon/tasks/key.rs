//! How tasks are named: a number, a range, a whole id, or its first or last digits.

use uuid::Uuid;

use super::limits::BATCH_TASKS;
use super::port::TaskKey;
use crate::daemon::error::{Error, Result};

/// The fewest digits of an id that may stand for it.
const SHORTEST_PART: usize = 4;

/// Reads the name of one task. All digits is a number.
///
/// # Errors
/// `invalid_value` when it is no name of a task.
pub(super) fn one(text: &str) -> Result<TaskKey> {
    if let Some(number) = number(text) {
        return Ok(TaskKey::Number(number?));
    }
    if let Ok(id) = text.parse::<Uuid>() {
        return Ok(TaskKey::Id(id));
    }
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let is_part = (SHORTEST_PART..=32).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_part {
        return Err(Error::invalid("id", format!("`{text}` is no task: a number or an id is needed"))
            .with_hint("numbers stand in the first column of: {nudge} ls"));
    }
    Ok(TaskKey::Part(digits))
}

/// A task that was named by itself, or that lies within a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Which task.
    pub(super) key: TaskKey,
    /// Named by itself: it must exist. Of a range only those are meant that exist.
    pub(super) required: bool,
}

/// Reads names of several tasks: each a name, a range such as `3-5`, or a comma list of them.
///
/// # Errors
/// `invalid_value` as for [`one`], and for a range that runs backwards; `limit_exceeded` for too many.
pub(super) fn many(texts: &[String]) -> Result<Vec<Named>> {
    let mut keys = Vec::new();
    for text in texts.iter().flat_map(|text| text.split(',')) {
        match range(text) {
            Some((first, last)) => {
                let (first, last) = (first?, last?);
                if first > last {
                    return Err(Error::invalid("tasks", format!("the range `{text}` runs backwards")));
                }
                let fits = usize::try_from(last - first).is_ok_and(|more| keys.len() + more < BATCH_TASKS);
                if !fits {
                    return Err(too_many());
                }
                keys.extend((first..=last).map(|number| Named { key: TaskKey::Number(number), required: false }));
            }
            None => keys.push(Named { key: one(text)?, required: true }),
        }
        if keys.len() > BATCH_TASKS {
            return Err(too_many());
        }
    }
    if keys.is_empty() {
        return Err(Error::invalid("tasks", "no task is named"));
    }
    Ok(keys)
}

type Number = Result<i64>;

fn range(text: &str) -> Option<(Number, Number)> {
    let (first, last) = text.split_once('-')?;
    Some((number(first)?, number(last)?))
}

fn number(text: &str) -> Option<Number> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().map_err(|_| Error::not_found("task", text)))
}

fn too_many() -> Error {
    Error::limit("tasks", format!("more than {BATCH_TASKS} tasks are named at once"))
        .with_hint("name them in several commands")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ErrorCode;

    #[test]
    fn all_digits_is_a_number_and_the_rest_an_id() {
        assert_eq!(one("42").ok(), Some(TaskKey::Number(42)));
        assert_eq!(one("12345678").ok(), Some(TaskKey::Number(12_345_678)));
        let id = Uuid::from_u128(0xabc);
        assert_eq!(one(&id.to_string()).ok(), Some(TaskKey::Id(id)));
        assert_eq!(one("1a2B-3c4d").ok(), Some(TaskKey::Part("1a2b3c4d".into())));
        for bad in ["", "abc", "rent", "-1", "1.5", "٣"] {
            assert_eq!(one(bad).expect_err(bad).code(), ErrorCode::Invalid, "{bad}");
        }
        assert_eq!(one("99999999999999999999").expect_err("too large").code(), ErrorCode::NotFound);
    }

    #[test]
    fn ranges_and_lists_are_spelt_out() {
        let numbers = |texts: &[&str]| {
            many(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).map_err(|error| error.code())
        };
        let named = |number, required| Named { key: TaskKey::Number(number), required };
        let wanted = vec![named(1, true), named(3, false), named(4, false), named(5, false), named(9, true)];
        assert_eq!(numbers(&["1,3-5", "9"]), Ok(wanted));
        assert_eq!(numbers(&["5-3"]), Err(ErrorCode::Invalid));
        assert_eq!(numbers(&["1-2000"]), Err(ErrorCode::LimitExceeded));
        assert_eq!(numbers(&["1-9223372036854775807"]), Err(ErrorCode::LimitExceeded));
        assert_eq!(numbers(&["1-1000", "1001"]), Err(ErrorCode::LimitExceeded));
        assert_eq!(numbers(&[]), Err(ErrorCode::Invalid));
    }
}
