//! Reminders: when to tell, as said on a task. It knows how to find the moment, not how to tell.

use jiff::{Timestamp, Zoned, civil::Time, tz::TimeZone};

use super::{
    Context, Trouble, TroubleKind, When,
    dates::{
        self, References,
        period::Period,
        tokens::{Kind, Token},
    },
};

/// When to remind of a task: by its due or scheduled date, or at a moment of its own.
///
/// One that counts from a date moves when that date does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder(Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// So long before (a negative period) or after.
    Offset(Anchor, Period),
    /// At that time on that day.
    Clock(Anchor, Time),
    At(Zoned),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Due,
    Scheduled,
}

impl Anchor {
    fn named(word: &str) -> Option<Self> {
        match word {
            "due" => Some(Self::Due),
            "scheduled" => Some(Self::Scheduled),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Scheduled => "scheduled",
        }
    }
}

impl Reminder {
    /// Returns the stored and wire form: `due-1d`, `scheduled-2h`, `due 09:00` or the text of a moment.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.0 {
            Rule::Offset(anchor, by) => format!("{}{}", anchor.name(), by.to_text()),
            Rule::Clock(anchor, time) if time.second() == 0 => {
                format!("{} {:02}:{:02}", anchor.name(), time.hour(), time.minute())
            }
            Rule::Clock(anchor, time) => {
                format!("{} {:02}:{:02}:{:02}", anchor.name(), time.hour(), time.minute(), time.second())
            }
            Rule::At(at) => When::Moment(at.clone()).to_text(),
        }
    }

    /// Reads the stored form back. Not for what people type: see [`parse_reminder`].
    ///
    /// # Errors
    /// Text that [`Reminder::to_text`] does not write.
    pub fn from_text(text: &str) -> Result<Self, Trouble> {
        let refused = || Trouble::whole(TroubleKind::Value, text, format!("`{text}` is not a stored reminder"));
        if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return anchored(&dates::read(text)?).map(Self).ok_or_else(refused);
        }
        match When::from_text(text) {
            Ok(When::Moment(at)) => Ok(Self(Rule::At(at))),
            _ => Err(refused()),
        }
    }

    /// Returns the moment at which it fires; `None` while the date that it counts from is not set.
    ///
    /// `zone` is where days are, `remind_time` the time at which a reminder of a day fires.
    #[must_use]
    pub fn resolve(
        &self,
        due: Option<&When>,
        scheduled: Option<&When>,
        zone: &TimeZone,
        remind_time: Time,
    ) -> Option<Timestamp> {
        let date = |anchor: Anchor| match anchor {
            Anchor::Due => due,
            Anchor::Scheduled => scheduled,
        };
        let at = match &self.0 {
            Rule::At(at) => return Some(at.timestamp()),
            Rule::Offset(anchor, by) => match date(*anchor)? {
                When::Moment(moment) => by.after(moment)?,
                // The date may have become a day since hours before it were asked for: they count from the time
                // at which a day's reminder would fire.
                When::Day(day) => {
                    let fires = by.days_only().after_day(*day)?.to_datetime(remind_time).to_zoned(zone.clone()).ok()?;
                    by.seconds_only().after(&fires)?
                }
            },
            Rule::Clock(anchor, time) => match date(*anchor)? {
                When::Moment(moment) => moment.date().to_datetime(*time).to_zoned(moment.time_zone().clone()).ok()?,
                When::Day(day) => day.to_datetime(*time).to_zoned(zone.clone()).ok()?,
            },
        };
        Some(at.timestamp())
    }
}

/// Reads one reminder for a task with those dates.
///
/// # Errors
/// Text that is no date or length of time, hours before a day, or a date to count from that is not set.
pub fn parse_reminder(
    text: &str,
    due: Option<&When>,
    scheduled: Option<&When>,
    context: &Context,
) -> Result<Reminder, Trouble> {
    let references = References { due, scheduled, ..References::default() };
    parse_with(text, &references, context)
}

pub(super) fn parse_with(text: &str, references: &References<'_>, context: &Context) -> Result<Reminder, Trouble> {
    let tokens = dates::read(text)?;
    let (due, scheduled) = (references.due, references.scheduled);
    let default = match (due, scheduled) {
        (None, Some(_)) => Anchor::Scheduled,
        _ => Anchor::Due,
    };
    let has_anchor = due.or(scheduled).is_some();
    let rule = match tokens.as_slice() {
        [Token { kind: Kind::Clock(time), .. }] if has_anchor => Rule::Clock(default, *time),
        [Token { kind: Kind::Plus | Kind::Minus, .. }, ..] => return Err(signed(text, default)),
        tokens => match (anchored(tokens), length(tokens)) {
            (Some(rule), _) => rule,
            (None, Some(length)) if has_anchor => Rule::Offset(default, length.negated()),
            (None, Some(length)) => Rule::At(from_now(text, length, context)?),
            (None, None) => Rule::At(moment(text, references, context)?),
        },
    };
    check(text, rule, due, scheduled).map(Reminder)
}

