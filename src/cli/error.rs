//! What a command can fail with, and how it is told: a message, a hint and an exit code.
//!
//! It knows the wire's problem documents and the client's errors, and where `{nudge}` in a hint comes from.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::caret;
use super::exit::Exit;
use super::json;
use super::sanitize::visible;
use crate::api::{ErrorCode, Problem};
use crate::client::ClientError;
use crate::config::ConfigError;

/// What every command gives.
pub(super) type Result<T = (), E = CliError> = std::result::Result<T, E>;

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum CliError {
    /// The reader of the output went away; that is no failure.
    BrokenPipe,
    /// A failure to tell of.
    Failure(Box<Failure>),
}

/// A failure: what happened, what to do, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    problem: Option<Box<Problem>>,
}

impl CliError {
    /// Makes a failure without a hint.
    #[must_use]
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::Failure(Box::new(Failure { exit, message: message.into(), hint: None, problem: None }))
    }

    /// Makes a failure of the command line itself.
    #[must_use]
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message).hint(hint)
    }

    /// Adds what to do about it; `{nudge}` stands for the command as it was typed.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Failure(failure) = &mut self {
            failure.hint = Some(hint.into());
        }
        self
    }

    /// Puts words before the message, such as the line of a file that it is about.
    #[must_use]
    pub(super) fn at(mut self, place: &str) -> Self {
        if let Self::Failure(failure) = &mut self {
            failure.message = format!("{place}: {}", failure.message);
            if let Some(problem) = &mut failure.problem {
                problem.detail = format!("{place}: {}", problem.detail);
            }
        }
        self
    }

    /// Returns the exit code.
    #[must_use]
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::BrokenPipe => Exit::Ok,
            Self::Failure(failure) => failure.exit,
        }
    }

    /// Tells of the failure, as text or as one problem document. An error while telling is not told.
    pub(super) fn report(&self, to: &mut dyn Write, form: Form<'_>) {
        if let Self::Failure(failure) = self {
            let text = if form.json { failure.as_json(form.program) } else { failure.as_text(form) };
            let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
        }
    }
}

/// How failures are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    /// As a problem document.
    pub json: bool,
    /// With colour.
    pub color: bool,
    /// The command as it was typed, for hints.
    pub program: &'a str,
}

impl Failure {
    fn as_json(&self, program: &str) -> String {
        let mut problem = self.problem.as_deref().cloned().unwrap_or_else(|| {
            let code = match self.exit {
                Exit::Usage | Exit::Refused => ErrorCode::Invalid,
                Exit::NotAllowed => ErrorCode::Forbidden,
                Exit::NotFound => ErrorCode::NotFound,
                Exit::Conflict => ErrorCode::WrongState,
                Exit::Unreachable => ErrorCode::Unavailable,
                Exit::TimedOut => ErrorCode::RequestTimeout,
                Exit::Ok | Exit::Failed | Exit::Interrupted => ErrorCode::Internal,
            };
            Problem::new(code, self.message.as_str())
        });
        problem.hint = self.hint.as_ref().map(|hint| hint.replace("{nudge}", program));
        json::document(&problem).unwrap_or_default()
    }

    fn as_text(&self, form: Form<'_>) -> String {
        let (red, bold, reset) = if form.color { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!("{red}error:{reset} {}\n", lines(&self.message));
        if let Some(problem) = &self.problem {
            details(&mut text, problem);
        }
        if let Some(hint) = &self.hint {
            let hint = lines(&hint.replace("{nudge}", form.program));
            writeln!(text, "{bold}hint:{reset} {hint}").expect("a string takes all");
        }
        text
    }
}

/// What a problem document holds beyond message and hint.
fn details(text: &mut String, problem: &Problem) {
    if let Some(position) = &problem.position {
        for line in caret::draw(position).lines() {
            writeln!(text, "  {line}").expect("a string takes all");
        }
    }
    for task in &problem.candidates {
        let number = task.number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        writeln!(text, "  {number}  {}  {}", task.id, visible(&task.title)).expect("a string takes all");
    }
    for conflict in &problem.conflicts {
        let task = conflict.number.map_or_else(|| conflict.id.to_string(), |number| number.to_string());
        let (expected, found) =
            (json::escape(&conflict.expected.to_string()), json::escape(&conflict.found.to_string()));
        let field = visible(&conflict.field);
        writeln!(text, "  {task}  {field}: was {expected}, is now {found}").expect("a string takes all");
    }
    if let (ErrorCode::Internal | ErrorCode::OutcomeUnknown, Some(id)) = (problem.code, &problem.request_id) {
        writeln!(text, "  request {} in the daemon's log", visible(id)).expect("a string takes all");
    }
}

/// Keeps line breaks, and nothing else that a terminal acts on.
fn lines(text: &str) -> String {
    text.trim_end().split('\n').map(visible).collect::<Vec<_>>().join("\n  ")
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let exit = match &error {
            ClientError::Problem(problem) => Exit::of(problem),
            ClientError::Unreachable { .. } => Exit::Unreachable,
            ClientError::TimedOut { .. } => Exit::TimedOut,
            ClientError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => return Self::BrokenPipe,
            ClientError::Config(error) => Exit::of_config(error.kind),
            ClientError::Broken { .. } | ClientError::Io(_) => Exit::Failed,
        };
        let message = error.to_string();
        let problem = if let ClientError::Problem(problem) = error { Some(problem) } else { None };
        Self::Failure(Box::new(Failure { exit, message, hint, problem }))
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        let exit = Exit::of_config(error.kind);
        let failure = Failure { exit, message: error.to_string(), hint: error.hint, problem: None };
        Self::Failure(Box::new(failure))
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::new(Exit::Failed, format!("the output can't be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::Position;

    fn told(error: &CliError, json: bool) -> String {
        let mut out = Vec::new();
        error.report(&mut out, Form { json, color: false, program: "cargo run --" });
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_problem_is_told_with_caret_and_hint() {
        let mut problem = Problem::new(ErrorCode::InvalidDate, "`frday` is no date");
        problem.position = Some(Position { text: "due:frday".to_owned(), start: 4, end: 9 });
        problem.hint = Some("try `{nudge} add x due:friday`".to_owned());
        let error = CliError::from(ClientError::Problem(Box::new(problem)));
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(
            told(&error, false),
            "error: `frday` is no date\n  due:frday\n      ^^^^^\nhint: try `cargo run -- add x due:friday`\n"
        );
        let back: Problem = serde_json::from_str(&told(&error, true)).expect("one document");
        assert_eq!(back.code, ErrorCode::InvalidDate);
        assert_eq!(back.hint.as_deref(), Some("try `cargo run -- add x due:friday`"));
    }

    #[test]
    fn our_own_failures_are_problem_documents_too() {
        let error = CliError::usage("`done` needs a task", "{nudge} done 12");
        let back: Problem = serde_json::from_str(&told(&error, true)).expect("one document");
        assert_eq!((back.code, back.detail.as_str()), (ErrorCode::Invalid, "`done` needs a task"));
    }

    #[test]
    fn a_broken_pipe_is_success_and_silent() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((error.exit(), told(&error, false)), (Exit::Ok, String::new()));
    }

    #[test]
    fn messages_never_drive_a_terminal() {
        let error = CliError::new(Exit::Failed, "\u{1b}[2J").hint("\u{9b}x");
        assert!(!told(&error, false).contains(['\u{1b}', '\u{9b}']));
    }
}
