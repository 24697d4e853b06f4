//! The echo of a change: what was done to which task, and what its words came to.

use super::context::{Context, script_name, short_name};
use super::dates::Calendar;
use super::error::Result;
use super::sanitize::visible;
use crate::api::tasks::{ChangeAnswer, TaskView};

/// How much of a task an echo tells besides number and title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing.
    None,
    /// What a person may have typed: project, tags, priority, dates, reminders to come.
    Fields,
    /// The same, and that a reminder whose moment has passed comes at once.
    FieldsAndLateReminders,
}

/// Writes what an operation did, one line a task, or as `--json` and `--quiet` want it.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn change(context: &mut Context, verb: &str, answer: &ChangeAnswer, detail: Detail) -> Result {
    if context.out.json {
        return Ok(context.out.document(answer)?);
    }
    let (verb, detail) = match answer.operation {
        Some(_) => (verb, detail),
        None => ("unchanged", Detail::None),
    };
    answer.items.iter().try_for_each(|item| task(context, verb, item, detail))
}

/// Writes one line on a task that was changed.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn task(context: &mut Context, verb: &str, task: &TaskView, detail: Detail) -> Result {
    if context.out.quiet {
        return Ok(context.out.line(&script_name(task))?);
    }
    let mut line = format!("{verb} {}  {}", short_name(task), visible(&task.title));
    let (fields, dated) = match detail {
        Detail::None => (Vec::new(), false),
        Detail::Fields | Detail::FieldsAndLateReminders => {
            fields(task, &context.calendar(), detail == Detail::FieldsAndLateReminders)
        }
    };
    if !fields.is_empty() {
        line.push_str("  ");
        line.push_str(&fields.join(" · "));
    }
    if let (true, Some(zone)) = (dated, context.other_zone()) {
        line.extend([" (", &visible(zone), ")"]);
    }
    Ok(context.out.line(&line)?)
}

/// Returns what there is to tell of a task, and whether a date is among it.
fn fields(task: &TaskView, calendar: &Calendar, late: bool) -> (Vec<String>, bool) {
    let mut out = Vec::new();
    out.extend(task.project.as_deref().map(|project| format!("project {}", visible(project))));
    out.extend(task.tags.iter().map(|tag| format!("+{}", visible(tag))));
    out.extend(task.priority.map(|priority| format!("priority {}", priority.as_str())));
    let plain = out.len();
    for (name, date) in
        [("due", &task.due), ("scheduled", &task.scheduled), ("waits until", &task.wait), ("until", &task.until)]
    {
        out.extend(date.as_deref().map(|date| format!("{name} {}", calendar.full(date))));
    }
    for (place, set) in task.reminders.iter().enumerate() {
        match task.reminders_at.get(place).copied().flatten() {
            Some(at) if !calendar.has_passed(at) => out.push(format!("remind {}", calendar.full_moment(at))),
            Some(at) if late => out.push(format!("remind at once ({} has passed)", calendar.short_moment(at))),
            // It has fired before this change.
            Some(_) => {}
            None => out.push(format!("remind {} (once there is a date to count from)", visible(set))),
        }
    }
    let dated = out.len() > plain;
    (out, dated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> TaskView {
        serde_json::from_value(serde_json::json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "number": 42, "version": 1, "title": "Pay rent",
            "notes": null, "status": "pending", "project": "home.flat", "tags": ["bills"], "priority": "high",
            "due": "2026-11-27", "due_at": "2026-11-26T23:00:00Z", "scheduled": null, "scheduled_at": null,
            "wait": null, "wait_at": null, "until": null, "until_at": null,
            "reminders": ["due-1d", "due-7d", "scheduled-1d"],
            "reminders_at": ["2026-11-26T08:00:00Z", "2026-11-20T08:00:00Z", null],
            "series": null, "depends_on": [], "annotations": [], "attributes": {},
            "created_at": "2026-11-22T09:50:00Z", "modified_at": "2026-11-22T09:50:00Z",
            "started_at": null, "completed_at": null, "deleted_at": null
        }))
        .expect("a task on the wire")
    }

    #[test]
    fn the_words_are_told_as_what_they_came_to() {
        let now = "2026-11-22T09:50:00Z".parse().expect("a moment");
        let calendar = Calendar::new(now, &[Some("Europe/Berlin")]);
        let (told, dated) = fields(&view(), &calendar, true);
        assert!(dated);
        assert_eq!(
            told,
            [
                "project home.flat",
                "+bills",
                "priority high",
                "due Fri 27 Nov 2026",
                "remind Thu 26 Nov 2026 09:00",
                "remind at once (Fri 20 Nov 09:00 has passed)",
                "remind scheduled-1d (once there is a date to count from)",
            ]
        );
        assert_eq!(fields(&view(), &calendar, false).0.len(), 6);
    }

    #[test]
    fn a_task_without_a_number_is_named_by_the_end_of_its_id() {
        let mut task = view();
        assert_eq!((short_name(&task), script_name(&task)), ("42".to_owned(), "42".to_owned()));
        task.number = None;
        assert_eq!(short_name(&task), "ffff0000");
        assert_eq!(script_name(&task), "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000");
    }
}
