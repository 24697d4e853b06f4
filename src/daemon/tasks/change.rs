//! From what a person typed, or the members of a request, to a changed task.
//!
//! Reading is the language's; here it meets the task: what was typed wins over what stood there, and a date may
//! count from another date of the same task.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::model::Task;
use crate::api::tasks::TaskInput;
use crate::daemon::actor::Actor;
use crate::daemon::error::{Error, Result};
use crate::language::{Base, Changes, Context, When, parse_changes, parse_reminder, parse_when};

/// Names of tasks in a request, and the ids they stand for.
pub(super) type Resolved = HashMap<String, Uuid>;

/// Returns what a phrase of this actor is read against.
pub(super) fn context(actor: &Actor, now: Timestamp) -> Context {
    Context { now, zone: actor.zone.clone(), remind_time: actor.remind_time }
}

/// Returns the names of other tasks that a change holds, so that they can be looked up before it is made.
///
/// # Errors
/// As [`apply`].
pub(super) fn names(input: &TaskInput, task: &Task, context: &Context) -> Result<Vec<String>> {
    let mut names: Vec<String> = input.depends_on.iter().flatten().cloned().collect();
    names.extend(input.depends_on_add.iter().chain(&input.depends_on_remove).cloned());
    if input.words.is_some() || !input.literal.is_empty() {
        let changes = typed(input, task, context)?;
        names.extend(changes.depends_add.into_iter().chain(changes.depends_remove));
    }
    Ok(names)
}

/// Changes a task as the request says.
///
/// # Errors
/// What the language refuses, with its place; `invalid_value` for members that contradict each other.
pub(super) fn apply(input: &TaskInput, task: &mut Task, resolved: &Resolved, context: &Context) -> Result<()> {
    if input.words.is_some() || !input.literal.is_empty() {
        if has_members(input) {
            let detail = "`words` and typed members can't be sent together";
            return Err(Error::invalid("words", detail).with_hint("send either what was typed, or the members"));
        }
        let changes = typed(input, task, context)?;
        take(task, changes, resolved)
    } else {
        members(input, task, resolved, context)
    }
}

fn typed(input: &TaskInput, task: &Task, context: &Context) -> Result<Changes> {
    let words = input.words.as_deref().unwrap_or_default();
    Ok(parse_changes(words, &input.literal, &base(task), context)?)
}

fn base(task: &Task) -> Base {
    Base {
        due: task.due.clone(),
        scheduled: task.scheduled.clone(),
        wait: task.wait.clone(),
        until: task.until.clone(),
    }
}

fn take(task: &mut Task, changes: Changes, resolved: &Resolved) -> Result<()> {
    set(&mut task.title, changes.title);
    set(&mut task.notes, changes.notes);
    set(&mut task.project, changes.project);
    set(&mut task.priority, changes.priority);
    set(&mut task.due, changes.due);
    set(&mut task.scheduled, changes.scheduled);
    set(&mut task.wait, changes.wait);
    set(&mut task.until, changes.until);
    set(&mut task.reminders, changes.reminders);
    for tag in &changes.tags_remove {
        task.tags.remove(tag);
    }
    task.tags.extend(changes.tags_add);
    if changes.depends_clear {
        task.depends_on.clear();
    }
    for name in &changes.depends_remove {
        task.depends_on.remove(&id(resolved, name)?);
    }
    for name in &changes.depends_add {
        task.depends_on.insert(id(resolved, name)?);
    }
    Ok(())
}

fn members(input: &TaskInput, task: &mut Task, resolved: &Resolved, context: &Context) -> Result<()> {
    set(&mut task.title, input.title.clone());
    set(&mut task.notes, input.notes.clone());
    set(&mut task.project, input.project.clone());
    set(&mut task.priority, input.priority);
    set(&mut task.due, date("due", input.due.as_ref(), context)?);
    set(&mut task.scheduled, date("scheduled", input.scheduled.as_ref(), context)?);
    set(&mut task.wait, date("wait", input.wait.as_ref(), context)?);
    set(&mut task.until, date("until", input.until.as_ref(), context)?);
    if let Some(texts) = &input.reminders {
        let (due, scheduled) = (task.due.as_ref(), task.scheduled.as_ref());
        let read = texts.iter().map(|text| parse_reminder(text, due, scheduled, context));
        task.reminders = read.collect::<Result<_, _>>()?;
    }
    if let Some(tags) = &input.tags {
        task.tags = tags.iter().cloned().collect();
    }
    for tag in &input.tags_remove {
        task.tags.remove(tag);
    }
    task.tags.extend(input.tags_add.iter().cloned());
    if let Some(names) = &input.depends_on {
        task.depends_on = names.iter().map(|name| id(resolved, name)).collect::<Result<_>>()?;
    }
    for name in &input.depends_on_remove {
        task.depends_on.remove(&id(resolved, name)?);
    }
    for name in &input.depends_on_add {
        task.depends_on.insert(id(resolved, name)?);
    }
    Ok(())
}

fn has_members(input: &TaskInput) -> bool {
    let bare = TaskInput { words: input.words.clone(), literal: input.literal.clone(), ..TaskInput::default() };
    // The two differ only where a member is set; compared as JSON, so that a new member can't be forgotten here.
    serde_json::to_value(input).ok() != serde_json::to_value(&bare).ok()
}

fn date(field: &str, input: Option<&Option<String>>, context: &Context) -> Result<Option<Option<When>>> {
    let read = |text: &String| parse_when(text, context).map_err(|trouble| Error::from(trouble).with_field(field));
    input.map(|value| value.as_ref().map(read).transpose()).transpose()
}

fn id(resolved: &Resolved, name: &str) -> Result<Uuid> {
    resolved.get(name).copied().ok_or_else(|| Error::not_found("task", name).with_field("depends_on"))
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
