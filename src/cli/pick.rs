//! How ids are shown, and what is meant by a word that names a session, a token or an account: its whole id, or an end
//! of it that only one has. Tasks are named otherwise: see [`crate::cli::refs`].

use uuid::Uuid;

use super::error::{CliError, Result};
use super::exit::Exit;

/// Fewer digits than these fit by accident.
const LEAST: usize = 4;

/// What is named, and how it is listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Such as `session`.
    pub noun: &'static str,
    /// The verb that lists all of them.
    pub list: &'static str,
}

/// Returns the end of an id that lists show: its last 8 digits, or all of it where these would be read as a number.
#[must_use]
pub(super) fn short(id: Uuid) -> String {
    let short = id.simple().to_string().split_off(24);
    if short.bytes().all(|digit| digit.is_ascii_digit()) { id.to_string() } else { short }
}

/// Refuses a word that can't be an id or an end of one, and returns its digits.
///
/// # Errors
/// A usage error.
pub(super) fn digits(kind: Kind, word: &str) -> Result<String> {
    let digits: String = word.chars().filter(|&c| c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if (LEAST..=32).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(CliError::usage(format!("`{word}` is no id of a {}", kind.noun), hint(kind)))
}

fn hint(kind: Kind) -> String {
    format!("`{{nudge}} {}` lists them", kind.list)
}

/// Finds the one id that a word names.
///
/// # Errors
/// When the word can't be an id, or fits none or several.
pub(super) fn one(kind: Kind, word: &str, ids: impl IntoIterator<Item = Uuid>) -> Result<Uuid> {
    let digits = digits(kind, word)?;
    let fits = |id: &Uuid| {
        let whole = id.simple().to_string();
        whole.starts_with(&digits) || whole.ends_with(&digits)
    };
    let found: Vec<Uuid> = ids.into_iter().filter(fits).collect();
    match found[..] {
        [id] => Ok(id),
        [] => Err(CliError::new(Exit::NotFound, format!("there is no {} `{word}`", kind.noun)).hint(hint(kind))),
        _ => {
            let all: Vec<String> = found.iter().take(5).map(|&id| short(id)).collect();
            Err(CliError::new(Exit::Conflict, format!("`{word}` fits several: {}", all.join(", "))).hint(hint(kind)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind { noun: "session", list: "sessions" };

    #[test]
    fn a_short_id_is_never_taken_for_a_number() {
        assert_eq!(short(Uuid::from_u128(0x8765_432a)), "8765432a");
        assert_eq!(short(Uuid::from_u128(0x8765_4321)), "00000000-0000-0000-0000-000087654321");
    }

    #[test]
    fn an_end_that_only_one_has_is_enough() {
        let ids = [0x0199_aaaa_0000_7000_8000_0000_dead_beef_u128, 0x0199_aaaa_0000_7000_8000_0001_1234_5678];
        let ids = ids.map(Uuid::from_u128);
        for (word, expected) in [
            ("deadbeef", Ok(0)),
            ("DEADBEEF", Ok(0)),
            ("beef", Ok(0)),
            ("12345678", Ok(1)),
            ("0199aaaa-0000-7000-8000-000112345678", Ok(1)),
            ("0199aaaa", Err(5)),
            ("abcdabcd", Err(4)),
            ("eef", Err(2)),
            ("ada@example.org", Err(2)),
            ("", Err(2)),
        ] {
            let found = one(KIND, word, ids).map_err(|error| error.exit().code());
            assert_eq!(found.ok(), expected.ok().map(|at: usize| ids[at]), "{word}");
            if let Err(code) = expected {
                assert_eq!(one(KIND, word, ids).expect_err(word).exit().code(), code, "{word}");
            }
        }
    }
}
