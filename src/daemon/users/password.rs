//! Passwords: how one is read, and which new ones are refused.
//!
//! It must not know how a password is kept (`hashing`), nor whose it is.
//!
//! `common_passwords.txt` is a collection of our own, one entry a line, lower case, sorted so that a change of it is
//! easy to read. It holds: first names; words of the kinds that people choose (animals, teams, cities, brands, games,
//! swear and pet words, in several languages); rows and columns of the usual keyboards, there, back, doubled and
//! interleaved; rows of digits; `ilove`, `iloveyou`, `love` and `forever` with each name; words for secrets and
//! systems in pairs; colours with beasts; and sayings. Of what is made by such a rule only entries of 10 characters
//! and more are there. Digits, punctuation, substituted letters and repetition are not spelled out: [`check_new`]
//! sees through them.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::random;
use crate::api::Sensitive;
use crate::daemon::error::{Error, Result};

const COMMON: &str = include_str!("common_passwords.txt");
/// See [`check_new`].
const MIN_CHARS: usize = 10;
/// Long enough for any sentence; NIST and ASVS ask for at least 64.
const MAX_CHARS: usize = 1000;
/// Normalising makes a few characters many times longer.
const MAX_BYTES: usize = 4 * MAX_CHARS;
/// So many digits and signs around a word do not hide it: a date has eight.
const ENDS: usize = 8;
/// The name of the program is the first thing that is tried here (NIST: "context-specific words").
const OURS: &str = "nudge";
const HINT: &str = "four words that have nothing to do with each other are long, and easy to keep in mind";

/// A password, normalised (NFKC), so that another keyboard that composes letters otherwise opens the same door.
///
/// It is wiped from memory when it goes.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes any text as a password.
    #[must_use]
    pub fn new(text: String) -> Self {
        let text = Zeroizing::new(text);
        if text.is_ascii() {
            return Self(text);
        }
        // Room enough from the start: a text that grows is copied and leaves its traces behind.
        let mut normal = Zeroizing::new(String::with_capacity(MAX_BYTES.max(3 * text.len())));
        normal.extend(text.nfkc());
        Self(normal)
    }

    /// Reads a password as it came from outside.
    ///
    /// # Errors
    /// `limit_exceeded` for more than 1,000 characters, which are never cut; `invalid_value` for none.
    pub fn parse(text: String) -> Result<Self> {
        let text = Zeroizing::new(text);
        let too_long = || Error::limit("password", format!("a password has at most {MAX_CHARS} characters"));
        if text.len() > MAX_BYTES || text.chars().count() > MAX_CHARS {
            return Err(too_long());
        }
        if text.is_empty() {
            return Err(Error::invalid("password", "the password is empty"));
        }
        let password = Self::new(text.to_string());
        if password.0.len() > MAX_BYTES { Err(too_long()) } else { Ok(password) }
    }

    /// Returns what is hashed.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Refuses a new password that would be guessed soon.
///
/// At least 10 characters: NIST SP 800-63B-4 (section 3.1.1.2) asks for 8, and for 15 where nothing else protects the
/// account; OWASP ASVS 5 (6.2.1) asks for 8 and advises 15. Between the two stands what is done besides: guesses are
/// slowed down per account and peer, the hash is slow and takes memory, and what is common is refused in all its usual
/// disguises, not only letter by letter. As both say, there are no rules about kinds of characters, and none expires.
///
/// # Errors
/// `invalid_value` with the reason.
pub fn check_new(password: &Password, email: Option<&str>) -> Result<()> {
    let refuse = |detail: String| Err(Error::invalid("password", detail).with_hint(HINT));
    let text = &*password.0;
    if text.chars().count() < MIN_CHARS {
        return refuse(format!("a password has at least {MIN_CHARS} characters"));
    }
    let lower = Zeroizing::new(text.to_lowercase());
    if is_trivial(&lower) || is_padding(&lower) {
        return refuse(
            "the password is one short pattern or row of characters, which is among the first guesses".into(),
        );
    }
    let forms = forms(&lower);
    if email.is_some_and(|email| is_own_name(&forms, email)) {
        return refuse("the password is your email address, which everybody may know".into());
    }
    let row = |form: &str| form.chars().count() >= 3 && is_trivial(form);
    let common = |word: &str| forms.iter().any(|form| ***form == *word);
    if forms.iter().any(|form| row(form)) || COMMON.lines().any(common) {
        return refuse("the password is a common one, or one with a few characters added".into());
    }
    Ok(())
}

