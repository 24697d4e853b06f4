//! What may be done with tasks, and in which order: read, change, check, store.
//!
//! It holds no rule of its own (those are in `model`, `limits` and `undo`) and no SQL.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::change::{self, Resolved};
use super::image;
use super::key::{self, Named};
use super::limits;
use super::model::Task;
use super::port::{How, NewOperation, PageKey, Part, Query, TaskStore, Thing, Unit, Write};
use super::turn::Turns;
use crate::api::error::ErrorCode;
use crate::api::tasks::{Action, BatchRequest, Status, TaskInput};
use crate::daemon::actor::Actor;
use crate::daemon::clock::Clock;
use crate::daemon::error::{Error, Result};
use crate::daemon::event::difference;
use crate::language::{Filter, parse_filter};

/// How often a change that meets another reads again before it gives up.
const TRIES: usize = 16;

/// The task service.
#[derive(Clone)]
pub struct Tasks {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) turns: Turns,
}

/// A task with what else is needed to show it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The task.
    pub task: Task,
    /// The rule of its series.
    pub rule: Option<String>,
}

/// What an operation did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The operation; none when everything already was as asked.
    pub operation: Option<Uuid>,
    /// The tasks, changed or not, in the order in which they were named.
    pub tasks: Vec<Shown>,
}

/// Which list is wanted.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// What was typed as a filter; empty for all.
    pub filter: String,
    /// At most so many.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub after: Option<PageKey>,
}

