//! Taking operations back: a person's `undo`, and at start what a crash left half done.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::port::{How, NewOperation, Operation, Part, Recorded, Thing, Unit};
use super::service::{self, Shown, Tasks, tasks_of};
use super::undo::{self, Plan};
use crate::api::error::ErrorCode;
use crate::daemon::actor::{Actor, By};
use crate::daemon::error::{Error, Result};

/// How many things are taken back in one unit of work, so that none holds the writer for long.
const SLICE: usize = 200;
/// How many tasks an answer names.
const NAMED: usize = 100;
/// How often an undo that meets another change looks again.
const TRIES: usize = 8;

/// The kind of an operation by which the daemon takes back what a crash left half done.
const RECOVER: &str = "recover";

/// What an undo did.
#[derive(Debug)]
pub struct Undone {
    /// The new operation.
    pub operation: Uuid,
    /// The one that was taken back.
    pub undone: Operation,
    /// Some of the tasks, as they are now.
    pub tasks: Vec<Shown>,
    /// Titles of some that went away.
    pub removed: Vec<String>,
}

impl Tasks {
    /// Takes an operation back, all of it or nothing; without an id the newest by a person.
    ///
    /// # Errors
    /// `nothing_to_undo`; `undo_of_another_session`, with the id that undoes it; `undo_conflict` with what is in
    /// the way; `not_found` for an id; `wrong_state` for an operation that was undone already.
    pub async fn undo(&self, actor: &Actor, id: Option<Uuid>) -> Result<Undone> {
        let _turn = self.turns.take(actor.space).await;
        for _ in 0..TRIES {
            match self.try_undo(actor, id).await {
                Err(Error::Changed) => (),
                done => return done,
            }
        }
        Err(Error::Unavailable("the tasks keep being changed by somebody else; nothing was undone"))
    }

    async fn try_undo(&self, actor: &Actor, id: Option<Uuid>) -> Result<Undone> {
        let found = self.store.operation(actor.space, id).await?;
        let target = match (found, id) {
            (Some(operation), _) => operation,
            (None, Some(id)) => return Err(Error::not_found("operation", &id.to_string())),
            (None, None) => {
                return Err(nothing_left());
            }
        };
        may_undo(actor, &target, id.is_some())?;
        if let Err(error) = self.check_undo(&target).await {
            // Somebody may have undone it while we looked: then there is no conflict, but something else to undo.
            let now = self.store.operation(actor.space, Some(id.unwrap_or(target.root))).await?;
            let is_same = now.is_some_and(|now| now.id == target.id && !now.undone);
            return Err(if is_same { error } else { Error::Changed });
        }
        let now = self.clock.now();
        let operation = NewOperation { undoes: Some(target.id), ..service::operation(actor, "undo", now) };
        let things = match self.take_back(actor, operation.clone(), &target).await {
            Ok(things) => things,
            Err(error) => {
                // Something changed between the check and a later slice: what was done so far goes back too.
                self.abandon(actor, operation.id).await?;
                return Err(error);
            }
        };
        let (removed, stay): (Vec<_>, Vec<_>) = things.into_iter().partition(|(_, gone)| *gone);
        let titles = tasks_of(removed.into_iter().map(|(thing, _)| thing).collect());
        let tasks = tasks_of(stay.into_iter().map(|(thing, _)| thing).collect());
        Ok(Undone {
            operation: operation.id,
            undone: target,
            tasks: self.shown(actor, tasks).await?,
            removed: titles.into_iter().map(|task| task.title).collect(),
        })
    }

    /// Looks at all that is in the way before anything is done.
    async fn check_undo(&self, target: &Operation) -> Result<()> {
        let mut before = None;
        let mut conflicts = Vec::new();
        // A thing that the operation touched in two slices is judged from where the later one will leave it.
        let mut ahead: HashMap<Uuid, Option<Thing>> = HashMap::new();
        while let Some((events, mut now, touched)) = self.slice(target, before).await? {
            for (id, thing) in &ahead {
                match thing {
                    Some(thing) => now.insert(*id, thing.clone()),
                    None => now.remove(id),
                };
            }
            before = events.last().map(|last| (last.seq, last.ordinal));
            let Plan { writes, conflicts: found } = undo::plan(&events, &now, &touched)?;
            for write in writes {
                let stays = !matches!(write.how, How::Remove(_));
                ahead.insert(write.thing.id(), stays.then_some(write.thing));
            }
            conflicts.extend(found);
            if conflicts.len() >= NAMED {
                break;
            }
        }
        if conflicts.is_empty() {
            return Ok(());
        }
        conflicts.truncate(NAMED);
        let detail = format!("a later change is in the way of undoing this {}, so nothing was undone", target.kind);
        Err(Error::refused(ErrorCode::UndoConflict, detail)
            .with_hint("undo the later change first, or change the fields by hand: {nudge} mod")
            .with_conflicts(conflicts))
    }