/// Returns the password and what remains of it when its usual disguises are taken off.
fn forms(text: &str) -> Vec<Zeroizing<String>> {
    let squeezed = Zeroizing::new(text.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    // Blanks and hyphens between words go; many signs are the password.
    let few = text.chars().filter(|c| !c.is_alphanumeric()).count() <= ENDS;
    let mut forms = Vec::new();
    for text in [text, if few { &*squeezed } else { text }] {
        forms.push(text);
        forms.push(text.trim_matches(|c: char| !c.is_alphanumeric()));
        forms.extend(without_ends(text, false));
        forms.extend(without_ends(text, true));
    }
    for place in 0..forms.len() {
        let form = forms[place];
        forms.extend(repeated(form));
        let rest = form.strip_prefix(OURS).or_else(|| form.strip_suffix(OURS));
        // `nudge-login-1`: what is between the name and the end.
        forms.extend(rest.map(|rest| rest.trim_matches(|c: char| !c.is_alphabetic())));
    }
    // A substitution may also be undone before the doubled word is seen: "pa55wordpassword" is rare enough to stand.
    let mut all = Vec::with_capacity(3 * forms.len());
    for form in forms {
        all.push(Zeroizing::new(form.to_owned()));
        all.push(spelled(form, 'i'));
        all.push(spelled(form, 'l'));
    }
    all
}

/// Takes off what is no letter at the end, or at both, if that is little or a pattern itself.
fn without_ends(text: &str, both: bool) -> Option<&str> {
    let (start, core, end) = parted(text, both);
    let weight = |end: &str| if is_trivial(end) { 0 } else { end.chars().count() };
    // Of one or two letters among digits the digits are the password.
    (weight(start) + weight(end) <= ENDS && core.chars().count() >= 3).then_some(core)
}

/// Says whether there is next to nothing but a pattern at each end, such as `a123456789`.
fn is_padding(text: &str) -> bool {
    let (start, core, end) = parted(text, true);
    core.chars().count() < 3 && is_trivial(start) && is_trivial(end)
}

/// Parts what is no letter at the end, or at both, from what is between.
fn parted(text: &str, both: bool) -> (&str, &str, &str) {
    let is_sign = |c: char| !c.is_alphabetic();
    let front = if both { text.trim_start_matches(is_sign) } else { text };
    let core = front.trim_end_matches(is_sign);
    (&text[..text.len() - front.len()], core, &front[core.len()..])
}

/// Writes letters for the signs that stand for them; a 1 stands for two.
fn spelled(text: &str, one: char) -> Zeroizing<String> {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        c => c,
    };
    Zeroizing::new(text.chars().map(letter).collect())
}

/// Returns the unit of a text that is nothing but repetitions of it.
fn repeated(text: &str) -> Option<&str> {
    let unit = (1..=text.len() / 2).find(|&unit| {
        text.len().is_multiple_of(unit) && text.as_bytes()[unit..] == text.as_bytes()[..text.len() - unit]
    })?;
    text.get(..unit)
}

/// Says whether a text is up to four characters over and over, or a row such as 6789 or dcba.
fn is_trivial(text: &str) -> bool {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let pattern = |period: usize| chars.len() >= 2 * period && chars[period..] == chars[..chars.len() - period];
    let follows = |a: char, b: char| u32::from(a) + 1 == u32::from(b) || (a, b) == ('9', '0');
    let up = chars.windows(2).all(|pair| follows(pair[0], pair[1]));
    let down = chars.windows(2).all(|pair| follows(pair[1], pair[0]));
    up || down || (1..=4).any(pattern)
}

/// Says whether a form is the address, or what stands before its `@`.
fn is_own_name(forms: &[Zeroizing<String>], email: &str) -> bool {
    let email: String = email.nfkc().collect::<String>().to_lowercase();
    let local = email.rsplit_once('@').map_or(&*email, |(local, _)| local);
    [&*email, local].iter().any(|name| {
        let squeezed: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        let letters = squeezed.trim_matches(|c: char| !c.is_alphabetic());
        let names = [name, &*squeezed, letters];
        // A name of two letters is in too much.
        names.iter().any(|name| name.chars().count() >= 3 && forms.iter().any(|form| ***form == **name))
    })
}

