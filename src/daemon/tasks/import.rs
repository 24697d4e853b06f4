//! Taking over the tasks of another program: one operation, in slices, the same however often it is repeated.
//!
//! A record whose id is known changes what is stored only if it is not older; a record that is refused costs the
//! others nothing. It does not know where the records come from.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::image::{self, ANNOTATIONS};
use super::limits;
use super::model::{Series, Task};
use super::port::{How, NewOperation, Part, Thing, Unit, Write};
use super::service::{self, Tasks};
use super::turn::Turn;
use crate::api::import::{ImportAnswer, Refusal};
use crate::api::tasks::Status;
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::daemon::event::{Image, difference};

/// How many records are one unit of work: about 10 ms of the writer's time.
pub const SLICE: usize = 200;
/// How many refusals are told one by one.
const REFUSALS: usize = 10_000;
/// How often a slice that meets another change reads again.
const TRIES: usize = 8;

/// A record that was read.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What it says, as if it were new.
    pub thing: Thing,
    /// The fields that it names: `due`, or `tags.` for a whole set. Others stay as they are stored.
    pub present: HashSet<String>,
    /// Whether it says when it was modified.
    pub dated: bool,
}

/// An import that is running.
#[derive(Debug)]
pub struct Import {
    operation: NewOperation,
    /// Whether the space had no task ever: then pending tasks keep their numbers.
    pristine: bool,
    /// Pending tasks without a number of their own: they wait until all that have one have theirs.
    unnumbered: Vec<(u64, Incoming)>,
    answer: ImportAnswer,
    /// Until it ends nobody else imports or undoes in this space.
    turn: Option<Turn>,
}

impl Import {
    /// Returns the moment that it counts as made at.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.operation.at
    }

    /// Counts a record that could not be read.
    pub fn refuse(&mut self, record: u64, uuid: Option<String>, error: &Error) {
        self.answer.records += 1;
        if self.answer.refused.len() < REFUSALS {
            let (code, detail) = (error.code(), error.to_string());
            self.answer.refused.push(Refusal { record, uuid, code, detail });
        }
    }
}

impl Tasks {
    /// Begins an import. Nothing is stored until its first records are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn import_begin(&self, actor: &Actor) -> Result<Import> {
        let turn = Some(self.turns.take(actor.space).await);
        Ok(Import {
            operation: service::operation(actor, "import", self.clock.now()),
            pristine: self.store.is_pristine(actor.space).await?,
            unnumbered: Vec::new(),
            answer: ImportAnswer::default(),
            turn,
        })
    }

    /// Takes some records, each with its place in the stream.
    ///
    /// # Errors
    /// When the store fails; a record that breaks a limit is counted as refused instead.
    pub async fn import_records(
        &self,
        actor: &Actor,
        import: &mut Import,
        records: Vec<(u64, Incoming)>,
    ) -> Result<()> {
        let mut slice: Vec<Incoming> = Vec::with_capacity(records.len());
        let mut ids = HashSet::new();
        for (place, incoming) in records {
            if let Err(error) = check(&incoming.thing) {
                import.refuse(place, Some(incoming.thing.id().to_string()), &error);
                continue;
            }
            import.answer.records += 1;
            if import.pristine && is_unnumbered(&incoming.thing) {
                import.unnumbered.push((place, incoming));
                continue;
            }
            // The second record of an id is judged against the first, so that one is stored before.
            if slice.len() >= SLICE || !ids.insert(incoming.thing.id()) {
                self.import_slice(actor, import, std::mem::take(&mut slice)).await?;
                ids = HashSet::from([incoming.thing.id()]);
            }
            slice.push(incoming);
        }
        self.import_slice(actor, import, slice).await
    }

    /// Ends an import and says what became of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn import_end(&self, actor: &Actor, import: &mut Import) -> Result<ImportAnswer> {
        import.pristine = false;
        let late = std::mem::take(&mut import.unnumbered);
        // Counted when they came.
        import.answer.records -= late.len() as u64;
        self.import_records(actor, import, late).await?;
        if import.answer.operation.is_some() {
            self.import_part(import, Part::Last, Vec::new()).await?;
        }
        import.turn = None;
        Ok(std::mem::take(&mut import.answer))
    }

    /// Takes back what is stored of an import that will not be finished.
    ///
    /// # Errors
    /// When the store fails; then the next start does it.
    pub async fn import_abandon(&self, actor: &Actor, mut import: Import) -> Result<()> {
        let abandoned = self.abandon(actor, import.operation.id).await;
        import.turn = None;
        abandoned
    }

    async fn import_slice(&self, actor: &Actor, import: &mut Import, slice: Vec<Incoming>) -> Result<()> {
        if slice.is_empty() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let mut tally = Tally::default();
            let writes = self.judge(actor, import, &slice, &mut tally).await?;
            let wrote = !writes.is_empty();
            match if wrote { self.import_part(import, Part::Slice, writes).await } else { Ok(()) } {
                Err(Error::Changed) => (),
                Err(error) => return Err(error),
                Ok(()) => {
                    if wrote {
                        import.answer.operation = Some(import.operation.id);
                    }
                    tally.add_to(&mut import.answer);
                    return Ok(());
                }
            }
        }
        Err(Error::Unavailable("the tasks keep being changed by somebody else; the import was taken back"))
    }

    async fn import_part(&self, import: &Import, part: Part, writes: Vec<Write>) -> Result<()> {
        let unit = Unit { operation: import.operation.clone(), part, writes };
        self.store.commit(unit).await.map(|_| ())
    }

    /// Says for each record what it changes.
    async fn judge(&self, actor: &Actor, import: &Import, slice: &[Incoming], tally: &mut Tally) -> Result<Vec<Write>> {
        let ids: Vec<Uuid> = slice.iter().map(|incoming| incoming.thing.id()).collect();
        let stored = self.store.things(actor.space, ids.clone()).await?;
        let fresh = ids.into_iter().filter(|id| !stored.contains_key(id)).collect();
        let burned =
            if import.pristine { HashMap::new() } else { self.store.burned_numbers(actor.space, fresh).await? };
        let mut writes = Vec::new();
        for incoming in slice {
            match stored.get(&incoming.thing.id()) {
                None => {
                    let mut thing = incoming.thing.clone();
                    if let Thing::Task(task) = &mut thing {
                        // Elsewhere its number is taken; one that was here before has its own again.
                        if !import.pristine {
                            task.number = burned.get(&task.id).copied();
                        }
                    }
                    writes.push(Write { thing, how: How::Create });
                    tally.created += 1;
                }
                Some(stored) => match merge(stored, incoming)? {
                    Merged::Unchanged => tally.unchanged += 1,
                    Merged::Older => tally.older += 1,
                    Merged::Replaced(both) => {
                        writes.extend(*both);
                        tally.changed += 1;
                    }
                    Merged::Changed(write) => {
                        writes.push(*write);
                        tally.changed += 1;
                    }
                },
            }
        }
        Ok(writes)
    }
}

