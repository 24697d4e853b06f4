//! `token`: personal access tokens for scripts and other programs, each with its name, scopes and end.

use anstyle::Style;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::api::auth::{EndedAnswer, NewToken, Scope, TokenMade, TokenView};
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::{CliError, Result};
use crate::cli::output::FADED;
use crate::cli::pick;
use crate::cli::sanitize::visible;
use crate::cli::table::{self, Column, Row};

const KIND: pick::Kind = pick::Kind { noun: "token", list: "token ls" };

/// A token that nobody remembers should not work for ever.
const DAYS: i64 = 90;

/// Longer than anybody plans.
const DAYS_MAX: i64 = 36_500;

const COLUMNS: [Column; 6] = [
    Column::new("id"),
    Column::new("name").wraps(),
    Column::new("scopes").goes(4).wraps(),
    Column::new("since").goes(1),
    Column::new("ends").goes(3),
    Column::new("last use").goes(2),
];

const SCOPES: &str = "\
Scopes: tasks:read           see tasks, count and export them
        tasks:write          add, change, import and undo
        notifications:read   see the inbox
        notifications:write  mark as read
        account:read         see the account and its settings";

const HELP: &str = "\
A token stands for you within its scopes, and can make no other token. A script
gives it in NUDGE_TOKEN or with `--token-stdin`.
Examples: nudge token add backup --scope tasks:read
          NUDGE_TOKEN=\"$(cat token)\" nudge export > tasks.json
          nudge token ls
          nudge token rm 0a1b2c3d";

/// The arguments of `token`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Token {
    /// What to do.
    #[command(subcommand)]
    what: What,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
enum What {
    /// List them
    #[command(after_help = "Example: nudge token ls --json")]
    Ls,
    /// Make one, and print it this once
    Add(Add),
    /// Revoke tokens
    Rm(Rm),
}

/// The arguments of `token add`.
#[derive(Debug, Args)]
#[command(after_help = format!("{SCOPES}\n\
    The token alone goes to stdout, all else to stderr; it is never shown again.\n\
    Examples: nudge token add backup --scope tasks:read --expires 1y > token\n\
    \u{20}         nudge token add bot --scope tasks:read --scope tasks:write"))]
struct Add {
    /// What it is for
    #[arg(value_name = "NAME", required = true)]
    name: Vec<String>,
    /// What it may do; may be given again
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    scope: Vec<String>,
    /// When it ends: 90d (the default), 12w, 1y, a date such as 2027-01-31, or never
    #[arg(long, value_name = "WHEN")]
    expires: Option<Expiry>,
}

/// The arguments of `token rm`.
#[derive(Debug, Args)]
#[command(after_help = "What is revoked can do nothing any more from the next request on.\n\
    Examples: nudge token rm 0a1b2c3d\n\
    \u{20}         nudge token rm --all")]
struct Rm {
    /// Ids, or the ends of them that the list shows
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Revoke all of them
    #[arg(long)]
    all: bool,
}

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Never,
    After(i64),
    On(Date),
}

impl std::str::FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wanted = || "90d, 12w, 1y, a date such as 2027-01-31, or `never`, is wanted".to_owned();
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Ok(date) = text.parse() {
            return Ok(Self::On(date));
        }
        let unit = text.chars().next_back().ok_or_else(wanted)?;
        let days = match unit {
            'd' => 1,
            'w' => 7,
            'y' => 365,
            _ => return Err(wanted()),
        };
        let count: i64 = text[..text.len() - 1].parse().map_err(|_| wanted())?;
        let total = count.checked_mul(days).filter(|total| (1..=DAYS_MAX).contains(total));
        total.map(Self::After).ok_or_else(|| "from 1 day to 100 years, or `never`, is wanted".to_owned())
    }
}

/// Runs `token`.
///
/// # Errors
/// When nobody is signed in, a token that is named does not exist, or no more may be made.
pub(crate) async fn run(context: &mut Context, args: Token) -> Result {
    match args.what {
        What::Ls => list(context).await,
        What::Add(args) => add(context, args).await,
        What::Rm(args) => revoke(context, args).await,
    }
}

