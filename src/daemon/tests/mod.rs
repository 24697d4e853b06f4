//! The services over the real store, with a clock that stands still: what no room can show alone.
//!
//! Here is the world that they live in; each subject has a file.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use jiff::{SignedDuration, tz::TimeZone};
use proptest::prelude::*;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use uuid::Uuid;

use super::actor::{Actor, By, REMIND_TIME, Via};
use super::clock::{Clock, FixedClock};
use super::error::Error;
use super::event::Image;
use super::http::guard::Fences;
use super::http::state::AppState;
use super::http::{self, Peer};
use super::notifications::channels::Log;
use super::notifications::{Dispatcher, Notifications};
use super::store::sqlite::{Options, Sqlite, backups_beside};
use super::tasks::import::Incoming;
use super::tasks::{ListRequest, Step, Tasks, image, taskwarrior};
use super::users::hashing::{Cost, Hashing};
use super::users::model::{Happening, LocalIdentity, Note, QuotaDefaults};
use super::users::port::{AccountStore, NewAccount};
use super::users::refresh::RefreshKey;
use super::users::token::Signer;
use super::users::{Keys, Policy, Users};
use crate::api::daemon::DaemonInfo;
use crate::api::error::ErrorCode;
use crate::api::tasks::{Action, BatchRequest, TaskInput};

mod accounts;
mod client;
mod histories;
mod matrix;
mod quotas;
mod races;
mod reminders;
mod router;
mod sign_in;
mod strangers;
mod undo;
mod zones;

struct World {
    clock: Arc<FixedClock>,
    store: Sqlite,
    actor: Actor,
    tasks: Tasks,
    inbox: Notifications,
    dispatcher: Dispatcher,
    dir: tempfile::TempDir,
}

/// How many tasks an account may have here.
const TASKS: u64 = 5_000;
/// A Sunday morning in Berlin.
const NOW: &str = "2026-11-22T10:00:00Z";

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("nudge.db");
        let (committed, broken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let backups = backups_beside(&path);
        let options = Options { backups, path, tasks_limit: TASKS, committed: Arc::clone(&committed), broken };
        let store = Sqlite::open(options).expect("opened");
        let clock = Arc::new(FixedClock::new(NOW.parse().expect("a moment")));
        let identity = LocalIdentity { realm: "here".into(), uid: 1, login: "ada".into() };
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "Europe/Berlin".into() };
        let note = Note {
            at: clock.now(),
            what: Happening::SignedIn,
            peer: None,
            about: None,
            by_administrator: false,
            by: None,
        };
        let session = store.sign_in_local(identity, new, "test".into(), note).await.expect("signed in");
        let actor = Actor {
            by: By::Person,
            via: Via::Local,
            account: session.account,
            session: session.id,
            space: session.space,
            zone: TimeZone::get("Europe/Berlin").expect("bundled"),
            home: TimeZone::get("Europe/Berlin").expect("bundled"),
            remind_time: REMIND_TIME,
        };
        let port = Arc::new(store.clone());
        let dispatcher = Dispatcher::new(port.clone(), clock.clone(), vec![Box::new(Log)], &["log"], committed);
        let tasks = Tasks::new(port.clone(), clock.clone());
        Self { inbox: Notifications::new(port, clock.clone()), tasks, store, actor, clock, dispatcher, dir }
    }

    async fn add(&self, words: &str) -> i64 {
        let done = self.tasks.add(&self.actor, &words_of(words)).await.expect("added");
        done.tasks[0].task.number.expect("a number")
    }

    async fn act(&self, number: i64, step: Step) -> Result<(), Error> {
        self.tasks.act(&self.actor, &number.to_string(), None, &step).await.map(|_| ())
    }

    async fn modify(&self, number: i64, words: &str) -> Result<(), Error> {
        self.act(number, Step::Modify(Box::new(words_of(words)))).await
    }

    async fn undo(&self) -> Result<(), Error> {
        self.tasks.undo(&self.actor, None).await.map(|_| ())
    }

    /// All tasks as they are, by number.
    async fn state(&self) -> Vec<(Option<i64>, Image)> {
        let (tasks, _) = self.tasks.list(&self.actor, &ListRequest::default()).await.expect("listed");
        let mut state: Vec<_> = tasks.iter().map(|shown| (shown.task.number, image::of_task(&shown.task))).collect();
        state.sort_by_key(|(number, _)| *number);
        state
    }

    async fn titles(&self) -> Vec<String> {
        let state = self.state().await.into_iter();
        state.map(|(_, fields)| fields["title"].as_str().expect("a text").to_owned()).collect()
    }

    /// Titles in the order of a list, which the stored ends of days make.
    async fn agenda(&self) -> Vec<String> {
        let (tasks, _) = self.tasks.list(&self.actor, &ListRequest::default()).await.expect("listed");
        tasks.into_iter().map(|shown| shown.task.title).collect()
    }

    async fn at(&self, moment: &str) {
        self.clock.set(moment.parse().expect("a moment"));
        self.dispatcher.run_until_idle().await.expect("the store answers");
    }

    async fn inbox(&self) -> Vec<(String, String)> {
        let inbox = self.inbox.inbox(&self.actor, false, None, 100).await.expect("read").0;
        inbox.into_iter().map(|n| (n.title, n.at.to_string())).collect()
    }

    fn record(&self, number: i64) -> Incoming {
        let id = Uuid::from_u128(number.unsigned_abs().into());
        let json = format!(
            r#"{{"id":{number},"uuid":"{id}","description":"task {number}","status":"pending",
            "entry":"20261101T100000Z","modified":"20261101T100000Z"}}"#
        );
        taskwarrior::read(&json, &self.actor.zone, self.clock.now()).expect("a record")
    }
}

