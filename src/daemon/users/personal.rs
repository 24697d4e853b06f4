//! Personal access tokens: what a script signs in with.
//!
//! It knows what a token looks like, and neither whose it is, nor what it allows, nor whether it still counts.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::random;
use crate::daemon::error::Result;

/// What every token begins with, so that a person and a scanner for leaked secrets know it.
const PREFIX: &str = "nudge_pat_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^30 is more than 2^178.
const SECRET: usize = 30;
/// 62^6 is more than 2^32.
const CHECKSUM: usize = 6;

/// A personal access token: the prefix, the secret and a checksum, which tells a mistyped or cut-off token from a
/// revoked one without asking the store.
#[derive(Clone)]
pub struct PersonalToken(Zeroizing<String>);

impl PersonalToken {
    /// Makes a new token.
    ///
    /// # Errors
    /// `internal` when the system has no randomness.
    pub fn new() -> Result<Self> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + SECRET + CHECKSUM));
        text.push_str(PREFIX);
        while text.len() < PREFIX.len() + SECRET {
            let random = Zeroizing::new(random::bytes::<SECRET>()?);
            // 248 is four times 62: to take the larger bytes as well would make eight characters more likely.
            let even = random.iter().filter(|&&byte| byte < 248);
            let missing = PREFIX.len() + SECRET - text.len();
            text.extend(even.take(missing).map(|&byte| char::from(ALPHABET[usize::from(byte % 62)])));
        }
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text))
    }

    /// Reads a token; nothing if it can't be one of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        if rest.len() != SECRET + CHECKSUM || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        // All of it is ASCII: every place is between two characters.
        let (before, found) = text.split_at_checked(PREFIX.len() + SECRET)?;
        (checksum(before) == found).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Returns what is stored and looked up. The secret is random: a slow hash would add nothing.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Returns the token itself, to be shown once.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalToken(…)")
    }
}

/// Says whether a text is meant as a personal token, whether or not it is one.
#[must_use]
pub fn is_personal(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_token_reads_as_itself() {
        let token = PersonalToken::new().expect("randomness");
        assert_eq!(token.text().len(), 46);
        assert!(is_personal(token.text()));
        let read = PersonalToken::read(token.text()).expect("own token");
        assert_eq!((read.text(), read.hash()), (token.text(), token.hash()));
        assert_eq!(token.hash(), <[u8; 32]>::from(Sha256::digest(token.text())));
        assert_eq!(format!("{token:?}"), "PersonalToken(…)");
    }

    #[test]
    fn the_form_never_changes() {
        // The checksum is base62 of CRC-32 (the one of zlib), as any scanner can check it.
        let before = "nudge_pat_000000000000000000000000000000";
        assert_eq!(checksum(before), base62(crc32fast::hash(before.as_bytes())));
        assert!(PersonalToken::read(&format!("{before}{}", checksum(before))).is_some());
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926, "CRC-32 as everybody has it");
    }

    fn base62(number: u32) -> String {
        let mut text = String::new();
        for place in (0..6).rev() {
            let digit = u64::from(number) / 62_u64.pow(place) % 62;
            text.push(char::from(ALPHABET[usize::try_from(digit).expect("below 62")]));
        }
        text
    }

    #[test]
    fn tokens_differ_and_use_the_whole_alphabet() {
        let tokens: HashSet<String> =
            (0..500).map(|_| PersonalToken::new().expect("randomness").text().to_owned()).collect();
        assert_eq!(tokens.len(), 500);
        let seen: HashSet<u8> = tokens.iter().flat_map(|text| text.bytes().skip(PREFIX.len()).take(SECRET)).collect();
        assert_eq!(seen.len(), 62);
    }

    #[test]
    fn every_single_changed_character_is_refused() {
        let token = PersonalToken::new().expect("randomness");
        for place in 0..token.text().len() {
            for byte in 0..128_u8 {
                let mut bytes = token.text().as_bytes().to_vec();
                if bytes[place] == byte {
                    continue;
                }
                bytes[place] = byte;
                let text = String::from_utf8(bytes).expect("ASCII");
                assert!(PersonalToken::read(&text).is_none(), "{place}: {byte}");
            }
        }
    }

    #[test]
    fn every_other_length_is_refused_and_no_text_panics() {
        let whole = PersonalToken::new().expect("randomness").text().to_owned() + &"a".repeat(200);
        for length in (0..whole.len()).filter(|&length| length != 46) {
            assert!(PersonalToken::read(&whole[..length]).is_none(), "{length}");
        }
        for length in 0..200 {
            for filler in ["a", "_", "é", "\0", "💥"] {
                assert!(PersonalToken::read(&filler.repeat(length)).is_none());
                assert!(PersonalToken::read(&format!("{PREFIX}{}", filler.repeat(length))).is_none());
            }
        }
        // Of the right length in bytes, but not in characters.
        assert!(PersonalToken::read(&format!("{PREFIX}{}", "é".repeat(18))).is_none());
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_refused(text in "(nudge_pat_)?.{0,200}") {
            proptest::prop_assert!(PersonalToken::read(&text).is_none());
        }
    }
}
