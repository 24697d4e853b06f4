//! `account audit`: what happened to the account, the newest first.

use anstyle::Style;
use clap::Args;

use crate::api::account::{AuditEntry, AuditList};
use crate::cli::args::Limit;
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::Result;
use crate::cli::sanitize::visible;
use crate::cli::table::{self, Column, Row};

/// As many as are asked for at once.
const PAGE: usize = 100;

const COLUMNS: [Column; 5] = [
    Column::new("when"),
    Column::new("what"),
    Column::new("about").wraps(),
    Column::new("from").goes(1),
    Column::new("by").goes(2),
];

/// The arguments of `account audit`.
#[derive(Debug, Args)]
#[command(after_help = "Sign-ins, also those that failed, and changes of email, password, sessions and\n\
    tokens. On a terminal a screenful is shown, else all.\n\
    Examples: nudge account audit\n\
    \u{20}         nudge account audit --limit all --json")]
pub(super) struct Audit {
    /// How many at most: a number or `all`
    #[arg(long, value_name = "N")]
    limit: Option<Limit>,
}

/// Runs `account audit`.
///
/// # Errors
/// When nobody is signed in.
pub(super) async fn run(context: &mut Context, args: Audit) -> Result {
    let most = match (args.limit, context.out.screen) {
        (Some(Limit::Count(count)), _) => count,
        (None, Some(screen)) if !context.out.json && !context.out.quiet => screen.rows.saturating_sub(4).max(1),
        _ => usize::MAX,
    };
    let list = fetch(context, most).await?;
    if context.out.json {
        return Ok(context.out.document(&list)?);
    }
    let calendar = context.calendar();
    let rows: Vec<Row> = list.items.iter().map(|entry| row(entry, &calendar)).collect();
    table::write(&mut context.out, &COLUMNS, &rows)?;
    if list.next.is_some() {
        context.out.flush()?;
        context.out.remark("there are more: add `--limit all`");
    }
    Ok(())
}

async fn fetch(context: &mut Context, most: usize) -> Result<AuditList> {
    let mut list = context.client.audit(None, most.min(PAGE)).await?;
    while let (Some(cursor), true) = (&list.next, list.items.len() < most) {
        let page = context.client.audit(Some(cursor), (most - list.items.len()).min(PAGE)).await?;
        list.items.extend(page.items);
        list.next = page.next;
    }
    Ok(list)
}

fn row(entry: &AuditEntry, calendar: &Calendar) -> Row {
    let text = |text: Option<&str>| text.map_or_else(String::new, |text| visible(text).into_owned());
    Row {
        cells: vec![
            calendar.short_moment(entry.at),
            visible(&entry.event.replace('_', " ")).into_owned(),
            text(entry.about.as_deref()),
            text(entry.peer.as_deref()),
            if entry.by_administrator { "administrator" } else { "" }.to_owned(),
        ],
        style: Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_when_what_and_from_where() {
        let entry: AuditEntry = serde_json::from_value(serde_json::json!({
            "at": "2026-11-22T09:00:00Z", "event": "sign_in_failed", "peer": "192.0.2.7", "about": "a\u{1b}b",
            "by_administrator": true
        }))
        .expect("an entry on the wire");
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let row = row(&entry, &Calendar::new(now, &[Some("Europe/Berlin")]));
        assert_eq!(row.cells, ["today 10:00", "sign in failed", "a␛b", "192.0.2.7", "administrator"]);
    }
}
