//! What a command said and how it ended, with assertions whose failures show all of it.

use std::fmt;

use serde_json::Value;

/// How a command ended.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// What was run.
    pub(crate) command: String,
    /// The exit code; `None` for a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, code, out, err } = self;
        write!(f, "{command}\nended with {code:?}\n--- stdout\n{out}--- stderr\n{err}---")
    }
}

impl Said {
    /// Asserts success and returns what was said.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// Asserts success with nothing on stderr and returns stdout without its last line break.
    #[track_caller]
    pub(crate) fn text(self) -> String {
        let said = self.ok();
        assert_eq!(said.err, "", "{said}");
        said.out.trim_end_matches('\n').to_owned()
    }

    /// Asserts success and returns the JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let said = self.ok();
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("no JSON: {error}\n{said}"))
    }

    /// Asserts an exit code and that a message stands on stderr and nothing on stdout.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(self.err.starts_with("error: ") || self.err.starts_with('{'), "no message: {self}");
        assert_eq!(self.out, "", "{self}");
        self
    }

    /// Asserts that the message comes with a hint.
    #[track_caller]
    pub(crate) fn hinted(self) -> Self {
        assert!(self.err.lines().any(|line| line.starts_with("hint: ")), "no hint: {self}");
        self
    }

    /// Asserts that stderr holds a text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is missing: {self}");
        self
    }

    /// Asserts that stderr is one problem document and returns it.
    #[track_caller]
    pub(crate) fn problem(self) -> Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("no problem document: {error}\n{self}"))
    }
}