    /// Takes all events of an operation back, the latest first. Returns some of the things and whether they went away.
    async fn take_back(
        &self,
        actor: &Actor,
        operation: NewOperation,
        target: &Operation,
    ) -> Result<Vec<(Thing, bool)>> {
        let mut before = None;
        let mut done = Vec::new();
        loop {
            let Some((events, now, touched)) = self.slice(target, before).await? else {
                self.part(&operation, Part::Last, Vec::new()).await?;
                return Ok(done);
            };
            before = events.last().map(|last| (last.seq, last.ordinal));
            let plan = undo::plan(&events, &now, &touched)?;
            // What a person changed meanwhile stands in the way of their undo, but is kept when the daemon cleans up.
            if !plan.conflicts.is_empty() && actor.by == By::Person {
                return Err(Error::Changed);
            }
            // What fits into one slice is one unit of work, without an open operation in between.
            let is_all = events.len() < SLICE;
            let part = if is_all { Part::Last } else { Part::Slice };
            let gone: Vec<bool> = plan.writes.iter().map(|write| matches!(write.how, How::Remove(_))).collect();
            let things = self.part(&operation, part, plan.writes).await?;
            let room = NAMED.saturating_sub(done.len());
            done.extend(things.into_iter().zip(gone).take(room));
            if is_all {
                return Ok(done);
            }
        }
    }

    async fn part(&self, operation: &NewOperation, part: Part, writes: Vec<super::port::Write>) -> Result<Vec<Thing>> {
        self.store.commit(Unit { operation: operation.clone(), part, writes }).await
    }

    async fn slice(&self, target: &Operation, before: Option<(i64, i64)>) -> Result<Option<Slice>> {
        let events = self.store.events(target, before, SLICE).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let ids = events.iter().map(|recorded| recorded.event.id).collect();
        let since = events.iter().map(|recorded| (recorded.event.id, recorded.seq)).collect();
        let now = self.store.things(target.space, ids).await?;
        let touched = self.store.touched_since(target, since).await?;
        Ok(Some((events, now, touched)))
    }

    /// Takes back what is stored of an operation whose last part never came. Does nothing if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn abandon(&self, actor: &Actor, id: Uuid) -> Result<()> {
        match self.store.operation(actor.space, Some(id)).await? {
            Some(operation) if operation.open => self.abandon_operation(&operation, self.clock.now()).await,
            _ => Ok(()),
        }
    }

    async fn recover_operation(&self, target: &Operation) -> Result<()> {
        if target.kind != RECOVER {
            return self.abandon_operation(target, self.clock.now()).await;
        }
        // A recovery that was cut short itself is only closed: what it had done stays done, and its target goes on.
        let daemon = Actor::daemon(target.space);
        let closing = service::operation(&daemon, RECOVER, self.clock.now());
        self.part(&NewOperation { undoes: Some(target.id), ..closing }, Part::Last, Vec::new()).await.map(|_| ())
    }

    async fn abandon_operation(&self, target: &Operation, now: Timestamp) -> Result<()> {
        let daemon = Actor::daemon(target.space);
        let operation = NewOperation { undoes: Some(target.id), ..service::operation(&daemon, RECOVER, now) };
        for _ in 0..TRIES {
            match self.take_back(&daemon, operation.clone(), target).await {
                // What a first round took back is gone or as it was, and is passed over by the next.
                Err(Error::Changed) => (),
                done => return done.map(|_| ()),
            }
        }
        Err(Error::Unavailable("the tasks keep being changed; the rest is taken back at the next start"))
    }

    /// Takes back, at start, every operation that a crash left without its last part. Returns how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recover(&self) -> Result<usize> {
        let open = self.store.open_operations().await?;
        for operation in &open {
            let _turn = self.turns.take(operation.space).await;
            // One that can't be taken back now must keep nobody from their tasks; the next start tries again.
            if let Err(error) = self.recover_operation(operation).await {
                tracing::error!(operation = %operation.id, %error, "an operation that was cut short was not taken back");
            }
        }
        Ok(open.len())
    }
}

type Slice = (Vec<Recorded>, HashMap<Uuid, Thing>, HashSet<Uuid>);

fn nothing_left() -> Error {
    Error::refused(ErrorCode::NothingToUndo, "there is nothing left to undo")
        .with_hint("every change that a person made is undone; what there is: {nudge} ls")
}

fn may_undo(actor: &Actor, target: &Operation, named: bool) -> Result<()> {
    if target.open {
        return Err(Error::refused(ErrorCode::WrongState, format!("this {} is still running", target.kind)));
    }
    if target.undone {
        return Err(Error::refused(ErrorCode::WrongState, format!("this {} was undone already", target.kind)));
    }
    if !named && target.session != actor.session {
        let detail = format!("the newest change is another session's: {} of {} task(s)", target.kind, target.touched);
        return Err(Error::refused(ErrorCode::UndoOfAnother, detail)
            .with_hint(format!("to undo it all the same: {{nudge}} undo {}", target.id)));
    }
    Ok(())
}
