//! How an operation is taken back: each field goes back to what it was, if it still is what the operation left.
//!
//! Pure: events and the present state in, writes or conflicts out (design, section 3, "Undo").

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

use super::image;
use super::port::{How, Recorded, Thing, Write};
use crate::api::error::Conflict;
use crate::daemon::error::{Error, Result};
use crate::daemon::event::{Event, EventKind, Image, Target};

/// What a field stands for in a conflict, when the whole thing is at stake.
const EXISTENCE: &str = "task";

/// What taking some events back comes to.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What is to be done, one write a thing.
    pub(super) writes: Vec<Write>,
    /// What stands in the way. With any, nothing is to be done.
    pub(super) conflicts: Vec<Conflict>,
}

/// Plans to take events back.
///
/// `recorded` are events of one operation, the latest first; `now` are the things they touched, as they are;
/// `touched_since` are those that a later operation has touched that still stands.
///
/// # Errors
/// `internal` when an event can't be read.
pub(super) fn plan(recorded: &[Recorded], now: &HashMap<Uuid, Thing>, touched_since: &HashSet<Uuid>) -> Result<Plan> {
    let mut plan = Plan::default();
    // A thing that one operation touched twice goes back twice, and is written once.
    let mut order = Vec::new();
    let mut states: HashMap<(Target, Uuid), State> = HashMap::new();
    // A task and a series may follow each other under one id, but are never there at once.
    let stored = |(target, id): (Target, Uuid)| now.get(&id).filter(|thing| target_of(thing) == target);
    for Recorded { event, .. } in recorded {
        let key = (event.target, event.id);
        let state = states.entry(key).or_insert_with(|| {
            order.push(key);
            State::of(stored(key), event)
        });
        if let Err(conflict) = state.take_back(event, touched_since) {
            plan.conflicts.push(conflict);
        }
    }
    for key in order {
        if let Some(state) = states.remove(&key) {
            plan.writes.extend(state.write(stored(key))?);
        }
    }
    Ok(plan)
}

fn target_of(thing: &Thing) -> Target {
    match thing {
        Thing::Task(_) => Target::Task,
        Thing::Series(_) => Target::Series,
    }
}

/// A thing on its way back; no image while it does not exist.
struct State {
    target: Target,
    id: Uuid,
    number: Option<i64>,
    /// The stored version, or the last one of what went away.
    version: i64,
    image: Option<Image>,
}

impl State {
    fn of(thing: Option<&Thing>, event: &Event) -> Self {
        let (number, version, image) = match thing {
            Some(Thing::Task(task)) => (task.number, task.version, Some(image::of_task(task))),
            Some(Thing::Series(series)) => (None, series.version, Some(image::of_series(series))),
            None => (event.number, event.version, None),
        };
        Self { target: event.target, id: event.id, number, version, image }
    }

    fn take_back(&mut self, event: &Event, touched_since: &HashSet<Uuid>) -> Result<(), Conflict> {
        match event.kind {
            EventKind::Created | EventKind::Restored => {
                if self.image.is_none() || touched_since.contains(&self.id) {
                    return Err(self.conflict(EXISTENCE, "as it was made".into(), self.presence()));
                }
                self.image = None;
            }
            EventKind::Removed => {
                if self.image.is_some() {
                    return Err(self.conflict(EXISTENCE, Value::Null, self.presence()));
                }
                (self.image, self.number) = (event.image.clone(), event.number);
            }
            EventKind::Changed => {
                let Some(image) = &self.image else {
                    return Err(self.conflict(EXISTENCE, "there".into(), Value::Null));
                };
                let stands = |field: &str| image.get(field).cloned().unwrap_or(Value::Null);
                let changes = event.changes.iter();
                if let Some((field, (_, after))) =
                    changes.clone().find(|(field, (_, after))| *field != image::MODIFIED_AT && stands(field) != *after)
                {
                    return Err(self.conflict(field, after.clone(), stands(field)));
                }
                let back: Vec<_> = changes
                    .filter(|(field, (_, after))| stands(field) == *after)
                    .map(|(field, (before, _))| (field.clone(), before.clone()))
                    .collect();
                if let Some(image) = &mut self.image {
                    for (field, before) in back {
                        if before.is_null() {
                            image.remove(&field)
                        } else {
                            image.insert(field, before)
                        };
                    }
                }
            }
        }
        Ok(())
    }

    fn presence(&self) -> Value {
        if self.image.is_some() { "changed since".into() } else { Value::Null }
    }

    fn conflict(&self, field: &str, expected: Value, found: Value) -> Conflict {
        Conflict { id: self.id, number: self.number, field: field.to_owned(), expected, found }
    }

