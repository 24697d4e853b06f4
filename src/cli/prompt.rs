//! What a person is asked for, and passwords on their way in: from the terminal without echo, or from stdin.
//!
//! Nothing is ever asked without a terminal, and no password is taken from the arguments, where every user of the
//! machine could read it. It does not know what the answers are for.

use std::io::{self, BufRead, IsTerminal};

use zeroize::Zeroizing;

use super::context::Context;
use super::error::{CliError, Result};
use super::exit::Exit;
use super::interrupt::interrupted;
use crate::api::Sensitive;

/// Longer than any password: 1,000 characters of 4 bytes.
const LINE_MAX: usize = 8 * 1024;

/// How often a new password may be typed differently the second time.
const TRIES: usize = 3;

/// Says whether there is a person to ask.
#[must_use]
pub(super) fn can_ask(context: &Context) -> bool {
    context.out.interactive && !context.config.token_stdin && io::stdin().is_terminal()
}

/// Asks for a line of text.
///
/// # Errors
/// When the terminal is closed.
pub(super) fn text(context: &mut Context, question: &str) -> Result<String> {
    let errors = context.out.errors();
    let mut answer = String::new();
    let asked = write!(errors, "{question}: ").and_then(|()| errors.flush());
    match asked.and_then(|()| io::stdin().lock().read_line(&mut answer)) {
        Ok(0) | Err(_) => Err(CliError::new(Exit::Failed, "there was no answer").hint("nothing was changed")),
        Ok(_) => Ok(answer.trim().to_owned()),
    }
}

/// Returns the email that was typed, or asks for one.
///
/// # Errors
/// A usage error for what is no email, or without a terminal.
pub(super) fn email(context: &mut Context, verb: &str, typed: Option<String>) -> Result<String> {
    let email = match typed {
        Some(typed) => typed,
        None if can_ask(context) => text(context, "email")?,
        None => {
            return Err(CliError::usage(
                format!("`{verb}` needs an email"),
                format!("such as `{{nudge}} {verb} ada@example.org`"),
            ));
        }
    };
    check_email(verb, &email).map(|()| email)
}

/// Refuses what is no email at a glance; the daemon looks closer.
///
/// # Errors
/// A usage error that does not repeat what was typed, because it may be a password.
pub(super) fn check_email(verb: &str, email: &str) -> Result {
    if email.contains("://") {
        let hint = format!("a server goes after a flag: `{{nudge}} {verb} --server https://host`");
        return Err(CliError::usage(format!("`{verb}` takes an email, and that is an address"), hint));
    }
    if email.contains('@') {
        return Ok(());
    }
    let hint = format!("such as `{{nudge}} {verb} ada@example.org`; a password is asked for, never typed behind it");
    Err(CliError::usage(format!("`{verb}` takes an email, with an `@` in it"), hint))
}

/// Returns the first line of stdin, or asks for a password once.
///
/// # Errors
/// A usage error without a terminal; a refusal of what can't be a password.
pub(super) fn password(context: &mut Context, from_stdin: bool, question: &str) -> Result<Sensitive> {
    if from_stdin {
        return only(stdin(1)?);
    }
    check_terminal(context)?;
    hidden(context, question)
}

/// Returns the first line of stdin, or asks for a new password until it was typed twice the same.
///
/// # Errors
/// As [`password`].
pub(super) fn new_password(context: &mut Context, from_stdin: bool) -> Result<Sensitive> {
    if from_stdin {
        return only(stdin(1)?);
    }
    check_terminal(context)?;
    for _ in 0..TRIES {
        let first = hidden(context, "new password")?;
        if hidden(context, "once more")?.expose() == first.expose() {
            return Ok(first);
        }
        context.out.remark("these two are not the same");
    }
    Err(CliError::new(Exit::Failed, "the password was never typed twice the same").hint("nothing was changed"))
}

/// Returns up to `most` lines of stdin, each a password.
///
/// # Errors
/// When stdin is a terminal, where the password would be seen, or holds nothing that can be one.
pub(super) fn stdin(most: usize) -> Result<Vec<Sensitive>> {
    if io::stdin().is_terminal() {
        return Err(CliError::usage(
            "`--password-stdin` reads a pipe or a file, and stdin is a terminal",
            "leave the flag out to be asked, without the password being seen",
        ));
    }
    let mut byte = [0];
    lines(most, || {
        loop {
            // Not through a buffer: it would keep a copy that nobody wipes.
            match rustix::io::read(rustix::stdio::stdin(), &mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(std::mem::take(&mut byte[0]))),
                Err(rustix::io::Errno::INTR) => (),
                Err(error) => return Err(error.into()),
            }
        }
    })
}