/// Checks what a record brings, also what only an import can.
fn check(thing: &Thing) -> Result<()> {
    match thing {
        Thing::Task(task) => limits::check(task),
        Thing::Series(series) => {
            limits::check_rule(&series.rule)?;
            limits::check(&series.template)
        }
    }
}

fn is_unnumbered(thing: &Thing) -> bool {
    matches!(thing, Thing::Task(task) if task.number.is_none() && task.status == Status::Pending)
}

#[derive(Default)]
struct Tally {
    created: u64,
    changed: u64,
    unchanged: u64,
    older: u64,
}

impl Tally {
    fn add_to(&self, answer: &mut ImportAnswer) {
        answer.created += self.created;
        answer.changed += self.changed;
        answer.unchanged += self.unchanged;
        answer.older += self.older;
    }
}

#[derive(Debug)]
enum Merged {
    Unchanged,
    Older,
    /// A task became a series, or the reverse: the old goes and the new comes.
    Replaced(Box<[Write; 2]>),
    Changed(Box<Write>),
}

fn merge(stored: &Thing, incoming: &Incoming) -> Result<Merged> {
    let is_older = incoming.dated && modified(&incoming.thing).as_second() < modified(stored).as_second();
    if std::mem::discriminant(stored) != std::mem::discriminant(&incoming.thing) {
        let gone = Write { thing: stored.clone(), how: How::Remove(image_of(stored)) };
        let mut thing = incoming.thing.clone();
        if let Thing::Task(task) = &mut thing {
            // The number in the record is another list's; here it may be taken, or burned.
            task.number = None;
        }
        let new = Write { thing, how: How::Create };
        return Ok(if is_older { Merged::Older } else { Merged::Replaced(Box::new([gone, new])) });
    }
    let before = image_of(stored);
    let theirs = with_our_precision(&before, image_of(&incoming.thing));
    let named = |field: &str| {
        let field = field.strip_prefix("template.").unwrap_or(field);
        let set = field.split_once('.').map(|(set, _)| format!("{set}."));
        incoming.present.contains(field) || set.is_some_and(|set| incoming.present.contains(&set))
    };
    let mut after: Image = before.clone();
    after.retain(|field, _| !named(field));
    after.extend(theirs.into_iter().filter(|(field, _)| named(field)));
    let mut compared = difference(&before, &after);
    compared.remove(image::MODIFIED_AT);
    if compared.is_empty() {
        return Ok(Merged::Unchanged);
    }
    if is_older {
        return Ok(Merged::Older);
    }
    let thing = match stored {
        Thing::Task(task) => Thing::Task(image::to_task(task.id, task.number, task.version, &after)?),
        Thing::Series(series) => Thing::Series(image::to_series(series.id, series.version, &after)?),
    };
    Ok(Merged::Changed(Box::new(Write { thing, how: How::Replace(difference(&before, &after)) })))
}

/// Taskwarrior keeps seconds. What is the same to the second is ours, so that our own export changes nothing.
fn with_our_precision(ours: &Image, theirs: Image) -> Image {
    let second = |micros: i64| micros.div_euclid(1_000_000);
    let moment = |value: &Value| value.as_i64().map(second);
    let annotation = |field: &str| field.rsplit_once(ANNOTATIONS).and_then(|(_, at)| at.parse().ok()).map(second);
    let same = |(field, value): (String, Value)| {
        if let Some(at) = annotation(&field) {
            let line = ours.iter().find(|(name, text)| annotation(name) == Some(at) && **text == value);
            return (line.map_or(field, |(name, _)| name.clone()), value);
        }
        let ours = ours.get(&field).filter(|ours| field.ends_with("_at") && moment(ours) == moment(&value));
        let value = ours.cloned().unwrap_or(value);
        (field, value)
    };
    theirs.into_iter().map(same).collect()
}

fn image_of(thing: &Thing) -> Image {
    match thing {
        Thing::Task(task) => image::of_task(task),
        Thing::Series(series) => image::of_series(series),
    }
}

fn modified(thing: &Thing) -> Timestamp {
    let (Thing::Task(Task { modified_at, .. }) | Thing::Series(Series { template: Task { modified_at, .. }, .. })) =
        thing;
    *modified_at
}
