//! Texts that nobody but the daemon may see: shown nowhere, and wiped from memory when they are done with.

use std::fmt;

use zeroize::Zeroizing;

use super::ConfigError;

/// Longer than any token; what is longer was not meant to be one.
const LENGTH_MAX: usize = 8 * 1024;

/// A text that stays out of messages and logs. It has no `Display`, so that it can't be written by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text as it is, such as a password.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes a token as a person or a script gave it: printable ASCII without spaces. Line breaks and spaces around
    /// it do not count. `from` says where it came from, as in `NUDGE_TOKEN`.
    ///
    /// # Errors
    /// When it could not be sent as a token; the error does not show it.
    pub fn token(from: &str, text: String) -> Result<Self, ConfigError> {
        let text = Zeroizing::new(text);
        let token = text.trim_ascii();
        let wrong = match token.len() {
            0 => "is empty",
            length if length > LENGTH_MAX => "is longer than any token",
            _ if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                "holds a space, a control character or one that is not ASCII"
            }
            _ => return Ok(Self::new(token.to_owned())),
        };
        Err(ConfigError::setting(
            format!("the token in {from} {wrong}"),
            "give the token alone, as it was shown when it was made",
        ))
    }

    /// Shows the text, to be sent or stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_trimmed_and_never_shown() {
        let token = Secret::token("NUDGE_TOKEN", " ndg_abc-1~\r\n".to_owned()).expect("a token");
        assert_eq!(token.expose(), "ndg_abc-1~");
        assert_eq!(format!("{token:?}"), "Secret(…)");
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        let long = "x".repeat(LENGTH_MAX + 1);
        for text in ["", " \n", "secret one", "secret\u{7f}", "secret\nline", "sécret", "secret\u{fffd}", &long] {
            let error = Secret::token("NUDGE_TOKEN", text.to_owned()).expect_err("refused");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("NUDGE_TOKEN") && !shown.contains("cret") && !shown.contains("xxx"), "{shown}");
        }
    }
}
