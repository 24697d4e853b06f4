//! How much a task may hold (design, section 3). Beyond is refused, never cut.

use super::model::Task;
use crate::daemon::error::{Error, Result};

const TITLE_BYTES: usize = 4 << 10;
const NOTES_BYTES: usize = 256 << 10;
const PROJECT_BYTES: usize = 1 << 10;
const ANNOTATION_BYTES: usize = 16 << 10;
const ANNOTATIONS: usize = 1_000;
const TAGS: usize = 100;
const TAG_CHARS: usize = 64;
const DEPENDENCIES: usize = 200;
const ATTRIBUTES: usize = 100;
const ATTRIBUTE_BYTES: usize = 4 << 10;
const ATTRIBUTE_NAME_BYTES: usize = 256;
const RULE_BYTES: usize = 1 << 10;
const REMINDERS: usize = 20;

/// The most tasks that one batch may name.
pub const BATCH_TASKS: usize = 1_000;

/// Checks all that a task holds.
///
/// # Errors
/// `invalid_value` or `limit_exceeded`, naming the field.
pub fn check(task: &Task) -> Result<()> {
    if task.title.trim().is_empty() {
        return Err(Error::invalid("title", "a task needs a title")
            .with_hint("say what is to be done: {nudge} add \"Pay rent\""));
    }
    text("title", &task.title, TITLE_BYTES)?;
    if let Some(notes) = &task.notes {
        if notes.is_empty() {
            return Err(Error::invalid("notes", "empty notes are cleared with `null`"));
        }
        text("notes", notes, NOTES_BYTES)?;
    }
    if let Some(project) = &task.project {
        text("project", project, PROJECT_BYTES)?;
        if project.is_empty() {
            return Err(Error::invalid("project", "a project needs a name"));
        }
    }
    at_most("tags", task.tags.len(), TAGS)?;
    for tag in &task.tags {
        if tag.is_empty() || tag.contains('\0') {
            return Err(Error::invalid("tags", "a tag has at least one character, and no NUL"));
        }
        if tag.chars().count() > TAG_CHARS {
            return Err(Error::limit("tags", format!("a tag has at most {TAG_CHARS} characters"))
                .with_hint("what is longer belongs into the title or the notes"));
        }
    }
    at_most("annotations", task.annotations.len(), ANNOTATIONS)?;
    for line in task.annotations.values() {
        if line.trim().is_empty() {
            return Err(Error::invalid("text", "an annotation needs a text"));
        }
        text("annotations", line, ANNOTATION_BYTES)?;
    }
    at_most("depends_on", task.depends_on.len(), DEPENDENCIES)?;
    if task.depends_on.contains(&task.id) {
        return Err(Error::invalid("depends_on", "a task can't depend on itself"));
    }
    at_most("reminders", task.reminders.len(), REMINDERS)?;
    at_most("attributes", task.attributes.len(), ATTRIBUTES)?;
    for (name, value) in &task.attributes {
        if name.is_empty() || name.len() > ATTRIBUTE_NAME_BYTES {
            let detail = format!("a field's name has 1 to {ATTRIBUTE_NAME_BYTES} bytes");
            return Err(Error::limit("attributes", detail).with_hint("give it a shorter name"));
        }
        text(name, value, ATTRIBUTE_BYTES)?;
    }
    Ok(())
}

/// Checks the rule of a series.
///
/// # Errors
/// `invalid_value` or `limit_exceeded`.
pub fn check_rule(rule: &str) -> Result<()> {
    if rule.is_empty() {
        return Err(Error::invalid("recur", "a series needs a rule"));
    }
    text("recur", rule, RULE_BYTES)
}

