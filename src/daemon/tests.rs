//! The services over the real store, with a clock that stands still: what no room can show alone.

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

use super::actor::{Actor, By, REMIND_TIME};
use super::clock::{Clock, FixedClock};
use super::error::Error;
use super::event::Image;
use super::http::state::AppState;
use super::http::{self, Peer};
use super::notifications::channels::Log;
use super::notifications::{Dispatcher, Notifications};
use super::store::sqlite::{Options, Sqlite, backups_beside};
use super::tasks::import::Incoming;
use super::tasks::{ListRequest, Step, Tasks, image, taskwarrior};
use super::users::Users;
use super::users::model::LocalIdentity;
use super::users::port::{NewAccount, UserStore};
use super::users::token::Signer;
use crate::api::daemon::DaemonInfo;
use crate::api::error::ErrorCode;
use crate::api::tasks::{Action, BatchRequest, TaskInput};

struct World {
    clock: Arc<FixedClock>,
    store: Sqlite,
    actor: Actor,
    tasks: Tasks,
    inbox: Notifications,
    dispatcher: Dispatcher,
    _dir: tempfile::TempDir,
}

/// A Sunday morning in Berlin.
const NOW: &str = "2026-11-22T10:00:00Z";

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("nudge.db");
        let (committed, broken) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let options = Options { backups: backups_beside(&path), path, committed: Arc::clone(&committed), broken };
        let store = Sqlite::open(options).expect("opened");
        let clock = Arc::new(FixedClock::new(NOW.parse().expect("a moment")));
        let identity = LocalIdentity { realm: "here".into(), uid: 1, login: "ada".into() };
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "Europe/Berlin".into() };
        let session = store.sign_in_local(identity, new, "test".into(), clock.now()).await.expect("signed in");
        let actor = Actor {
            by: By::Person,
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
        Self { inbox: Notifications::new(port, clock.clone()), tasks, store, actor, clock, dispatcher, _dir: dir }
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

#[tokio::test]
async fn a_later_change_of_another_field_is_no_conflict_and_of_the_same_is() {
    let world = World::new().await;
    let number = world.add("old").await;
    world.modify(number, "new +a").await.expect("current");
    let retitled = world.tasks.list(&world.actor, &ListRequest::default()).await.expect("listed").0;
    assert_eq!(retitled[0].task.title, "new");
    world.modify(number, "+b").await.expect("current");
    let request =
        BatchRequest { action: Action::Modify, tasks: vec!["1".into()], change: Some(words_of("newest")), text: None };
    let newest = world.tasks.batch(&world.actor, &request).await.expect("current").operation.expect("changed");
    world.tasks.undo(&world.actor, Some(newest)).await.expect("the newest");
    world.undo().await.expect("+b");
    world.undo().await.expect("new +a");
    assert_eq!(world.titles().await, ["old"]);
}

#[tokio::test]
async fn undo_says_what_is_in_the_way_and_changes_nothing() {
    let world = World::new().await;
    let number = world.add("old").await;
    let change = |title: &str| BatchRequest {
        action: Action::Modify,
        tasks: vec![number.to_string()],
        change: Some(words_of(title)),
        text: None,
    };
    let first = world.tasks.batch(&world.actor, &change("a +x")).await.expect("current").operation;
    world.tasks.batch(&world.actor, &change("b")).await.expect("current");
    let before = world.state().await;
    let error = world.tasks.undo(&world.actor, first).await.expect_err("retitled since");
    assert_eq!(error.code(), ErrorCode::UndoConflict);
    let Error::Refused(refusal) = error else { panic!("refused") };
    assert_eq!(refusal.conflicts.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["title"]);
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn a_bare_undo_leaves_another_sessions_change_alone() {
    let world = World::new().await;
    world.add("mine").await;
    let other = Actor { session: Uuid::now_v7(), ..world.actor.clone() };
    let error = world.tasks.undo(&other, None).await.expect_err("another session's");
    assert_eq!(error.code(), ErrorCode::UndoOfAnother);
    let Error::Refused(refusal) = error else { panic!("refused") };
    let hint = refusal.hint.expect("the way to do it");
    let id = hint.rsplit(' ').next().and_then(|id| id.parse().ok());
    world.tasks.undo(&other, id).await.expect("named");
    assert!(world.titles().await.is_empty());
}

#[tokio::test]
async fn an_import_that_was_cut_short_is_taken_back_at_start() {
    let world = World::new().await;
    world.add("before").await;
    let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
    let records = (1_i64..=450).map(|number| (number.unsigned_abs(), world.record(number))).collect();
    world.tasks.import_records(&world.actor, &mut import, records).await.expect("stored");
    assert_eq!(world.titles().await.len(), 451);
    world.modify(7, "kept").await.expect("current");
    drop(import);
    assert_eq!(world.tasks.recover().await.expect("recovered"), 1);
    assert_eq!(world.titles().await, ["before", "kept"], "what a person touched meanwhile stays");
    assert_eq!(world.tasks.recover().await.expect("recovered"), 0);
}

#[tokio::test]
async fn what_a_cut_off_import_changed_goes_back_in_the_accounts_zone() {
    let world = World::new().await;
    world.add("rent due:2026-11-27").await;
    // After the day has ended in Berlin, and before it has in UTC.
    world.add("between due:2026-11-27T23:30Z").await;
    let before = world.agenda().await;
    let id = world.tasks.get(&world.actor, "1").await.expect("there").task.id;
    let json = format!(r#"{{"uuid":"{id}","description":"changed","status":"pending","modified":"20270101T000000Z"}}"#);
    let record = taskwarrior::read(&json, &world.actor.home, world.clock.now()).expect("a record");
    let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
    world.tasks.import_records(&world.actor, &mut import, vec![(1, record)]).await.expect("stored");
    assert_ne!(world.agenda().await, before);
    world.tasks.import_abandon(&world.actor, import).await.expect("taken back");
    assert_eq!(world.agenda().await, before);
}

#[tokio::test]
async fn a_task_that_became_a_series_is_exchanged_and_the_reverse() {
    let world = World::new().await;
    let read = |id: u128, more: &str| {
        let id = Uuid::from_u128(id);
        let json = format!(r#"{{"uuid":"{id}","description":"x","entry":"20261101T100000Z",{more}}}"#);
        taskwarrior::read(&json, &world.actor.home, world.clock.now()).expect("a record")
    };
    let import = |records: Vec<Incoming>| async {
        let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
        let records = records.into_iter().zip(1..).map(|(record, place)| (place, record)).collect();
        world.tasks.import_records(&world.actor, &mut import, records).await.expect("stored");
        world.tasks.import_end(&world.actor, &mut import).await.expect("ended")
    };
    let series = r#""status":"recurring","recur":"weekly""#;
    let task = r#""status":"pending""#;
    assert_eq!(import(vec![read(1, series), read(2, task)]).await.created, 2);
    let before = world.state().await;
    // What became recurring in Taskwarrior becomes a series here, and the reverse; one undo takes both back.
    let mixed = import(vec![read(1, task), read(2, series), read(3, task)]).await;
    assert_eq!((mixed.created, mixed.changed, mixed.refused.len()), (1, 2, 0));
    assert_eq!(world.titles().await.len(), 2);
    world.undo().await.expect("the import");
    assert_eq!(world.state().await, before);
    let ended = import(vec![read(1, r#""status":"deleted","recur":"weekly""#)]).await;
    assert_eq!((ended.changed, ended.refused.len()), (1, 0), "a series that ends is still one");
}

#[tokio::test]
async fn an_import_waits_for_one_that_is_being_taken_back() {
    let world = World::new().await;
    let records = || (1_i64..=450).map(|number| (number.unsigned_abs(), world.record(number))).collect();
    let mut cut_off = world.tasks.import_begin(&world.actor).await.expect("begun");
    world.tasks.import_records(&world.actor, &mut cut_off, records()).await.expect("stored");
    let again = async {
        let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
        world.tasks.import_records(&world.actor, &mut import, records()).await.expect("stored");
        world.tasks.import_end(&world.actor, &mut import).await.expect("ended")
    };
    // The second has been asked for while the first is half done: what it finds stored would be gone soon.
    let (answer, abandoned) = tokio::join!(again, world.tasks.import_abandon(&world.actor, cut_off));
    abandoned.expect("taken back");
    assert_eq!((answer.created, answer.unchanged), (450, 0));
    let numbers: Vec<_> = world.state().await.into_iter().filter_map(|(number, _)| number).collect();
    assert_eq!(numbers, (1..=450).collect::<Vec<_>>(), "numbers are kept all the same");
}

#[tokio::test]
async fn undo_and_redo_in_any_order_never_block_each_other() {
    let world = World::new().await;
    let undo = |id: Option<Uuid>| world.tasks.undo(&world.actor, id);
    world.add("base").await;
    world.add("one").await;
    let first = undo(None).await.expect("one").operation;
    let redo = undo(Some(first)).await.expect("one again").operation;
    undo(Some(first)).await.expect_err("something else has decided since");
    undo(Some(redo)).await.expect("and away");
    undo(None).await.expect("base");
    assert_eq!(undo(None).await.expect_err("all is undone").code(), ErrorCode::NothingToUndo);

    let number = world.add("two").await;
    world.modify(number, "+a").await.expect("current");
    let tag = undo(None).await.expect("+a").operation;
    let add = undo(None).await.expect("two").operation;
    let two = undo(Some(add)).await.expect("two again").operation;
    undo(Some(tag)).await.expect("+a again");
    assert_eq!(undo(Some(two)).await.expect_err("+a is in force").code(), ErrorCode::UndoConflict);
    undo(None).await.expect("+a");
    undo(None).await.expect("two");
    assert_eq!(undo(None).await.expect_err("all is undone").code(), ErrorCode::NothingToUndo);
    assert!(world.titles().await.is_empty());
}

#[tokio::test]
async fn a_record_that_breaks_a_limit_costs_the_others_nothing() {
    let world = World::new().await;
    let long = "r".repeat(1_100);
    let bad = [
        r#""status":"pending","":"empty name""#.to_owned(),
        format!(r#""status":"pending","{}":1"#, "n".repeat(300)),
        format!(r#""status":"recurring","recur":"{long}""#),
    ];
    let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
    let records = bad.iter().zip(1..).map(|(more, place)| {
        let json = format!(r#"{{"description":"x",{more}}}"#);
        (place, taskwarrior::read(&json, &world.actor.home, world.clock.now()).expect("a record"))
    });
    let records = records.chain([(4, world.record(i64::MAX))]).collect();
    world.tasks.import_records(&world.actor, &mut import, records).await.expect("stored");
    let answer = world.tasks.import_end(&world.actor, &mut import).await.expect("ended");
    assert_eq!((answer.created, answer.refused.len()), (1, 3));
    assert_eq!(world.add("next").await, 2, "a number beyond all lists is not kept");
}

#[tokio::test]
async fn what_is_imported_reminds_only_of_what_is_to_come() {
    let world = World::new().await;
    let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
    let json = r#"{"description":"rent","status":"pending","due":"20261126T230000Z","reminders":"due-6d,due-1d"}"#;
    let record = taskwarrior::read(json, &world.actor.home, world.clock.now()).expect("a record");
    world.tasks.import_records(&world.actor, &mut import, vec![(1, record)]).await.expect("stored");
    world.tasks.import_end(&world.actor, &mut import).await.expect("ended");
    world.at(NOW).await;
    assert!(world.inbox().await.is_empty(), "six days before has passed");
    world.at("2026-11-26T08:00:00Z").await;
    assert_eq!(world.inbox().await.len(), 1);
}

#[tokio::test]
async fn a_large_undo_is_all_or_nothing() {
    let world = World::new().await;
    let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
    let records = (1_i64..=450).map(|number| (number.unsigned_abs(), world.record(number))).collect();
    world.tasks.import_records(&world.actor, &mut import, records).await.expect("stored");
    let operation = world.tasks.import_end(&world.actor, &mut import).await.expect("ended").operation;
    // The first record is in the last slice to be taken back.
    world.modify(1, "touched").await.expect("current");
    let before = world.state().await;
    let error = world.tasks.undo(&world.actor, operation).await.expect_err("touched since");
    assert_eq!(error.code(), ErrorCode::UndoConflict);
    assert_eq!(world.state().await, before);
    world.undo().await.expect("the change");
    world.undo().await.expect("the import");
    assert!(world.titles().await.is_empty());
    let redo = world.tasks.recover().await.expect("recovered");
    assert_eq!(redo, 0, "nothing is left half done");
}

#[tokio::test]
async fn an_import_again_gives_the_same_and_an_undone_one_its_numbers_back() {
    let world = World::new().await;
    let import = || async {
        let mut import = world.tasks.import_begin(&world.actor).await.expect("begun");
        let records = (1_i64..=450).map(|number| (number.unsigned_abs(), world.record(number * 2))).collect();
        world.tasks.import_records(&world.actor, &mut import, records).await.expect("stored");
        world.tasks.import_end(&world.actor, &mut import).await.expect("ended")
    };
    assert_eq!(import().await.created, 450);
    let before = world.state().await;
    assert_eq!(before.last().and_then(|(number, _)| *number), Some(900), "numbers are kept in an empty account");
    let again = import().await;
    assert_eq!((again.created, again.unchanged, again.operation), (0, 450, None));
    world.undo().await.expect("one undo for all");
    assert!(world.titles().await.is_empty());
    assert_eq!(import().await.created, 450);
    assert_eq!(world.state().await, before, "numbers come back");
    assert_eq!(world.add("next").await, 901);
}

#[tokio::test]
async fn a_reminder_fires_once_whatever_the_clock_does() {
    let world = World::new().await;
    world.add("rent due:2026-11-27 remind:1d").await;
    world.at("2026-11-26T07:59:59Z").await;
    assert!(world.inbox().await.is_empty());
    world.at("2026-11-26T08:00:00Z").await;
    let fired = [("rent".to_owned(), "2026-11-26T08:00:00Z".to_owned())];
    assert_eq!(world.inbox().await, fired);
    for moment in ["2026-11-25T08:00:00Z", "2026-11-26T08:00:00Z", "2026-12-26T08:00:00Z"] {
        world.at(moment).await;
        assert_eq!(world.inbox().await, fired);
    }
}

#[tokio::test]
async fn a_reminder_follows_its_task() {
    let world = World::new().await;
    let number = world.add("rent due:2026-11-27 remind:1d").await;
    world.at(NOW).await;
    world.modify(number, "due:2026-12-04").await.expect("current");
    world.at("2026-11-30T08:00:00Z").await;
    assert!(world.inbox().await.is_empty(), "moved");
    world.act(number, Step::Complete).await.expect("pending");
    world.at("2026-12-03T08:00:00Z").await;
    assert!(world.inbox().await.is_empty(), "done");
    world.act(number, Step::Reopen).await.expect("completed");
    world.at("2026-12-03T08:00:01Z").await;
    assert!(world.inbox().await.is_empty(), "its moment had passed when it was reopened");
    world.modify(number, "remind:2d").await.expect("current");
    world.at("2026-12-03T08:00:02Z").await;
    assert_eq!(world.inbox().await.len(), 1, "asked for now, so told at once");
}

#[tokio::test]
async fn a_reminder_whose_moment_passed_while_the_daemon_was_down_fires_at_start() {
    let world = World::new().await;
    world.add("rent due:2026-11-27 remind:1d").await;
    // Nobody had even taken the event.
    world.at("2026-11-29T12:00:00Z").await;
    assert_eq!(world.inbox().await.len(), 1);
}

/// The process as far as the router asks for it.
struct Machine;

#[async_trait]
impl http::state::Machine for Machine {
    async fn is_ready(&self) -> bool {
        true
    }

    async fn info(&self, _: usize) -> DaemonInfo {
        unreachable!("no test asks")
    }

    fn stop(&self) {}

    fn uid(&self) -> u32 {
        1
    }

    fn login_name(&self, _: u32) -> Option<String> {
        Some("ada".into())
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
    fn state_of_router(&self) -> AppState {
        let signer = Signer::from_key(&Signer::new_key().expect("randomness")).expect("own key");
        AppState {
            tasks: self.tasks.clone(),
            users: Users::new(Arc::new(self.store.clone()), self.clock.clone(), signer),
            notifications: self.inbox.clone(),
            machine: Arc::new(Machine),
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
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500_and_its_text_stays_inside() {
    async fn panics() {
        panic!("a secret")
    }
    let world = World::new().await;
    let state = world.state_of_router();
    let router = http::guarded(Router::new().route("/panics", get(panics)), state.clone());
    let request = || Request::get("/panics").header("host", "nudge").body(Body::empty()).expect("a request");
    for _ in 0..2 {
        let (status, problem) = ask(router.clone(), Peer::Unix { uid: 1 }, request()).await;
        assert_eq!((status, problem["code"].as_str()), (500, Some("internal")));
        assert!(problem["request_id"].is_string() && !problem.to_string().contains("secret"), "{problem}");
    }
    assert_eq!(state.active.load(std::sync::atomic::Ordering::SeqCst), 0, "no request is left counted");
}

#[tokio::test]
async fn a_change_against_another_version_is_412_and_changes_nothing() {
    let world = World::new().await;
    let router = http::router(world.state_of_router());
    let peer = Peer::Unix { uid: 1 };
    let sign_in = Request::post("/v1/auth/local").header("host", "nudge").body(Body::empty()).expect("a request");
    let (_, token) = ask(router.clone(), peer, sign_in).await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let send = |method: &str, path: &str, tag: Option<&str>, body: &str| {
        let mut request = Request::builder().method(method).uri(path).header("host", "nudge");
        request = request.header("authorization", &bearer).header("content-type", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        ask(router.clone(), peer, request.body(Body::from(body.to_owned())).expect("a request"))
    };
    let (status, task) = send("POST", "/v1/tasks", None, r#"{"title":"a","due":"tomorrow","tags":["x"]}"#).await;
    assert_eq!((status, &task["version"], &task["due"]), (201, &1.into(), &"2026-11-23".into()));
    let (status, task) = send("PATCH", "/v1/tasks/1", Some("\"1-9-9\""), r#"{"title":"b","due":null}"#).await;
    assert_eq!((status, &task["version"], &task["title"]), (200, &2.into(), &"b".into()));
    assert!(task["due"].is_null() && task["tags"] == serde_json::json!(["x"]), "null clears, absent leaves: {task}");
    for (method, path) in [("PATCH", "/v1/tasks/1"), ("DELETE", "/v1/tasks/1"), ("POST", "/v1/tasks/1/complete")] {
        let (status, problem) = send(method, path, Some("\"1\""), "").await;
        assert_eq!((status, &problem["code"]), (412, &"changed".into()), "{method} {path}");
    }
    // Without a tag, what was meant is done to what is there now.
    let (status, task) = send("POST", "/v1/tasks/1/complete", None, "").await;
    assert_eq!((status, &task["version"], &task["status"]), (200, &3.into(), &"completed".into()));
    for bad in [r#"["a"]"#, r#"{"words":["a"],"title":"b"}"#, r#"{"colour":"red"}"#, "{", r#"{"title":1}"#] {
        let (status, problem) = send("POST", "/v1/tasks", None, bad).await;
        assert!([400, 422].contains(&status), "{bad}: {problem}");
    }
    let (_, count) = send("GET", "/v1/tasks/count", None, "").await;
    assert_eq!(count["count"], 1);
}

#[tokio::test]
async fn a_uid_signs_in_on_its_own_socket_alone_and_its_token_is_good_for_no_other() {
    let world = World::new().await;
    let router = http::router(world.state_of_router());
    let sign_in = |name: &'static str, value: &'static str| {
        let request = Request::post("/v1/auth/local").header("host", "nudge").header(name, value);
        request.body(Body::empty()).expect("a request")
    };
    let uid = |uid| Peer::Unix { uid };
    let tcp = Peer::Tcp("127.0.0.1:9".parse().expect("an address"));
    let (status, token) = ask(router.clone(), uid(1), sign_in("accept", "*/*")).await;
    assert_eq!(status, 200);
    for (peer, name, value) in [
        (tcp, "accept", "*/*"),
        (uid(65_534), "accept", "*/*"),
        (uid(1), "forwarded", "for=1.2.3.4"),
        (uid(1), "x-forwarded-for", "1.2.3.4"),
        (uid(1), "x-forwarded-proto", "https"),
        (uid(1), "via", "1.1 proxy"),
        (uid(1), "origin", "http://localhost"),
        (uid(1), "referer", "http://localhost/"),
    ] {
        let (status, problem) = ask(router.clone(), peer, sign_in(name, value)).await;
        assert_eq!((status, problem["code"].as_str()), (403, Some("forbidden")), "{peer:?} {name}");
    }
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let count = || {
        let request = Request::get("/v1/tasks/count").header("host", "nudge").header("authorization", &bearer);
        request.body(Body::empty()).expect("a request")
    };
    assert_eq!(ask(router.clone(), uid(1), count()).await.0, 200);
    for peer in [uid(2), uid(0), tcp] {
        assert_eq!(ask(router.clone(), peer, count()).await.0, 401, "{peer:?}");
    }
    world.clock.set(world.clock.now() + SignedDuration::from_mins(15));
    assert_eq!(ask(router, uid(1), count()).await.0, 401, "its time is over");
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Move {
    Add(u8),
    Modify(u8, u8),
    Act(u8, u8),
    Batch(u8, u8),
    Undo,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => any::<u8>().prop_map(Move::Add),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(task, words)| Move::Modify(task, words)),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(task, step)| Move::Act(task, step)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(first, last)| Move::Batch(first, last)),
        2 => Just(Move::Undo),
    ];
    prop::collection::vec(one, 1..25)
}

const WORDS: [&str; 8] =
    ["new title", "+a", "-a +b", "due:tomorrow remind:1d", "due:", "project:p priority:H", "wait:3d", "note:text"];

impl World {
    /// Makes a move; says whether something changed.
    async fn make(&self, step: &Move, tasks: u8) -> bool {
        let task = |seed: u8| i64::from(seed % tasks.max(1)) + 1;
        let before = self.state().await;
        match step {
            Move::Add(words) => {
                self.add(&format!("task {}", WORDS[usize::from(words % 8)])).await;
            }
            Move::Modify(seed, words) => {
                let input = words_of(WORDS[usize::from(words % 8)]);
                // What the state does not allow changes nothing, which is compared below.
                drop(self.act(task(*seed), Step::Modify(Box::new(input))).await);
            }
            Move::Act(seed, step) => {
                let steps = [
                    Step::Complete,
                    Step::Reopen,
                    Step::Delete,
                    Step::Start,
                    Step::Stop,
                    Step::Annotate("line".into()),
                ];
                drop(self.act(task(*seed), steps[usize::from(step % 6)].clone()).await);
            }
            Move::Batch(first, last) => {
                let (first, last) = (task(*first.min(last)), task(*first.max(last)));
                let tasks = vec![format!("{}-{}", first.min(last), first.max(last))];
                let request = BatchRequest { action: Action::Complete, tasks, change: None, text: None };
                drop(self.tasks.batch(&self.actor, &request).await);
            }
            Move::Undo => {}
        }
        self.clock.set(self.clock.now() + SignedDuration::from_secs(1));
        self.state().await != before
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// At any depth, an undo gives exactly what was before, and undoing everything leaves nothing.
    #[test]
    fn undo_goes_back_step_by_step(moves in moves()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            let (mut past, mut added) = (Vec::new(), 0);
            for step in &moves {
                if matches!(step, Move::Undo) {
                    if let Some(before) = past.pop() {
                        world.undo().await.expect("there is something to undo");
                        assert_eq!(world.state().await, before);
                    }
                    continue;
                }
                let before = world.state().await;
                added += u8::from(matches!(step, Move::Add(_)));
                if world.make(step, added).await {
                    past.push(before);
                }
            }
            while let Some(before) = past.pop() {
                world.undo().await.expect("there is something to undo");
                assert_eq!(world.state().await, before);
            }
            assert_eq!(world.undo().await.expect_err("all is undone").code(), ErrorCode::NothingToUndo);
            assert!(world.titles().await.is_empty());
        });
    }
}
