//! `inbox`: reminders that have fired. What was shown counts as read.

use anstyle::Style;
use clap::Args;

use crate::api::notifications::NotificationView;
use crate::cli::args::Limit;
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::Result;
use crate::cli::output::{ACTIVE, FADED};
use crate::cli::pick;
use crate::cli::sanitize::visible;
use crate::cli::table::{self, Column, Row};

/// As many as one answer holds.
const MOST: usize = 1000;

/// A reminder that fired later than this was held up, and says when it came.
const LATE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

const COLUMNS: [Column; 6] = [
    Column::new("#").right(),
    Column::new("new").goes(2),
    Column::new("set for").goes(4),
    Column::new("fired").goes(1),
    Column::new("due").goes(3),
    Column::new("title").wraps(),
];

/// The arguments of `inbox`.
#[derive(Debug, Args)]
#[command(after_help = "Shows the unread, newest first, and marks them as read.")]
pub(crate) struct Inbox {
    /// Show those that were read, too
    #[arg(long)]
    all: bool,
    /// Leave them unread
    #[arg(long)]
    keep: bool,
    /// How many at most: a number or `all`
    #[arg(long, value_name = "N")]
    limit: Option<Limit>,
}

/// Runs `inbox`.
///
/// # Errors
/// When the daemon refuses.
pub(crate) async fn run(context: &mut Context, args: Inbox) -> Result {
    let limit = match (args.limit, context.out.screen) {
        (Some(Limit::Count(count)), _) => count.min(MOST),
        (None, Some(screen)) if !context.out.json && !context.out.quiet => screen.rows.saturating_sub(4).max(1),
        _ => MOST,
    };
    let list = context.client.notifications(!args.all, limit).await?;
    if context.out.json {
        context.out.document(&list)?;
    } else if context.out.quiet {
        for item in &list.items {
            context.out.line(&item.number.map_or_else(|| item.id.to_string(), |number| number.to_string()))?;
        }
    } else {
        let calendar = context.calendar();
        let rows: Vec<Row> = list.items.iter().map(|item| row(item, &calendar)).collect();
        table::write(&mut context.out, &COLUMNS, &rows)?;
        if rows.is_empty() {
            context.out.remark_to_person("nothing unread; `--all` shows what was read");
        }
        if list.next.is_some() {
            context.out.remark("there are more: add `--limit all`");
        }
    }
    // Only what has really been shown counts as read.
    context.out.flush()?;
    if !args.keep {
        for item in list.items.iter().filter(|item| item.read_at.is_none()) {
            context.client.mark_read(&item.id.to_string()).await?;
        }
    }
    Ok(())
}

fn row(item: &NotificationView, calendar: &Calendar) -> Row {
    let unread = item.read_at.is_none();
    let late = item.fired_at.duration_since(item.at) > LATE;
    Row {
        cells: vec![
            item.number.map_or_else(|| pick::short(item.task.unwrap_or(item.id)), |number| number.to_string()),
            if unread { "*" } else { "" }.to_owned(),
            calendar.short_moment(item.at),
            if late { calendar.short_moment(item.fired_at) } else { String::new() },
            item.due.as_deref().map_or_else(String::new, |due| calendar.short(due)),
            visible(&item.title).into_owned(),
        ],
        style: match (unread, item.task) {
            (_, None) => FADED,
            (true, _) => ACTIVE,
            (false, _) => Style::new(),
        },
    }
}