async fn list(context: &mut Context) -> Result {
    let list = context.client.tokens().await?;
    if context.out.json {
        return Ok(context.out.document(&list)?);
    }
    if context.out.quiet {
        return list.items.iter().try_for_each(|token| Ok(context.out.line(&token.id.to_string())?));
    }
    let calendar = context.calendar();
    let rows: Vec<Row> = list.items.iter().map(|token| row(token, &calendar)).collect();
    table::write(&mut context.out, &COLUMNS, &rows)?;
    if rows.is_empty() {
        context.out.remark_to_person("there are no tokens");
    }
    Ok(())
}

fn row(token: &TokenView, calendar: &Calendar) -> Row {
    let ended = token.expires_at.is_some_and(|at| calendar.has_passed(at));
    let moment = |at: Option<Timestamp>, none: &str| at.map_or_else(|| none.to_owned(), |at| calendar.short_moment(at));
    Row {
        cells: vec![
            pick::short(token.id),
            visible(&token.name).into_owned(),
            words(&token.scopes),
            calendar.short_moment(token.created_at),
            if ended { "has ended".to_owned() } else { moment(token.expires_at, "never") },
            moment(token.last_used_at, ""),
        ],
        style: if ended { FADED } else { Style::new() },
    }
}

async fn add(context: &mut Context, args: Add) -> Result {
    let scopes = scopes(&args.scope)?;
    let expires_at = end(args.expires.unwrap_or(Expiry::After(DAYS)), context.now, &context.calendar())?;
    let asked = NewToken { name: args.name.join(" "), scopes, expires_at };
    let made = context.client.make_token(&asked).await?;
    if context.out.json {
        return Ok(context.out.document(&made)?);
    }
    context.out.line(made.token.expose())?;
    context.out.flush()?;
    let told = told(&made, &context.calendar(), args.expires.is_none());
    context.out.remark(&told);
    Ok(())
}

