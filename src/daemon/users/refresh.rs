//! Refresh tokens: opaque, each good for one renewal, each one's successor computed and not stored.
//!
//! It knows how tokens are made and told from forgeries, and neither which of them is the session's present one
//! nor what happens when an old one comes back: that is the service's.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::random;
use crate::daemon::error::{Error, Result};

/// What every token begins with, so that a person and a scanner for leaked secrets know it.
const PREFIX: &str = "nudge_rt_";
const SECRET: usize = 32;
const TAG: usize = 16;
/// Session, generation, secret, tag.
const BYTES: usize = 16 + 4 + SECRET + TAG;
/// Unpadded base64: four characters for three bytes.
const CHARS: usize = (BYTES * 4).div_ceil(3);

/// Makes refresh tokens, and tells its own from others without asking the store.
pub struct RefreshKey(hmac::Key);

/// One token of a session's family.
#[derive(Clone)]
pub struct RefreshToken {
    /// The session that it renews.
    pub session: Uuid,
    /// How many tokens of this session came before it.
    pub generation: u32,
    secret: Zeroizing<[u8; SECRET]>,
    tag: [u8; TAG],
}

impl RefreshKey {
    /// Makes a new key, for the caller to keep outside the database.
    ///
    /// # Errors
    /// `internal` when the system has no randomness.
    pub fn new_key() -> Result<Vec<u8>> {
        Ok(random::bytes::<32>()?.to_vec())
    }

    /// Takes a key that [`RefreshKey::new_key`] made.
    ///
    /// # Errors
    /// `internal` when it is no such key.
    pub fn from_key(key: &[u8]) -> Result<Self> {
        if key.len() != 32 {
            return Err(Error::internal("the key of the refresh tokens is damaged"));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, key)))
    }

    /// Makes the first token of a session, which nothing but itself leads to.
    ///
    /// # Errors
    /// `internal` when the system has no randomness.
    pub fn first(&self, session: Uuid) -> Result<RefreshToken> {
        Ok(self.token(session, 0, Zeroizing::new(random::bytes()?)))
    }

    /// Reads a token; nothing if this key has not made it.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<RefreshToken> {
        let text = text.strip_prefix(PREFIX).filter(|text| text.len() == CHARS)?;
        let mut bytes = Zeroizing::new([0; BYTES]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes).ok()?;
        let (session, rest) = bytes[..length].split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (secret, tag) = rest.split_first_chunk()?;
        let token = self.token(Uuid::from_bytes(*session), u32::from_be_bytes(*generation), Zeroizing::new(*secret));
        constant_time::verify_slices_are_equal(&token.tag, tag).is_ok().then_some(token)
    }

    /// Returns the one token that follows, always the same; nothing at the end of all generations.
    ///
    /// That it is computed makes renewal safe to repeat: a client that lost the answer, or many processes that
    /// renew at once, get the same successor, and the store keeps no secret to give it out again.
    #[must_use]
    pub fn successor(&self, token: &RefreshToken) -> Option<RefreshToken> {
        let generation = token.generation.checked_add(1)?;
        let secret = self.mac(*b"next", token.session, token.generation, &token.secret);
        Some(self.token(token.session, generation, secret))
    }

    fn token(&self, session: Uuid, generation: u32, secret: Zeroizing<[u8; SECRET]>) -> RefreshToken {
        let whole = self.mac(*b"tag\0", session, generation, &secret);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&whole[..TAG]);
        RefreshToken { session, generation, secret, tag }
    }

    /// The purpose comes first and every part has one length, so that no two inputs are the same bytes.
    fn mac(&self, purpose: [u8; 4], session: Uuid, generation: u32, secret: &[u8; SECRET]) -> Zeroizing<[u8; 32]> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&purpose);
        context.update(session.as_bytes());
        context.update(&generation.to_be_bytes());
        context.update(secret);
        let mut mac = Zeroizing::new([0; 32]);
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

