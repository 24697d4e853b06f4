//! `export`: tasks for another program, as a stream.

use std::io::{self, Write};

use clap::Args;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::filter::Filter;
use crate::cli::json;

/// The formats that can be written.
const FORMATS: [&str; 1] = ["taskwarrior"];

/// The arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Writes a JSON array, one task a line, as `task export` does; without a filter\n\
    every task.\nExample: nudge export --format taskwarrior project:home > tasks.json")]
pub(crate) struct Export {
    /// The format; only `taskwarrior` so far
    #[arg(long, default_value = FORMATS[0])]
    format: String,
    /// Which tasks, as for `ls`
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
}

/// Runs `export`.
///
/// # Errors
/// When the format is not known or the filter can't be read.
pub(crate) async fn run(context: &mut Context, args: Export) -> Result {
    if !FORMATS.contains(&args.format.as_str()) {
        let known = FORMATS.join(", ");
        return Err(CliError::usage(format!("`{}` is no format", args.format), format!("formats: {known}")));
    }
    let filter = Filter::of_all(&args.words);
    let mut array = Array::new(context.out.stream());
    context.client.export(&args.format, &filter.text, &mut array).await?;
    Ok(array.end()?)
}

/// Turns lines of JSON into an array with one element a line, safe on a terminal.
struct Array<'a> {
    to: &'a mut dyn Write,
    line: Vec<u8>,
    begun: bool,
}

impl<'a> Array<'a> {
    fn new(to: &'a mut dyn Write) -> Self {
        Self { to, line: Vec::new(), begun: false }
    }

    fn put_line(&mut self) -> io::Result<()> {
        let text = std::str::from_utf8(&self.line).map_err(io::Error::other)?;
        if !text.trim().is_empty() {
            self.to.write_all(if self.begun { b",\n" } else { b"[\n" })?;
            self.to.write_all(json::escape(text).as_bytes())?;
            self.begun = true;
        }
        self.line.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.put_line()?;
        self.to.write_all(if self.begun { b"\n]\n" } else { b"[\n]\n" })
    }
}

impl Write for Array<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.extend_from_slice(end);
                    self.put_line()?;
                }
                None => self.line.extend_from_slice(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(pieces: &[&[u8]]) -> String {
        let mut out = Vec::new();
        let mut array = Array::new(&mut out);
        for piece in pieces {
            array.write_all(piece).expect("a vector takes all");
        }
        array.end().expect("a vector takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_become_an_array_however_they_arrive() {
        assert_eq!(array(&[]), "[\n]\n");
        assert_eq!(array(&[b"{\"a\":1}\n{\"b\":2}\n"]), "[\n{\"a\":1},\n{\"b\":2}\n]\n");
        let whole = "{\"a\":\"日\u{9b}\"}\n{}".as_bytes();
        for cut in 0..whole.len() {
            assert_eq!(array(&[&whole[..cut], &whole[cut..]]), "[\n{\"a\":\"日\\u009b\"},\n{}\n]\n");
        }
    }
}
