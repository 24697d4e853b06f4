//! Where output goes: stdout for data, stderr for all else, and what each of them can show.
//!
//! It knows terminals and pipes, and nothing of tasks.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::config::ColorChoice;

/// The heading of a table.
pub(super) const HEADING: Style = Style::new().underline();
/// What is late.
pub(super) const LATE: Style = AnsiColor::Red.on_default();
/// What is being worked on, or new.
pub(super) const ACTIVE: Style = AnsiColor::Green.on_default();
/// What is no longer to be done.
pub(super) const FADED: Style = Style::new().dimmed();

/// The terminal that stdout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Screen {
    /// Cells in a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
}

/// The two streams.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Output {
    stdout: Box<dyn Write>,
    stderr: Box<dyn Write>,
    /// Whether the document on the wire is wanted instead of text.
    pub json: bool,
    /// Whether only numbers are wanted.
    pub quiet: bool,
    /// Whether stdout is to have colour.
    pub color: bool,
    /// Whether stderr is to have colour.
    pub error_color: bool,
    /// The terminal that stdout is, if it is one.
    pub screen: Option<Screen>,
    /// Whether stderr is a terminal.
    pub interactive: bool,
}

impl Output {
    /// Takes the process's own streams.
    #[must_use]
    pub(super) fn of_process(json: bool, quiet: bool, color: ColorChoice) -> Self {
        let stdout = io::stdout();
        let screen = stdout.is_terminal().then(|| {
            let size = terminal_size::terminal_size_of(&stdout);
            let (columns, rows) = size.map_or((80, 24), |(width, height)| (width.0.into(), height.0.into()));
            // A terminal that does not know its size says 0.
            Screen { columns: if columns == 0 { 80 } else { columns }, rows: if rows == 0 { 24 } else { rows } }
        });
        let wanted = |automatic: anstream::ColorChoice| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => automatic != anstream::ColorChoice::Never,
        };
        Self {
            json,
            quiet,
            color: wanted(anstream::AutoStream::choice(&stdout)),
            error_color: wanted(anstream::AutoStream::choice(&io::stderr())),
            screen,
            interactive: io::stderr().is_terminal(),
            stdout: Box::new(BufWriter::with_capacity(1 << 16, stdout)),
            stderr: Box::new(io::stderr()),
        }
    }

    /// Writes text to stdout.
    ///
    /// # Errors
    /// When it can't be written; a reader that went away is `BrokenPipe`.
    pub(super) fn write(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())
    }

    /// Writes a line to stdout.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.write_all(b"\n")
    }

    /// Writes a line in a style, if colour is wanted.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub(super) fn styled_line(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.color && !style.is_plain() { writeln!(self.stdout, "{style}{text}{style:#}") } else { self.line(text) }
    }

    /// Writes a document to stdout as JSON.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub(super) fn document<T: serde::Serialize>(&mut self, value: &T) -> io::Result<()> {
        let text = super::json::document(value)?;
        self.write(&text)
    }

    /// Returns stdout itself, for a stream of bytes.
    pub(super) fn stream(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// Sends what is waiting to stdout.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Writes a remark to stderr, unless only numbers or JSON are wanted. That it can't be written is not told.
    pub(super) fn remark(&mut self, text: &str) {
        if !self.quiet && !self.json {
            let _ = writeln!(self.stderr, "{text}");
        }
    }

    /// Writes a remark only when a person is looking.
    pub(super) fn remark_to_person(&mut self, text: &str) {
        if self.interactive {
            self.remark(text);
        }
    }

    /// Returns stderr.
    pub(super) fn errors(&mut self) -> &mut dyn Write {
        &mut self.stderr
    }
}
