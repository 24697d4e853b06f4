//! What is wrong with a text that a person typed, and where. It knows no error code and no exit code.

use std::fmt;

/// The sort of trouble; the wire has one error code for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// A date, time or duration that can't be read (`invalid_date`).
    Date,
    /// A `key:` that is no attribute of a task (`unknown_key`).
    Key,
    /// A filter that can't be read (`invalid_filter`).
    Filter,
    /// A value that its attribute does not take (`invalid_value`).
    Value,
    /// Longer or more than a limit (`limit_exceeded`).
    Limit,
}

/// What is wrong with a text, where, and what to type instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The sort of trouble.
    pub kind: TroubleKind,
    /// What happened, with the thing's name in backticks and no full stop.
    pub message: String,
    /// What to type; `{nudge}` stands for the command.
    pub hint: Option<String>,
    /// The attribute whose value is at fault.
    pub field: Option<String>,
    /// The whole argument.
    pub text: String,
    /// The first character at fault, counted in Unicode scalar values.
    pub start: usize,
    /// The first character after it; never less than `start`.
    pub end: usize,
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, text: &str, span: (usize, usize), message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            field: None,
            text: text.to_owned(),
            start: span.0,
            end: span.1.max(span.0),
        }
    }

    /// Makes one that is about the whole of `text`.
    pub(super) fn whole(kind: TroubleKind, text: &str, message: impl Into<String>) -> Self {
        Self::new(kind, text, (0, text.chars().count()), message)
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(super) fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Moves trouble with a part of `text`, which begins `by` characters into it, to `text`.
    #[must_use]
    pub(super) fn within(mut self, text: &str, by: usize) -> Self {
        text.clone_into(&mut self.text);
        self.start += by;
        self.end += by;
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Trouble {}
