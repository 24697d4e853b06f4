//! Reminders over the real store, with a clock that stands still until it is moved.

use super::*;

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
