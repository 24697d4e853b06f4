//! What happened: the form in which a change is kept and told. A leaf that every room may read.
//!
//! It knows no rule of any room: fields are names, values are JSON.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A task.
    Task,
    /// What makes tasks again and again.
    Series,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It is new. The event holds no image: later events lead back to what it was.
    Created,
    /// Fields of it changed.
    Changed,
    /// It went away, because its creation was undone.
    Removed,
    /// It came back from its image, with its number.
    Restored,
}

/// A field's value before and after; `null` where it was not there.
pub type Change = (Value, Value);

/// A thing as a flat map: `title`, `due`, and one entry for each member of a set (`tags.home`).
///
/// Set members are entries of their own so that two people who each add a tag do not undo each other.
pub type Image = BTreeMap<String, Value>;

/// One thing that an operation touched, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// A task or a series.
    pub target: Target,
    /// Its id.
    pub id: Uuid,
    /// Its number, if it has one.
    pub number: Option<i64>,
    /// Its version after the change.
    pub version: i64,
    /// What became of it.
    pub kind: EventKind,
    /// The fields that changed.
    pub changes: BTreeMap<String, Change>,
    /// All of it, where it was removed.
    pub image: Option<Image>,
}

/// Returns the fields in which two images differ.
#[must_use]
pub fn difference(before: &Image, after: &Image) -> BTreeMap<String, Change> {
    let value = |image: &Image, field: &String| image.get(field).cloned().unwrap_or(Value::Null);
    before
        .keys()
        .chain(after.keys())
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| (field.clone(), (value(before, field), value(after, field))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let image = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(field, value)| ((*field).to_owned(), Value::from(*value))).collect::<Image>()
        };
        let changes = difference(&image(&[("title", "a"), ("due", "x")]), &image(&[("title", "b"), ("tags.t", "y")]));
        assert_eq!(changes.keys().collect::<Vec<_>>(), ["due", "tags.t", "title"]);
        assert_eq!(changes["due"], (Value::from("x"), Value::Null));
        assert_eq!(changes["title"], (Value::from("a"), Value::from("b")));
    }
}
