//! `import`: tasks from another program. The file is checked as a whole before anything is sent.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Args;

use crate::api::import::{ImportAnswer, Refusal};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Result};
use crate::cli::exit::Exit;
use crate::cli::records::{self, Broken, Record};
use crate::cli::sanitize::visible;
use crate::client::{Bytes, Records};

/// The formats that can be read.
const FORMATS: [&str; 1] = ["taskwarrior"];

/// The largest file that is read; it is held in memory.
const SIZE_MAX: u64 = 1 << 30;

/// Refused records that are told one by one.
const TOLD: usize = 20;

const HELP: &str = "\
Reads what `task export` writes: a JSON array, or one task after another.
Importing the same file again changes nothing; `nudge undo` takes all of it back.
Examples: task export > tasks.json && nudge import tasks.json
          task export | nudge import -";

/// The arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Import {
    /// The file; `-` reads stdin
    file: PathBuf,
    /// The format; only `taskwarrior` so far
    #[arg(long)]
    format: Option<String>,
}

impl Import {
    /// Says whether the records come on stdin.
    #[must_use]
    pub(crate) fn takes_stdin(&self) -> bool {
        self.file == Path::new("-")
    }
}

/// Runs `import`.
///
/// # Errors
/// When the file can't be read or is no JSON (then nothing is sent), or records were refused (the others are in).
pub(crate) async fn run(context: &mut Context, args: Import) -> Result {
    let format = args.format.as_deref().unwrap_or(FORMATS[0]);
    if !FORMATS.contains(&format) {
        let known = FORMATS.join(", ");
        return Err(CliError::usage(format!("`{format}` is no format"), format!("formats: {known}")));
    }
    let name = name(&args.file);
    let text: Rc<str> = read(&args.file, &name)?.into();
    let found: Rc<[Record]> = records::find(&text).map_err(|broken| not_records(&name, &text, &broken))?.into();

    let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let progress = Progress::new(context.out.interactive && !context.out.json && !context.out.quiet, total);
    let answer = context.client.import(format, sending(&text, &found), progress.into_callback()).await;
    if context.out.interactive && !context.out.json && !context.out.quiet {
        // Wide enough to cover the progress line; a terminal of any kind knows a carriage return.
        let _ = write!(context.out.errors(), "\r{:40}\r", "");
    }
    tell(context, &answer?, &found, &name)
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() }
}

fn read(file: &Path, name: &str) -> Result<String> {
    let failed = |error: &std::io::Error| {
        CliError::new(Exit::Failed, format!("`{name}` can't be read: {error}"))
            .hint("`task export > tasks.json` writes a file to import")
    };
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(SIZE_MAX + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(SIZE_MAX + 1).read_to_end(&mut bytes))
    }
    .map_err(|error| failed(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > SIZE_MAX) {
        return Err(CliError::new(Exit::Refused, format!("`{name}` is larger than 1 GiB"))
            .hint("export a part at a time: `task project:home export > home.json`"));
    }
    if bytes.starts_with(b"SQLite format 3\0") {
        return Err(CliError::new(Exit::Refused, format!("`{name}` is a database, not an export"))
            .hint("`task export > tasks.json`, then `{nudge} import tasks.json`"));
    }
    String::from_utf8(bytes)
        .map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|&byte| byte == b'\n').count();
            CliError::new(Exit::Refused, format!("`{name}` is not UTF-8 text: line {line}"))
                .hint("nothing was imported")
        })
        .and_then(|text| match text.trim() {
            "" => {
                Err(CliError::new(Exit::Refused, format!("`{name}` is empty")).hint("an export without tasks is `[]`"))
            }
            _ => Ok(text),
        })
}

fn not_records(name: &str, text: &str, broken: &Broken) -> CliError {
    let message = format!("`{name}`, line {}, column {}: {}", broken.line, broken.column, broken.message);
    // Taskwarrior 2 keeps its tasks as lines of `[description:"…" …]`.
    let is_data_file = text.starts_with('[') && text[1..].starts_with(|c: char| c.is_ascii_lowercase());
    CliError::new(Exit::Refused, message).hint(if is_data_file {
        "this looks like Taskwarrior's own file: `task export > tasks.json`, then `{nudge} import tasks.json`"
    } else {
        "nothing was imported"
    })
}

fn sending(text: &Rc<str>, found: &Rc<[Record]>) -> Records {
    let (text, found) = (Rc::clone(text), Rc::clone(found));
    Box::new((0..found.len()).map(move |place| {
        let record = records::one_line(&text[found[place].range.clone()]);
        let mut line = Vec::with_capacity(record.len() + 1);
        line.extend_from_slice(record.as_bytes());
        line.push(b'\n');
        Ok(Bytes::from(line))
    }))
}

