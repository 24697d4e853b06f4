//! What the ports promise, as tests that every backend must pass. They describe the port and no database.
//!
//! A backend gives a [`Ports`] and writes `contract_tests!(its_ports)`; nothing here may depend on which one it is.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use uuid::Uuid;

use crate::api::error::ErrorCode;
use crate::api::tasks::Status;
use crate::daemon::actor::{By, SpaceId};
use crate::daemon::error::Error;
use crate::daemon::event::{EventKind, difference};
use crate::daemon::notifications::model::{Firing, Schedule};
use crate::daemon::notifications::port::NotificationStore;
use crate::daemon::tasks::image;
use crate::daemon::tasks::model::{Series, Task};
use crate::daemon::tasks::port::{How, NewOperation, Part, Query, TaskKey, TaskStore, Thing, Unit, Write};
use crate::daemon::users::model::{Happening, LocalIdentity, Note};
use crate::daemon::users::port::{NewAccount, UserStore};
use crate::language::{Filter, Reminder, When};

mod users;
pub(super) use users::*;

/// A backend's three ports over one empty store, and what must live as long as they do.
pub(super) struct Ports {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) tasks: Arc<dyn TaskStore>,
    pub(super) notifications: Arc<dyn NotificationStore>,
    pub(super) _keep: Box<dyn std::any::Any + Send + Sync>,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
}

fn note(seconds: i64) -> Note {
    Note { at: at(seconds), what: Happening::SignedIn, peer: None, about: None, by_administrator: false, by: None }
}

fn identity(uid: u32) -> LocalIdentity {
    LocalIdentity { realm: "here".into(), uid, login: format!("user{uid}") }
}

fn new_account() -> NewAccount {
    NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "Europe/Berlin".into() }
}

impl Ports {
    async fn space(&self, uid: u32) -> SpaceId {
        let session = self.users.sign_in_local(identity(uid), new_account(), "test".into(), note(0)).await;
        session.expect("signed in").space
    }

    async fn commit(&self, operation: &NewOperation, part: Part, writes: Vec<Write>) -> Result<Vec<Thing>, Error> {
        let unit = Unit { operation: operation.clone(), part, writes };
        self.tasks.commit(unit).await
    }

    async fn add(&self, space: SpaceId, title: &str) -> Task {
        let write = create(Task::new(Uuid::now_v7(), title.into(), at(0)));
        let stored = self.commit(&operation(space, "add"), Part::Last, vec![write]).await.expect("stored");
        task_of(stored)
    }

    async fn retitle(&self, space: SpaceId, task: &Task, title: &str) -> Result<Task, Error> {
        let stored = self.commit(&operation(space, "modify"), Part::Last, vec![retitled(task, title)]).await?;
        Ok(task_of(stored))
    }

    async fn titles(&self, space: SpaceId) -> Vec<String> {
        let page = self.tasks.list(space, everything()).await.expect("listed");
        page.tasks.into_iter().map(|task| task.title).collect()
    }
}

fn operation(space: SpaceId, kind: &'static str) -> NewOperation {
    let (id, session) = (Uuid::now_v7(), Uuid::from_u128(9));
    NewOperation { id, space, kind, by: By::Person, session, at: at(0), undoes: None }
}

fn create(task: Task) -> Write {
    Write { thing: Thing::Task(task), how: How::Create }
}

fn retitled(task: &Task, title: &str) -> Write {
    let after = Task { title: title.into(), ..task.clone() };
    let changes = difference(&image::of_task(task), &image::of_task(&after));
    Write { thing: Thing::Task(after), how: How::Replace(changes) }
}

fn removal(task: &Task) -> Write {
    Write { thing: Thing::Task(task.clone()), how: How::Remove(image::of_task(task)) }
}

fn task_of(mut things: Vec<Thing>) -> Task {
    match things.pop() {
        Some(Thing::Task(task)) => task,
        other => panic!("a task, not {other:?}"),
    }
}

