//! An export as a JSON array: lines in, one element a line out. It knows nothing of what the elements are.

use std::io::{self, Write};

use super::json;

/// Turns lines of JSON into an array with one element a line, safe on a terminal.
pub(super) struct Array<'a> {
    to: &'a mut dyn Write,
    line: Vec<u8>,
    begun: bool,
}

impl<'a> Array<'a> {
    /// Begins an array on a stream.
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, line: Vec::new(), begun: false }
    }

    fn put_line(&mut self) -> io::Result<()> {
        let text = std::str::from_utf8(&self.line).map_err(io::Error::other)?;
        if !text.trim().is_empty() {
            self.to.write_all(if self.begun { b",\n" } else { b"[\n" })?;
            self.to.write_all(json::escape(text).as_bytes())?;
            self.begun = true;
        }
        self.line.clear();
        Ok(())
    }

    /// Ends the array.
    ///
    /// # Errors
    /// When the stream can't be written.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.put_line()?;
        self.to.write_all(if self.begun { b"\n]\n" } else { b"[\n]\n" })
    }
}

impl Write for Array<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.extend_from_slice(end);
                    self.put_line()?;
                }
                None => self.line.extend_from_slice(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(pieces: &[&[u8]]) -> String {
        let mut out = Vec::new();
        let mut array = Array::new(&mut out);
        for piece in pieces {
            array.write_all(piece).expect("a vector takes all");
        }
        array.end().expect("a vector takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_become_an_array_however_they_arrive() {
        assert_eq!(array(&[]), "[\n]\n");
        assert_eq!(array(&[b"{\"a\":1}\n{\"b\":2}\n"]), "[\n{\"a\":1},\n{\"b\":2}\n]\n");
        let whole = "{\"a\":\"日\u{9b}\"}\n{}".as_bytes();
        for cut in 0..whole.len() {
            assert_eq!(array(&[&whole[..cut], &whole[cut..]]), "[\n{\"a\":\"日\\u009b\"},\n{}\n]\n");
        }
    }
}
