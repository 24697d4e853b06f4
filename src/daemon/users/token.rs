//! Access tokens: JWTs (RFC 7519) signed with EdDSA (RFC 8037), checked as RFC 8725 demands.
//!
//! It knows keys and claims, and neither accounts nor the store.

use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::daemon::error::{Error, Result};

/// How long an access token counts: short, because its signature is checked without asking the store.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How far clocks of one machine may be apart, such as after a step back.
const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
/// RFC 9068, section 2.1: a token of another kind can't be taken for an access token.
const TYPE: &str = "at+jwt";
const ISSUER: &str = "nudge";

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    iss: String,
    /// For whom.
    aud: String,
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The uid that it counts for, on the Unix socket alone.
    pub uid: u32,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Signs tokens and checks them.
#[derive(Clone)]
pub struct Signer(Arc<Keys>);

struct Keys {
    id: String,
    private: EncodingKey,
    public: DecodingKey,
    validation: Validation,
}

impl Signer {
    /// Makes a new private key, as PKCS#8 (RFC 5958), for the caller to keep outside the database.
    ///
    /// # Errors
    /// `internal` when the system has no randomness.
    pub fn new_key() -> Result<Vec<u8>> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| Error::internal("no randomness for a key"))?;
        Ok(key.as_ref().to_vec())
    }

    /// Takes a private key that [`Signer::new_key`] made.
    ///
    /// # Errors
    /// `internal` when it is no such key.
    pub fn from_key(pkcs8: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| Error::internal("the signing key is damaged"))?;
        let public = pair.public_key().as_ref();
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..8]);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Times are checked against the daemon's own clock, below.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let keys =
            Keys { id, private: EncodingKey::from_ed_der(pkcs8), public: DecodingKey::from_ed_der(public), validation };
        Ok(Self(Arc::new(keys)))
    }

    /// Signs a token for an account's session, for one uid on the Unix socket.
    ///
    /// # Errors
    /// `internal` when signing fails.
    pub fn sign(&self, account: Uuid, session: Uuid, uid: u32, now: Timestamp) -> Result<String> {
        let seconds = now.as_second();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: account,
            sid: session,
            uid,
            iat: seconds,
            nbf: seconds,
            exp: seconds.saturating_add(LIFETIME.as_secs()),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.0.id.clone());
        jsonwebtoken::encode(&header, &claims, &self.0.private).map_err(Error::internal)
    }

    /// Checks a token and returns what it says; nothing if it does not count.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Claims> {
        // Larger than any of ours: not worth the decoding.
        if token.len() > 2048 {
            return None;
        }
        let data = jsonwebtoken::decode::<Claims>(token, &self.0.public, &self.0.validation).ok()?;
        let ours = data.header.typ.as_deref() == Some(TYPE) && data.header.kid.as_deref() == Some(&self.0.id);
        let (now, leeway) = (now.as_second(), LEEWAY.as_secs());
        let in_time = data.claims.nbf <= now.saturating_add(leeway) && now < data.claims.exp;
        (ours && in_time).then_some(data.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::from_key(&Signer::new_key().expect("randomness")).expect("own key")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
    }

    #[test]
    fn a_token_counts_until_it_ends_and_not_before_its_time() {
        let signer = signer();
        let token = signer.sign(Uuid::from_u128(1), Uuid::from_u128(2), 1000, at(0)).expect("signed");
        assert_eq!(signer.verify(&token, at(899)).map(|claims| claims.uid), Some(1000));
        assert!(signer.verify(&token, at(900)).is_none());
        assert!(signer.verify(&token, at(-29)).is_some());
        assert!(signer.verify(&token, at(-31)).is_none());
    }

    #[test]
    fn forged_and_foreign_tokens_do_not_count() {
        let signer = signer();
        let token = signer.sign(Uuid::from_u128(1), Uuid::from_u128(2), 0, at(0)).expect("signed");
        let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let encode = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let none = encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let hmac = encode(r#"{"alg":"HS256","typ":"at+jwt"}"#);
        let forged = [
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{hmac}.{body}.{signature}"),
            format!("{header}.{}.{signature}", encode(r#"{"sub":"x"}"#)),
            format!("{header}.{body}.{}", &signature[2..]),
            format!("{header}.{body}"),
            String::new(),
            "a".repeat(1 << 20),
        ];
        for token in forged {
            assert!(signer.verify(&token, at(1)).is_none(), "{token:.60}");
        }
        let other = self::signer().sign(Uuid::from_u128(1), Uuid::from_u128(2), 0, at(0)).expect("signed");
        assert!(signer.verify(&other, at(1)).is_none(), "another key");
    }
}
