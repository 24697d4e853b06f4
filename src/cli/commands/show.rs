//! `show`: all there is to know of tasks.

use std::fmt::Write as _;

use clap::Args;

use crate::api::tasks::{TaskList, TaskView};
use crate::cli::change;
use crate::cli::context::{Context, script_name, short_name};
use crate::cli::dates::Calendar;
use crate::cli::error::{CliError, Result};
use crate::cli::json;
use crate::cli::pick;
use crate::cli::refs;
use crate::cli::sanitize::visible;

/// The arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Example: nudge show 12 --json")]
pub(crate) struct Show {
    /// Numbers, ranges such as 3-5, or ids
    #[arg(value_name = "TASKS", required = true)]
    words: Vec<String>,
}

/// Runs `show`.
///
/// # Errors
/// When no task is named, or one does not exist.
pub(crate) async fn run(context: &mut Context, args: Show) -> Result {
    let named = change::only_tasks("show", &args.words)?;
    let Some(ids) = refs::expand(&named) else {
        return Err(CliError::usage("that is too much to show", "`{nudge} ls 1-5000 --limit all` lists many tasks"));
    };
    let mut tasks = Vec::with_capacity(ids.len());
    for id in &ids {
        tasks.push(context.client.task(id).await?);
    }
    if context.out.json {
        // One task is the task itself; several are a list, as everywhere.
        return match &tasks[..] {
            [task] => Ok(context.out.document(task)?),
            _ => Ok(context.out.document(&TaskList { items: tasks, next: None })?),
        };
    }
    if context.out.quiet {
        return tasks.iter().try_for_each(|task| Ok(context.out.line(&script_name(task))?));
    }
    let calendar = context.calendar();
    let sheets: Vec<String> = tasks.iter().map(|task| sheet(task, &calendar)).collect();
    context.out.write(&sheets.join("\n"))?;
    if let Some(zone) = context.other_zone().map(str::to_owned) {
        context.out.line(&format!("{:<12}{}", "zone", visible(&zone)))?;
    }
    Ok(())
}

fn sheet(task: &TaskView, calendar: &Calendar) -> String {
    let mut sheet = Sheet { text: format!("{}  {}\n", short_name(task), visible(&task.title)) };
    sheet.line("status", task.status.as_str());
    sheet.maybe("project", task.project.as_deref());
    sheet.maybe("tags", Some(task.tags.join(" ")).filter(|tags| !tags.is_empty()).as_deref());
    sheet.maybe("priority", task.priority.map(crate::api::tasks::Priority::as_str));
    for (name, date) in
        [("due", &task.due), ("scheduled", &task.scheduled), ("wait", &task.wait), ("until", &task.until)]
    {
        sheet.maybe(name, date.as_deref().map(|date| calendar.full(date)).as_deref());
    }
    for (place, set) in task.reminders.iter().enumerate() {
        let at = task.reminders_at.get(place).copied().flatten();
        sheet.line("remind", &at.map_or_else(|| set.clone(), |at| format!("{} ({set})", calendar.full_moment(at))));
    }
    sheet.maybe("series", task.series.as_ref().map(|series| series.rule.as_str()));
    let depends: Vec<String> = task.depends_on.iter().copied().map(pick::short).collect();
    sheet.maybe("depends on", Some(depends.join(" ")).filter(|ids| !ids.is_empty()).as_deref());
    for (name, value) in &task.attributes {
        sheet.line(name, &json::escape(value.get()));
    }
    for (name, at) in [
        ("created", Some(task.created_at)),
        ("changed", Some(task.modified_at)),
        ("started", task.started_at),
        ("completed", task.completed_at),
        ("deleted", task.deleted_at),
    ] {
        sheet.maybe(name, at.map(|at| calendar.full_moment(at)).as_deref());
    }
    sheet.line("id", &task.id.to_string());
    for annotation in &task.annotations {
        sheet.line("note", &format!("{}  {}", calendar.short_moment(annotation.at), annotation.text));
    }
    for line in task.notes.iter().flat_map(|notes| notes.lines()) {
        writeln!(sheet.text, "    {}", visible(line)).expect("a string takes all");
    }
    sheet.text
}

struct Sheet {
    text: String,
}

impl Sheet {
    fn line(&mut self, name: &str, value: &str) {
        writeln!(self.text, "{:<12}{}", visible(name), visible(value)).expect("a string takes all");
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.line(name, value);
        }
    }
}
