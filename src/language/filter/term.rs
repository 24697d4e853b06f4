//! A word of a filter into operators, parentheses and conditions.

use crate::api::tasks::Status;

use super::{Filter, MOST_TERMS, Term};
use crate::language::{
    Trouble, TroubleKind,
    nearest::nearest,
    pieces::{key_value, parse_priority, tag, task_id, task_number, unambiguous},
    words::Word,
};

/// A part of a word, and where it stands in the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) sign: Sign<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign<'a> {
    Open,
    Close,
    Not,
    And,
    Or,
    Xor,
    Word(Text<'a>),
}

/// A word without the parentheses around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// Whether it began with a quote: then it is text to look for.
    pub(super) quoted: bool,
}

const KEYS: &[&str] = &["project", "status", "priority", "tag"];
/// Fields that a filter will know.
const LATER: &[&str] = &[
    "due",
    "scheduled",
    "wait",
    "until",
    "title",
    "description",
    "notes",
    "note",
    "depends",
    "created",
    "modified",
    "entry",
    "start",
    "started",
    "end",
    "completed",
    "deleted",
    "urgency",
    "id",
    "uuid",
    "number",
    "every",
    "recur",
    "limit",
    "annotation",
    "annotations",
];
const STATUSES: &[&str] = &["pending", "completed", "deleted", "waiting"];

/// Takes unquoted `(`, `!` and `)` off a word, and tells operators from words.
pub(super) fn pieces(word: &Word) -> Vec<Piece<'_>> {
    let chars: Vec<(usize, char)> = word.text.char_indices().collect();
    let plain = |at: usize, wanted: char| chars[at].1 == wanted && !word.marks[at].0;
    let (mut from, mut to) = (0, chars.len());
    let mut pieces = Vec::new();
    let piece = |sign: Sign<'static>, at: usize| Piece { sign, start: word.marks[at].1, end: word.marks[at].1 + 1 };
    while from < to && (plain(from, '(') || (plain(from, '!') && from + 1 < to)) {
        pieces.push(piece(if chars[from].1 == '(' { Sign::Open } else { Sign::Not }, from));
        from += 1;
    }
    // `f(x)` keeps its parenthesis; of `f(x))` the last one closes a group.
    let mut balance: usize = 0;
    let mut closing = 0;
    for at in from..to {
        if plain(at, '(') {
            balance += 1;
            closing = 0;
        } else if plain(at, ')') {
            closing += usize::from(balance == 0);
            balance = balance.saturating_sub(1);
        } else {
            closing = 0;
        }
    }
    to -= closing;
    if from < to || (word.quoted && chars.is_empty()) {
        let byte = |at: usize| chars.get(at).map_or(word.text.len(), |&(byte, _)| byte);
        let quoted = if chars.is_empty() { true } else { word.quoted && from == 0 || word.marks[from].0 };
        let text = Text { text: &word.text[byte(from)..byte(to)], quoted };
        let start = if from == 0 { word.start } else { word.marks[from].1 };
        let end = if closing == 0 { word.end } else { word.marks[to].1 };
        pieces.push(Piece { sign: operator(text), start, end });
    }
    pieces.extend((to..chars.len()).map(|at| piece(Sign::Close, at)));
    pieces
}

