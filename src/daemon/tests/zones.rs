//! Another zone and another hour of reminders: days begin and end in it, reminders come by it, and none comes twice.

use serde_json::json;

use super::client::*;
use super::*;

const BERLIN: &str = "Europe/Berlin";

impl Door {
    async fn me(&self, body: &serde_json::Value) {
        let (token, path) = (self.local(1).await, if body.get("zone").is_some() { "/v1/me" } else { "/v1/settings" });
        let answer = self.send(unix(1), Some(&token), ("PATCH", path), &body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn zone(&self, name: &str) {
        self.me(&json!({"zone": name})).await;
    }

    async fn count(&self, filter: &str) -> u64 {
        let token = self.local(1).await;
        let path = format!("/v1/tasks/count?filter={filter}");
        let answer = self.send(unix(1), Some(&token), ("GET", &path), "").await;
        answer.json["count"].as_u64().unwrap_or_else(|| panic!("{answer:?}"))
    }

    async fn told(&self) -> Vec<String> {
        self.world.inbox().await.into_iter().map(|(_, at)| at).rev().collect()
    }
}

#[tokio::test]
async fn days_begin_and_end_in_the_zone_that_the_account_has_now() {
    let door = Door::new().await;
    door.world.add("day due:2026-11-23").await;
    door.world.add("moment due:2026-11-22T18:00").await;
    door.world.add("later wait:2026-11-23").await;
    assert_eq!(door.count("%2BWAITING").await, 1);
    // It is 10:00 in UTC, which is midnight of the 23rd on Kiritimati, and an hour before it on Samoa.
    for (zone, waiting, today) in [
        ("Pacific/Kiritimati", 0, "2026-11-23"),
        ("America/New_York", 1, "2026-11-22"),
        ("Pacific/Apia", 1, "2026-11-22"),
    ] {
        door.zone(zone).await;
        assert_eq!(door.count("%2BWAITING").await, waiting, "{zone}");
        let token = door.local(1).await;
        let added = door.send(unix(1), Some(&token), ("POST", "/v1/tasks"), r#"{"title":"x","due":"today"}"#).await;
        assert_eq!((added.header("nudge-zone"), added.member("due").as_str()), (Some(zone), today));
        assert_eq!(door.send(unix(1), Some(&token), ("POST", "/v1/undo"), "").await.status, 200);
    }
    // The 23rd ends earlier in Tokyo than in Berlin: what is due in between changes sides.
    door.world.add("between due:2026-11-23T20:00").await;
    door.zone("Asia/Tokyo").await;
    assert_eq!(door.world.agenda().await, ["moment", "day", "between", "later"]);
    door.zone(BERLIN).await;
    assert_eq!(door.world.agenda().await, ["moment", "between", "day", "later"]);
    let token = door.local(1).await;
    let tasks = door.send(unix(1), Some(&token), ("GET", "/v1/tasks?filter=day"), "").await;
    assert_eq!(tasks.json["items"][0]["due"], "2026-11-23", "the day itself stays what was typed");
}

#[tokio::test]
async fn a_days_reminder_comes_at_nine_of_the_new_zone() {
    let door = Door::new().await;
    door.world.add("rent due:2026-11-27 remind:1d").await;
    door.world.add("call due:2026-11-26T09:30 remind:30min").await;
    door.world.at(NOW).await;
    door.zone("Asia/Tokyo").await;
    door.world.at("2026-11-25T23:59:59Z").await;
    assert!(door.told().await.is_empty());
    door.world.at("2026-11-26T00:00:00Z").await;
    assert_eq!(door.told().await, ["2026-11-26T00:00:00Z"], "09:00 in Tokyo");
    door.world.at("2026-11-26T08:00:00Z").await;
    assert_eq!(door.told().await, ["2026-11-26T00:00:00Z", "2026-11-26T08:00:00Z"], "a moment is the same everywhere");
    door.world.at("2026-11-30T00:00:00Z").await;
    assert_eq!(door.told().await.len(), 2);
}

#[tokio::test]
async fn what_was_told_is_not_told_again_for_the_same_moment() {
    let door = Door::new().await;
    door.world.add("rent due:2026-11-27 remind:1d").await;
    door.world.at("2026-11-26T08:00:00Z").await;
    assert_eq!(door.told().await, ["2026-11-26T08:00:00Z"]);
    for zone in ["Europe/Paris", "Asia/Tokyo", BERLIN, "UTC"] {
        door.zone(zone).await;
        door.world.at("2026-11-26T08:30:00Z").await;
        assert_eq!(door.told().await, ["2026-11-26T08:00:00Z"], "{zone}: nine o'clock has passed, or is that moment");
    }
    door.world.at("2026-11-26T09:00:00Z").await;
    assert_eq!(door.told().await.len(), 2, "nine in UTC is another moment, and was still to come");
    door.zone(BERLIN).await;
    door.world.at("2026-12-24T00:00:00Z").await;
    assert_eq!(door.told().await.len(), 2);
}

#[tokio::test]
async fn what_was_due_before_the_zone_changed_is_told_all_the_same() {
    let door = Door::new().await;
    door.world.add("rent due:2026-11-27 remind:1d").await;
    door.world.at(NOW).await;
    // The machine slept over the moment, and the first thing after is another zone.
    door.world.clock.set("2026-11-26T08:30:00Z".parse().expect("a moment"));
    door.zone("Asia/Tokyo").await;
    door.world.at("2026-11-26T08:30:01Z").await;
    assert_eq!(door.told().await, ["2026-11-26T08:00:00Z"]);
}

#[tokio::test]
async fn another_hour_of_reminders_counts_for_what_is_still_to_come() {
    let door = Door::new().await;
    door.world.add("rent due:2026-11-27 remind:1d").await;
    door.world.add("tax due:2026-11-28 remind:1d").await;
    door.me(&json!({"remind_time": "07:30"})).await;
    door.world.at("2026-11-26T06:30:00Z").await;
    assert_eq!(door.told().await, ["2026-11-26T06:30:00Z"]);
    door.me(&json!({"remind_time": "06:00"})).await;
    door.world.at("2026-11-27T05:00:00Z").await;
    assert_eq!(door.told().await, ["2026-11-26T06:30:00Z", "2026-11-27T05:00:00Z"]);
    door.me(&json!({"remind_time": null})).await;
    door.world.at("2026-12-24T00:00:00Z").await;
    assert_eq!(door.told().await.len(), 3, "nine o'clock of the 27th was still to come");
    let token = door.local(1).await;
    for bad in ["25:00", "9", "", "9:00 am"] {
        let body = json!({"remind_time": bad}).to_string();
        let answer = door.send(unix(1), Some(&token), ("PATCH", "/v1/settings"), &body).await;
        assert_eq!(answer.refusal(), (422, "invalid_value"), "{bad}");
    }
    let body = r#"{"zone":"Atlantis/Poseidonis"}"#;
    assert_eq!(door.send(unix(1), Some(&token), ("PATCH", "/v1/me"), body).await.refusal(), (422, "invalid_value"));
}
