//! The words of `add` and `mod` into changes to a task: its title, and `key:value`, `+tag` and `-tag`.
//!
//! Whether a project, a tag or a dependency may be so long or exists at all is not known here.

mod timing;

use std::collections::BTreeMap;

use crate::api::tasks::Priority;

use super::{
    Context, Trouble, TroubleKind, When,
    nearest::nearest,
    pieces::{is_virtual, key_value, parse_priority, tag, task_id, task_number, unambiguous},
    reminder::Reminder,
};

/// The dates of a task as they are before the change; none of them for a new task.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// When it is to be done.
    pub due: Option<When>,
    /// When work on it is to begin.
    pub scheduled: Option<When>,
    /// Until when it is out of sight.
    pub wait: Option<When>,
    /// When it expires.
    pub until: Option<When>,
}

/// What is to change. The outer `None` leaves a field, the inner one clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The words that were no change, joined by one space.
    pub title: Option<String>,
    /// The text of `note:`.
    pub notes: Option<Option<String>>,
    /// The project.
    pub project: Option<Option<String>>,
    /// How much it matters.
    pub priority: Option<Option<Priority>>,
    /// When it is to be done.
    pub due: Option<Option<When>>,
    /// When work on it is to begin.
    pub scheduled: Option<Option<When>>,
    /// Until when it is out of sight.
    pub wait: Option<Option<When>>,
    /// When it expires.
    pub until: Option<Option<When>>,
    /// `+tag`
    pub tags_add: Vec<String>,
    /// `-tag`
    pub tags_remove: Vec<String>,
    /// Numbers or ids, as typed; ranges are written out.
    pub depends_add: Vec<String>,
    /// The same, after `-`.
    pub depends_remove: Vec<String>,
    /// Whether all dependencies go first.
    pub depends_clear: bool,
    /// All reminders, in the order typed.
    pub reminders: Option<Vec<Reminder>>,
}

/// The most reminders of a task.
const MOST_REMINDERS: usize = 20;
/// The most dependencies of a task.
const MOST_DEPENDS: usize = 200;

/// What can be set. The order is that in which dates are resolved where they do not say otherwise.
const KEYS: &[&str] = &["due", "scheduled", "wait", "until", "project", "priority", "depends", "remind", "note"];
/// Those whose values may be several, with commas between them.
const LISTS: &[&str] = &["depends", "remind"];
const DATES: &[&str] = &["due", "scheduled", "wait", "until"];
/// Known to the language, and not there yet.
const LATER: &[&str] = &["every", "after", "nag", "recur"];

/// Reads what was typed; `literal` are the words after `--`.
///
/// # Errors
/// An unknown `key:`, a value that its key does not take, or a date that goes on in the next word.
pub fn parse_changes(words: &[String], literal: &[String], base: &Base, context: &Context) -> Result<Changes, Trouble> {
    let mut reader =
        Reader { words, base, context, changes: Changes::default(), title: Vec::new(), given: BTreeMap::new() };
    for (at, word) in words.iter().enumerate() {
        reader.word(at, word)?;
    }
    reader.resolve_dates()?;
    reader.reminders()?;
    let mut changes = reader.changes;
    let title: Vec<&str> = reader.title.into_iter().chain(literal.iter().map(String::as_str)).collect();
    changes.title = (!title.is_empty()).then(|| title.join(" "));
    Ok(changes)
}

/// The value of a `key:value` argument, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Given<'a> {
    value: &'a str,
    /// The whole argument.
    word: &'a str,
    /// Its index among the words.
    at: usize,
}

impl Given<'_> {
    /// Characters before the value.
    fn offset(&self) -> usize {
        self.word[..self.word.len() - self.value.len()].chars().count()
    }

    fn trouble(&self, kind: TroubleKind, key: &str, message: impl Into<String>) -> Trouble {
        Trouble::whole(kind, self.value, message).within(self.word, self.offset()).field(key)
    }
}

struct Reader<'a> {
    words: &'a [String],
    base: &'a Base,
    context: &'a Context,
    changes: Changes,
    title: Vec<&'a str>,
    given: BTreeMap<&'static str, Given<'a>>,
}

impl<'a> Reader<'a> {
    fn word(&mut self, at: usize, word: &'a str) -> Result<(), Trouble> {
        if let Some((key, value)) = key_value(word) {
            return match known_key(key) {
                Some(key) => self.set(key, Given { value, word, at }),
                None if word.contains(char::is_whitespace) => {
                    self.title.push(word);
                    Ok(())
                }
                None => Err(unknown_key(key, word)),
            };
        }
        match tag(word)? {
            Some((_, name)) if is_virtual(name) => {
                let message = format!("the tag `{name}` follows from the task and can't be set");
                let hint = format!("leave it out; to have it in the title, type `-- {word}` at the end");
                return Err(Trouble::whole(TroubleKind::Value, word, message).field("tags").hint(hint));
            }
            Some((true, tag)) => self.changes.tags_add.push(tag.to_owned()),
            Some((false, tag)) => self.changes.tags_remove.push(tag.to_owned()),
            None => self.title.push(word),
        }
        Ok(())
    }