fn operator(word: Text<'_>) -> Sign<'_> {
    if word.quoted {
        return Sign::Word(word);
    }
    match word.text {
        "!" => Sign::Not,
        _ if word.text.eq_ignore_ascii_case("and") => Sign::And,
        _ if word.text.eq_ignore_ascii_case("or") => Sign::Or,
        _ if word.text.eq_ignore_ascii_case("xor") => Sign::Xor,
        _ if word.text.eq_ignore_ascii_case("not") => Sign::Not,
        _ => Sign::Word(word),
    }
}

/// Reads a word that is no operator. `span` is where it stands in `whole`.
pub(super) fn read(word: Text<'_>, span: (usize, usize), whole: &str) -> Result<Filter, Trouble> {
    let text = word.text;
    let trouble = |message: String| Trouble::new(TroubleKind::Filter, whole, span, message);
    if word.quoted {
        if text.trim().is_empty() {
            return Err(trouble("there is no text to look for".to_owned()));
        }
        return Ok(Filter::Is(Term::Text(text.to_owned())));
    }
    if let Some(tasks) = tasks(text, &trouble)? {
        return Ok(tasks);
    }
    if let Some((key, modifier, value)) = attribute(text) {
        return condition(key, modifier, value, &trouble);
    }
    if let Some((wanted, name)) = tag(text).map_err(|tag| trouble(tag.message))? {
        let term = Filter::Is(virtual_tag(name, &trouble)?.unwrap_or_else(|| Term::Tag(name.to_owned())));
        return Ok(if wanted { term } else { Filter::Not(Box::new(term)) });
    }
    if let Some(hint) = reserved(text) {
        return Err(trouble(format!("`{text}` is an operator that is not there yet")).hint(hint));
    }
    Ok(Filter::Is(Term::Text(text.to_owned())))
}

/// Reads `1,3-5,0199ab12`; `None` if the word is no such list.
fn tasks(text: &str, trouble: &dyn Fn(String) -> Trouble) -> Result<Option<Filter>, Trouble> {
    let mut terms = Vec::new();
    for part in text.split(',') {
        if let Some((from, to)) = part.split_once('-')
            && is_digits(from)
            && is_digits(to)
        {
            let (Some(first), Some(last)) = (task_number(from), task_number(to)) else {
                return Err(trouble(format!("`{part}` is too large for a task's number")));
            };
            if first > last {
                return Err(trouble(format!("`{part}` runs backwards")).hint(format!("type `{to}-{from}`")));
            }
            terms.push(Filter::Is(Term::Range(first, last)));
        } else if is_digits(part) {
            let number =
                task_number(part).ok_or_else(|| trouble(format!("`{part}` is too large for a task's number")))?;
            terms.push(Filter::Is(Term::Number(number)));
        } else if let Some(id) = task_id(part).filter(|id| is_likely_id(id)) {
            terms.push(Filter::Is(Term::Id(id)));
        } else {
            return Ok(None);
        }
        if terms.len() > MOST_TERMS {
            break;
        }
    }
    Ok(match terms.len() {
        1 => terms.pop(),
        _ => Some(Filter::Any(terms)),
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `cafe` and `added` are words: a short id has a digit among its letters.
fn is_likely_id(id: &str) -> bool {
    id.len() >= 8 || id.bytes().any(|byte| byte.is_ascii_digit())
}

/// Splits `key:value` and `key.modifier:value`.
fn attribute(text: &str) -> Option<(&str, Option<&str>, &str)> {
    if let Some((key, value)) = key_value(text) {
        return Some((key, None, value));
    }
    let (front, _) = text.split_once(':')?;
    let (key, modifier) = front.split_once('.')?;
    let lower = |part: &str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (_, value) = key_value(text.get(key.len() + 1..)?)?;
    (lower(key) && lower(modifier)).then_some((key, Some(modifier), value))
}

fn condition(
    key: &str,
    modifier: Option<&str>,
    value: &str,
    trouble: &dyn Fn(String) -> Trouble,
) -> Result<Filter, Trouble> {
    let name = match key {
        "tags" => Some("tag"),
        _ => unambiguous(key, KEYS),
    };
    let Some(name) = name else {
        return Err(unknown(key, value, trouble));
    };
    if let Some(modifier) = modifier {
        return Err(trouble(format!("`{key}.{modifier}:` is not there yet"))
            .field(key)
            .hint(format!("type `{name}:…`, or quote the word to look for it as text")));
    }
    let text = (!value.is_empty()).then(|| value.to_owned());
    match name {
        "project" => Ok(Filter::Is(Term::Project(text))),
        "tag" => match text {
            Some(tag) => Ok(Filter::Is(virtual_tag(&tag, trouble)?.unwrap_or(Term::Tag(tag)))),
            None => Err(trouble("`tag:` has no tag".to_owned()).field("tag").hint("type one such as `+home`")),
        },
        "priority" => match parse_priority(value) {
            Some(priority) => Ok(Filter::Is(Term::Priority(priority))),
            None => Err(trouble(format!("`{value}` is not a priority"))
                .field("priority")
                .hint("type `high`, `medium`, `low` or `none`")),
        },
        _ => status(value, trouble).map(Filter::Is),
    }
}

fn status(value: &str, trouble: &dyn Fn(String) -> Trouble) -> Result<Term, Trouble> {
    Ok(match value.to_ascii_lowercase().as_str() {
        "pending" => Term::Status(Status::Pending),
        "completed" | "done" => Term::Status(Status::Completed),
        "deleted" => Term::Status(Status::Deleted),
        "waiting" => Term::Waiting,
        other => {
            let trouble = trouble(format!("`{value}` is not a status")).field("status");
            return Err(match nearest(other, STATUSES) {
                Some(known) => trouble.hint(format!("did you mean `status:{known}`?")),
                None => trouble.hint("type `pending`, `completed`, `deleted` or `waiting`"),
            });
        }
    })
}

fn unknown(key: &str, value: &str, trouble: &dyn Fn(String) -> Trouble) -> Trouble {
    let literal = format!("to look for it as text, quote it: `'{key}:{value}'`");
    if LATER.contains(&key) {
        return trouble(format!("filtering by `{key}:` is not there yet")).field(key).hint(literal);
    }
    let trouble = trouble(format!("`{key}:` is not a field of a task")).field(key);
    match nearest(key, KEYS) {
        Some(known) => trouble.hint(format!("did you mean `{known}:{value}`? Else, {literal}")),
        None => trouble.hint(literal),
    }
}

/// Reads a tag in capitals that is derived from the task, as in Taskwarrior.
fn virtual_tag(name: &str, trouble: &dyn Fn(String) -> Trouble) -> Result<Option<Term>, Trouble> {
    Ok(Some(match name {
        "PENDING" => Term::Status(Status::Pending),
        "COMPLETED" => Term::Status(Status::Completed),
        "DELETED" => Term::Status(Status::Deleted),
        "WAITING" => Term::Waiting,
        _ if crate::language::pieces::is_virtual(name) => {
            return Err(trouble(format!("the virtual tag `{name}` is not there yet")));
        }
        _ => return Ok(None),
    }))
}

/// Returns what to type instead of a form that will be an operator or a regular expression.
fn reserved(text: &str) -> Option<String> {
    let operators = ["=", "==", "!=", "!==", "<", "<=", ">", ">=", "~", "!~", "&&", "||", "^", "&", "|"];
    if operators.contains(&text) {
        return Some(format!("use `and`, `or` and `not`; to look for the text, quote it: `'{text}'`"));
    }
    let pattern = text.chars().count() > 2 && text.starts_with('/') && text.ends_with('/');
    pattern.then(|| format!("to look for the text, quote it: `'{text}'`"))
}
