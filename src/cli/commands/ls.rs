//! `ls`: a table of tasks. `nudge` alone comes here too.

use anstyle::Style;
use clap::Args;

use crate::api::tasks::{Priority, Status, TaskList, TaskView};
use crate::cli::args::Limit;
use crate::cli::context::{Context, script_name, short_name};
use crate::cli::dates::Calendar;
use crate::cli::error::Result;
use crate::cli::filter::Filter;
use crate::cli::output::{ACTIVE, FADED, LATE};
use crate::cli::sanitize::visible;
use crate::cli::table::{self, Column, Row};
use crate::client::TaskQuery;

/// Lines of a screen that are not for rows: the heading, two remarks and the next prompt.
const AROUND: usize = 4;

const COLUMNS: [Column; 7] = [
    Column::new("#").right(),
    Column::new("status").goes(4),
    Column::new("pri").goes(3),
    Column::new("due").goes(5),
    Column::new("project").goes(2).wraps(),
    Column::new("tags").goes(1).wraps(),
    Column::new("title").wraps(),
];

pub(super) const FILTERS: &str = "\
Filters, all of which must fit:
  rent              text in the title, the notes or an annotation
  12   3-5   1,7    tasks by number; also ids, or 8 digits or more of one
  project:home      in that project or below; `project:` for none
  +bills   -bills   with that tag, without it
  priority:high     or medium, low, none
  status:completed  or pending, deleted, waiting; +COMPLETED, +WAITING, ... too
Between them `or` and `xor`, before one `not`, around some `( )`, quoted for the
shell: nudge ls '(' +home or +work ')' not rent
Unless a filter names a status, or tasks and nothing else, only pending tasks
that do not wait are meant.";

/// The arguments of `ls`.
#[derive(Debug, Args)]
#[command(after_help = format!("{FILTERS}\n\
    The first due come first; on a terminal a screenful is shown, else all.\n\
    Examples: nudge ls project:home +bills\n\
    \u{20}         nudge ls rent --limit all --json"))]
pub(crate) struct Ls {
    /// Which tasks
    #[arg(value_name = "FILTER")]
    words: Vec<String>,
    /// How many at most: a number or `all`
    #[arg(long, value_name = "N")]
    limit: Option<Limit>,
}

/// Runs `ls`.
///
/// # Errors
/// When the filter can't be read.
pub(crate) async fn run(context: &mut Context, args: Ls) -> Result {
    let filter = Filter::of_open(&args.words);
    let screen = context.out.screen.filter(|_| args.limit.is_none() && !context.out.json && !context.out.quiet);
    let lines = screen.map(|screen| screen.rows.saturating_sub(AROUND).max(1));
    let limit = args.limit.or(lines.map(Limit::Count)).unwrap_or(Limit::All);
    let list = fetch(context, &filter, limit).await?;
    if context.out.json {
        return Ok(context.out.document(&list)?);
    }
    if context.out.quiet {
        return list.items.iter().try_for_each(|task| Ok(context.out.line(&script_name(task))?));
    }
    let calendar = context.calendar();
    let rows: Vec<Row> = list.items.iter().map(|task| row(task, &calendar)).collect();
    // Long titles take several lines: a screen is counted in lines, its heading among those around.
    let most = lines.map_or(usize::MAX, |lines| lines + 1);
    let shown = table::write_some(&mut context.out, &COLUMNS, &rows, most)?;
    context.out.flush()?;
    if rows.is_empty() {
        context.out.remark_to_person(
            "no tasks fit; `nudge add` stores one".replace("nudge", &context.config.program).as_str(),
        );
    }
    if list.next.is_some() || shown < rows.len() {
        let all = context.client.count(&filter.text).await?;
        let more = all.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
        context.out.remark(&format!("{more} more: add `--limit all`"));
    }
    Ok(())
}

/// Fetches up to `limit` tasks, page after page.
async fn fetch(context: &mut Context, filter: &Filter, limit: Limit) -> Result<TaskList> {
    let mut query = TaskQuery { filter: filter.text.clone(), limit: None, cursor: None };
    let mut list = TaskList { items: Vec::new(), next: None };
    loop {
        if let Limit::Count(count) = limit {
            query.limit = Some(count - list.items.len());
        }
        let page = context.client.tasks(&query).await.map_err(|error| filter.told(error))?;
        let came = page.items.len();
        list.items.extend(page.items);
        list.next = page.next;
        let enough = matches!(limit, Limit::Count(count) if list.items.len() >= count);
        if enough || came == 0 || list.next.is_none() {
            return Ok(list);
        }
        query.cursor.clone_from(&list.next);
    }
}

fn row(task: &TaskView, calendar: &Calendar) -> Row {
    let status = if task.status == Status::Pending { "" } else { task.status.as_str() };
    let priority = match task.priority {
        Some(Priority::High) => "H",
        Some(Priority::Medium) => "M",
        Some(Priority::Low) => "L",
        None => "",
    };
    let mut title = visible(&task.title).into_owned();
    if task.started_at.is_some() && task.status == Status::Pending {
        title.push_str(" (started)");
    }
    if !task.annotations.is_empty() {
        title.push_str(" [");
        title.push_str(&task.annotations.len().to_string());
        title.push(']');
    }
    Row {
        cells: vec![
            short_name(task),
            status.to_owned(),
            priority.to_owned(),
            task.due.as_deref().map_or_else(String::new, |due| calendar.short(due)),
            task.project.as_deref().map_or_else(String::new, |project| visible(project).into_owned()),
            task.tags.iter().map(|tag| visible(tag)).collect::<Vec<_>>().join(" "),
            title,
        ],
        style: style(task, calendar),
    }
}

fn style(task: &TaskView, calendar: &Calendar) -> Style {
    if task.status != Status::Pending {
        FADED
    } else if task.due.as_deref().is_some_and(|due| calendar.is_over(due)) {
        LATE
    } else if task.started_at.is_some() {
        ACTIVE
    } else {
        Style::new()
    }
}
