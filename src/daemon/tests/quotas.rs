//! How much an account may have: tasks, personal access tokens, sessions.

use serde_json::json;

use super::client::*;
use super::*;
use crate::daemon::users::port::SessionStore;

const DAY: i64 = 24 * 3600;

impl Door {
    async fn limit(&self, account: &str, quotas: &serde_json::Value) {
        let body = json!({"quotas": quotas}).to_string();
        let path = format!("/v1/users/{account}");
        assert_eq!(self.send(unix(1), None, ("PATCH", &path), &body).await.status, 200);
    }
}

#[tokio::test]
async fn tasks_have_a_limit_that_no_undo_refuses() {
    let door = Door::new().await;
    let token = door.local(1001).await;
    let ask =
        |route: (&'static str, &'static str), body: &'static str| door.send(unix(1001), Some(&token), route, body);
    let me = ask(("GET", "/v1/me"), "").await;
    assert_eq!(me.json["quotas"]["tasks"], json!({"used": 0, "limit": TASKS}));
    door.limit(&me.member("id"), &json!({"tasks": 3})).await;
    let add = || ask(("POST", "/v1/tasks"), r#"{"title":"x"}"#);
    for _ in 0..3 {
        assert_eq!(add().await.status, 201);
    }
    let refused = add().await;
    assert_eq!((refused.refusal().1, refused.member("field").as_str()), ("quota_exceeded", "tasks"));
    assert_eq!(ask(("POST", "/v1/tasks/1/complete"), "").await.status, 200, "what is there may change");
    assert_eq!(add().await.refusal().1, "quota_exceeded", "closed ones count");
    let import = "/v1/import?format=taskwarrior";
    let brought = ask(("POST", import), r#"{"description":"x","status":"pending"}"#).await;
    assert_eq!(brought.refusal().1, "quota_exceeded", "{brought:?}");
    assert_eq!(
        ask(("GET", "/v1/tasks/count?filter=status:pending%20or%20status:completed"), "").await.json["count"],
        3
    );
    // The last addition goes by undo; its place is filled, and the undo of the undo may exceed the limit.
    assert_eq!(ask(("POST", "/v1/undo"), "").await.status, 200, "the completion");
    let undone = ask(("POST", "/v1/undo"), "").await;
    assert_eq!(undone.status, 200, "{undone:?}");
    assert_eq!(add().await.status, 201);
    let back = json!({"operation": undone.member("operation")}).to_string();
    let redone = door.send(unix(1001), Some(&token), ("POST", "/v1/undo"), &back).await;
    assert_eq!(redone.status, 200, "{redone:?}");
    assert_eq!(ask(("GET", "/v1/me"), "").await.json["quotas"]["tasks"], json!({"used": 4, "limit": 3}));
    assert_eq!(add().await.refusal().1, "quota_exceeded");
    door.limit(&me.member("id"), &json!({"tasks": null})).await;
    assert_eq!(add().await.status, 201, "the daemon's limit again");
}

#[tokio::test]
async fn tokens_have_a_limit() {
    let quotas = QuotaDefaults { tokens: 2, ..policy().quotas };
    let door = Door::with(Policy { quotas, ..policy() }, cheap()).await;
    let token = door.local(1001).await;
    let make =
        || door.send(unix(1001), Some(&token), ("POST", "/v1/tokens"), r#"{"name":"x","scopes":["tasks:read"]}"#);
    let first = make().await;
    assert_eq!((first.status, make().await.status), (201, 201));
    let refused = make().await;
    assert_eq!((refused.refusal().1, refused.member("field").as_str()), ("quota_exceeded", "tokens"));
    let path = format!("/v1/tokens/{}", first.member("id"));
    assert_eq!(door.send(unix(1001), Some(&token), ("DELETE", &path), "").await.status, 204);
    assert_eq!(make().await.status, 201);
    let me = door.send(unix(1001), Some(&token), ("GET", "/v1/me"), "").await;
    assert_eq!(me.json["quotas"]["tokens"], json!({"used": 2, "limit": 2}));
    door.limit(&me.member("id"), &json!({"tokens": 3})).await;
    assert_eq!(make().await.status, 201);
    door.limit(&me.member("id"), &json!({"tokens": 0})).await;
    assert_eq!(make().await.refusal().1, "quota_exceeded");
}

#[tokio::test]
async fn the_session_that_nobody_used_for_a_day_makes_way_for_a_new_one() {
    let quotas = QuotaDefaults { sessions: 2, ..policy().quotas };
    let door = Door::with(Policy { quotas, ..policy() }, cheap()).await;
    let account = door.account("ada@example.org").await;
    let login = || door.login(tcp(1), "ada@example.org", PASSWORD);
    let (first, second) = (login().await, login().await);
    let refused = login().await;
    assert_eq!((refused.refusal().1, refused.member("field").as_str()), ("quota_exceeded", "sessions"));
    door.wait(DAY + 1);
    let refresh = |answer: &Answer| {
        let body = json!({"refresh_token": answer.member("refresh_token")});
        let door = &door;
        async move { door.post(tcp(1), "/v1/auth/refresh", &body).await.status }
    };
    assert_eq!(refresh(&first).await, 200, "this one is used");
    let third = login().await;
    assert_eq!(third.status, 200);
    assert_eq!((refresh(&first).await, refresh(&second).await, refresh(&third).await), (200, 401, 200));
    assert_eq!(login().await.refusal().1, "quota_exceeded");
    assert_eq!(door.world.store.sessions(account).await.expect("read").len(), 2);
    let none = json!({"quotas": {"sessions": 0}}).to_string();
    let refused = door.send(unix(1), None, ("PATCH", "/v1/users/ada@example.org"), &none).await;
    assert_eq!(refused.refusal().1, "invalid_value", "to keep somebody out there is `disabled`");
}

#[tokio::test]
async fn a_session_by_uid_is_no_part_of_the_limit() {
    let quotas = QuotaDefaults { sessions: 1, ..policy().quotas };
    let door = Door::with(Policy { quotas, ..policy() }, cheap()).await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD});
    assert_eq!(door.post(unix(1001), "/v1/auth/signup", &body).await.status, 201);
    assert_eq!(door.login(tcp(1), "ada@example.org", PASSWORD).await.status, 200);
    for _ in 0..3 {
        let token = door.local(1001).await;
        assert_eq!(door.status(unix(1001), &token).await, 200);
    }
}