fn everything() -> Query {
    Query { filter: Filter::All(Vec::new()), now: at(0), limit: None, after: None }
}

/// One identity has one account and one session, however many sign in at once.
pub(super) async fn sign_in_makes_one_account(ports: Ports) {
    let sign_in = || ports.users.sign_in_local(identity(1), new_account(), "test".into(), note(0));
    let (a, b, c) = tokio::join!(sign_in(), sign_in(), sign_in());
    let sessions = [a, b, c].map(|session| session.expect("signed in"));
    assert!(sessions.iter().all(|session| *session == sessions[0]), "{sessions:?}");
    assert_eq!(ports.users.standing(sessions[0].id).await.expect("read"), Some(sessions[0].clone()));
    assert_eq!(ports.users.standing(Uuid::nil()).await.expect("read"), None);
    assert_ne!(ports.space(2).await, sessions[0].space);
}

/// A uid that now belongs to another login name is refused, and nothing is changed.
pub(super) async fn a_reused_uid_is_refused(ports: Ports) {
    let before = ports.space(1).await;
    let stranger = LocalIdentity { login: "somebody".into(), ..identity(1) };
    let error = ports.users.sign_in_local(stranger, new_account(), "test".into(), note(1)).await.expect_err("refused");
    assert_eq!(error.code(), ErrorCode::Forbidden);
    assert_eq!(ports.space(1).await, before);
}

/// Everything that a task holds comes back.
pub(super) async fn a_task_comes_back_whole(ports: Ports) {
    let space = ports.space(1).await;
    let mut task = Task::new(Uuid::now_v7(), "ti\u{1b}tle \u{202e}é 👨‍👩‍👧".into(), at(0));
    task.notes = Some("# notes".into());
    task.project = Some("home.flat".into());
    task.tags = ["a".into(), "b.c".into()].into();
    task.due = Some(When::from_text("2026-11-27").expect("stored form"));
    task.wait = Some(When::from_text("2026-11-27T17:00:00+01:00[Europe/Berlin]").expect("stored form"));
    task.until = Some(When::from_text("9999-12-30").expect("stored form"));
    task.reminders = vec![Reminder::from_text("due-1d").expect("canonical")];
    task.series = Some(Uuid::now_v7());
    task.depends_on = [Uuid::now_v7()].into();
    task.annotate(at(1), "\"line\"\none".into());
    task.attributes.insert("estimate".into(), "1.50".into());
    task.started_at = Some(at(2));
    let stored = ports.commit(&operation(space, "add"), Part::Last, vec![create(task.clone())]).await.expect("stored");
    task.number = Some(1);
    assert_eq!(task_of(stored), task);
    assert_eq!(ports.tasks.task(space, TaskKey::Number(1)).await.expect("found"), task);
    let found = ports.tasks.things(space, vec![task.id, Uuid::nil()]).await.expect("read");
    assert_eq!(found.into_values().collect::<Vec<_>>(), [Thing::Task(task)]);
}

/// A task is found by its whole id, or by an end of it that fits no other; not by somebody else.
pub(super) async fn a_task_is_found_by_parts_of_its_id(ports: Ports) {
    let (space, other) = (ports.space(1).await, ports.space(2).await);
    let id = |last: u128| Uuid::from_u128(0xabcd_0000_0000_0000_0000_0000_0000_0000 | last);
    let writes = [0x1111, 0x2222].map(|last| create(Task::new(id(last), format!("{last:x}"), at(0)))).to_vec();
    ports.commit(&operation(space, "add"), Part::Last, writes).await.expect("stored");
    let find = |part: &str| ports.tasks.task(space, TaskKey::Part(part.into()));
    assert_eq!(find("1111").await.expect("unique").title, "1111");
    let error = find("abcd").await.expect_err("two");
    assert_eq!(error.code(), ErrorCode::AmbiguousId);
    assert!(matches!(error, Error::Refused(refusal) if refusal.candidates.len() == 2));
    assert_eq!(find("9999").await.expect_err("none").code(), ErrorCode::NotFound);
    for key in [TaskKey::Id(id(0x1111)), TaskKey::Number(1), TaskKey::Part("1111".into())] {
        assert_eq!(ports.tasks.task(other, key).await.expect_err("not theirs").code(), ErrorCode::NotFound);
    }
}

