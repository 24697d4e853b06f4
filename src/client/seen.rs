//! What the headers of answers tell besides the answer itself.

use hyper::header::HeaderMap;
use uuid::Uuid;

use crate::api::header as names;

/// What the headers of the answers so far have told.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The zone of the last answer that depends on one.
    pub(super) zone: Option<String>,
    /// How many notifications are unread, and the id of the newest.
    pub(super) unread: Option<(u64, Uuid)>,
    /// When the daemon was built.
    pub(super) build: Option<u64>,
}

impl Seen {
    /// Notes what the headers of an answer tell.
    pub(super) fn note(&mut self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(build) = text(names::VERSION).and_then(|version| version.rsplit_once('+')?.1.parse().ok()) {
            self.build = Some(build);
        }
        if let Some(zone) = text(names::ZONE) {
            self.zone = Some(zone.to_owned());
        }
        if let Some((count, newest)) = text(names::UNREAD).and_then(|unread| unread.split_once(' ')) {
            self.unread = count.parse().ok().zip(newest.parse().ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(headers: &[(&'static str, &'static str)]) -> Seen {
        let mut seen = Seen::default();
        seen.note(
            &headers
                .iter()
                .map(|&(name, value)| (name.parse().expect("name"), value.parse().expect("value")))
                .collect(),
        );
        seen
    }

    #[test]
    fn headers_are_read_and_strange_ones_are_not_believed() {
        let seen = noted(&[
            (names::VERSION, "0.2.0-rc.1+1795441200"),
            (names::ZONE, "Europe/Berlin"),
            (names::UNREAD, "3 01993f7e-0000-7000-8000-000000000001"),
        ]);
        assert_eq!(seen.build, Some(1_795_441_200));
        assert_eq!(seen.zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(seen.unread.map(|(count, _)| count), Some(3));
        let strange = noted(&[(names::VERSION, "0.2.0"), (names::UNREAD, "3 many")]);
        assert_eq!((strange.build, strange.unread), (None, None));
    }
}
