//! The dates and reminders of a command: in which order they are resolved, and where their text ends.

use crate::language::{
    Trouble, TroubleKind, When,
    dates::{self, References},
    pieces::{key_value, tag},
    reminder,
};

use super::{DATES, Given, MOST_REMINDERS, Reader, parts};

/// A phrase has no more words than this behind its first.
const MOST_WORDS: usize = 6;

impl<'a> Reader<'a> {
    /// Reads the dates, each after those of the same command that it counts from.
    pub(super) fn resolve_dates(&mut self) -> Result<(), Trouble> {
        let mut open: Vec<(&'static str, Given<'a>)> =
            DATES.iter().filter_map(|&key| self.given.get(key).map(|&given| (key, given))).collect();
        while !open.is_empty() {
            let keys: Vec<&str> = open.iter().map(|&(key, _)| key).collect();
            let ready = open.iter().position(|&(key, given)| {
                let mentioned = dates_mentioned(given.value);
                !mentioned.iter().any(|&other| other != key && keys.contains(&other))
            });
            let Some(ready) = ready else {
                let (key, given) = open[0];
                let message = format!("`{key}` and another date count from each other");
                return Err(given.trouble(TroubleKind::Date, key, message).hint("give one of them a date of its own"));
            };
            let (key, given) = open.remove(ready);
            let when = self.date(key, &given)?;
            let field = match key {
                "due" => &mut self.changes.due,
                "scheduled" => &mut self.changes.scheduled,
                "wait" => &mut self.changes.wait,
                _ => &mut self.changes.until,
            };
            *field = Some(when);
        }
        Ok(())
    }

    /// Reads a date; none if the value is empty, which clears.
    fn date(&self, key: &'static str, given: &Given<'_>) -> Result<Option<When>, Trouble> {
        let references = self.references();
        self.refuse_extension(key, given, given.value, |text| {
            dates::parse_with(text, self.context, &references).is_ok()
        })?;
        if given.value.is_empty() {
            return Ok(None);
        }
        dates::parse_with(given.value, self.context, &references)
            .map(Some)
            .map_err(|trouble| trouble.within(given.word, given.offset()).field(key))
    }

    /// Refuses a value that goes on in title words: `due:friday 17:00` is meant as one date, and `due: friday` is
    /// meant to set one, not to clear it.
    fn refuse_extension(
        &self,
        key: &'static str,
        given: &Given<'_>,
        value: &str,
        is_date: impl Fn(&str) -> bool,
    ) -> Result<(), Trouble> {
        let following = self.words[given.at + 1..].iter().take(MOST_WORDS).take_while(|word| is_plain(word));
        let (mut joined, mut longest) = (value.to_owned(), None);
        let mut word = given.word.to_owned();
        for next in following {
            for text in [&mut joined, &mut word] {
                text.push(' ');
                text.push_str(next);
            }
            if is_date(&joined) {
                longest = Some((joined.clone(), word.clone()));
            }
        }
        let Some((date, word)) = longest else { return Ok(()) };
        let date = date.trim();
        let start = given.offset() + given.value.chars().count() - value.chars().count();
        let span = (start, word.chars().count());
        let message = if value.is_empty() {
            format!("`{date}` stands apart from its `{key}:`")
        } else {
            format!("`{date}` is one date in several words")
        };
        let typed = given.word.split(':').next().unwrap_or(key);
        let quoted = match word[typed.len() + 1..].trim() {
            value if value.contains(char::is_whitespace) => format!("{typed}:\"{value}\""),
            value => format!("{typed}:{value}"),
        };
        Err(Trouble::new(TroubleKind::Date, &word, span, message)
            .field(key)
            .hint(format!("type `{quoted}`, or put the title first")))
    }

    pub(super) fn reminders(&mut self) -> Result<(), Trouble> {
        let Some(&given) = self.given.get("remind") else {
            return Ok(());
        };
        let references = self.references();
        let parse = |text: &str| reminder::parse_with(text, &references, self.context);
        if given.value.is_empty() {
            self.refuse_extension("remind", &given, "", |text| parse(text).is_ok())?;
        }
        let mut reminders = Vec::new();
        for part in parts(&given) {
            let part = part?;
            if part.end_of(&given) {
                self.refuse_extension("remind", &given, part.value, |text| parse(text).is_ok())?;
            }
            let parsed = parse(part.value).map_err(|trouble| trouble.within(part.word, part.offset).field("remind"))?;
            if !reminders.contains(&parsed) {
                reminders.push(parsed);
            }
            if reminders.len() > MOST_REMINDERS {
                let message = format!("a task has at most {MOST_REMINDERS} reminders");
                return Err(Trouble::whole(TroubleKind::Limit, given.word, message).field("remind"));
            }
        }
        self.changes.reminders = Some(reminders);
        Ok(())
    }

    /// Returns the task's dates as they are known so far.
    fn references(&self) -> References<'_> {
        fn known<'b>(changed: Option<&'b Option<When>>, base: Option<&'b When>) -> Option<&'b When> {
            changed.map_or(base, Option::as_ref)
        }
        References {
            due: known(self.changes.due.as_ref(), self.base.due.as_ref()),
            scheduled: known(self.changes.scheduled.as_ref(), self.base.scheduled.as_ref()),
            wait: known(self.changes.wait.as_ref(), self.base.wait.as_ref()),
            until: known(self.changes.until.as_ref(), self.base.until.as_ref()),
        }
    }
}

/// Whether a word would be title.
fn is_plain(word: &str) -> bool {
    key_value(word).is_none() && matches!(tag(word), Ok(None))
}

fn dates_mentioned(text: &str) -> Vec<&'static str> {
    let Ok(tokens) = dates::read(text) else {
        return Vec::new();
    };
    let mentions =
        |name: &str| tokens.iter().any(|token| matches!(&token.kind, dates::tokens::Kind::Word(word) if word == name));
    References::NAMES.iter().copied().filter(|name| mentions(name)).collect()
}