/// A line on a terminal that says how far it is.
struct Progress {
    shown: bool,
    total: u64,
    last: u64,
}

impl Progress {
    fn new(shown: bool, total: u64) -> Self {
        Self { shown, total, last: 0 }
    }

    fn into_callback(mut self) -> Box<dyn FnMut(u64)> {
        Box::new(move |sent| {
            // A hundred lines are enough; each costs a write.
            let step = (self.total / 100).max(1);
            if self.shown && (sent >= self.last + step || sent == self.total) {
                self.last = sent;
                let mut errors = std::io::stderr();
                let _ = write!(errors, "\rimporting {sent}/{}", self.total).and_then(|()| errors.flush());
            }
        })
    }
}

fn tell(context: &mut Context, answer: &ImportAnswer, found: &[Record], name: &str) -> Result {
    if context.out.json {
        context.out.document(answer)?;
    } else if !context.out.quiet {
        context.out.line(&summary(answer))?;
        context.out.flush()?;
    }
    if answer.refused.is_empty() {
        if answer.operation.is_some() {
            context.out.remark_to_person(&format!("`{} undo` takes it back", context.config.program));
        }
        return Ok(());
    }
    let refused = answer.refused.len();
    let message =
        format!("{refused} of {} records were refused{}", found.len(), refusals(&answer.refused, found, name));
    let others =
        if refused < found.len() { "the others are in; `{nudge} undo` takes them back" } else { "none came in" };
    Err(CliError::new(Exit::Refused, message).hint(others))
}

fn summary(answer: &ImportAnswer) -> String {
    let mut text = format!("imported {}: {} new, {} changed", answer.records, answer.created, answer.changed);
    for (count, what) in [(answer.unchanged, "unchanged"), (answer.older, "older than what is here")] {
        if count > 0 {
            write!(text, ", {count} {what}").expect("a string takes all");
        }
    }
    text
}

/// Tells the first refused records, a line each.
fn refusals(refused: &[Refusal], found: &[Record], name: &str) -> String {
    let mut text = String::new();
    for refusal in refused.iter().take(TOLD) {
        let place = usize::try_from(refusal.record).ok().and_then(|record| found.get(record.checked_sub(1)?));
        let line = place.map_or_else(String::new, |place| format!(" (line {} of {name})", place.line));
        let detail = visible(&refusal.detail);
        write!(text, "\nrecord {}{line}: {detail}", refusal.record).expect("a string takes all");
    }
    if refused.len() > TOLD {
        write!(text, "\nand {} more", refused.len() - TOLD).expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorCode;

    #[test]
    fn refused_records_are_told_with_their_lines() {
        let found = records::find("[\n{},\n{}]").expect("records");
        let refusal =
            |record| Refusal { record, uuid: None, code: ErrorCode::Invalid, detail: "no\u{1b} title".to_owned() };
        let told = refusals(&[refusal(2)], &found, "a.json");
        assert_eq!(told, "\nrecord 2 (line 3 of a.json): no␛ title");
        let many: Vec<Refusal> = (1..=25).map(refusal).collect();
        assert!(refusals(&many, &found, "a.json").ends_with("\nand 5 more"));
    }

    #[test]
    fn records_are_sent_one_a_line() {
        let text: Rc<str> = "[{\"a\":\n1},{\"b\":2}]".into();
        let found: Rc<[Record]> = records::find(&text).expect("records").into();
        let lines: Vec<Bytes> = sending(&text, &found).collect::<Result<_, _>>().expect("no file is read");
        assert_eq!(lines, [&b"{\"a\": 1}\n"[..], b"{\"b\":2}\n"]);
    }

    #[test]
    fn broken_files_are_told_with_what_to_do() {
        for (text, hint) in [("[description:\"x\"]", "task export"), ("[{]", "nothing was imported")] {
            let broken = records::find(text).expect_err(text);
            let mut out = Vec::new();
            let form = crate::cli::error::Form { json: false, color: false, program: "nudge" };
            not_records("a.json", text, &broken).report(&mut out, form);
            let told = String::from_utf8(out).expect("text");
            assert!(told.contains("`a.json`, line 1, column ") && told.contains(hint), "{told}");
        }
    }

    #[test]
    fn counts_that_are_nothing_are_left_out() {
        let mut answer = ImportAnswer { records: 3, created: 2, changed: 1, ..ImportAnswer::default() };
        assert_eq!(summary(&answer), "imported 3: 2 new, 1 changed");
        answer.older = 4;
        assert_eq!(summary(&answer), "imported 3: 2 new, 1 changed, 4 older than what is here");
    }
}
