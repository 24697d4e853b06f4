//! The process as requests see it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::error::{Error, Result};
use super::http::Peer;
use super::http::guard::Fences;
use super::http::state::Machine;
use super::keys;
use super::notifications::Notifications;
use super::runtime::names;
use super::runtime::serve::Identify;
use super::store::sqlite::Sqlite;
use super::users::Users;
use super::users::token::{LIFETIME, Signer};
use crate::api::daemon::DaemonInfo;
use crate::config::{AccountSettings, DaemonConfig, PROTOCOL, VERSION, build};

/// What there is to know of this process.
pub(super) struct Process {
    info: DaemonInfo,
    uid: u32,
    overflow_uid: u32,
    realm: String,
    keys: PathBuf,
    accounts: AccountSettings,
    services: Services,
    stop: CancellationToken,
    /// One change of the signing key at a time: file and memory must end up with the same one.
    rotating: Arc<Mutex<()>>,
}

/// What the process asks of the services.
pub(super) struct Services {
    pub(super) store: Sqlite,
    pub(super) users: Users,
    pub(super) notifications: Notifications,
    pub(super) clock: Arc<dyn Clock>,
}

impl Process {
    pub(super) fn new(
        config: &DaemonConfig,
        services: Services,
        stop: CancellationToken,
        (realm, tcp): (String, Option<SocketAddr>),
    ) -> Self {
        let info = DaemonInfo {
            pid: std::process::id(),
            version: VERSION.to_owned(),
            build: build(),
            protocol: PROTOCOL,
            autostarted: config.autostarted,
            started_at: services.clock.now(),
            active_requests: 0,
            database: config.database.display().to_string(),
            socket: config.socket.display().to_string(),
            tcp: tcp.map(|address| address.to_string()),
            next_reminder_at: None,
        };
        let (uid, overflow_uid) = (names::own_uid(), names::overflow_uid());
        let (keys, accounts) = (config.paths.keys(), config.accounts.clone());
        Self { info, uid, overflow_uid, realm, keys, accounts, services, stop, rotating: Arc::default() }
    }
}

#[async_trait]
impl Machine for Process {
    async fn is_ready(&self) -> bool {
        !self.stop.is_cancelled() && self.services.store.ping().is_ok()
    }

    async fn info(&self, active: usize) -> DaemonInfo {
        let next_reminder_at = self.services.notifications.next_reminder().await.unwrap_or_default();
        DaemonInfo { active_requests: active, next_reminder_at, ..self.info.clone() }
    }

    fn stop(&self) {
        self.stop.cancel();
    }

    fn uid(&self) -> u32 {
        self.uid
    }

    fn login_name(&self, uid: u32) -> Result<Option<String>> {
        names::login_name(uid).map_err(|error| unknown(&error))
    }

    fn overflow_uid(&self) -> u32 {
        self.overflow_uid
    }

    fn is_administrator(&self, uid: u32) -> Result<bool> {
        let AccountSettings { system, admin_group, .. } = &self.accounts;
        let is_owner = !system && uid == self.uid;
        match admin_group {
            // Neither depends on a directory: root must be able to act while it is down.
            _ if uid == 0 || is_owner => Ok(true),
            Some(group) => names::is_in_group(uid, group).map_err(|error| unknown(&error)),
            None => Ok(false),
        }
    }

    async fn rotate_key(&self, revoke_old: bool) -> Result<(String, Timestamp)> {
        let turn = Arc::clone(&self.rotating).lock_owned().await;
        let (folder, users, now) = (self.keys.clone(), self.services.users.clone(), self.services.clock.now());
        let new = Signer::new_key()?;
        let until = if revoke_old { now } else { now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX) };
        // In one piece, which is finished even when its request is given up halfway.
        let rotated = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            // First the file: a key that signs must be there after a crash.
            keys::replace(&folder, &new, until, now).map_err(Error::internal)?;
            users.rotate_key(&new, until)
        });
        Ok((rotated.await.map_err(Error::internal)??, until))
    }

    fn realm(&self) -> String {
        self.realm.clone()
    }

    fn version(&self) -> String {
        format!("{}+{}", self.info.version, self.info.build)
    }
}

/// What is told when the system's directory of users does not answer. Why is for the log.
fn unknown(error: &std::io::Error) -> Error {
    tracing::error!(%error, "the system could not say who a user is");
    Error::Unavailable("the system can't say who users are just now")
}

/// Names peers for the router.
#[derive(Clone)]
pub(super) struct Peers(pub(super) Arc<Fences>);

impl Identify<Peer> for Peers {
    fn unix(&self, uid: u32) -> Peer {
        Peer::Unix { uid }
    }

    fn tcp(&self, address: SocketAddr) -> Peer {
        Peer::Tcp(address)
    }

    fn share(&self, peer: &Peer) -> Option<String> {
        self.0.share(*peer)
    }
}
