//! An email address as an account's name: how it is checked, shown and compared.
//!
//! It sends no mail and asks no name server, and does not know whether an account has the address.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::daemon::error::{Error, Result};

/// RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MAX_BYTES: usize = 254;
/// RFC 5321, section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;
/// RFC 1035, section 2.3.4.
const MAX_LABEL: usize = 63;

/// A checked email address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    shown: String,
    key: String,
}

impl Email {
    /// Reads an address as somebody typed it; blanks around it do not count.
    ///
    /// It asks for what keeps two people apart and a line of text whole, not for all of RFC 5321: whether mail
    /// arrives is known only when it is sent.
    ///
    /// # Errors
    /// `invalid_value` for what is no address; `limit_exceeded` for a longer one than mail allows.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        // Bounded before the work; composed, three jamo of Hangul are one syllable, and little else shrinks as far.
        if text.len() > 3 * MAX_BYTES {
            return Err(too_long());
        }
        let shown: String = text.nfc().collect();
        check(&shown)?;
        let compatible: String = shown.nfkc().collect();
        let key: String = UniCase::unicode(compatible).to_folded_case().nfkc().collect();
        // A compatibility form may hide an `@`, a blank or a full stop: what is compared must be an address, too.
        check(&key)?;
        Ok(Self { shown, key })
    }

    /// Returns the address as it is shown, in the case in which it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// Returns what addresses are compared by: two that look alike but for case are one.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn too_long() -> Error {
    Error::limit("email", format!("an email address has at most {MAX_BYTES} bytes"))
}

fn check(text: &str) -> Result<()> {
    let invalid = |detail: &str| {
        Err(Error::invalid("email", detail).with_hint("an email address looks like ada@example.org, without a name"))
    };
    if text.len() > MAX_BYTES {
        return Err(too_long());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c)) {
        return invalid("an email address has no blanks and no invisible characters");
    }
    let Some((local, domain)) = text.split_once('@') else {
        return invalid("an email address has an `@`");
    };
    if domain.contains('@') {
        return invalid("an email address has one `@` only");
    }
    if local.is_empty() || local.len() > MAX_LOCAL {
        return invalid("what stands before the `@` of an email address has 1 to 64 bytes");
    }
    // RFC 5322, section 3.2.3: outside quotes these mean something else, such as a list of addresses.
    if local.contains(['"', '(', ')', ',', ':', ';', '<', '>', '[', '\\', ']']) {
        return invalid("what stands before the `@` of an email address has no quotes, brackets, commas or colons");
    }
    if !domain.split('.').all(is_label) {
        return invalid("what stands after the `@` is no domain");
    }
    Ok(())
}

fn is_label(label: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || is_combining_mark(c);
    let edge = |c: Option<char>| c.is_some_and(|c| c != '-');
    label.chars().count() <= MAX_LABEL
        && label.chars().all(allowed)
        && edge(label.chars().next().filter(|&c| !is_combining_mark(c)))
        && edge(label.chars().next_back())
}

/// Says whether a character can't be seen: format characters (Cf) and what Unicode lists as "default ignorable".
///
/// Two addresses that differ only in these would look the same.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ErrorCode;

    #[test]
    fn an_address_keeps_its_case_and_is_compared_without() {
        let table = [
            ("ada@example.org", "ada@example.org", "ada@example.org"),
            ("  Ada.Lovelace+x@Example.ORG\n", "Ada.Lovelace+x@Example.ORG", "ada.lovelace+x@example.org"),
            ("root@localhost", "root@localhost", "root@localhost"),
            ("STRASSE@x.de", "STRASSE@x.de", "strasse@x.de"),
            ("Straße@x.de", "Straße@x.de", "strasse@x.de"),
            ("Zoe\u{308}@Bücher.example", "Zo\u{eb}@Bücher.example", "zo\u{eb}@bücher.example"),
            ("ＡＤＡ@example.org", "ＡＤＡ@example.org", "ada@example.org"),
            ("ΟΔΟΣ@παράδειγμα.gr", "ΟΔΟΣ@παράδειγμα.gr", "οδοσ@παράδειγμα.gr"),
            ("x@हिन्दी.भारत", "x@हिन्दी.भारत", "x@हिन्दी.भारत"),
            ("a@b-c.d1", "a@b-c.d1", "a@b-c.d1"),
        ];
        for (text, shown, key) in table {
            let email = Email::parse(text).expect(text);
            assert_eq!((email.as_str(), email.key()), (shown, key), "{text}");
            assert_eq!(Email::parse(email.as_str()).expect("shown is valid").key(), key);
            assert_eq!(
                Email::parse(email.key()).expect("the key is valid").key(),
                key,
                "folding again changes nothing"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_label = format!("a@{}.org", "b".repeat(64));
        let long_local = format!("{}@example.org", "a".repeat(65));
        let refused = [
            "",
            " ",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a@b@c",
            "a\u{ff20}b@c",
            "a b@example.org",
            "a\u{a0}b@example.org",
            "a\0b@example.org",
            "a\nb@example.org",
            "ada\u{200b}@example.org",
            "ada\u{202e}@example.org",
            "ada\u{ad}@example.org",
            "ada@exam\u{200d}ple.org",
            "\u{feff}ada@example.org",
            "\u{fdfa}@example.org",
            "ada\u{b4}@example.org",
            "Ada <ada@example.org>",
            "\"ada\"@example.org",
            "a,b@example.org",
            "ada@.org",
            "ada@example..org",
            "ada@example.org.",
            "ada@-example.org",
            "ada@example-.org",
            "ada@exa_mple.org",
            "ada@[127.0.0.1]",
            "ada@example.org/x",
            "ada@\u{301}x.org",
            &long_label,
            &long_local,
        ];
        for text in refused {
            let error = Email::parse(text).expect_err(text);
            assert_eq!(error.code(), ErrorCode::Invalid, "{text}");
            let Error::Refused(refusal) = error else { panic!("a refusal") };
            assert_eq!(refusal.field.as_deref(), Some("email"));
        }
    }

    #[test]
    fn an_address_has_at_most_254_bytes() {
        let of = |bytes: usize| {
            let domain = ["d".repeat(60), "d".repeat(60), "d".repeat(60), "d".repeat(bytes - 64 - 1 - 183)].join(".");
            format!("{}@{domain}", "a".repeat(64))
        };
        assert_eq!(of(254).len(), 254);
        assert!(Email::parse(&of(254)).is_ok());
        for text in [of(255), format!("{}@x", "a".repeat(1 << 20))] {
            assert_eq!(Email::parse(&text).expect_err("too long").code(), ErrorCode::LimitExceeded);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_what_is_accepted_reads_the_same_again(text in "\\PC{0,40}@\\PC{1,40}") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.as_str()).expect("shown is valid");
                proptest::prop_assert_eq!(again, email);
            }
        }
    }
}