/// A number is never given twice, also when the task that had it is gone.
pub(super) async fn numbers_are_never_reused(ports: Ports) {
    let space = ports.space(1).await;
    let first = ports.add(space, "a").await;
    ports.commit(&operation(space, "undo"), Part::Last, vec![removal(&first)]).await.expect("removed");
    assert_eq!(ports.add(space, "b").await.number, Some(2));
    let burned = ports.tasks.burned_numbers(space, vec![first.id]).await.expect("read");
    assert_eq!(burned.get(&first.id), Some(&1));
    let write = Write { thing: Thing::Task(first.clone()), how: How::Restore };
    let restored = task_of(ports.commit(&operation(space, "undo"), Part::Last, vec![write]).await.expect("restored"));
    assert_eq!((restored.number, restored.version), (Some(1), first.version + 1));
}

/// What brings a number keeps it if it is free; what comes closed has none.
pub(super) async fn brought_numbers_are_kept_if_free(ports: Ports) {
    let space = ports.space(1).await;
    assert!(ports.tasks.is_pristine(space).await.expect("read"));
    let brings = |number, status| Task { number, status, ..Task::new(Uuid::now_v7(), "x".into(), at(0)) };
    let writes = [
        brings(Some(5), Status::Pending),
        brings(Some(5), Status::Pending),
        brings(None, Status::Completed),
        brings(Some(3), Status::Pending),
    ];
    let stored =
        ports.commit(&operation(space, "import"), Part::Last, writes.map(create).to_vec()).await.expect("stored");
    let numbers: Vec<_> = stored.into_iter().map(|thing| task_of(vec![thing]).number).collect();
    assert_eq!(numbers, [Some(5), Some(6), None, Some(3)]);
    assert_eq!(ports.add(space, "next").await.number, Some(7));
    assert!(!ports.tasks.is_pristine(space).await.expect("read"));
}

/// A change against another version than the stored one does nothing, also to its neighbours in the same unit.
pub(super) async fn a_stale_change_does_nothing(ports: Ports) {
    let space = ports.space(1).await;
    let (a, b) = (ports.add(space, "a").await, ports.add(space, "b").await);
    ports.retitle(space, &a, "a2").await.expect("current");
    let writes = vec![retitled(&b, "b2"), retitled(&a, "a3")];
    let error = ports.commit(&operation(space, "modify"), Part::Last, writes).await.expect_err("stale");
    assert!(matches!(error, Error::Changed));
    assert_eq!(ports.titles(space).await, ["a2", "b"]);
    let twice = ports.commit(&operation(space, "add"), Part::Last, vec![create(b)]).await;
    assert!(matches!(twice, Err(Error::Changed)), "{twice:?}");
}

/// Of many changes of one version exactly one is stored.
pub(super) async fn one_of_many_changes_wins(ports: Ports) {
    let space = ports.space(1).await;
    let task = ports.add(space, "a").await;
    let (a, b, c) = tokio::join!(
        ports.retitle(space, &task, "1"),
        ports.retitle(space, &task, "2"),
        ports.retitle(space, &task, "3")
    );
    assert_eq!([&a, &b, &c].iter().filter(|result| result.is_ok()).count(), 1);
    assert!([a, b, c].into_iter().filter_map(Result::err).all(|error| matches!(error, Error::Changed)));
}