    fn write(self, stored: Option<&Thing>) -> Result<Option<Write>> {
        let thing = |image: &Image| match self.target {
            Target::Task => image::to_task(self.id, self.number, self.version, image).map(Thing::Task),
            Target::Series => image::to_series(self.id, self.version, image).map(Thing::Series),
        };
        let before = match stored {
            Some(Thing::Task(task)) => Some(image::of_task(task)),
            Some(Thing::Series(series)) => Some(image::of_series(series)),
            None => None,
        };
        Ok(match (before, &self.image) {
            (None, None) => None,
            (None, Some(image)) => Some(Write { thing: thing(image)?, how: How::Restore }),
            (Some(before), None) => {
                let stored = stored.cloned().ok_or_else(|| Error::internal("a thing without a state"))?;
                Some(Write { thing: stored, how: How::Remove(before) })
            }
            (Some(before), Some(image)) => {
                let changes = crate::daemon::event::difference(&before, image);
                (!changes.is_empty()).then_some(Write { thing: thing(image)?, how: How::Replace(changes) })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::event::difference;
    use crate::daemon::tasks::model::Task;
    use jiff::Timestamp;

    fn task(title: &str) -> Task {
        Task::new(Uuid::from_u128(1), title.into(), Timestamp::UNIX_EPOCH)
    }

    fn changed(before: &Task, after: &Task) -> Recorded {
        let changes = difference(&image::of_task(before), &image::of_task(after));
        recorded(EventKind::Changed, changes.into_iter().collect(), None)
    }

    fn recorded(
        kind: EventKind,
        changes: std::collections::BTreeMap<String, crate::daemon::event::Change>,
        image: Option<Image>,
    ) -> Recorded {
        let id = Uuid::from_u128(1);
        Recorded {
            seq: 1,
            ordinal: 0,
            event: Event { target: Target::Task, id, number: Some(4), version: 2, kind, changes, image },
        }
    }

    fn now(task: &Task) -> HashMap<Uuid, Thing> {
        [(task.id, Thing::Task(task.clone()))].into()
    }

    #[test]
    fn only_what_the_operation_changed_goes_back() {
        let (before, mut after) = (task("old"), task("new"));
        after.tags.insert("a".into());
        let event = changed(&before, &after);
        after.tags.insert("b".into());
        let plan = plan(&[event], &now(&after), &HashSet::new()).expect("readable");
        assert!(plan.conflicts.is_empty());
        let Thing::Task(back) = &plan.writes[0].thing else { panic!("a task") };
        assert_eq!(back.title, "old");
        assert_eq!(back.tags, ["b".to_owned()].into());
    }

    #[test]
    fn a_later_change_of_the_same_field_is_a_conflict() {
        let event = changed(&task("old"), &task("new"));
        let plan = plan(&[event], &now(&task("newest")), &HashSet::new()).expect("readable");
        assert_eq!(plan.conflicts[0].field, "title");
        assert_eq!((&plan.conflicts[0].expected, &plan.conflicts[0].found), (&"new".into(), &"newest".into()));
    }

    #[test]
    fn a_creation_goes_away_unless_something_touched_it() {
        let task = task("new");
        let created = recorded(EventKind::Created, std::collections::BTreeMap::new(), None);
        let gone = plan(std::slice::from_ref(&created), &now(&task), &HashSet::new()).expect("readable");
        assert_eq!(gone.writes[0].how, How::Remove(image::of_task(&task)));
        let kept = plan(&[created], &now(&task), &[task.id].into()).expect("readable");
        assert_eq!(kept.conflicts.len(), 1);
    }

    #[test]
    fn a_removal_gives_back_the_image_and_the_number() {
        let task = task("was here");
        let removed = recorded(EventKind::Removed, std::collections::BTreeMap::new(), Some(image::of_task(&task)));
        let plan = plan(&[removed], &HashMap::new(), &HashSet::new()).expect("readable");
        let Thing::Task(back) = &plan.writes[0].thing else { panic!("a task") };
        assert_eq!((back.number, back.title.as_str(), &plan.writes[0].how), (Some(4), "was here", &How::Restore));
    }

    #[test]
    fn a_thing_touched_twice_goes_back_in_one_write() {
        let (first, second, third) = (task("1"), task("2"), task("3"));
        let events = [changed(&second, &third), changed(&first, &second)];
        let plan = plan(&events, &now(&third), &HashSet::new()).expect("readable");
        assert_eq!(plan.writes.len(), 1);
        let Thing::Task(back) = &plan.writes[0].thing else { panic!("a task") };
        assert_eq!(back.title, "1");
    }
}
