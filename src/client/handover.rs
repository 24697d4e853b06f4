//! Asking the daemon about itself, stopping it, and replacing one of an older build.

use std::path::Path;

use crate::api::daemon::{DaemonInfo, StopRequest};
use crate::api::{ErrorCode, paths};
use crate::config;

use super::exchange::{Call, good, read};
use super::link::{Answer, Failure, Sink};
use super::token::database;
use super::{Client, ClientError, Result, start};

impl Client {
    /// Asks the daemon what it is; `None` when none runs. Never starts one and needs no token.
    ///
    /// # Errors
    /// When a daemon is there and does not answer as it should.
    pub async fn daemon_info(&mut self) -> Result<Option<DaemonInfo>> {
        self.over_socket()?;
        match self.ask(&Call::get(paths::DAEMON)).await? {
            Some(answer) => read(&good(answer)?).map(Some),
            None => Ok(None),
        }
    }

    /// Asks the daemon to stop and waits until it has ended; false when none ran.
    ///
    /// # Errors
    /// When it refuses, as it does with `if_idle` while it answers others, or does not end in time.
    pub async fn daemon_stop(&mut self, if_idle: bool) -> Result<bool> {
        self.over_socket()?;
        let holder = start::holder(&self.config);
        let Some(answer) = self.ask(&Call::post(paths::DAEMON_STOP, &StopRequest { if_idle })?).await? else {
            return Ok(false);
        };
        good(answer)?;
        // It waits for connections that are open, and this one has nothing more to say.
        self.link = None;
        start::ended(&self.config, holder.as_deref()).await?;
        Ok(true)
    }

    /// Starts the daemon when none runs, even where commands may not, and asks it what it is.
    ///
    /// # Errors
    /// When it can't be started, with its own reason, or does not answer.
    pub async fn daemon_start(&mut self) -> Result<DaemonInfo> {
        if let Some(info) = self.daemon_info().await? {
            self.keeps_ours(&info)?;
            return Ok(info);
        }
        self.link = Some(start::start(&self.config).await?);
        self.daemon_info().await?.ok_or_else(|| ClientError::Unreachable {
            message: "the daemon ended as soon as it was started".to_owned(),
            hint: Some(format!("see its log: {}", self.config.paths.log().display())),
        })
    }

    /// Refuses a daemon at the usual socket that keeps another database than these folders name: what it shows and
    /// changes would not be what was asked for. Whose answer does not say (it may be another user's) is taken.
    ///
    /// # Errors
    /// When it does, or the daemon can't be reached.
    pub(super) async fn check_database(&mut self) -> Result<()> {
        if database(&self.config).is_none() {
            return Ok(());
        }
        let answer = self.send(&Call::get(paths::DAEMON), None, &mut Sink::default()).await?;
        match good(answer).and_then(|answer| read(&answer)) {
            Ok(info) => self.keeps_ours(&info),
            Err(_) => Ok(()),
        }
    }

    fn keeps_ours(&self, info: &DaemonInfo) -> Result<()> {
        match database(&self.config) {
            Some(database) if !is_same(Path::new(&info.database), &database) => Err(ClientError::Unreachable {
                message: format!(
                    "the daemon at `{}` keeps another database: `{}`",
                    self.config.socket.display(),
                    info.database
                ),
                hint: Some(
                    "set NUDGE_STATE_DIR together with NUDGE_DATA_DIR, or stop it: `{nudge} daemon stop`".to_owned(),
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Ends a command: if its answers came from a daemon of an older build that a command had started, and that is
    /// idle, this build's daemon takes its place. Never fails; what happened is among the notices.
    pub async fn finish(&mut self) {
        if self.config.server.is_none() && self.is_older() {
            self.replace().await;
        }
        self.link = None;
    }

    /// Tells whether a refusal may come from the daemon's age.
    pub(super) fn is_too_old_for(&self, code: ErrorCode) -> bool {
        matches!(code, ErrorCode::UnknownField | ErrorCode::NoRoute) && self.is_older()
    }

    fn is_older(&self) -> bool {
        !self.replaced && self.seen.build.is_some_and(|build| build < config::build())
    }

    /// Replaces an older daemon, once a command, and tells whether the daemon is of this build or newer now.
    pub(super) async fn replace(&mut self) -> bool {
        self.replaced = true;
        // A server fails here: it is not ours to replace.
        let Ok(Some(info)) = self.daemon_info().await else {
            return false;
        };
        if info.build >= config::build() {
            return true;
        }
        // One that a person or a unit runs is theirs, and one for another database must not be replaced by ours.
        let ours = info.autostarted && is_same(Path::new(&info.database), &self.config.paths.database());
        if !ours || !self.config.autostart {
            return false;
        }
        if !matches!(self.daemon_stop(true).await, Ok(true)) {
            return false;
        }
        match start::start(&self.config).await {
            Ok(link) => {
                self.link = Some(link);
                self.notices.push(format!(
                    "restarted the daemon: build {} replaced build {}",
                    config::build(),
                    info.build
                ));
                true
            }
            Err(error) => {
                self.notices.push(format!("the older daemon was stopped, and this build's did not start: {error}"));
                false
            }
        }
    }

    /// Makes a call without a token if a daemon is there, and never starts one.
    async fn ask(&mut self, call: &Call) -> Result<Option<Answer>> {
        // A link from before may have been closed by a daemon that is gone, or that was followed by another.
        for fresh in [false, true] {
            if self.link.is_none() {
                let Some(link) = start::reach(&self.config).await? else {
                    return Ok(None);
                };
                self.link = Some(link);
            }
            match self.attempt(call, None, &mut Sink::default()).await? {
                Ok(answer) => return Ok(Some(answer)),
                Err(Failure::Unsent | Failure::Lost(_)) if !fresh => {}
                Err(failure) => return Err(self.explain(failure, call)),
            }
        }
        Ok(None)
    }
}

/// Tells whether two paths lead to one file; over links they may be spelled in more than one way.
fn is_same(named: &Path, ours: &Path) -> bool {
    let file = |path: &Path| path.canonicalize().ok();
    *named.to_string_lossy() == *ours.to_string_lossy() || file(named).is_some_and(|named| file(ours) == Some(named))
}
