//! ISO 8601, RFC 3339 and RFC 9557 dates inside a text: how far one reaches, and what it is.

use jiff::{
    Timestamp, Zoned,
    civil::{Date, DateTime, ISOWeekDate, Weekday},
    fmt::temporal::{DateTimeParser, Pieces, PiecesOffset},
    tz::OffsetConflict,
};

/// A date as it is written, before the account's zone is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) enum Iso {
    Day(Date),
    /// A civil time in whatever zone the reader is in.
    Civil(DateTime),
    /// With an offset but no zone.
    Instant(Timestamp),
    /// With a zone.
    Zoned(Zoned),
}

/// Why a text that has the form of a date is none.
pub(super) type Refusal = (String, Option<String>);

/// Returns how many characters from `at` on have the form of a date, and what they mean; `None` if none have.
pub(super) fn scan(chars: &[char], at: usize) -> Option<(usize, Result<Iso, Refusal>)> {
    let rest = chars.get(at..)?;
    let (length, form) = date_form(rest)?;
    let Some(end) = tail(rest, length, form) else {
        return ends_here(rest, length).then(|| (length, day(&rest[..length], form).map(Iso::Day)));
    };
    if form != Form::Calendar {
        return Some((end, Err(("a week or ordinal date takes no `T` time".to_owned(), None))));
    }
    Some((end, moment(&rest[..end], length)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `2026-11-27` or `20261127`
    Calendar,
    /// `2026-W48-5` or `2026-W48`
    Week,
    /// `2026-331`
    Ordinal,
    /// `2026-11`
    Month,
}

/// The forms, longest first: `d` is a digit, anything else itself.
const FORMS: &[(&str, Form)] = &[
    ("dddd-Wdd-d", Form::Week),
    ("dddd-dd-dd", Form::Calendar),
    ("dddd-Wdd", Form::Week),
    ("dddd-ddd", Form::Ordinal),
    ("dddddddd", Form::Calendar),
    ("dddd-dd", Form::Month),
];

fn date_form(rest: &[char]) -> Option<(usize, Form)> {
    FORMS.iter().find_map(|&(pattern, form)| {
        let length = pattern.len();
        let fits = fits(rest, pattern) && !rest.get(length).is_some_and(char::is_ascii_digit);
        fits.then_some((length, form))
    })
}

fn fits(rest: &[char], pattern: &str) -> bool {
    rest.len() >= pattern.len()
        && pattern.chars().zip(rest).all(|(expected, c)| match expected {
            'd' => c.is_ascii_digit(),
            other => c.eq_ignore_ascii_case(&other),
        })
}

fn ends_here(rest: &[char], length: usize) -> bool {
    !rest.get(length).is_some_and(|c| c.is_alphanumeric())
}

/// Returns the end of a time behind the date. With a space instead of `T` it must have an offset or a zone: else
/// it is a time of day, which the phrase reads.
fn tail(rest: &[char], date: usize, form: Form) -> Option<usize> {
    let separator = rest.get(date)?;
    let spaced = *separator == ' ';
    if !spaced && !separator.eq_ignore_ascii_case(&'t') {
        return None;
    }
    if spaced && form != Form::Calendar {
        return None;
    }
    let start = date + 1;
    let forms = ["dd:dd:dd", "dd:dd", "dddddd", "dddd", "dd"];
    // Behind a space digits without a colon may be anything, such as another year.
    let allowed = if spaced { &forms[..2] } else { &forms[..] };
    let time = allowed.iter().find(|form| fits(&rest[start..], form))?;
    let mut end = start + time.len();
    if rest.get(end) == Some(&'.') && time.len() >= 6 {
        end += 1 + rest[end + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    }
    let civil = end;
    end += offset(&rest[end..]);
    if rest.get(end) == Some(&'[') {
        end += 1 + rest[end..].iter().position(|&c| c == ']')?;
    }
    (ends_here(rest, end) && (!spaced || end > civil)).then_some(end)
}

/// Returns how many characters are an offset. `-2h` and `-30min` are none, but something to subtract.
fn offset(rest: &[char]) -> usize {
    if rest.first().is_some_and(|c| c.eq_ignore_ascii_case(&'z')) {
        return 1;
    }
    if !matches!(rest.first(), Some('+' | '-')) {
        return 0;
    }
    ["dd:dd", "dddd", "dd"]
        .iter()
        .find(|form| fits(&rest[1..], form) && ends_here(rest, 1 + form.len()))
        .map_or(0, |form| 1 + form.len())
}

fn day(chars: &[char], form: Form) -> Result<Date, Refusal> {
    let text: String = chars.iter().collect();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i16>().ok()).unwrap_or(0);
    let small = |from: usize, to: usize| i8::try_from(number(from, to)).unwrap_or(0);
    let year = number(0, 4);
    let date = match form {
        Form::Calendar => Date::new(year, small(4, 6), small(6, 8)).ok(),
        Form::Month => Date::new(year, small(4, 6), 1).ok(),
        Form::Ordinal => ordinal(year, number(4, 7)),
        Form::Week => {
            let weekday = if digits.len() > 6 { small(6, 7) } else { 1 };
            Weekday::from_monday_one_offset(weekday)
                .and_then(|weekday| ISOWeekDate::new(year, small(4, 6), weekday))
                .ok()
                .map(ISOWeekDate::date)
        }
    };
    date.ok_or_else(|| (format!("`{text}` is not on the calendar"), None))
}

fn ordinal(year: i16, day: i16) -> Option<Date> {
    let first = Date::new(year, 1, 1).ok()?;
    if day < 1 || day > first.days_in_year() {
        return None;
    }
    first.checked_add(jiff::Span::new().days(i64::from(day) - 1)).ok()
}

fn moment(chars: &[char], date: usize) -> Result<Iso, Refusal> {
    // An upper-case `T` is the one separator that all readers agree on.
    let text: String = chars.iter().enumerate().map(|(i, &c)| if i == date { 'T' } else { c }).collect();
    let shown: String = chars.iter().collect();
    let absent = || (format!("`{shown}` is not on the calendar or the clock"), None);
    let pieces = Pieces::parse(&text).map_err(|_| absent())?;
    if pieces.time_zone_annotation().is_some() {
        let strict = DateTimeParser::new().offset_conflict(OffsetConflict::Reject);
        return strict.parse_zoned(&text).map(Iso::Zoned).map_err(|error| zone_refusal(&text, &shown, &error));
    }
    let civil = DateTime::from_parts(pieces.date(), pieces.time().ok_or_else(absent)?);
    match pieces.offset() {
        None => Ok(Iso::Civil(civil)),
        Some(PiecesOffset::Zulu) => jiff::tz::Offset::UTC.to_timestamp(civil).map(Iso::Instant).map_err(|_| absent()),
        Some(offset) => offset.to_numeric_offset().to_timestamp(civil).map(Iso::Instant).map_err(|_| absent()),
    }
}

fn zone_refusal(text: &str, shown: &str, _error: &jiff::Error) -> Refusal {
    // Without its offset the text is readable exactly if the zone exists: then it was the offset.
    let lenient = DateTimeParser::new().offset_conflict(OffsetConflict::AlwaysTimeZone);
    match lenient.parse_zoned(text) {
        Ok(at) => (
            format!("the offset of `{shown}` is not its zone's"),
            Some(format!("at that time the zone is at `{}`; leave the offset out", at.offset())),
        ),
        Err(_) => (
            format!("the zone of `{shown}` is not known"),
            Some("type a zone such as `[Europe/Berlin]`, or none".to_owned()),
        ),
    }
}
