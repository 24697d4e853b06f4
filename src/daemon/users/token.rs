//! Access tokens: JWTs (RFC 7519) signed with EdDSA (RFC 8037), checked as RFC 8725 demands.
//!
//! It knows keys and claims, and neither accounts nor the store: whether the session still stands is asked elsewhere.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use moka::sync::Cache;
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
/// Larger than any of ours: not worth the decoding.
const MAX_BYTES: usize = 2048;
/// How many checked tokens are remembered: a check costs about 65 µs, a look into the memory one.
const REMEMBERED: u64 = 10_000;

/// What a token says that is worth knowing once it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The uid that it counts for, on the Unix socket alone; none for a session that a password began.
    pub uid: Option<u32>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The claims as they stand in the token. A member that is missing here is a token that does not count.
#[derive(Serialize, Deserialize)]
struct Body {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Signs tokens and checks them. Clones share their keys.
#[derive(Clone)]
pub struct Signer(Arc<Shared>);

struct Shared {
    keys: RwLock<Keys>,
    validation: Validation,
    /// By the SHA-256 of the token, so that no token lies about in memory. Only what was found right is kept.
    checked: Cache<[u8; 32], Checked>,
}

struct Keys {
    current: Arc<Current>,
    retired: Vec<Retired>,
}

struct Current {
    private: EncodingKey,
    public: Public,
}

#[derive(Clone)]
struct Public {
    id: Arc<str>,
    key: Arc<DecodingKey>,
}

struct Retired {
    public: Public,
    /// The moment from which its tokens no longer count.
    until: Timestamp,
}

/// A token whose signature was right. Its key may be retired since, so that has to be asked again each time.
#[derive(Clone)]
struct Checked {
    key: Arc<str>,
    claims: Claims,
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
        Self::from_keys(pkcs8, &[])
    }

    /// Takes the key that signs, and earlier ones with the moments until which their tokens count.
    ///
    /// # Errors
    /// `internal` when one of them is no key that [`Signer::new_key`] made.
    pub fn from_keys(current: &[u8], retired: &[(Vec<u8>, Timestamp)]) -> Result<Self> {
        let current = Current::read(current)?;
        let retired = retired
            .iter()
            .map(|(pkcs8, until)| Ok(Retired { public: Current::read(pkcs8)?.public, until: *until }))
            .collect::<Result<_>>()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ISSUER]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // Times are required by `Body` and checked against the daemon's own clock, in `in_time`.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let ended = LIFETIME.saturating_add(LEEWAY).unsigned_abs();
        Ok(Self(Arc::new(Shared {
            keys: RwLock::new(Keys { current: Arc::new(current), retired }),
            validation,
            checked: Cache::builder().max_capacity(REMEMBERED).time_to_live(ended).build(),
        })))
    }

    /// Signs with another key from now on; tokens of the present one count until `old_until`.
    ///
    /// A moment in the past makes them worthless at once, as after a theft of the key.
    ///
    /// # Errors
    /// `internal` when it is no key that [`Signer::new_key`] made, or is the present one.
    pub fn rotate(&self, new: &[u8], old_until: Timestamp) -> Result<()> {
        let new = Arc::new(Current::read(new)?);
        {
            let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
            if keys.current.public.id == new.public.id {
                return Err(Error::internal("the new signing key is the present one"));
            }
            let old = std::mem::replace(&mut keys.current, new);
            for retired in &mut keys.retired {
                retired.until = retired.until.min(old_until);
            }
            keys.retired.push(Retired { public: old.public.clone(), until: old_until });
        }
        self.0.checked.invalidate_all();
        Ok(())
    }

    /// Returns the id of the key that signs now, as `kid` in a token's header.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.keys().current.public.id.to_string()
    }

    /// Signs a token for an account's session; `uid` binds it to one uid on the Unix socket.
    ///
    /// # Errors
    /// `internal` when signing fails.
    pub fn sign(&self, account: Uuid, session: Uuid, uid: Option<u32>, now: Timestamp) -> Result<String> {
        let seconds = now.as_second();
        let body = Body {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: account,
            sid: session,
            uid,
            iat: seconds,
            nbf: seconds,
            exp: seconds.saturating_add(LIFETIME.as_secs()),
        };
        let current = Arc::clone(&self.keys().current);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(current.public.id.to_string());
        jsonwebtoken::encode(&header, &body, &current.private).map_err(Error::internal)
    }

    /// Checks a token and returns what it says; nothing if it does not count.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Claims> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let digest = Sha256::digest(token).into();
        let checked = if let Some(checked) = self.0.checked.get(&digest) {
            checked
        } else {
            let checked = self.check(token, now)?;
            self.0.checked.insert(digest, checked.clone());
            checked
        };
        // Asked again whether it was remembered or not: a key's time ends, and so does a token's.
        let counts = self.keys().public(&checked.key, now).is_some() && checked.claims.in_time(now);
        counts.then_some(checked.claims)
    }

    /// Checks all but the times.
    fn check(&self, token: &str, now: Timestamp) -> Option<Checked> {
        // The key's id is compared with those that there are, and leads nowhere else (RFC 8725, section 3.10).
        let id = jsonwebtoken::decode_header(token).ok()?.kid?;
        let public = self.keys().public(&id, now)?;
        let data = jsonwebtoken::decode::<Body>(token, &public.key, &self.0.validation).ok()?;
        // RFC 7515, section 4.1.11: what is critical and not understood makes a token void, and we understand nothing.
        let plain = data.header.crit.is_none() && data.header.typ.as_deref() == Some(TYPE);
        let Body { iss, aud, sub, sid, uid, iat, nbf, exp } = data.claims;
        let ours = plain && iss == ISSUER && aud == ISSUER;
        ours.then_some(Checked { key: public.id, claims: Claims { sub, sid, uid, iat, nbf, exp } })
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        // Nobody panics between two changes of the keys; were it so, they would still be whole.
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.keys().current.public.id)
    }
}