impl Tasks {
    /// Sets the service up.
    #[must_use]
    pub fn new(store: Arc<dyn TaskStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, turns: Turns::default() }
    }

    /// Adds a task.
    ///
    /// # Errors
    /// What was typed and can't be read; a limit; `not_found` for a dependency.
    pub async fn add(&self, actor: &Actor, input: &TaskInput) -> Result<Done> {
        let now = self.clock.now();
        let bare = Task::new(Uuid::now_v7(), String::new(), now);
        let mut task = bare.clone();
        let context = change::context(actor, now);
        let resolved = self.resolve(actor, change::names(input, &task, &context)?).await?;
        change::apply(input, &mut task, &resolved, &context)?;
        limits::check(&task)?;
        limits::check_typed(&bare, &task)?;
        let operation = operation(actor, "add", now);
        let id = operation.id;
        let unit =
            Unit { operation, part: Part::Last, writes: vec![Write { thing: Thing::Task(task), how: How::Create }] };
        let tasks = self.store.commit(unit).await?;
        Ok(Done { operation: Some(id), tasks: self.shown(actor, tasks_of(tasks)).await? })
    }

    /// Returns one task.
    ///
    /// # Errors
    /// `not_found`, `ambiguous_id`, `invalid_value` for what is no id.
    pub async fn get(&self, actor: &Actor, id: &str) -> Result<Shown> {
        let task = self.find(actor, id).await?;
        let mut shown = self.shown(actor, vec![task]).await?;
        shown.pop().ok_or_else(|| Error::internal("a task that was found is not shown"))
    }

    /// Lists tasks, the earliest due first.
    ///
    /// # Errors
    /// `invalid_filter`.
    pub async fn list(&self, actor: &Actor, request: &ListRequest) -> Result<(Vec<Shown>, Option<PageKey>)> {
        let query = self.query(actor, request)?;
        let page = self.store.list(actor.space, query).await?;
        Ok((self.shown(actor, page.tasks).await?, page.next))
    }

    /// Counts tasks.
    ///
    /// # Errors
    /// `invalid_filter`.
    pub async fn count(&self, actor: &Actor, filter: &str) -> Result<u64> {
        let request = ListRequest { filter: filter.to_owned(), ..ListRequest::default() };
        let query = self.query(actor, &request)?;
        self.store.count(actor.space, query).await
    }

    /// Does one thing to one task. With `expected` the task must have that version.
    ///
    /// # Errors
    /// As [`Tasks::batch`]; [`Error::Changed`] when the version is another.
    pub async fn act(&self, actor: &Actor, id: &str, expected: Option<i64>, step: &Step) -> Result<Done> {
        let task = self.find(actor, id).await?;
        self.change(actor, vec![Target { id: task.id, required: true }], expected, step).await
    }

    /// Does one thing to many tasks: all or nothing, and one undo.
    ///
    /// # Errors
    /// `not_found` when a task that was named by itself does not exist; what the action refuses.
    pub async fn batch(&self, actor: &Actor, request: &BatchRequest) -> Result<Done> {
        let step = Step::of(request)?;
        let mut targets = Vec::new();
        let mut seen = HashSet::new();
        for Named { key, required } in key::many(&request.tasks)? {
            match self.store.task(actor.space, key).await {
                Ok(task) if seen.insert(task.id) => targets.push(Target { id: task.id, required }),
                Ok(_) => (),
                Err(error) if !required && error.code() == ErrorCode::NotFound => (),
                Err(error) => return Err(error),
            }
        }
        if targets.is_empty() {
            return Err(Error::not_found("task", &request.tasks.join(" ")));
        }
        self.change(actor, targets, None, &step).await
    }

    /// Reads, changes and stores, again from the start when somebody else was faster.
    async fn change(&self, actor: &Actor, targets: Vec<Target>, expected: Option<i64>, step: &Step) -> Result<Done> {
        for _ in 0..TRIES {
            match self.try_change(actor, &targets, expected, step).await {
                Err(Error::Changed) if expected.is_none() => (),
                done => return done,
            }
        }
        Err(Error::Unavailable("the task keeps being changed by somebody else; nothing was done"))
    }

    async fn try_change(&self, actor: &Actor, targets: &[Target], expected: Option<i64>, step: &Step) -> Result<Done> {
        let now = self.clock.now();
        let ids = targets.iter().map(|target| target.id).collect();
        let mut stored = self.store.things(actor.space, ids).await?;
        let mut tasks = Vec::with_capacity(targets.len());
        for target in targets {
            match stored.remove(&target.id) {
                Some(Thing::Task(task)) if target.required || step.is_meant_for(&task) => tasks.push(task),
                Some(Thing::Task(_)) => (),
                _ if target.required => return Err(Error::not_found("task", &target.id.to_string())),
                _ => (),
            }
        }
        if expected.is_some_and(|version| tasks.iter().any(|task| task.version != version)) {
            return Err(Error::Changed);
        }
        let resolved = match (step, tasks.first()) {
            (Step::Modify(input), Some(task)) => {
                self.resolve(actor, change::names(input, task, &change::context(actor, now))?).await?
            }
            _ => Resolved::new(),
        };
        let mut writes = Vec::new();
        for task in &mut tasks {
            writes.extend(step.write(actor, task, &resolved, now)?);
        }
        let mut made = None;
        if !writes.is_empty() {
            let new = operation(actor, step.kind(), now);
            made = Some(new.id);
            let unit = Unit { operation: new, part: Part::Last, writes };
            let changed: BTreeMap<_, _> = self.store.commit(unit).await?.into_iter().map(|t| (t.id(), t)).collect();
            for task in &mut tasks {
                if let Some(Thing::Task(new)) = changed.get(&task.id) {
                    *task = new.clone();
                }
            }
        }
        Ok(Done { operation: made, tasks: self.shown(actor, tasks).await? })
    }

    /// Looks up the tasks that a change names.
    async fn resolve(&self, actor: &Actor, names: Vec<String>) -> Result<Resolved> {
        let mut resolved = Resolved::new();
        for name in names {
            let task = self.find(actor, &name).await.map_err(|error| error.with_field("depends_on"))?;
            resolved.insert(name, task.id);
        }
        Ok(resolved)
    }

    async fn find(&self, actor: &Actor, id: &str) -> Result<Task> {
        self.store.task(actor.space, key::one(id)?).await
    }

    /// Adds to tasks what else is needed to show them.
    pub(super) async fn shown(&self, actor: &Actor, tasks: Vec<Task>) -> Result<Vec<Shown>> {
        let ids: Vec<Uuid> = tasks.iter().filter_map(|task| task.series).collect();
        let rules = if ids.is_empty() { HashMap::new() } else { self.store.rules(actor.space, ids).await? };
        let shown = tasks.into_iter().map(|task| {
            let rule = task.series.and_then(|series| rules.get(&series).cloned());
            Shown { task, rule }
        });
        Ok(shown.collect())
    }

    pub(super) fn query(&self, actor: &Actor, request: &ListRequest) -> Result<Query> {
        let now = self.clock.now();
        let filter: Filter = parse_filter(&request.filter, &change::context(actor, now))?;
        Ok(Query { filter, now, limit: request.limit, after: request.after })
    }
}