/// An operation is found with its events, the latest first, and the newest that stands is what a bare undo takes.
pub(super) async fn operations_and_their_events_are_kept(ports: Ports) {
    let space = ports.space(1).await;
    let task = ports.add(space, "a").await;
    let change = operation(space, "modify");
    ports.commit(&change, Part::Last, vec![retitled(&task, "b")]).await.expect("current");
    let newest = ports.tasks.operation(space, None).await.expect("read").expect("one");
    assert_eq!((newest.id, newest.kind.as_str(), newest.touched, newest.open), (change.id, "modify", 1, false));
    let events = ports.tasks.events(&newest, None, 10).await.expect("read");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.kind, EventKind::Changed);
    assert_eq!(events[0].event.changes["title"], ("a".into(), "b".into()));

    let undo = NewOperation { undoes: Some(change.id), ..operation(space, "undo") };
    let now = ports.tasks.task(space, TaskKey::Id(task.id)).await.expect("found");
    ports.commit(&undo, Part::Last, vec![retitled(&now, "a")]).await.expect("current");
    let next = ports.tasks.operation(space, None).await.expect("read").expect("one");
    assert_eq!(next.kind, "add", "an undo and what was undone are passed over");
    let again = NewOperation { id: Uuid::now_v7(), ..undo.clone() };
    assert!(matches!(ports.commit(&again, Part::Last, Vec::new()).await, Err(Error::Changed)), "undone already");

    let redo = NewOperation { undoes: Some(undo.id), ..operation(space, "undo") };
    ports.commit(&redo, Part::Last, Vec::new()).await.expect("not undone yet");
    let stands = ports.tasks.operation(space, None).await.expect("read").expect("one");
    assert_eq!((stands.root, stands.id), (change.id, redo.id), "what an undone undo had undone is in force again");
    let tasks = &ports.tasks;
    let undone = |id| async move { tasks.operation(space, Some(id)).await.expect("read").expect("one").undone };
    assert!(undone(undo.id).await, "something else has decided since");
    assert!(!undone(redo.id).await);
    let again = NewOperation { undoes: Some(redo.id), ..operation(space, "undo") };
    ports.commit(&again, Part::Last, Vec::new()).await.expect("in force");
    assert!(undone(change.id).await && undone(redo.id).await && !undone(again.id).await);
    assert_eq!(ports.tasks.operation(space, None).await.expect("read").expect("one").kind, "add");
}

/// An operation in slices is open until its last part, and its events are found across the slices.
pub(super) async fn slices_make_one_operation(ports: Ports) {
    let space = ports.space(1).await;
    let import = operation(space, "import");
    for title in ["a", "b"] {
        let write = create(Task::new(Uuid::now_v7(), title.into(), at(0)));
        ports.commit(&import, Part::Slice, vec![write]).await.expect("stored");
        ports.add(space, "between").await;
    }
    let open = ports.tasks.open_operations().await.expect("read");
    assert_eq!(open.iter().map(|operation| operation.id).collect::<Vec<_>>(), [import.id]);
    let events = ports.tasks.events(&open[0], None, 10).await.expect("read");
    assert_eq!(events.len(), 2);
    let before = events.first().map(|event| (event.seq, event.ordinal));
    let earlier = ports.tasks.events(&open[0], before, 10).await.expect("read");
    assert_eq!((earlier.len(), earlier[0].seq), (1, events[1].seq));
    ports.commit(&import, Part::Last, Vec::new()).await.expect("ended");
    assert!(ports.tasks.open_operations().await.expect("read").is_empty());
    assert_eq!(ports.tasks.operation(space, Some(import.id)).await.expect("read").expect("one").touched, 2);
}

