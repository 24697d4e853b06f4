//! `sessions`: where the account is signed in, and the end of that.

use anstyle::Style;
use clap::{Args, Subcommand};

use uuid::Uuid;

use crate::api::auth::{EndedAnswer, SessionKind, SessionView};
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::{CliError, Result};
use crate::cli::output::ACTIVE;
use crate::cli::pick;
use crate::cli::sanitize::visible;
use crate::cli::signed;
use crate::cli::table::{self, Column, Row};

const KIND: pick::Kind = pick::Kind { noun: "session", list: "sessions" };

const COLUMNS: [Column; 7] = [
    Column::new("id"),
    Column::new("this").goes(4),
    Column::new("by").goes(2),
    Column::new("device").wraps(),
    Column::new("since").goes(1),
    Column::new("last use").goes(5),
    Column::new("from").goes(3),
];

const HELP: &str = "\
The one used last comes first; `*` marks the one that asks. A session that is
ended can do nothing any more from the next request on.
Examples: nudge sessions
          nudge sessions rm 0a1b2c3d
          nudge sessions rm --all";

/// The arguments of `sessions`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Sessions {
    /// What to do; without it they are listed.
    #[command(subcommand)]
    what: Option<What>,
}

/// What to do with sessions.
#[derive(Debug, Subcommand)]
enum What {
    /// End sessions
    Rm(Rm),
}

/// The arguments of `sessions rm`.
#[derive(Debug, Args)]
#[command(after_help = "Personal access tokens stay: see `nudge help token`.\n\
    Examples: nudge sessions rm 0a1b2c3d 4e5f6a7b\n\
    \u{20}         nudge sessions rm --all")]
struct Rm {
    /// Ids, or the ends of them that the list shows
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// End all of them, the one that asks too
    #[arg(long)]
    all: bool,
}

/// Runs `sessions`.
///
/// # Errors
/// When nobody is signed in, or a session that is named does not exist.
pub(crate) async fn run(context: &mut Context, args: Sessions) -> Result {
    match args.what {
        None => list(context).await,
        Some(What::Rm(args)) => end(context, args).await,
    }
}

async fn list(context: &mut Context) -> Result {
    let list = context.client.sessions().await?;
    if context.out.json {
        return Ok(context.out.document(&list)?);
    }
    if context.out.quiet {
        return list.items.iter().try_for_each(|session| Ok(context.out.line(&session.id.to_string())?));
    }
    let calendar = context.calendar();
    let rows: Vec<Row> = list.items.iter().map(|session| row(session, &calendar)).collect();
    Ok(table::write(&mut context.out, &COLUMNS, &rows)?)
}

fn row(session: &SessionView, calendar: &Calendar) -> Row {
    Row {
        cells: vec![
            pick::short(session.id),
            if session.current { "*" } else { "" }.to_owned(),
            match session.kind {
                SessionKind::Local => "uid",
                SessionKind::Password => "password",
            }
            .to_owned(),
            visible(&session.device).into_owned(),
            calendar.short_moment(session.created_at),
            calendar.short_moment(session.last_used_at),
            session.peer.as_deref().map_or_else(String::new, |peer| visible(peer).into_owned()),
        ],
        style: if session.current { ACTIVE } else { Style::new() },
    }
}

async fn end(context: &mut Context, args: Rm) -> Result {
    if args.all != args.ids.is_empty() {
        return Err(CliError::usage(
            "`sessions rm` needs ids, or `--all` alone",
            "such as `{nudge} sessions rm 0a1b2c3d`; `{nudge} sessions` shows them",
        ));
    }
    if args.all {
        let ended = context.client.end_sessions().await?;
        return tell(context, ended, true);
    }
    // What is named must exist, all of it, before anything is ended.
    let list = context.client.sessions().await?;
    let ids = named(&args.ids, &list.items)?;
    for id in &ids {
        context.client.end_session(&id.to_string()).await?;
        if context.out.quiet && !context.out.json {
            context.out.line(&id.to_string())?;
        }
    }
    let own = list.items.iter().any(|session| session.current && ids.contains(&session.id));
    tell(context, u64::try_from(ids.len()).unwrap_or(u64::MAX), own)
}

/// Returns the sessions that are named, each once, and its own last: without it the others could not be ended any more.
fn named(words: &[String], sessions: &[SessionView]) -> Result<Vec<Uuid>> {
    let mut ids = Vec::with_capacity(words.len());
    for word in words {
        ids.push(pick::one(KIND, word, sessions.iter().map(|session| session.id))?);
    }
    ids.sort_unstable();
    ids.dedup();
    ids.sort_by_key(|id| sessions.iter().any(|session| session.id == *id && session.current));
    Ok(ids)
}

fn tell(context: &mut Context, ended: u64, own: bool) -> Result {
    if context.out.json {
        return Ok(context.out.document(&EndedAnswer { ended })?);
    }
    if context.out.quiet {
        return Ok(());
    }
    context.out.line(&match ended {
        1 => "ended 1 session".to_owned(),
        _ => format!("ended {ended} sessions"),
    })?;
    if own && !signed::by_uid(context) {
        let login = signed::login_again(context);
        context.out.remark(&format!("this one's too: `{login}` signs in again"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_ended_once_and_the_own_one_last() {
        let session = |digit: char, current: bool| -> SessionView {
            serde_json::from_value(serde_json::json!({
                "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff000".to_owned() + &digit.to_string(), "kind": "password",
                "device": "atlas", "created_at": "2026-11-20T09:00:00Z", "last_used_at": "2026-11-22T09:59:00Z",
                "peer": null, "current": current
            }))
            .expect("a session on the wire")
        };
        let sessions = [session('a', true), session('b', false), session('c', false)];
        let words = ["000c", "000a", "ffff000c", "000b", "000a"].map(str::to_owned);
        let ids = named(&words, &sessions).expect("all there");
        assert_eq!(ids, [sessions[1].id, sessions[2].id, sessions[0].id]);
        assert!(named(&["000b".to_owned(), "000d".to_owned()], &sessions).is_err());
    }

    #[test]
    fn the_session_that_asks_is_marked() {
        let session: SessionView = serde_json::from_value(serde_json::json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff000a", "kind": "local", "device": "nudge on\u{9b} atlas",
            "created_at": "2026-11-20T09:00:00Z", "last_used_at": "2026-11-22T09:59:00Z", "peer": "uid 1000",
            "current": true
        }))
        .expect("a session on the wire");
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let row = row(&session, &Calendar::new(now, &[Some("Europe/Berlin")]));
        let expected = ["ffff000a", "*", "uid", "nudge on\\u{9b} atlas", "Fri 20 Nov 10:00", "today 10:59", "uid 1000"];
        assert_eq!(row.cells, expected);
        assert_eq!(row.style, ACTIVE);
    }
}
