//! Date expressions: named dates, ISO 8601 and RFC 9557, times of day, lengths of time, and sums of them.
//!
//! `tokens` takes the text apart, `phrase` is the grammar, `named` the calendar's names. No task is known here:
//! dates of a task that an expression may count from come in as [`References`].

mod iso;
mod named;
pub(super) mod period;
mod phrase;
pub(super) mod tokens;

use super::{Context, Trouble, TroubleKind, When};

/// The longest expression, in characters.
const LONGEST: usize = 256;

const EXAMPLES: &str = "type a date such as `2026-11-27`, `friday`, `3d` or `tomorrow 9am`";
const YEARS: &str = "dates reach from 1900 to 9999";

/// Dates of the task at hand, which an expression may count from, as in `wait:due-3d`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct References<'a> {
    pub(super) due: Option<&'a When>,
    pub(super) scheduled: Option<&'a When>,
    pub(super) wait: Option<&'a When>,
    pub(super) until: Option<&'a When>,
}

impl<'a> References<'a> {
    pub(super) const NAMES: &'static [&'static str] = &["due", "scheduled", "wait", "until"];

    fn get(&self, name: &str) -> Option<&'a When> {
        match name {
            "due" => self.due,
            "scheduled" => self.scheduled,
            "wait" => self.wait,
            "until" => self.until,
            _ => None,
        }
    }
}

/// Reads a date expression that stands alone.
///
/// # Errors
/// Text that is no date, is left over after one, or leads out of the years 1900 to 9999.
pub fn parse_when(text: &str, context: &Context) -> Result<When, Trouble> {
    parse_with(text, context, &References::default())
}

/// Reads a date expression that may count from other dates of its task.
pub(super) fn parse_with(text: &str, context: &Context, references: &References<'_>) -> Result<When, Trouble> {
    let tokens = read(text)?;
    phrase::Phrase::new(text, &tokens, context, references).read()
}

/// Takes an expression apart, if it is not too long.
pub(super) fn read(text: &str) -> Result<Vec<tokens::Token>, Trouble> {
    if text.chars().nth(LONGEST).is_some() {
        let message = format!("a date has at most {LONGEST} characters");
        return Err(Trouble::whole(TroubleKind::Limit, text, message));
    }
    tokens::read(text)
}

#[cfg(test)]
mod tests;