/// What another operation touched since is known, unless that one was taken back.
pub(super) async fn later_touches_are_known(ports: Ports) {
    let space = ports.space(1).await;
    let task = ports.add(space, "a").await;
    let add = ports.tasks.operation(space, None).await.expect("read").expect("one");
    let touched = || async { ports.tasks.touched_since(&add, vec![(task.id, add.first_seq)]).await.expect("read") };
    assert!(touched().await.is_empty());
    let change = operation(space, "modify");
    ports.commit(&change, Part::Last, vec![retitled(&task, "b")]).await.expect("current");
    assert_eq!(touched().await, [task.id].into());
    let undo = NewOperation { undoes: Some(change.id), ..operation(space, "undo") };
    ports.commit(&undo, Part::Last, Vec::new()).await.expect("undone");
    assert!(touched().await.is_empty());
}

/// Lists are ordered by due, then importance, then age; pages follow each other without gap or repetition.
pub(super) async fn lists_are_ordered_and_paged(ports: Ports) {
    use crate::api::tasks::Priority::{High, Low};
    let space = ports.space(1).await;
    let tasks =
        [("none", None, None), ("late", Some("2026-12-24"), Some(High)), ("low", Some("2026-11-27"), Some(Low))];
    let tasks = tasks.into_iter().chain([("high", Some("2026-11-27"), Some(High)), ("none too", None, None)]);
    for (title, due, priority) in tasks {
        let mut task = Task::new(Uuid::now_v7(), title.into(), at(0));
        (task.due, task.priority) = (due.map(|due| When::from_text(due).expect("stored form")), priority);
        ports.commit(&operation(space, "add"), Part::Last, vec![create(task)]).await.expect("stored");
    }
    assert_eq!(ports.titles(space).await, ["high", "low", "late", "none", "none too"]);
    let mut query = Query { limit: Some(2), ..everything() };
    let mut paged = Vec::new();
    loop {
        let page = ports.tasks.list(space, query.clone()).await.expect("listed");
        paged.extend(page.tasks.into_iter().map(|task| task.title));
        query.after = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(paged, ["high", "low", "late", "none", "none too"]);
    assert_eq!(ports.tasks.count(space, Query { limit: Some(1), ..everything() }).await.expect("counted"), 5);
    let first = ports.tasks.scan(space, Query { limit: Some(3), ..everything() }).await.expect("read");
    let rest = ports.tasks.scan(space, Query { after: first.next, ..everything() }).await.expect("read");
    let titles = first.tasks.into_iter().chain(rest.tasks).map(|task| task.title);
    assert_eq!(titles.collect::<Vec<_>>(), ["none", "late", "low", "high", "none too"], "as they were stored");
}

/// A filter means what the language says, and never another space.
pub(super) async fn filters_find_what_they_say(ports: Ports) {
    let (space, other) = (ports.space(1).await, ports.space(2).await);
    ports.add(other, "STRASSE").await;
    let mut home = Task::new(Uuid::now_v7(), "Ärger im Haus".into(), at(0));
    home.project = Some("home.flat".into());
    home.tags = ["a".into()].into();
    home.annotate(at(1), "Call Ada".into());
    let mut homestead = Task::new(Uuid::now_v7(), "100% _done_".into(), at(0));
    homestead.project = Some("homestead".into());
    homestead.wait = Some(When::from_text("9999-01-01").expect("stored form"));
    let closed = Task { status: Status::Completed, ..Task::new(Uuid::now_v7(), "old".into(), at(0)) };
    let writes = [home, homestead, closed].map(create).to_vec();
    ports.commit(&operation(space, "add"), Part::Last, writes).await.expect("stored");
    let context =
        crate::language::Context { now: at(0), zone: TimeZone::UTC, remind_time: crate::daemon::actor::REMIND_TIME };
    for (filter, expected) in [
        ("", 3),
        ("project:home", 1),
        ("project:home.flat", 1),
        ("project:flat", 0),
        ("project:", 1),
        ("+a", 1),
        ("-a", 2),
        ("status:completed", 1),
        ("status:pending -WAITING", 1),
        ("+WAITING", 1),
        ("ÄRGER", 1),
        ("ada", 1),
        ("'100% _'", 1),
        ("strasse", 0),
        ("1", 1),
        ("1-2", 2),
        ("2 or +a", 2),
        ("not ( +a or status:completed )", 1),
    ] {
        let query = Query { filter: crate::language::parse_filter(filter, &context).expect(filter), ..everything() };
        assert_eq!(ports.tasks.count(space, query).await.expect("counted"), expected, "{filter}");
    }
}

/// A series is kept like a task: with versions, and removed and restored.
pub(super) async fn series_are_kept(ports: Ports) {
    let space = ports.space(1).await;
    let template = Task::new(Uuid::now_v7(), "rent".into(), at(0));
    let series = Series { id: template.id, version: 1, rule: "monthly".into(), status: Status::Pending, template };
    let write = |series: &Series, how| vec![Write { thing: Thing::Series(series.clone()), how }];
    let import = operation(space, "import");
    ports.commit(&import, Part::Last, write(&series, How::Create)).await.expect("stored");
    assert_eq!(ports.tasks.series(space).await.expect("read"), std::slice::from_ref(&series));
    let rules = ports.tasks.rules(space, vec![series.id]).await.expect("read");
    assert_eq!(rules.get(&series.id).map(String::as_str), Some("monthly"));
    let stale = Series { version: 7, ..series.clone() };
    let refused = ports.commit(&operation(space, "modify"), Part::Last, write(&stale, How::Replace([].into()))).await;
    assert!(matches!(refused, Err(Error::Changed)));
    let gone = write(&series, How::Remove(image::of_series(&series)));
    ports.commit(&operation(space, "undo"), Part::Last, gone).await.expect("removed");
    assert!(ports.tasks.series(space).await.expect("read").is_empty());
}

/// Events are taken once, together with what they ask for; a moment fires once, and a closed task does not fire.
pub(super) async fn reminders_are_taken_and_fired_once(ports: Ports) {
    let space = ports.space(1).await;
    let mut task = Task::new(Uuid::now_v7(), "rent".into(), at(0));
    task.due = Some(When::from_text("2026-11-27").expect("stored form"));
    task.reminders = vec![Reminder::from_text("due-1d").expect("canonical")];
    let closed = Task { id: Uuid::now_v7(), ..task.clone() };
    let writes = vec![create(task.clone()), create(closed.clone())];
    let stored = ports.commit(&operation(space, "add"), Part::Last, writes).await.expect("stored");
    let store = &ports.notifications;
    let untaken = store.untaken(100).await.expect("read").expect("two events");
    assert_eq!((untaken.space, untaken.facts.len()), (space, 2));
    assert!(untaken.facts.iter().all(|facts| facts.pending && facts.reminders_were_set));
    let firing = |id: u128, task: &Task, seconds| Schedule {
        space,
        task: task.id,
        firings: vec![Firing { id: Uuid::from_u128(id), spec: "due-1d".into(), at: at(seconds) }],
    };
    store.take(&untaken, vec![firing(1, &task, 10), firing(2, &closed, 11)]).await.expect("taken");
    // Somebody who had read the same events comes too late.
    store.take(&untaken, vec![firing(3, &task, 5)]).await.expect("passed over");
    assert!(store.untaken(100).await.expect("read").is_none());
    assert_eq!(store.next_reminder().await.expect("read"), Some(at(10)));
    let closed = Task { status: Status::Completed, ..task_of(stored) };
    let write = Write { thing: Thing::Task(closed), how: How::Replace([].into()) };
    ports.commit(&operation(space, "complete"), Part::Last, vec![write]).await.expect("current");
    assert_eq!(store.fire(at(9), &["log"], 10).await.expect("fired"), 0);
    store.fire(at(20), &["log"], 10).await.expect("fired");
    assert_eq!(store.fire(at(20), &["log"], 10).await.expect("fired"), 0);
    let inbox = store.inbox(space, true, None, 10).await.expect("read");
    assert_eq!(
        inbox.iter().map(|n| (n.id, n.at, n.fired_at)).collect::<Vec<_>>(),
        [(Uuid::from_u128(1), at(10), at(20))]
    );
    // The same moment set again does not fire again.
    let later = store.untaken(100).await.expect("read").expect("the completion");
    store.take(&later, vec![firing(4, &task, 10)]).await.expect("taken");
    assert_eq!(store.next_reminder().await.expect("read"), None);
}

/// A delivery is leased to one holder, comes back when the lease ends, and is settled only by who has it.
pub(super) async fn deliveries_are_leased(ports: Ports) {
    let space = ports.space(1).await;
    let task = ports.add(space, "rent").await;
    let store = &ports.notifications;
    let untaken = store.untaken(100).await.expect("read").expect("an event");
    let firings = vec![Firing { id: Uuid::from_u128(1), spec: "due-1d".into(), at: at(0) }];
    store.take(&untaken, vec![Schedule { space, task: task.id, firings }]).await.expect("taken");
    assert_eq!(store.fire(at(0), &["log"], 10).await.expect("fired"), 1);
    let minute = |from: i64| (at(from), at(from) + SignedDuration::from_mins(1));
    let claim = |holder: &'static str, from| {
        let (now, until) = minute(from);
        async move { store.claim(holder, now, until, 10).await.expect("claimed") }
    };
    let first = claim("a", 0).await;
    assert_eq!(first.iter().map(|d| (d.notification.id, d.attempt)).collect::<Vec<_>>(), [(Uuid::from_u128(1), 1)]);
    assert!(claim("b", 1).await.is_empty(), "leased");
    let second = claim("b", 61).await;
    assert_eq!(second.first().map(|delivery| delivery.attempt), Some(2), "the lease has ended");
    store.settle("a", vec![first[0].id], at(62)).await.expect("passed over");
    assert_eq!(store.release("c").await.expect("released"), 1, "still leased by b");
    let third = claim("c", 63).await;
    store.settle("c", vec![third[0].id], at(64)).await.expect("settled");
    assert!(claim("d", 1000).await.is_empty(), "done");
}