/// Reads `due`, `due-1d`, `scheduled-1w+2h`, `due 09:00` and `due at 9am`.
fn anchored(tokens: &[Token]) -> Option<Rule> {
    let (first, rest) = tokens.split_first()?;
    let Kind::Word(word) = &first.kind else { return None };
    let anchor = Anchor::named(word)?;
    if let [Token { kind: Kind::Clock(time), .. }] = rest {
        return Some(Rule::Clock(anchor, *time));
    }
    if let [Token { kind: Kind::Word(at), .. }, Token { kind: Kind::Clock(time), .. }] = rest
        && at == "at"
    {
        return Some(Rule::Clock(anchor, *time));
    }
    let mut sum = Period::default();
    let mut negative = None;
    let mut counts: usize = 0;
    for part in lengths(rest) {
        match part? {
            Part::Sign(minus) if counts > 0 || negative.is_none() => (negative, counts) = (Some(minus), 0),
            Part::Sign(_) => return None,
            Part::Length(length) => {
                sum = sum.plus(if negative? { length.negated() } else { length })?;
                counts += 1;
            }
        }
    }
    (rest.is_empty() || counts > 0).then_some(Rule::Offset(anchor, sum))
}

/// Reads tokens that are nothing but a length of time.
fn length(tokens: &[Token]) -> Option<Period> {
    if tokens.is_empty() {
        return None;
    }
    lengths(tokens).try_fold(Period::default(), |sum, part| match part? {
        Part::Length(length) => sum.plus(length),
        Part::Sign(_) => None,
    })
}

enum Part {
    Sign(bool),
    Length(Period),
}

/// Reads tokens as signs and lengths; `None` for the first that is neither, and then the end.
fn lengths(tokens: &[Token]) -> impl Iterator<Item = Option<Part>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let kind = &tokens.get(at)?.kind;
        at += 1;
        Some(match kind {
            Kind::Plus => Some(Part::Sign(false)),
            Kind::Minus => Some(Part::Sign(true)),
            Kind::Period(period) => Some(Part::Length(*period)),
            Kind::Number(count) => {
                let unit = match tokens.get(at).map(|token| &token.kind) {
                    Some(Kind::Word(word)) => Period::unit(word),
                    _ => None,
                };
                at += 1;
                unit.and_then(|unit| unit.times(*count)).map(Part::Length)
            }
            _ => None,
        })
    })
}

fn from_now(text: &str, length: Period, context: &Context) -> Result<Zoned, Trouble> {
    let now = context.now.to_zoned(context.zone.clone());
    let now = now.with().subsec_nanosecond(0).build().unwrap_or(now);
    length.after(&now).filter(|at| at.year() <= 9999).ok_or_else(|| out_of_range(text))
}

fn moment(text: &str, references: &References<'_>, context: &Context) -> Result<Zoned, Trouble> {
    match dates::parse_with(text, context, references)? {
        When::Moment(at) => Ok(at),
        When::Day(day) => {
            let fires = day.to_datetime(context.remind_time).to_zoned(context.zone.clone());
            fires.map_err(|_| out_of_range(text))
        }
    }
}

/// Refuses what counts from a date that is not there, or in hours from a day.
fn check(text: &str, rule: Rule, due: Option<&When>, scheduled: Option<&When>) -> Result<Rule, Trouble> {
    let (Rule::Offset(anchor, _) | Rule::Clock(anchor, _)) = rule else {
        return Ok(rule);
    };
    let name = anchor.name();
    let date = match anchor {
        Anchor::Due => due,
        Anchor::Scheduled => scheduled,
    };
    let trouble = |message: String| Trouble::whole(TroubleKind::Value, text, message);
    match (date, &rule) {
        (None, _) => Err(trouble(format!("`{text}` counts from a `{name}` date that is not set"))
            .hint(format!("set one with `{name}:…`, or type a moment such as `tomorrow 9am`"))),
        (Some(When::Day(_)), Rule::Offset(_, by)) if !by.is_whole_days() => {
            Err(trouble(format!("`{text}` counts hours, but `{name}` is a whole day"))
                .hint(format!("type days (`1d`), a time on that day (`9am`), or give `{name}` a time of day")))
        }
        _ => Ok(rule),
    }
}

fn signed(text: &str, anchor: Anchor) -> Trouble {
    let name = anchor.name();
    let bare = text.trim_start().trim_start_matches(['+', '-']);
    Trouble::whole(TroubleKind::Value, text, format!("`{text}` does not say what it counts from"))
        .hint(format!("type `{bare}` or `{name}-{bare}` for before, `{name}+{bare}` for after"))
}

fn out_of_range(text: &str) -> Trouble {
    Trouble::whole(TroubleKind::Date, text, format!("`{text}` is out of range")).hint("dates reach from 1900 to 9999")
}

#[cfg(test)]
mod tests;
