//! A token that was given for this command alone, in `NUDGE_TOKEN` or on standard input. It is never stored.

use std::io::BufRead;

use crate::api::Sensitive;
use crate::config::Secret;

use super::{Client, ClientError, Result};

/// Where a token that was piped in came from.
const STDIN: &str = "the first line of standard input";

/// More than any token has; what does not end within it is refused.
const LINE_MAX: u64 = 8 * 1024 + 2;

/// A token, and where it came from.
pub(super) struct Given {
    pub(super) token: Sensitive,
    from: &'static str,
}

impl Given {
    fn new(token: &Secret, from: &'static str) -> Self {
        Self { token: Sensitive::new(token.expose()), from }
    }

    /// Reads one line, and leaves what follows it to others.
    fn read(input: impl BufRead) -> Result<Self> {
        let mut line = Vec::new();
        input.take(LINE_MAX).read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line).into_owned();
        Ok(Self::new(&Secret::token(STDIN, text)?, STDIN))
    }

    /// Says that the daemon does not take it. Nothing else is tried: whoever gave it meant it.
    pub(super) fn refused(&self) -> ClientError {
        ClientError::unauthenticated(
            format!("the token in {} is not taken", self.from),
            "it may have expired, been revoked, or be another daemon's",
        )
    }
}

impl Client {
    /// Returns the token that was given for this command, if there is one. Standard input is read once.
    pub(super) fn given(&mut self) -> Result<Option<&Given>> {
        if self.given.is_none() {
            if self.config.token_stdin {
                self.given = Some(Given::read(std::io::stdin().lock())?);
            } else if let Some(token) = &self.config.token {
                self.given = Some(Given::new(token, "NUDGE_TOKEN"));
            }
        }
        Ok(self.given.as_ref())
    }

    /// Leaves the token that was given aside, for what is about the profile's own sign-in.
    pub(super) fn drop_given(&mut self) {
        self.given = None;
        self.config.token = None;
        self.config.token_stdin = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_read_and_the_rest_left() {
        let mut input: &[u8] = b" ndg_abc\r\n{\"a\":1}\n";
        assert_eq!(Given::read(&mut input).map(|given| given.token.expose().to_owned()).expect("a token"), "ndg_abc");
        assert_eq!(input, b"{\"a\":1}\n");
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_shown() {
        let long = [b'x'; 10_000];
        for input in [&b""[..], b"\n", b"hunter2 x\n", b"hunter2\xff\n", &long] {
            let error = Given::read(input).map(drop).expect_err("refused");
            assert!(matches!(&error, ClientError::Config(_)) && !error.to_string().contains("hunter"), "{error}");
        }
    }
}
