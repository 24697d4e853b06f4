//! Giving tasks back in another program's form, a page at a time.

use super::port::{PageKey, Thing};
use super::service::{ListRequest, Tasks};
use super::taskwarrior;
use crate::daemon::actor::Actor;
use crate::daemon::error::Result;

impl Tasks {
    /// Returns a page of tasks as Taskwarrior's records, one line each, and where the next page begins.
    ///
    /// # Errors
    /// `invalid_filter`.
    pub async fn export_page(&self, actor: &Actor, request: &ListRequest) -> Result<(Vec<String>, Option<PageKey>)> {
        let page = self.store.scan(actor.space, self.query(actor, request)?).await?;
        let lines = page.tasks.into_iter().map(|task| taskwarrior::write(&Thing::Task(task), &actor.home));
        Ok((lines.collect::<Result<_>>()?, page.next))
    }

    /// Returns all series as Taskwarrior's templates, one line each.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn export_series(&self, actor: &Actor) -> Result<Vec<String>> {
        let series = self.store.series(actor.space).await?;
        series.into_iter().map(|series| taskwarrior::write(&Thing::Series(series), &actor.home)).collect()
    }
}