impl Keys {
    /// Returns the key with an id, if its tokens count at this moment.
    fn public(&self, id: &str, now: Timestamp) -> Option<Public> {
        let current = &self.current.public;
        if *current.id == *id {
            return Some(current.clone());
        }
        self.retired.iter().find(|retired| *retired.public.id == *id && now < retired.until).map(|r| r.public.clone())
    }
}

impl Current {
    fn read(pkcs8: &[u8]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| Error::internal("the signing key is damaged"))?;
        let public = pair.public_key().as_ref();
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..8]);
        let public = Public { id: id.into(), key: Arc::new(DecodingKey::from_ed_der(public)) };
        Ok(Self { private: EncodingKey::from_ed_der(pkcs8), public })
    }
}

impl Claims {
    /// Only the start has a leeway: a token counts for 15 minutes at most, on whatever clock.
    fn in_time(&self, now: Timestamp) -> bool {
        let now = now.as_second();
        let latest = now.saturating_add(LEEWAY.as_secs());
        let lifetime = self.exp.saturating_sub(self.iat);
        self.iat <= latest && self.nbf <= latest && now < self.exp && lifetime <= LIFETIME.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ACCOUNT: Uuid = Uuid::from_u128(1);
    const SESSION: Uuid = Uuid::from_u128(2);

    fn new_key() -> Vec<u8> {
        Signer::new_key().expect("randomness")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
    }

    fn signed(signer: &Signer, now: Timestamp) -> String {
        signer.sign(ACCOUNT, SESSION, Some(1000), now).expect("signed")
    }

    /// A header and a body as they should be, for a test to spoil.
    fn right(signer: &Signer) -> (Value, Value) {
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": &*signer.keys().current.public.id});
        let body = json!({
            "iss": "nudge", "aud": "nudge", "sub": ACCOUNT, "sid": SESSION, "uid": 1000,
            "iat": at(0).as_second(), "nbf": at(0).as_second(), "exp": at(900).as_second(),
        });
        (header, body)
    }

    fn message(header: &Value, body: &Value) -> String {
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}", encode(header), encode(body))
    }