fn lines(most: usize, mut next: impl FnMut() -> io::Result<Option<u8>>) -> Result<Vec<Sensitive>> {
    let refused = |message: &str| {
        CliError::new(Exit::Refused, message)
            .hint("`--password-stdin` reads a line of UTF-8 text, such as from a password manager")
    };
    let mut found = Vec::new();
    let mut ended = false;
    while found.len() < most && !ended {
        // It never grows: growing would leave copies behind.
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_MAX));
        ended = loop {
            match next().map_err(|error| refused(&format!("stdin can't be read: {error}")))? {
                None => break true,
                Some(b'\n') => break false,
                Some(_) if line.len() == LINE_MAX => return Err(refused("the line on stdin is too long")),
                Some(byte) => line.push(byte),
            }
        };
        let text = line.strip_suffix(b"\r").unwrap_or(&line);
        let text = std::str::from_utf8(text).map_err(|_| refused("what came on stdin is not UTF-8 text"))?;
        if !text.is_empty() {
            found.push(Sensitive::new(text));
        } else if !ended {
            return Err(refused("a line on stdin is empty, where a password was to be"));
        }
    }
    if found.is_empty() { Err(refused("stdin holds no password")) } else { Ok(found) }
}

fn only(passwords: Vec<Sensitive>) -> Result<Sensitive> {
    passwords.into_iter().next().ok_or_else(|| CliError::new(Exit::Refused, "stdin holds no password"))
}

fn check_terminal(context: &Context) -> Result {
    if can_ask(context) {
        return Ok(());
    }
    Err(CliError::usage(
        "there is no terminal to ask for the password on",
        "pipe it in with `--password-stdin`; from the arguments others could read it",
    ))
}

fn hidden(context: &mut Context, question: &str) -> Result<Sensitive> {
    let failed = |error: &io::Error| CliError::new(Exit::Failed, format!("the terminal can't be read: {error}"));
    context.interrupts.catch().map_err(|error| failed(&error))?;
    match rpassword::prompt_password(format!("{question}: ")).map(Sensitive::from) {
        Ok(password) if password.expose().is_empty() => {
            Err(CliError::new(Exit::Failed, "no password was typed").hint("nothing was changed"))
        }
        Ok(password) => Ok(password),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(interrupted()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(CliError::new(Exit::Failed, "no password was typed").hint("nothing was changed"))
        }
        Err(error) => Err(failed(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8], most: usize) -> std::result::Result<Vec<String>, u8> {
        let mut bytes = input.iter().copied();
        let lines = lines(most, || Ok(bytes.next()));
        lines
            .map(|lines| lines.iter().map(|line| line.expose().to_owned()).collect())
            .map_err(|error| error.exit().code())
    }

    #[test]
    fn a_line_is_a_password_with_or_without_its_end() {
        for (input, most, expected) in [
            (&b"hunter 2"[..], 1, &["hunter 2"][..]),
            (b"hunter 2\n", 1, &["hunter 2"]),
            (b"hunter 2\r\n", 2, &["hunter 2"]),
            (b" with blanks \nrest", 1, &[" with blanks "]),
            (b"old\nnew\n", 2, &["old", "new"]),
            (b"old\nnew", 2, &["old", "new"]),
            ("pässwörd\n".as_bytes(), 1, &["pässwörd"]),
        ] {
            assert_eq!(read(input, most).expect("passwords"), expected);
        }
    }

    #[test]
    fn what_is_no_password_is_refused() {
        let long = vec![b'x'; LINE_MAX + 1];
        for input in [&b""[..], b"\n", b"\r\n", b"\xff\n", &long] {
            assert_eq!(read(input, 2), Err(7), "{}", input.len());
        }
        assert_eq!(read(b"old\n\nnew", 2), Err(7));
        assert!(read(&long[..LINE_MAX], 1).is_ok());
    }

    #[test]
    fn what_is_no_email_is_not_repeated() {
        assert!(check_email("login", "ada@example.org").is_ok());
        for typed in ["hunter2", "https://ada@host"] {
            let error = check_email("login", typed).expect_err(typed);
            assert_eq!(error.exit().code(), 2);
            assert!(!format!("{error:?}").contains(typed), "{error:?}");
        }
    }
}
