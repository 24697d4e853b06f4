//! What touches more than one unit of work takes turns: imports, undos and recoveries of a space.
//!
//! An import that is half done may yet be taken back; whoever judged what is stored by it, another import or an undo,
//! would build on what goes away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::daemon::actor::SpaceId;

/// Gives out turns, one at a time for each space.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<SpaceId, Arc<tokio::sync::Mutex<()>>>>>);

/// A turn; it ends when this goes.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Waits for a turn in a space.
    pub(super) async fn take(&self, space: SpaceId) -> Turn {
        let turn = {
            let mut spaces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A space in which nobody waits or works needs no entry.
            spaces.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(spaces.entry(space).or_default())
        };
        turn.lock_owned().await
    }
}
