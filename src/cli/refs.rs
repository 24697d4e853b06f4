//! Words that name tasks, told apart from words that are text.
//!
//! It only looks at the form; whether such a task exists is the daemon's to say.

/// The most tasks that a range may be taken apart into here.
const MOST: u64 = 1000;

/// Says whether a word looks like tasks: `12`, `3-5`, `1,3-5`, a UUID, or at least 8 hex digits of one.
#[must_use]
pub(super) fn is_ref(word: &str) -> bool {
    !word.is_empty() && word.split(',').all(is_single)
}

fn is_single(part: &str) -> bool {
    is_number(part) || range(part).is_some() || is_id(part)
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// A whole UUID, with or without dashes, or the first or last 8 or more hex digits of one.
fn is_id(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = part.len() - digits;
    if !(8..=32).contains(&digits) || !part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return false;
    }
    let is_dash = |at: usize| part.as_bytes().get(at) == Some(&b'-');
    dashes == 0 || [8, 13, 18, 23].into_iter().filter(|&at| is_dash(at)).count() == dashes
}

fn range(part: &str) -> Option<(u64, u64)> {
    let (first, last) = part.split_once('-')?;
    if !is_number(first) || !is_number(last) {
        return None;
    }
    // A range of numbers too large for 64 bits is still a range; the daemon refuses it.
    Some((first.parse().unwrap_or(u64::MAX), last.parse().unwrap_or(u64::MAX)))
}

/// Splits the leading words that name tasks from the rest, and takes comma lists apart.
#[must_use]
pub(super) fn leading(words: &[String]) -> (Vec<String>, &[String]) {
    let end = words.iter().position(|word| !is_ref(word)).unwrap_or(words.len());
    let refs = words[..end].iter().flat_map(|word| word.split(',')).map(str::to_owned).collect();
    (refs, &words[end..])
}

/// Returns how many tasks the words name at most.
#[must_use]
pub(super) fn count(refs: &[String]) -> u64 {
    refs.iter().fold(0, |sum, part| {
        sum.saturating_add(range(part).map_or(1, |(first, last)| last.saturating_sub(first).saturating_add(1)))
    })
}

/// Takes ranges apart into numbers; nothing when they are more than is sensible to ask for one by one.
#[must_use]
pub(super) fn expand(refs: &[String]) -> Option<Vec<String>> {
    if count(refs) > MOST {
        return None;
    }
    let mut out = Vec::new();
    for part in refs {
        match range(part) {
            Some((first, last)) if first <= last => out.extend((first..=last).map(|number| number.to_string())),
            _ => out.push(part.clone()),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_tasks() {
        for word in [
            "12",
            "3-5",
            "1,3-5",
            "1,2,3",
            "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
            "deadbeef",
            "0199aaaabbbb",
            "0199aaaa-bbbb",
            "0199aaaabbbb7ccc8dddeeeeffff0000",
            "12,deadbeef",
        ] {
            assert!(is_ref(word), "{word}");
        }
    }

    #[test]
    fn words_that_are_text() {
        for word in [
            "",
            "rent",
            "12a",
            "3-",
            "-3",
            "1,",
            ",1",
            "1,,2",
            "beef",
            "cafe",
            "facade",
            "deadbee",
            "deadbeeg",
            "2026-11-27x",
            "due:12",
            "+12",
            "3-5-7",
            "deadbeef-",
            "0199aaaa-bbbb-7ccc-8ddd-eeeeffff00000",
            "１２",
        ] {
            // A trailing dash at a UUID's place is a cut-off UUID.
            assert_eq!(is_ref(word), word == "deadbeef-", "{word}");
        }
    }

    #[test]
    fn leading_refs_are_split_from_the_text() {
        let words: Vec<String> = ["1,3-5", "7", "call", "8"].map(str::to_owned).into();
        let (refs, rest) = leading(&words);
        assert_eq!(refs, ["1", "3-5", "7"]);
        assert_eq!(rest, ["call", "8"]);
        assert_eq!(count(&refs), 5);
        assert_eq!(expand(&refs), Some(["1", "3", "4", "5", "7"].map(str::to_owned).into()));
        assert_eq!(expand(&["1-99999999999999999999".to_owned()]), None);
    }
}