fn text(field: &str, value: &str, bytes: usize) -> Result<()> {
    if value.contains('\0') {
        return Err(Error::invalid(field, format!("`{field}` holds a NUL character"))
            .with_hint("leave it out; a text has none"));
    }
    if value.len() > bytes {
        let detail = format!("`{field}` has {} bytes, the most is {bytes}", value.len());
        return Err(Error::limit(field, detail)
            .with_hint("longer texts belong into notes, the longest into a file of their own"));
    }
    Ok(())
}

/// Checks what a person may type more strictly than what is imported, which is kept as another program had it: title
/// and project are one line, a tag is one word. What was there before is left in peace.
///
/// # Errors
/// `invalid_value`, naming the field.
pub fn check_typed(before: &Task, task: &Task) -> Result<()> {
    if task.title != before.title {
        one_line("title", &task.title)?;
    }
    if let Some(project) = task.project.as_ref().filter(|_| task.project != before.project) {
        one_line("project", project)?;
    }
    let is_word = |tag: &str| !tag.chars().any(|c| c.is_whitespace() || c.is_control());
    match task.tags.difference(&before.tags).find(|tag| !is_word(tag)) {
        Some(_) => Err(Error::invalid("tags", "a tag is one word without spaces")
            .with_hint("join its words with a dash, such as +two-words")),
        None => Ok(()),
    }
}

/// A line break in a title would break every list that shows it.
fn one_line(field: &str, value: &str) -> Result<()> {
    if value.contains(['\n', '\r']) {
        return Err(Error::invalid(field, format!("`{field}` holds a line break"))
            .with_hint("put the rest into the notes: note:\"…\""));
    }
    Ok(())
}

fn at_most(field: &str, count: usize, most: usize) -> Result<()> {
    if count > most {
        return Err(Error::limit(field, format!("{count} {field} are more than the {most} that a task may have"))
            .with_hint("split the task, or take some of them away"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::ErrorCode;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn refused(change: impl FnOnce(&mut Task)) -> Option<ErrorCode> {
        let mut task = Task::new(Uuid::from_u128(7), "Pay rent".into(), Timestamp::UNIX_EPOCH);
        change(&mut task);
        check(&task).err().map(|error| error.code())
    }

    #[test]
    fn at_the_limit_is_taken_and_beyond_is_refused() {
        let limit = Some(ErrorCode::LimitExceeded);
        let invalid = Some(ErrorCode::Invalid);
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|task| task.title = "x".repeat(4096)), None);
        assert_eq!(refused(|task| task.title = "x".repeat(4097)), limit);
        assert_eq!(refused(|task| task.title = " ".into()), invalid);
        assert_eq!(refused(|task| task.title = "a\0b".into()), invalid);
        let plain = Task::new(Uuid::nil(), "a".into(), Timestamp::UNIX_EPOCH);
        let odd = Task { title: "a\nb".into(), tags: ["a b".into()].into(), ..plain.clone() };
        assert_eq!(check_typed(&plain, &odd).expect_err("two lines").code(), ErrorCode::Invalid);
        let tagged = Task { tags: ["a b".into()].into(), ..plain.clone() };
        assert_eq!(check_typed(&plain, &tagged).expect_err("two words").code(), ErrorCode::Invalid);
        check_typed(&odd, &Task { notes: Some("x".into()), ..odd.clone() }).expect("it was so before");
        assert_eq!(refused(|task| task.notes = Some("x".repeat((256 << 10) + 1))), limit);
        assert_eq!(refused(|task| task.tags = (0..100).map(|n| n.to_string()).collect()), None);
        assert_eq!(refused(|task| task.tags = (0..101).map(|n| n.to_string()).collect()), limit);
        assert_eq!(refused(|task| task.tags = ["ä".repeat(65)].into()), limit);
        assert_eq!(refused(|task| task.tags = ["a b".into()].into()), None);
        assert_eq!(refused(|task| task.depends_on = [task.id].into()), invalid);
        assert_eq!(refused(|task| task.annotate(Timestamp::UNIX_EPOCH, "x".repeat(16_385))), limit);
    }
}