    fn set(&mut self, key: &'static str, given: Given<'a>) -> Result<(), Trouble> {
        if let Some(earlier) = self.given.insert(key, given) {
            return Err(given_twice(key, &earlier, &given));
        }
        let text = (!given.value.is_empty()).then(|| given.value.to_owned());
        match key {
            "project" => self.changes.project = Some(text),
            "note" => self.changes.notes = Some(text),
            "priority" => self.changes.priority = Some(priority(&given)?),
            "depends" => self.depends(&given)?,
            // Dates may count from one another, and reminders from them: once all are known.
            _ => {}
        }
        Ok(())
    }

    fn depends(&mut self, given: &Given<'_>) -> Result<(), Trouble> {
        if given.value.is_empty() {
            self.changes.depends_clear = true;
        }
        for part in parts(given) {
            let part = part?;
            let (remove, name) = match part.value.strip_prefix('-') {
                Some(name) => (true, name),
                None => (false, part.value),
            };
            let Some(names) = task_names(name) else {
                return Err(part
                    .trouble(TroubleKind::Value, "depends", format!("`{}` names no task", part.value))
                    .hint("type numbers or ids, as in `depends:12,14`, and `depends:-14` to take one away"));
            };
            let list = if remove { &mut self.changes.depends_remove } else { &mut self.changes.depends_add };
            list.extend(names);
            // A short text of ranges could else name any number of tasks.
            if list.len() > MOST_DEPENDS {
                let message = format!("a task depends on at most {MOST_DEPENDS} others");
                return Err(part.trouble(TroubleKind::Limit, "depends", message));
            }
        }
        Ok(())
    }
}

/// One element of a value with commas.
struct Element<'a> {
    value: &'a str,
    word: &'a str,
    /// Characters before it in `word`.
    offset: usize,
}

impl Element<'_> {
    fn trouble(&self, kind: TroubleKind, key: &str, message: impl Into<String>) -> Trouble {
        Trouble::whole(kind, self.value, message).within(self.word, self.offset).field(key)
    }

    fn end_of(&self, given: &Given<'_>) -> bool {
        self.offset + self.value.chars().count() == given.word.chars().count()
    }
}

/// Returns what stands between the commas; an empty element is refused.
fn parts<'a>(given: &Given<'a>) -> impl Iterator<Item = Result<Element<'a>, Trouble>> + use<'a> {
    let given = *given;
    let mut offset = given.offset();
    let elements = (!given.value.is_empty()).then(|| given.value.split(','));
    elements.into_iter().flatten().map(move |value| {
        let element = Element { value, word: given.word, offset };
        offset += value.chars().count() + 1;
        if value.trim().is_empty() {
            return Err(element.trouble(TroubleKind::Value, "", "a value is missing beside `,`")).map_err(
                |mut trouble| {
                    trouble.field = key_value(given.word).map(|(key, _)| key.to_owned());
                    trouble
                },
            );
        }
        Ok(element)
    })
}

/// Returns the key that `typed` is, or from three letters on begins.
fn known_key(typed: &str) -> Option<&'static str> {
    if typed == "notes" {
        return Some("note");
    }
    unambiguous(typed, KEYS)
}

fn unknown_key(key: &str, word: &str) -> Trouble {
    let end = key.chars().count() + 1;
    let new = |message: String| Trouble::new(TroubleKind::Key, word, (0, end), message).field(key);
    let literal = format!("to have it in the title, type `-- {word}` at the end");
    if LATER.contains(&key) {
        return new(format!("`{key}:` is not there yet")).hint(format!("leave it out; {literal}"));
    }
    let trouble = new(format!("`{key}:` is not a field of a task"));
    let value = &word[key.len() + 1..];
    match key {
        "tag" | "tags" => trouble.hint("type `+home` to add the tag `home` and `-home` to take it away"),
        "title" | "description" | "desc" => trouble.hint("type the title as plain words"),
        _ => match nearest(key, KEYS) {
            Some(known) => trouble.hint(format!("did you mean `{known}:{value}`? Else, {literal}")),
            None => trouble.hint(literal),
        },
    }
}

/// Two values of one key: where it takes a list, what was meant can be typed as one.
fn given_twice(key: &str, earlier: &Given<'_>, later: &Given<'_>) -> Trouble {
    let trouble = later.trouble(TroubleKind::Value, key, format!("`{key}` is given twice"));
    if !LISTS.contains(&key) || earlier.value.is_empty() || later.value.is_empty() {
        return trouble.hint("leave one of them out");
    }
    let both = format!("{},{}", earlier.value, later.value);
    if both.contains(char::is_whitespace) {
        trouble.hint(format!("type both as a list: `{key}:\"{both}\"`"))
    } else {
        trouble.hint(format!("type both as a list: `{key}:{both}`"))
    }
}

fn priority(given: &Given<'_>) -> Result<Option<Priority>, Trouble> {
    parse_priority(given.value).ok_or_else(|| {
        given
            .trouble(TroubleKind::Value, "priority", format!("`{}` is not a priority", given.value))
            .hint("type `high`, `medium`, `low` or `none`")
    })
}

/// Reads a number, a range or an id; a range is written out.
fn task_names(text: &str) -> Option<Vec<String>> {
    if let Some((from, to)) = text.split_once('-')
        && let (Some(from), Some(to)) = (task_number(from), task_number(to))
    {
        // One more than fits is enough to be refused.
        let named = (from..=to).take(MOST_DEPENDS + 1).map(|number| number.to_string());
        return (from <= to).then(|| named.collect());
    }
    let name = task_number(text).map(|number| number.to_string()).or_else(|| task_id(text))?;
    Some(vec![name])
}

#[cfg(test)]
mod tests;