fn words_of(text: &str) -> TaskInput {
    TaskInput { words: Some(text.split(' ').map(str::to_owned).collect()), ..TaskInput::default() }
}

/// The process as far as the router asks for it. Uid 1 is its owner.
struct Machine;

/// The uid that the system can't say anything of just now.
const UNASKED: u32 = 503;

#[async_trait]
impl http::state::Machine for Machine {
    async fn is_ready(&self) -> bool {
        true
    }

    async fn info(&self, _: usize) -> DaemonInfo {
        let info = serde_json::json!({
            "pid": 1, "version": "0.0.0", "build": 0, "protocol": 1, "autostarted": false, "started_at": NOW,
            "active_requests": 0, "database": "/d", "socket": "/s", "tcp": null, "next_reminder_at": null
        });
        serde_json::from_value(info).expect("a daemon")
    }

    fn stop(&self) {}

    fn uid(&self) -> u32 {
        1
    }

    fn login_name(&self, uid: u32) -> Result<Option<String>, Error> {
        match uid {
            UNASKED => Err(Error::Unavailable("out")),
            1 => Ok(Some("ada".into())),
            _ => Ok(Some(format!("user{uid}"))),
        }
    }

    fn is_administrator(&self, uid: u32) -> Result<bool, Error> {
        if uid == UNASKED { Err(Error::Unavailable("out")) } else { Ok(uid <= 1) }
    }

    async fn rotate_key(&self, _: bool) -> Result<(String, jiff::Timestamp), Error> {
        Ok(("kid".into(), NOW.parse().expect("a moment")))
    }

    fn overflow_uid(&self) -> u32 {
        65_534
    }

    fn realm(&self) -> String {
        "here".into()
    }

    fn version(&self) -> String {
        "0.0.0+0".into()
    }
}

impl World {
    /// The user service, with hashing that costs little.
    fn users(&self) -> Users {
        let signer = Signer::from_key(&Signer::new_key().expect("randomness")).expect("own key");
        let refresh = RefreshKey::from_key(&RefreshKey::new_key().expect("randomness")).expect("own key");
        let policy = Policy {
            open_sign_up: true,
            quotas: QuotaDefaults { tasks: TASKS, tokens: 3, sessions: 3 },
            idle: SignedDuration::from_hours(24 * 60),
            audit_kept: SignedDuration::from_hours(24 * 365),
        };
        let hashing = Hashing::with_cost(2, 32, Cost { memory_kib: 8, passes: 1, lanes: 1 }).expect("argon2 knows it");
        let keys = Keys { signer, refresh: Arc::new(refresh) };
        Users::new(Arc::new(self.store.clone()), self.clock.clone(), keys, hashing, policy)
    }

    fn state_of_router(&self) -> AppState {
        AppState {
            tasks: self.tasks.clone(),
            users: self.users(),
            notifications: self.inbox.clone(),
            machine: Arc::new(Machine),
            fences: Arc::new(Fences::wide(1)),
            active: Arc::default(),
            background: TaskTracker::new(),
        }
    }
}

async fn ask(router: Router, peer: Peer, request: Request<Body>) -> (u16, serde_json::Value) {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(peer);
    let response = router.oneshot(Request::from_parts(parts, body)).await.expect("infallible");
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