/// Makes a password up: 20 characters that are told apart in every typeface, about 115 bits.
///
/// # Errors
/// `internal` when the system has no randomness.
pub fn make_up() -> Result<Sensitive> {
    const LETTERS: &[u8; 54] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRTUVWXYZ2346789";
    let mut text = String::with_capacity(23);
    let mut count = 0;
    while count < 20 {
        for byte in random::bytes::<32>()? {
            // What lies beyond the last whole multiple would make some letters likelier.
            let place = usize::from(byte);
            if place >= LETTERS.len() * 4 || count == 20 {
                continue;
            }
            if count > 0 && count % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[place % LETTERS.len()]));
            count += 1;
        }
    }
    Ok(Sensitive::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ErrorCode;

    fn check(text: &str, email: Option<&str>) -> Result<()> {
        check_new(&Password::parse(text.to_owned()).expect("no limit"), email)
    }

    #[test]
    fn the_list_is_as_the_check_needs_it() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() >= 3000, "{}", lines.len());
        assert!(lines.iter().filter(|line| line.len() >= MIN_CHARS).count() >= 3000);
        assert!(lines.is_sorted_by(|a, b| a < b), "sorted, and each once");
        for line in lines {
            assert!(line.len() >= 3 && line.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{line}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        let refused = [
            "short",
            "123456789",
            "äöüäöüäöü",
            "1234567890",
            "12345678910",
            "0987654321",
            "1234567890!",
            "aaaaaaaaaaaa",
            "abababababab",
            "123123123123",
            "abcabcabcabc",
            "abcdefghij",
            "abcdefghi1",
            "zyxwvutsrq",
            "ääääääääää",
            "password12",
            "Password12",
            "PASSWORD2024!",
            "password!!!!!!!!!!!!!!!!",
            "password1234567890",
            "P@ssw0rd123",
            "pa$$w0rd2026",
            "p4ssw0rd!!",
            "l3tm31n2024",
            "$ummer2024!!",
            "Summer-2024",
            "qwerty12345",
            "qwertyuiop",
            "Qwertyuiop1!",
            "1q2w3e4r5t",
            "1q2w3e4r5t!",
            "1qaz2wsx3edc",
            "zaq12wsxcde3",
            "passwordpassword",
            "passwordpassword1",
            "dragondragon",
            "michael19840312",
            "19840312michael",
            "1michael1984",
            "iloveyou123",
            "ilovejessica",
            "i love jessica",
            "let me in please",
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "admin@2024",
            "administrator",
            "changeme123",
            "a1234567890",
            "nudgenudge",
            "nudge12345",
            "nudge-password",
            "nudge-login-1",
            "passwordnudge",
            "Nudge2026!",
            "ｐａｓｓｗｏｒｄ１２",
        ];
        for text in refused {
            let error = check(text, None).expect_err(text);
            assert_eq!(error.code(), ErrorCode::Invalid, "{text}");
            let Error::Refused(refusal) = error else { panic!("a refusal") };
            assert_eq!((refusal.field.as_deref(), refusal.hint.is_some()), (Some("password"), true));
            assert!(!refusal.detail.contains(text), "the text does not tell the password");
        }
    }

    #[test]
    fn what_is_not_common_passes_whatever_it_is_made_of() {
        let accepted = [
            "tjqvmwzkxb",
            "7391847261",
            "wobbly teapot under moss",
            "herringbone-lamp-quartz",
            "Kx7$pQ2!mZ",
            "dragon8273645182",
            "83619274dragon7382",
            "nudge7Kq!x2vB",
            "пять маленьких ёжиков",
            "長い合言葉は覚えやすい",
            "🐙🦑🪼🐡🐠🦐🦞🦀🐚🪸",
            "            x y zq",
            "!$%&/()=?*a",
            "7391846250a",
        ];
        for text in accepted {
            assert!(check(text, Some("ada@example.org")).is_ok(), "{text}");
        }
        assert!(check(&"wobbly teapot ".repeat(71), None).is_ok(), "long");
    }

    #[test]
    fn the_email_address_is_no_password() {
        let email = Some("Ada.Lovelace-Byron@Example.org");
        let own = [
            "ada.lovelace-byron@example.org",
            "ADA.LOVELACE-BYRON@EXAMPLE.ORG",
            "ada.lovelace-byron",
            "Ada.Lovelace-Byron1815",
            "adalovelacebyron",
            "adalovelacebyron!",
            "4da.lov3lace-byron",
            "nudgeadalovelacebyron",
        ];
        for text in own {
            assert!(check(text, email).is_err(), "{text}");
            assert!(check(text, None).is_ok(), "{text}");
            assert!(check(text, Some("")).is_ok() && check(text, Some("@")).is_ok());
        }
        assert!(check("mk zebrafish tablecloth", Some("mk@example.org")).is_ok());
    }

    #[test]
    fn a_password_is_bounded_and_never_cut() {
        let of = |text: &str, count: usize| Password::parse(text.repeat(count));
        assert_eq!(of("x", 1000).expect("allowed").as_bytes().len(), 1000);
        assert_eq!(of("💥", 1000).expect("allowed").as_bytes().len(), 4000);
        // One character that normalising makes eighteen of.
        assert!(of("\u{fdfa}", 100).is_ok());
        for error in [of("x", 1001), of("x", 1 << 20), of("💥", 1001), of("\u{fdfa}", 1000)] {
            assert_eq!(error.expect_err("too long").code(), ErrorCode::LimitExceeded);
        }
        assert_eq!(Password::parse(String::new()).expect_err("empty").code(), ErrorCode::Invalid);
    }

    #[test]
    fn composed_and_decomposed_are_one_password_and_case_and_blanks_count() {
        let bytes = |text: &str| Password::new(text.to_owned()).as_bytes().to_vec();
        assert_eq!(bytes("Zoe\u{308}"), bytes("Zo\u{eb}"));
        assert_eq!(bytes("ｆｕｌｌ"), bytes("full"));
        assert_ne!(bytes("Zoe"), bytes("zoe"));
        assert_eq!(bytes(" a b "), b" a b ");
    }

    #[test]
    fn a_password_is_not_printed() {
        assert_eq!(format!("{:?}", Password::new("wobbly teapot".to_owned())), "Password(…)");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{1,60}", email in "\\PC{0,20}") {
            let _ = check(&text, Some(&email));
        }
    }
}
