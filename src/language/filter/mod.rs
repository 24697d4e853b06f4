//! Filters: which tasks are meant. The text becomes one syntax tree; who keeps tasks makes of it what it needs.

mod term;
mod tree;

use crate::api::tasks::{Priority, Status};

use super::{Context, Trouble, TroubleKind, words};

/// Which tasks are meant. Neighbours join with `and`, but neighbouring numbers and ids with `or`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Fits what fits all of these; with none of them, every task.
    All(Vec<Filter>),
    /// Fits what fits one of these.
    Any(Vec<Filter>),
    /// Fits what that one does not.
    Not(Box<Filter>),
    /// A condition on a task.
    Is(Term),
}

/// One condition on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The task with that number.
    Number(i64),
    /// The tasks with those numbers, both ends with them.
    Range(i64, i64),
    /// The task whose id is this, or begins or ends with it: lower-case hexadecimal digits, dashes as typed.
    Id(String),
    /// In that project or one below it; `None` is in no project.
    Project(Option<String>),
    /// With that tag.
    Tag(String),
    /// In that status.
    Status(Status),
    /// Of that priority; `None` is of none.
    Priority(Option<Priority>),
    /// Pending, and out of sight until a date to come.
    Waiting,
    /// With that text somewhere in it, whatever the case of its letters.
    Text(String),
}

/// The longest filter, in bytes.
const LONGEST: usize = 8 * 1024;
/// The most conditions, after `xor` is written out.
const MOST_TERMS: usize = 256;
/// How deep parentheses nest.
const DEEPEST: usize = 64;

/// Reads a filter; an empty text fits every task.
///
/// # Errors
/// An unknown `key:`, a value that its key does not take, an operator or a parenthesis without its match, or more
/// than a limit.
pub fn parse_filter(text: &str, _context: &Context) -> Result<Filter, Trouble> {
    if text.len() > LONGEST {
        let message = format!("a filter has at most {LONGEST} bytes");
        return Err(Trouble::whole(TroubleKind::Limit, text, message));
    }
    let words = words::split(text).map_err(|trouble| Trouble { kind: TroubleKind::Filter, ..trouble })?;
    let mut tree = tree::Tree::new(text);
    for word in &words {
        for piece in term::pieces(word) {
            tree.take(piece)?;
        }
    }
    tree.finish()
}

#[cfg(test)]
mod tests;
