//! Unread reminders: one line on stderr after a command, once for each newest one.
//!
//! It remembers the last one told in a small file in the state folder. Nothing here ever fails a command.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::context::Context;
use super::sanitize::visible;
use crate::config::private;

/// Tells of unread reminders, if there is one that was not told yet.
pub(super) async fn unread(context: &mut Context) {
    let Some((count, newest)) = context.client.unread() else {
        return;
    };
    let file = file(context);
    if told(&file) == Some(newest) {
        return;
    }
    let Ok(list) = context.client.notifications(true, 1).await else {
        return;
    };
    let Some(first) = list.items.first() else { return };
    let calendar = context.calendar();
    let due = first.due.as_deref().map_or_else(String::new, |due| format!(" (due {})", calendar.short(due)));
    let title = visible(&first.title);
    let inbox = format!("see `{} inbox`", context.config.program);
    context.out.remark(&if count > 1 {
        format!("{count} unread reminders, the newest: {title}{due}; {inbox}")
    } else {
        format!("reminder: {title}{due}; {inbox}")
    });
    // Told twice is better than a command that fails for it.
    let _ = private::write(&file, newest.to_string().as_bytes());
}

fn file(context: &Context) -> PathBuf {
    context.config.paths.state.join("announced")
}

fn told(file: &Path) -> Option<Uuid> {
    let text = private::read(file, private::Others::Nothing)?;
    std::str::from_utf8(&text).ok()?.trim().parse().ok()
}
