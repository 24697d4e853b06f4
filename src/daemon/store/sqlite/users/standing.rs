//! Who sessions and tokens stand for, kept in memory: one look-up a request, without the database.
//!
//! What was read before a change of any account is not used after it. A change raises the epoch after its commit and
//! before its answer; an entry counts only in the epoch that was read before the database was. So a revocation is
//! seen by the very next request, whatever was being read meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::audit;
use crate::api::auth::Scope;
use crate::daemon::error::{Error, Result};
use crate::daemon::store::sqlite::Sqlite;
use crate::daemon::store::sqlite::failure::reading;
use crate::daemon::store::sqlite::rows;
use crate::daemon::users::model::{AccountSettings, Credential, Note, Standing};

/// How many are kept; beyond, the ones that are used least make way.
const ENTRIES: u64 = 20_000;
/// Nothing depends on this: it only keeps what nobody uses from staying.
const IDLE: Duration = Duration::from_mins(20);

/// Names a session by its id, or a personal access token by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Session(Uuid),
    Token([u8; 32]),
}

/// The entries, and the epoch in which they count.
pub(in crate::daemon::store::sqlite) struct StandingCache {
    entries: Cache<Key, (u64, Arc<Standing>)>,
    epoch: Arc<AtomicU64>,
}

/// Raises the epoch when it is dropped. As part of what a unit of work returns it lives until the commit and no longer
/// than the answer, also when whoever asked has gone away and nobody takes the answer.
pub(super) struct Raise(Arc<AtomicU64>);

impl Drop for Raise {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl StandingCache {
    pub(in crate::daemon::store::sqlite) fn new() -> Self {
        Self { entries: Cache::builder().max_capacity(ENTRIES).time_to_idle(IDLE).build(), epoch: Arc::default() }
    }

    /// Makes everything that was read until this is dropped count no longer.
    pub(super) fn raise(&self) -> Raise {
        Raise(Arc::clone(&self.epoch))
    }
}

impl Sqlite {
    /// Finds who somebody stands for: in memory, else in the database.
    pub(super) fn who_stands(&self, key: Key) -> Result<Option<Standing>> {
        let cache = self.standing_cache();
        let epoch = cache.epoch.load(Ordering::SeqCst);
        if let Some((read_in, standing)) = cache.entries.get(&key)
            && read_in == epoch
        {
            return Ok(Some(Standing::clone(&standing)));
        }
        let found = self.read(|db| match key {
            Key::Session(id) => session(db, id),
            Key::Token(hash) => token(db, hash),
        })?;
        if let Some(standing) = &found {
            cache.entries.insert(key, (epoch, Arc::new(standing.clone())));
        }
        Ok(found)
    }

    /// Runs a unit of work after which sessions, tokens or accounts may stand differently.
    pub(super) async fn write_standing<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_standing_if(move |db| work(db).map(|value| (value, true))).await
    }

    /// Does the same for what a session asks, if that still stands.
    pub(super) async fn write_asked<T: Send + 'static>(
        &self,
        account: Uuid,
        note: Note,
        work: impl Fn(&Connection, &Note) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_standing(move |db| audit::demand(db, account, &note).and_then(|()| work(db, &note))).await
    }

    /// Does the same for one that says itself whether that is so.
    pub(super) async fn write_standing_if<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<(T, bool)> + Send + 'static,
    ) -> Result<T> {
        let epoch = Arc::clone(&self.standing_cache().epoch);
        let outcome = self
            .write(move |db| work(db).map(|(value, raises)| (value, raises.then(|| Raise(Arc::clone(&epoch))))))
            .await;
        // After a failure too: what was stored may not be known.
        if outcome.is_err() {
            drop(self.standing_cache().raise());
        }
        outcome.map(|(value, _raised_now)| value)
    }
}

const ACCOUNT: &str = "a.id, p.number, a.zone, a.email, a.settings";
const STANDS: &str = "a.disabled_at IS NULL AND a.deleted_at IS NULL";

/// Reads a session that stands.
pub(super) fn session(db: &Connection, id: Uuid) -> Result<Option<Standing>> {
    let sql = format!(
        "SELECT s.id, {ACCOUNT}, s.kind
         FROM sessions s JOIN accounts a ON a.id = s.account JOIN spaces p ON p.account = a.id
         WHERE s.id = ?1 AND s.revoked_at IS NULL AND {STANDS}"
    );
    let read = |row: &Row<'_>| {
        Ok(rows::get::<String>(row, 6).and_then(|kind| match kind.as_str() {
            "local" => standing(row, Credential::Local),
            _ => standing(row, Credential::Password),
        }))
    };
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    statement.query_row([id.as_bytes()], read).optional().map_err(reading)?.transpose()
}

fn token(db: &Connection, hash: [u8; 32]) -> Result<Option<Standing>> {
    let sql = format!(
        "SELECT t.id, {ACCOUNT}, t.scopes, t.expires_at
         FROM access_tokens t JOIN accounts a ON a.id = t.account JOIN spaces p ON p.account = a.id
         WHERE t.hash = ?1 AND {STANDS}"
    );
    let read = |row: &Row<'_>| {
        Ok(rows::get::<String>(row, 6).and_then(|text| {
            let expires_at = rows::optional_moment(row, 7)?;
            standing(row, Credential::Token { scopes: scopes(&text)?.into(), expires_at })
        }))
    };
    let mut statement = db.prepare_cached(&sql).map_err(reading)?;
    statement.query_row([&hash[..]], read).optional().map_err(reading)?.transpose()
}

fn standing(row: &Row<'_>, credential: Credential) -> Result<Standing> {
    Ok(Standing {
        id: rows::uuid(row, 0)?,
        account: rows::uuid(row, 1)?,
        space: rows::space(row, 2)?,
        zone: rows::get(row, 3)?,
        email: rows::get(row, 4)?,
        settings: settings(&rows::get::<String>(row, 5)?)?,
        credential,
    })
}

/// Reads the settings of an account.
pub(super) fn settings(json: &str) -> Result<AccountSettings> {
    if json == "{}" { Ok(AccountSettings::default()) } else { rows::from_json(json) }
}

/// Reads the scopes of a token.
pub(super) fn scopes(text: &str) -> Result<Vec<Scope>> {
    let read = |name| Scope::parse(name).ok_or_else(|| Error::internal(format!("a stored scope `{name}`")));
    text.split(' ').filter(|name| !name.is_empty()).map(read).collect()
}
