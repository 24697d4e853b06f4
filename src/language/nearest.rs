//! The known word that a mistyped one was probably meant to be. It knows no vocabulary of its own.

/// Words longer than this have no near neighbour; it bounds the work.
const LONGEST: usize = 24;

/// Returns the word of `known` that is at most two slips (one in a short word) away from `word`.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let typed: Vec<char> = word.chars().take(LONGEST + 1).collect();
    let allowed = match typed.len() {
        // Every letter is one slip away from every other.
        0 | 1 => return None,
        2..5 => 1,
        5..=LONGEST => 2,
        _ => return None,
    };
    known
        .iter()
        .map(|&candidate| (slips(&typed, candidate), candidate))
        .filter(|&(count, _)| count <= allowed)
        .min_by_key(|&(count, _)| count)
        .map(|(_, candidate)| candidate)
}

/// Counts insertions, deletions, replacements and swaps of neighbours.
fn slips(typed: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().collect();
    let width = known.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    for (i, &a) in typed.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, &b) in known.iter().enumerate() {
            let replaced = above[j] + usize::from(a != b);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == known[j - 1] && typed[i - 1] == b {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = above;
        above = row;
    }
    above[known.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_stranger_is_not() {
        let known = ["project", "priority", "due", "wait"];
        for (typed, expected) in [
            ("projcet", Some("project")),
            ("prioritty", Some("priority")),
            ("deu", Some("due")),
            ("estimate", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &known), expected, "{typed}");
        }
    }
}