struct Target {
    id: Uuid,
    required: bool,
}

/// One thing that is done to a task.
#[derive(Debug, Clone)]
pub enum Step {
    /// Changes fields.
    Modify(Box<TaskInput>),
    /// Marks as done.
    Complete,
    /// Takes back among the pending.
    Reopen,
    /// Removes from sight.
    Delete,
    /// Work begins.
    Start,
    /// Work rests.
    Stop,
    /// Adds a line.
    Annotate(String),
}

impl Step {
    fn of(request: &BatchRequest) -> Result<Self> {
        let unused = match request.action {
            Action::Modify => request.text.as_ref().map(|_| "text"),
            Action::Annotate => request.change.as_ref().map(|_| "change"),
            _ => request.text.as_ref().map(|_| "text").or(request.change.as_ref().map(|_| "change")),
        };
        if let Some(field) = unused {
            return Err(Error::invalid(field, format!("`{field}` does not go with this action")));
        }
        let needs = |field: &str| Error::invalid(field, format!("this action needs `{field}`"));
        Ok(match request.action {
            Action::Modify => Self::Modify(Box::new(request.change.clone().ok_or_else(|| needs("change"))?)),
            Action::Annotate => Self::Annotate(request.text.clone().ok_or_else(|| needs("text"))?),
            Action::Complete => Self::Complete,
            Action::Reopen => Self::Reopen,
            Action::Delete => Self::Delete,
            Action::Start => Self::Start,
            Action::Stop => Self::Stop,
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Modify(_) => "modify",
            Self::Complete => "complete",
            Self::Reopen => "reopen",
            Self::Delete => "delete",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Annotate(_) => "annotate",
        }
    }

    /// Of a range, only open tasks are meant (and only closed ones to be reopened), as in Taskwarrior.
    fn is_meant_for(&self, task: &Task) -> bool {
        (task.status == Status::Pending) != matches!(self, Self::Reopen)
    }

    fn write(&self, actor: &Actor, task: &mut Task, resolved: &Resolved, now: Timestamp) -> Result<Option<Write>> {
        let before = image::of_task(task);
        match self {
            Self::Modify(input) => {
                let was = task.clone();
                change::apply(input, task, resolved, &change::context(actor, now))?;
                limits::check_typed(&was, task)?;
            }
            Self::Complete => task.complete(now)?,
            Self::Reopen => task.reopen(),
            Self::Delete => task.delete(now),
            Self::Start => task.start(now)?,
            Self::Stop => task.stop(),
            Self::Annotate(text) => task.annotate(now, text.clone()),
        }
        if image::of_task(task) == before {
            return Ok(None);
        }
        limits::check(task)?;
        task.modified_at = now;
        let changes = difference(&before, &image::of_task(task));
        Ok(Some(Write { thing: Thing::Task(task.clone()), how: How::Replace(changes) }))
    }
}

/// Makes an operation of an actor.
pub(super) fn operation(actor: &Actor, kind: &'static str, at: Timestamp) -> NewOperation {
    NewOperation {
        id: Uuid::now_v7(),
        space: actor.space,
        kind,
        by: actor.by,
        session: actor.session,
        at,
        undoes: None,
    }
}

/// Returns the tasks among things.
pub(super) fn tasks_of(things: Vec<Thing>) -> Vec<Task> {
    let task = |thing| match thing {
        Thing::Task(task) => Some(task),
        Thing::Series(_) => None,
    };
    things.into_iter().filter_map(task).collect()
}