fn told(made: &TokenMade, calendar: &Calendar, by_default: bool) -> String {
    let about = &made.about;
    let end = match about.expires_at {
        Some(at) => format!("it ends {}", calendar.full_moment(at)),
        None => "it never ends".to_owned(),
    };
    let other = if by_default { "; `--expires` sets another end" } else { "" };
    format!(
        "made the token {} ({}) with {}\n{end}{other}\nkeep it now, it is not shown again; a script gives it in NUDGE_TOKEN",
        visible(&about.name),
        pick::short(about.id),
        words(&about.scopes)
    )
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn scopes(typed: &[String]) -> Result<Vec<Scope>> {
    let known = || format!("scopes: {}", words(&Scope::ALL));
    if typed.is_empty() {
        return Err(CliError::usage("`token add` needs a `--scope` at least", known()));
    }
    let mut found = Vec::with_capacity(typed.len());
    for word in typed {
        let Some(scope) = Scope::parse(word) else {
            return Err(CliError::usage(format!("`{word}` is no scope"), known()));
        };
        if !found.contains(&scope) {
            found.push(scope);
        }
    }
    Ok(found)
}

/// Returns the moment at which a token ends: a day's token ends with the day.
fn end(expiry: Expiry, now: Timestamp, calendar: &Calendar) -> Result<Option<Timestamp>> {
    let at = match expiry {
        Expiry::Never => return Ok(None),
        Expiry::After(days) => now.checked_add(SignedDuration::from_hours(days * 24)).ok().map(whole_minute),
        Expiry::On(day) => Some(calendar.end_of(day)),
    };
    match at {
        Some(at) if at > now => Ok(Some(at)),
        Some(_) => Err(CliError::usage("that day has ended already", "such as `--expires 90d` or `--expires never`")),
        None => Err(CliError::usage("that is too far away", "`--expires never` is for ever")),
    }
}

/// Returns the end of the minute: nobody asks for a token that ends with a second.
fn whole_minute(at: Timestamp) -> Timestamp {
    let minutes = at.as_second().div_euclid(60) + 1;
    Timestamp::from_second(minutes * 60).unwrap_or(at)
}

async fn revoke(context: &mut Context, args: Rm) -> Result {
    if args.all != args.ids.is_empty() {
        return Err(CliError::usage(
            "`token rm` needs ids, or `--all` alone",
            "such as `{nudge} token rm 0a1b2c3d`; `{nudge} token ls` shows them",
        ));
    }
    let ended = if args.all {
        context.client.revoke_tokens().await?
    } else {
        // What is named must exist, all of it, before anything is revoked.
        let list = context.client.tokens().await?;
        let mut ids = Vec::with_capacity(args.ids.len());
        for word in &args.ids {
            ids.push(pick::one(KIND, word, list.items.iter().map(|token| token.id))?);
        }
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            context.client.revoke_token(&id.to_string()).await?;
            if context.out.quiet && !context.out.json {
                context.out.line(&id.to_string())?;
            }
        }
        u64::try_from(ids.len()).unwrap_or(u64::MAX)
    };
    if context.out.json {
        return Ok(context.out.document(&EndedAnswer { ended })?);
    }
    if context.out.quiet {
        return Ok(());
    }
    Ok(context.out.line(&match ended {
        1 => "revoked 1 token".to_owned(),
        _ => format!("revoked {ended} tokens"),
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::new("2026-11-22T10:00:00Z".parse().expect("a moment"), &[Some("Europe/Berlin")])
    }

    #[test]
    fn ends_as_people_write_them() {
        for (text, expected) in [
            ("never", Some(Expiry::Never)),
            ("90d", Some(Expiry::After(90))),
            ("2w", Some(Expiry::After(14))),
            ("1y", Some(Expiry::After(365))),
            ("2027-01-31", Some(Expiry::On(jiff::civil::date(2027, 1, 31)))),
            ("", None),
            ("0d", None),
            ("-3d", None),
            ("d", None),
            ("90", None),
            ("90é", None),
            ("101y", None),
            ("99999999999999999999d", None),
            ("2027-02-31", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_token_for_a_day_ends_with_the_day() {
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let at = |text: &str| end(text.parse().expect(text), now, &calendar());
        let told = |text: &str| at(text).expect(text).map(|at| at.to_string());
        assert_eq!(told("2027-01-31").as_deref(), Some("2027-01-31T23:00:00Z"));
        assert_eq!(told("2026-11-22").as_deref(), Some("2026-11-22T23:00:00Z"));
        assert_eq!(told("1d").as_deref(), Some("2026-11-23T10:01:00Z"));
        assert_eq!(told("never"), None);
        assert_eq!(at("2026-11-21").expect_err("gone").exit().code(), 2);
    }

    #[test]
    fn scopes_are_named_and_none_is_taken_for_granted() {
        let named = |words: &[&str]| scopes(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(named(&["tasks:write", "tasks:write"]).expect("scopes"), [Scope::TasksWrite]);
        for words in [&[][..], &["tasks"], &["tasks:read", "all"]] {
            let told = format!("{:?}", named(words).expect_err("no scope"));
            assert!(told.contains("tasks:read tasks:write notifications:read"), "{told}");
        }
    }

    #[test]
    fn the_secret_is_in_no_remark() {
        let made: TokenMade = serde_json::from_value(serde_json::json!({
            "token": "nudge_pat_secret", "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff000a", "name": "back\u{1b}up",
            "scopes": ["tasks:read", "account:read"], "created_at": "2026-11-22T10:00:00Z",
            "expires_at": "2027-02-20T10:00:00Z", "last_used_at": null
        }))
        .expect("a token on the wire");
        let told = told(&made, &calendar(), true);
        assert!(!told.contains("secret"), "{told}");
        for part in ["back␛up (ffff000a) with tasks:read account:read", "Sat 20 Feb 2027 11:00; `--expires`"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let cells = row(&made.about, &calendar()).cells;
        assert_eq!(cells[4..], ["Sat 20 Feb 2027 11:00", ""]);
    }
}