impl RefreshToken {
    /// Returns what is stored. The secret is random: a slow hash would add nothing.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(*self.secret).into()
    }

    /// Returns the token as the client keeps it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        bytes[..16].copy_from_slice(self.session.as_bytes());
        bytes[16..20].copy_from_slice(&self.generation.to_be_bytes());
        bytes[20..20 + SECRET].copy_from_slice(&*self.secret);
        bytes[20 + SECRET..].copy_from_slice(&self.tag);
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + CHARS));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        text
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey(…)")
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, generation, .. } = self;
        write!(f, "RefreshToken({session}, {generation}, …)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Uuid = Uuid::from_u128(0x0123_4567_89ab_cdef);

    fn key() -> RefreshKey {
        RefreshKey::from_key(&RefreshKey::new_key().expect("randomness")).expect("own key")
    }

    #[test]
    fn a_token_reads_as_itself() {
        let key = key();
        let token = key.first(SESSION).expect("randomness");
        let text = token.to_text();
        assert_eq!((text.len(), token.generation), (100, 0));
        assert!(text.starts_with(PREFIX));
        let read = key.read(&text).expect("own token");
        assert_eq!((read.session, read.generation, read.hash()), (SESSION, 0, token.hash()));
        assert_eq!(read.to_text(), text);
        assert_ne!(key.first(SESSION).expect("randomness").hash(), token.hash());
    }

    #[test]
    fn a_parent_always_has_the_same_successor() {
        let key = key();
        let first = key.first(SESSION).expect("randomness");
        let second = key.successor(&first).expect("not the last");
        let again = key.successor(&key.read(&first.to_text()).expect("own token")).expect("not the last");
        assert_eq!(second.to_text(), again.to_text());
        assert_eq!((second.session, second.generation), (SESSION, 1));
        assert_ne!(second.hash(), first.hash());
        assert!(key.read(&second.to_text()).is_some());
        let third = key.successor(&second).expect("not the last");
        assert_eq!(third.generation, 2);
        assert_ne!(third.hash(), second.hash());
        let last = key.token(SESSION, u32::MAX, Zeroizing::new([7; 32]));
        assert!(key.successor(&last).is_none());
    }

    #[test]
    fn the_form_never_changes() {
        let key = RefreshKey::from_key(&[1; 32]).expect("32 bytes");
        let token = key.token(SESSION, 5, Zeroizing::new([2; 32]));
        let message = |purpose: &[u8]| [purpose, SESSION.as_bytes(), &[0, 0, 0, 5], &[2; 32]].concat();
        let mac = |message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]), message);
        assert_eq!(token.tag, mac(&message(b"tag\0")).as_ref()[..16]);
        let next = key.successor(&token).expect("not the last");
        assert_eq!(*next.secret, mac(&message(b"next")).as_ref());
        assert_eq!(token.hash(), <[u8; 32]>::from(Sha256::digest([2; 32])));
    }

    #[test]
    fn every_single_changed_byte_and_every_other_key_is_refused() {
        let key = key();
        let token = key.first(SESSION).expect("randomness");
        let text = token.to_text();
        assert!(self::key().read(&text).is_none(), "another key");
        for place in 0..text.len() {
            for byte in 0..128_u8 {
                let mut bytes = text.as_bytes().to_vec();
                if bytes[place] == byte {
                    continue;
                }
                bytes[place] = byte;
                assert!(key.read(&String::from_utf8(bytes).expect("ASCII")).is_none(), "{place}: {byte}");
            }
        }
        let bytes = URL_SAFE_NO_PAD.decode(&text[PREFIX.len()..]).expect("base64");
        for bit in 0..BYTES * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(key.read(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(forged))).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn every_other_length_is_refused_and_no_text_panics() {
        let key = key();
        let whole = key.first(SESSION).expect("randomness").to_text().to_string() + &"A".repeat(200);
        for length in (0..whole.len()).filter(|&length| length != 100) {
            assert!(key.read(&whole[..length]).is_none(), "{length}");
        }
        for length in 0..=120 {
            for filler in ["A", "=", "é", "\0", "💥"] {
                assert!(key.read(&filler.repeat(length)).is_none());
                assert!(key.read(&format!("{PREFIX}{}", filler.repeat(length))).is_none());
            }
        }
        assert!(key.read(&"A".repeat(1 << 20)).is_none());
    }

    #[test]
    fn a_damaged_key_is_an_error_and_nothing_secret_is_printed() {
        for length in [0, 16, 31, 33, 64] {
            assert!(RefreshKey::from_key(&vec![0; length]).is_err(), "{length}");
        }
        let key = key();
        let token = key.first(SESSION).expect("randomness");
        assert_eq!(format!("{key:?}"), "RefreshKey(…)");
        assert_eq!(format!("{token:?}"), format!("RefreshToken({SESSION}, 0, …)"));
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_refused(text in "(nudge_rt_)?.{0,120}") {
            proptest::prop_assert!(RefreshKey::from_key(&[3; 32]).expect("32 bytes").read(&text).is_none());
        }
    }
}
