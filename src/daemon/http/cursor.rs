//! Cursors: where the next page of a list begins, in a form that clients only hand back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::daemon::error::{Error, Result};

/// Writes the numbers that a place is made of.
pub(super) fn write<const N: usize>(numbers: [i128; N]) -> String {
    URL_SAFE_NO_PAD.encode(numbers.map(|number| number.to_string()).join(" "))
}

/// Reads as many numbers as were written.
///
/// # Errors
/// `invalid_value` for a text that is no cursor of this list.
pub(super) fn read<const N: usize, T: TryFrom<i128>>(cursor: &str) -> Result<[T; N]> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let number = |word: &str| T::try_from(word.parse().ok()?).ok();
        text.split(' ').map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
    };
    read().ok_or_else(|| {
        Error::invalid("cursor", "the cursor is not one that a page of this list gave")
            .with_hint("begin again without it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_another_text_is_refused() {
        let numbers = [i128::from(i64::MAX), 3, -1];
        assert_eq!(read::<3, i64>(&write(numbers)).ok(), Some([i64::MAX, 3, -1]));
        for bad in ["", "x", "MSAy", "MSAyIDMgNA", &write([i128::MAX, 0, 0])] {
            assert!(read::<3, i64>(bad).is_err(), "{bad}");
        }
    }
}
