//! Undo and import over the real store: what conflicts, what is taken back, what comes back.

use super::*;

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
