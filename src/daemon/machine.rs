//! The process as requests see it.

use std::net::SocketAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::http::Peer;
use super::http::state::Machine;
use super::notifications::Notifications;
use super::runtime::names;
use super::runtime::serve::Identify;
use super::store::sqlite::Sqlite;
use crate::api::daemon::DaemonInfo;
use crate::config::{DaemonConfig, PROTOCOL, VERSION, build};

/// What there is to know of this process.
pub(super) struct Process {
    info: DaemonInfo,
    uid: u32,
    overflow_uid: u32,
    realm: String,
    store: Sqlite,
    notifications: Notifications,
    stop: CancellationToken,
}

impl Process {
    pub(super) fn new(
        config: &DaemonConfig,
        store: Sqlite,
        notifications: Notifications,
        stop: CancellationToken,
        (realm, tcp, now): (String, Option<SocketAddr>, Timestamp),
    ) -> Self {
        let info = DaemonInfo {
            pid: std::process::id(),
            version: VERSION.to_owned(),
            build: build(),
            protocol: PROTOCOL,
            autostarted: config.autostarted,
            started_at: now,
            active_requests: 0,
            database: config.database.display().to_string(),
            socket: config.socket.display().to_string(),
            tcp: tcp.map(|address| address.to_string()),
            next_reminder_at: None,
        };
        let (uid, overflow_uid) = (names::own_uid(), names::overflow_uid());
        Self { info, uid, overflow_uid, realm, store, notifications, stop }
    }
}

#[async_trait]
impl Machine for Process {
    async fn is_ready(&self) -> bool {
        !self.stop.is_cancelled() && self.store.ping().is_ok()
    }

    async fn info(&self, active: usize) -> DaemonInfo {
        let next_reminder_at = self.notifications.next_reminder().await.unwrap_or_default();
        DaemonInfo { active_requests: active, next_reminder_at, ..self.info.clone() }
    }

    fn stop(&self) {
        self.stop.cancel();
    }

    fn uid(&self) -> u32 {
        self.uid
    }

    fn login_name(&self, uid: u32) -> Option<String> {
        names::login_name(uid)
    }

    fn overflow_uid(&self) -> u32 {
        self.overflow_uid
    }

    fn realm(&self) -> String {
        self.realm.clone()
    }

    fn version(&self) -> String {
        format!("{}+{}", self.info.version, self.info.build)
    }
}

/// Names peers for the router.
#[derive(Clone, Copy)]
pub(super) struct Peers;

impl Identify<Peer> for Peers {
    fn unix(&self, uid: u32) -> Peer {
        Peer::Unix { uid }
    }

    fn tcp(&self, address: SocketAddr) -> Peer {
        Peer::Tcp(address)
    }
}