    /// Signs whatever is asked, with the real key.
    fn forge(key: &[u8], header: &Value, body: &Value) -> String {
        let message = message(header, body);
        let signature = Ed25519KeyPair::from_pkcs8(key).expect("own key").sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn with(value: &Value, member: &str, new: impl Into<Option<Value>>) -> Value {
        let mut value = value.clone();
        let members = value.as_object_mut().expect("an object");
        match new.into() {
            Some(new) => members.insert(member.to_owned(), new),
            None => members.remove(member),
        };
        value
    }

    #[test]
    fn a_token_counts_until_it_ends_and_not_before_its_time() {
        let signer = Signer::from_key(&new_key()).expect("own key");
        let token = signed(&signer, at(0));
        // Twice: first checked, then remembered.
        for _ in 0..2 {
            let claims = signer.verify(&token, at(899)).expect("counts");
            assert_eq!((claims.sub, claims.sid, claims.uid), (ACCOUNT, SESSION, Some(1000)));
            assert!(signer.verify(&token, at(900)).is_none());
            assert!(signer.verify(&token, at(-30)).is_some());
            assert!(signer.verify(&token, at(-31)).is_none());
        }
        let unbound = signer.sign(ACCOUNT, SESSION, None, at(0)).expect("signed");
        assert_eq!(signer.verify(&unbound, at(0)).map(|claims| claims.uid), Some(None));
        let body = URL_SAFE_NO_PAD.decode(unbound.split('.').nth(1).expect("three parts")).expect("base64");
        assert!(!String::from_utf8(body).expect("JSON").contains("uid"));
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        let signer = Signer::from_key(&new_key()).expect("own key");
        let before = Timestamp::from_second(-1_000_000_000).expect("in range");
        for now in [Timestamp::MIN, before, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let token = signed(&signer, now);
            assert!(signer.verify(&token, now).is_some(), "{now}");
            let another = if now < at(0) { Timestamp::MAX } else { Timestamp::MIN };
            assert!(signer.verify(&token, another).is_none(), "{now}");
        }
    }

    #[test]
    fn a_token_made_by_hand_counts_so_that_the_spoiled_ones_prove_something() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let (header, body) = right(&signer);
        assert!(signer.verify(&forge(&key, &header, &body), at(1)).is_some());
        let shorter = with(&body, "exp", json!(at(2).as_second()));
        assert!(signer.verify(&forge(&key, &header, &shorter), at(1)).is_some());
    }