/// Unread notifications are counted and read, one or all, by their owner alone.
pub(super) async fn the_inbox_is_read_by_its_owner(ports: Ports) {
    let (space, other) = (ports.space(1).await, ports.space(2).await);
    let store = &ports.notifications;
    for id in [1, 2] {
        let task = ports.add(space, "x").await;
        let untaken = store.untaken(100).await.expect("read").expect("an event");
        let firings = vec![Firing { id: Uuid::from_u128(id), spec: "x".into(), at: at(0) }];
        store.take(&untaken, vec![Schedule { space, task: task.id, firings }]).await.expect("taken");
        store.fire(at(i64::try_from(id).expect("small")), &[], 10).await.expect("fired");
    }
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_eq!(store.unread(space).await.expect("read"), Some((2, two)));
    assert_eq!(store.mark_read(other, Some(two), at(3)).await.expect("read"), None);
    assert_eq!(store.mark_read(space, Some(two), at(3)).await.expect("read"), Some(1));
    assert_eq!(store.mark_read(space, Some(two), at(4)).await.expect("read"), Some(0));
    assert_eq!(store.unread(space).await.expect("read"), Some((1, one)));
    assert_eq!(store.mark_read(space, None, at(5)).await.expect("read"), Some(1));
    assert_eq!(store.unread(space).await.expect("read"), None);
    assert_eq!(store.inbox(space, false, None, 10).await.expect("read").len(), 2);
    assert!(store.inbox(other, false, None, 10).await.expect("read").is_empty());
}

/// Makes a test of every promise, for a backend.
macro_rules! contract_tests {
    ($ports:expr; $($promise:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $promise() {
            crate::daemon::store::contract::$promise($ports).await;
        })+
    };
}
pub(super) use contract_tests;
