//! From a filter's syntax tree to a condition in SQL, with every value bound.
//!
//! Case folding is one piece of Rust, called from SQL, so that it is the same wherever text is compared.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

use crate::daemon::actor::SpaceId;
use crate::daemon::tasks::port::{PageKey, Query};
use crate::language::{Filter, Term};

/// In which order a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The earliest due first.
    Agenda,
    /// As they were stored.
    Stored,
}

/// A condition with its values.
pub(super) struct Condition {
    /// To stand behind WHERE, on a table `t`.
    pub(super) sql: String,
    /// The values of `?1` and so on.
    pub(super) values: Vec<Value>,
}

/// Makes `text_has(text, folded)` known: whether a text holds another, whatever the case of its letters.
pub(super) fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("text_has", 2, flags, |context| {
        let (text, folded) = (context.get_raw(0).as_str_or_null()?, context.get_raw(1).as_str()?);
        Ok(text.is_some_and(|text| fold(text).contains(folded)))
    })
}

/// Folds case, so that what a person takes for the same letters is the same text.
fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// Makes the condition of a list.
pub(super) fn condition(space: SpaceId, query: &Query, order: Order) -> Condition {
    let mut builder = Builder { space, now: query.now.as_microsecond(), values: Vec::new() };
    let end = builder.bind((space.0 + 1) << 32);
    let space = builder.bind(space.0);
    let filter = builder.tree(&query.filter);
    // The rows of a space are one range of the table; the `+` keeps the planner from another index.
    let own = if order == Order::Stored { "+t.space" } else { "t.space" };
    let mut sql = format!("{own} = {space} AND {filter}");
    match (order, query.after) {
        (Order::Agenda, None) => (),
        (Order::Agenda, Some(PageKey { due_order, importance, row })) => {
            let place = [due_order, importance, row].map(|value| builder.bind(value)).join(", ");
            sql = format!("{sql} AND (t.due_order, t.importance, t.row) > ({place})");
        }
        (Order::Stored, after) => {
            let after = builder.bind(after.map_or(0, |place| place.row));
            sql = format!("{sql} AND t.row > max({after}, {space} << 32) AND t.row < {end}");
        }
    }
    Condition { sql, values: builder.values }
}

struct Builder {
    space: SpaceId,
    now: i64,
    values: Vec<Value>,
}

impl Builder {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// The parser bounds the depth of the tree, and so this recursion.
    fn tree(&mut self, filter: &Filter) -> String {
        match filter {
            Filter::All(parts) => self.join(parts, " AND ", "1"),
            Filter::Any(parts) => self.join(parts, " OR ", "0"),
            Filter::Not(inner) => format!("NOT {}", self.tree(inner)),
            Filter::Is(term) => format!("({})", self.term(term)),
        }
    }

    fn join(&mut self, parts: &[Filter], word: &str, none: &str) -> String {
        if parts.is_empty() {
            return none.to_owned();
        }
        let parts: Vec<String> = parts.iter().map(|part| self.tree(part)).collect();
        format!("({})", parts.join(word))
    }

    fn term(&mut self, term: &Term) -> String {
        match term {
            Term::Number(number) => format!("t.number IS NOT NULL AND t.number = {}", self.bind(*number)),
            Term::Range(first, last) => {
                let (first, last) = (self.bind(*first), self.bind(*last));
                format!("t.number IS NOT NULL AND t.number BETWEEN {first} AND {last}")
            }
            Term::Id(digits) => {
                let digits = digits.replace('-', "").to_uppercase();
                let length = self.bind(i64::try_from(digits.len()).unwrap_or(i64::MAX));
                let digits = self.bind(digits);
                format!("substr(hex(t.id), 1, {length}) = {digits} OR substr(hex(t.id), -{length}) = {digits}")
            }
            Term::Project(None) => "t.project IS NULL".to_owned(),
            Term::Project(Some(project)) => {
                // From `home.` up to, not including, `home/`: the next character after the dot.
                let (below, beyond) = (self.bind(format!("{project}.")), self.bind(format!("{project}/")));
                let project = self.bind(project.clone());
                format!(
                    "t.project IS NOT NULL AND (t.project = {project} OR (t.project >= {below} AND t.project < {beyond}))"
                )
            }
            Term::Tag(tag) => {
                // The rows of a space are one range, so that this reads that space's tags alone.
                let (first, last) = (self.bind(self.space.0 << 32), self.bind((self.space.0 + 1) << 32));
                let tag = self.bind(tag.clone());
                format!("t.row IN (SELECT task FROM tags WHERE tag = {tag} AND task >= {first} AND task < {last})")
            }
            Term::Status(status) => format!("t.status = {}", self.bind(status.as_str().to_owned())),
            Term::Priority(None) => "t.priority IS NULL".to_owned(),
            Term::Priority(Some(priority)) => {
                format!("t.priority IS NOT NULL AND t.priority = {}", self.bind(priority.as_str().to_owned()))
            }
            Term::Waiting => {
                let now = self.bind(self.now);
                format!("t.status = 'pending' AND t.wait_from IS NOT NULL AND t.wait_from > {now}")
            }
            Term::Text(text) => {
                let text = self.bind(fold(text));
                format!(
                    "text_has(t.title, {text}) OR text_has(t.notes, {text}) OR EXISTS \
                     (SELECT 1 FROM annotations WHERE task = t.row AND text_has(text, {text}))"
                )
            }
        }
    }
}