    #[test]
    fn another_algorithm_does_not_count() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let (header, body) = right(&signer);
        let real = forge(&key, &header, &body);
        let signature = real.rsplit('.').next().expect("three parts");
        for alg in ["none", "noNE", "None", "NONE", "", "HS256", "HS384", "HS512", "ES256", "RS256", "PS256", "eddsa"] {
            let header = with(&header, "alg", json!(alg));
            let message = message(&header, &body);
            for token in [format!("{message}."), format!("{message}.{signature}"), forge(&key, &header, &body)] {
                assert!(signer.verify(&token, at(1)).is_none(), "{alg}");
            }
        }
        assert!(signer.verify(&forge(&key, &with(&header, "alg", None), &body), at(1)).is_none(), "no algorithm");
        assert!(signer.verify(&forge(&key, &with(&header, "alg", json!(["EdDSA"])), &body), at(1)).is_none());
        // The public key is no secret: as one of HMAC it must not open anything.
        let public = Ed25519KeyPair::from_pkcs8(&key).expect("own key").public_key().as_ref().to_vec();
        use aws_lc_rs::hmac;
        for (alg, hash) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
            let message = message(&with(&header, "alg", json!(alg)), &body);
            let tag = hmac::sign(&hmac::Key::new(hash, &public), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag));
            assert!(signer.verify(&token, at(1)).is_none(), "{alg} with the public key");
        }
    }

    #[test]
    fn a_key_that_is_not_ours_does_not_count_whatever_its_id_says() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let (header, body) = right(&signer);
        assert!(signer.verify(&forge(&new_key(), &header, &body), at(1)).is_none(), "another key under our id");
        assert!(signer.verify(&signed(&Signer::from_key(&new_key()).expect("own key"), at(0)), at(1)).is_none());
        let long = "k".repeat(10_000);
        let hostile = ["", "../../../../dev/null", "' OR 1=1 --", "x\0y", "%00", "\u{202e}", "💥", &long];
        for id in hostile {
            let header = with(&header, "kid", json!(id));
            assert!(signer.verify(&forge(&key, &header, &body), at(1)).is_none(), "{id:.20}");
        }
        for id in [None, Some(json!(7)), Some(json!(null)), Some(json!([header["kid"]])), Some(json!({"a": 1}))] {
            assert!(signer.verify(&forge(&key, &with(&header, "kid", id), &body), at(1)).is_none());
        }
        // A key that the token itself brings is not looked at.
        let public = Ed25519KeyPair::from_pkcs8(&new_key()).expect("own key").public_key().as_ref().to_vec();
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public)});
        assert!(signer.verify(&forge(&new_key(), &with(&header, "jwk", jwk), &body), at(1)).is_none());
    }

    #[test]
    fn a_missing_or_wrong_member_does_not_count() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let (header, body) = right(&signer);
        for new in [None, Some(json!("JWT")), Some(json!("at+jwT")), Some(json!("rt+jwt")), Some(json!(1))] {
            assert!(signer.verify(&forge(&key, &with(&header, "typ", new.clone()), &body), at(1)).is_none(), "{new:?}");
        }
        for crit in [json!(["exp"]), json!(["b64"]), json!([])] {
            assert!(signer.verify(&forge(&key, &with(&header, "crit", crit), &body), at(1)).is_none());
        }
        for member in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp"] {
            let wrong = [None, Some(json!(null)), Some(json!("x")), Some(json!("")), Some(json!([])), Some(json!({}))];
            for new in wrong {
                let token = forge(&key, &header, &with(&body, member, new.clone()));
                assert!(signer.verify(&token, at(1)).is_none(), "{member}: {new:?}");
            }
        }
        for member in ["iss", "aud"] {
            let token = forge(&key, &header, &with(&body, member, json!(["nudge", "another"])));
            assert!(signer.verify(&token, at(1)).is_none(), "{member} of several");
        }
        for uid in [json!(-1), json!("0"), json!(1_u64 << 32), json!(0.5)] {
            assert!(signer.verify(&forge(&key, &header, &with(&body, "uid", uid)), at(1)).is_none());
        }
        let text = URL_SAFE_NO_PAD.encode(header.to_string());
        for body in ["", "null", "[]", "{", "\"nudge\""] {
            let message = format!("{text}.{}", URL_SAFE_NO_PAD.encode(body));
            let signature = Ed25519KeyPair::from_pkcs8(&key).expect("own key").sign(message.as_bytes());
            assert!(signer.verify(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), at(1)).is_none());
        }
    }

    #[test]
    fn times_that_we_would_not_have_signed_do_not_count() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let (header, body) = right(&signer);
        let table = [
            ("exp", json!(at(1).as_second()), "ended just now"),
            ("exp", json!(at(-1).as_second()), "ended"),
            ("exp", json!(at(901).as_second()), "longer than 15 minutes"),
            ("exp", json!(i64::MAX), "endless"),
            ("exp", json!(i64::MIN), "ended long ago"),
            ("exp", json!(u64::MAX), "no time"),
            ("exp", json!(1e300), "no time"),
            ("exp", json!(at(900).as_second().to_string()), "a text"),
            ("nbf", json!(at(32).as_second()), "not yet"),
            ("nbf", json!(i64::MAX), "never"),
            ("iat", json!(at(32).as_second()), "made later"),
            ("iat", json!(at(-1).as_second()), "made more than 15 minutes before its end"),
            ("iat", json!(i64::MIN), "made long ago"),
        ];
        for (member, new, why) in table {
            assert!(
                signer.verify(&forge(&key, &header, &with(&body, member, new)), at(1)).is_none(),
                "{member}: {why}"
            );
        }
    }

    #[test]
    fn what_is_no_signed_token_in_three_parts_does_not_count() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let token = signed(&signer, at(0));
        let [header, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let refresh = crate::daemon::users::refresh::RefreshKey::from_key(&[1; 32]).expect("32 bytes");
        let refresh_token = refresh.first(SESSION).expect("randomness").to_text();
        let personal = crate::daemon::users::personal::PersonalToken::new().expect("randomness");
        let jwe = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM","typ":"at+jwt"}"#);
        let forged = [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            format!("{header}.{body}"),
            format!("{header}.{body}."),
            format!("{header}..{signature}"),
            format!("{token}."),
            format!(".{token}"),
            format!("{token}.{signature}"),
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            format!("Bearer {token}"),
            format!("{header}.{body}.{}", &signature[2..]),
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(r#"{"sub":"x"}"#)),
            format!("{jwe}..{body}.{body}.{signature}"),
            format!("{jwe}.{body}.{body}.{body}.{signature}"),
            json!({"protected": header, "payload": body, "signature": signature}).to_string(),
            json!({"payload": body, "signatures": [{"protected": header, "signature": signature}]}).to_string(),
            "a".repeat(1 << 20),
            format!("{token}{}", "A".repeat(1 << 20)),
            "é".repeat(500),
            refresh_token.to_string(),
            personal.text().to_owned(),
        ];
        for forged in forged {
            assert!(signer.verify(&forged, at(1)).is_none(), "{forged:.60}");
        }
        // And the reverse: an access token is no other kind of token.
        assert!(refresh.read(&token).is_none());
        assert!(crate::daemon::users::personal::PersonalToken::read(&token).is_none());
        assert!(signer.verify(&token, at(1)).is_some());
    }

    #[test]
    fn every_single_changed_character_is_refused() {
        let signer = Signer::from_key(&new_key()).expect("own key");
        let token = signed(&signer, at(0));
        for place in 0..token.len() {
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            assert!(signer.verify(&String::from_utf8(bytes).expect("ASCII"), at(1)).is_none(), "{place}");
        }
    }

    #[test]
    fn a_retired_key_checks_until_its_time_is_over_and_signs_no_more() {
        let (first, second, third) = (new_key(), new_key(), new_key());
        let signer = Signer::from_key(&first).expect("own key");
        let clone = signer.clone();
        let old = signed(&signer, at(0));
        assert!(signer.verify(&old, at(1)).is_some());
        signer.rotate(&second, at(100)).expect("own key");
        let new = signed(&clone, at(2));
        for _ in 0..2 {
            assert!(clone.verify(&new, at(3)).is_some(), "clones share the keys");
            assert!(clone.verify(&old, at(99)).is_some());
            assert!(clone.verify(&old, at(100)).is_none(), "remembered or not");
        }
        assert!(Signer::from_key(&first).expect("own key").verify(&new, at(3)).is_none(), "signed by the new key");
        // After a restart.
        let again = Signer::from_keys(&second, &[(first, at(100))]).expect("own keys");
        assert!(again.verify(&old, at(99)).is_some());
        assert!(again.verify(&old, at(100)).is_none());
        assert!(again.verify(&new, at(100)).is_some());
        // After a theft.
        signer.rotate(&third, Timestamp::MIN).expect("own key");
        assert!(clone.verify(&new, at(3)).is_none());
        assert!(clone.verify(&old, at(3)).is_none(), "nor do those of earlier keys count");
        assert!(clone.verify(&signed(&signer, at(3)), at(3)).is_some());
    }

    #[test]
    fn a_damaged_key_is_an_error_and_changes_nothing() {
        let key = new_key();
        let signer = Signer::from_key(&key).expect("own key");
        let token = signed(&signer, at(0));
        for bad in [&b""[..], b"x", &key[1..], &[0; 32]] {
            assert!(Signer::from_key(bad).is_err());
            assert!(Signer::from_keys(&key, &[(bad.to_vec(), at(0))]).is_err());
            assert!(signer.rotate(bad, at(0)).is_err());
        }
        assert!(signer.rotate(&key, Timestamp::MIN).is_err(), "the present key can't retire in its own favour");
        assert!(signer.verify(&token, at(1)).is_some());
        let shown = format!("{signer:?}");
        assert_eq!(shown.len(), "Signer()".len() + 11, "the id alone: {shown}");
    }

    #[test]
    fn only_what_counts_is_remembered() {
        let signer = Signer::from_key(&new_key()).expect("own key");
        let token = signed(&signer, at(0));
        for place in 0..50 {
            assert!(signer.verify(&token[place + 1..], at(1)).is_none());
        }
        signer.0.checked.run_pending_tasks();
        assert_eq!(signer.0.checked.entry_count(), 0);
        assert!(signer.verify(&token, at(1)).is_some());
        signer.0.checked.run_pending_tasks();
        assert_eq!(signer.0.checked.entry_count(), 1);
    }
}
