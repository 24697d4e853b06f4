//! `user ls`: the accounts, the oldest first.

use anstyle::Style;
use clap::Args;

use crate::api::users::UserView;
use crate::cli::args::Limit;
use crate::cli::context::Context;
use crate::cli::dates::Calendar;
use crate::cli::error::Result;
use crate::cli::identity::{local_name, used};
use crate::cli::output::FADED;
use crate::cli::pick;
use crate::cli::sanitize::visible;
use crate::cli::table::{self, Column, Row};

use super::named;

const COLUMNS: [Column; 7] = [
    Column::new("id"),
    Column::new("email").wraps(),
    Column::new("uid").goes(5),
    Column::new("since").goes(1),
    Column::new("last use").goes(3),
    Column::new("disabled").goes(4),
    Column::new("tasks").goes(2),
];

/// The arguments of `user ls`.
#[derive(Debug, Args)]
#[command(after_help = "Examples: nudge user ls\n\
    \u{20}         nudge user ls --json")]
pub(super) struct Ls {
    /// How many at most: a number or `all`, which is the default
    #[arg(long, value_name = "N")]
    limit: Option<Limit>,
}

/// Runs `user ls`.
///
/// # Errors
/// When who asks is no administrator.
pub(super) async fn run(context: &mut Context, args: Ls) -> Result {
    let most = if let Some(Limit::Count(count)) = args.limit { count } else { usize::MAX };
    let list = named::fetch(context, most).await?;
    if context.out.json {
        return Ok(context.out.document(&list)?);
    }
    if context.out.quiet {
        return list.items.iter().try_for_each(|user| Ok(context.out.line(&user.id.to_string())?));
    }
    let calendar = context.calendar();
    let rows: Vec<Row> = list.items.iter().map(|user| row(user, &calendar)).collect();
    table::write(&mut context.out, &COLUMNS, &rows)?;
    if list.next.is_some() {
        context.out.flush()?;
        context.out.remark("there are more: add `--limit all`");
    }
    Ok(())
}

fn row(user: &UserView, calendar: &Calendar) -> Row {
    let moment = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, |at| calendar.short_moment(at));
    let uids: Vec<String> = user.local.iter().map(local_name).collect();
    Row {
        cells: vec![
            pick::short(user.id),
            user.email.as_deref().map_or_else(String::new, |email| visible(email).into_owned()),
            visible(&uids.join(", ")).into_owned(),
            calendar.short_moment(user.created_at),
            moment(user.last_used_at),
            moment(user.disabled_at),
            used(user.quotas.tasks),
        ],
        style: if user.disabled_at.is_some() { FADED } else { Style::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_shown_with_its_limits() {
        let user: UserView = serde_json::from_value(serde_json::json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff000a", "email": "ada\u{1b}@example.org",
            "local": [{ "uid": 1000, "login": "ada" }, { "uid": 1001, "login": "eve" }],
            "created_at": "2026-11-20T09:00:00Z", "last_used_at": "2026-11-22T09:00:00Z",
            "disabled_at": "2026-11-22T09:30:00Z",
            "quotas": { "tasks": { "used": 12, "limit": 5000 }, "tokens": { "used": 0, "limit": 50 },
                        "sessions": { "used": 1, "limit": 100 } }
        }))
        .expect("an account on the wire");
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let row = row(&user, &Calendar::new(now, &[Some("UTC")]));
        let expected = [
            "ffff000a",
            "ada␛@example.org",
            "1000 (ada), 1001 (eve)",
            "Fri 20 Nov 09:00",
            "today 09:00",
            "today 09:30",
            "12 of 5000",
        ];
        assert_eq!((row.cells, row.style), (expected.map(str::to_owned).into(), FADED));
    }
}
