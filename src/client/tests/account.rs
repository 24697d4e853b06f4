//! Which routes the calls about accounts go to, and with what.

use crate::api::account::{Deletion, SettingsChange};
use crate::api::users::{KeyRotation, UserChange};
use crate::config::Profiles;

use super::*;

fn nothing() -> Reply {
    Reply::Json(204, String::new())
}

fn ended(number: u64) -> Reply {
    Reply::ok(&json!({ "ended": number }))
}

#[tokio::test]
async fn calls_about_the_account_go_to_their_routes() {
    let empty = || Reply::ok(&json!({ "items": [], "next": null }));
    let settings = || Reply::ok(&json!({ "remind_time": "08:30" }));
    let daemon =
        StandIn::start([settings(), settings(), empty(), empty(), nothing(), ended(2), empty(), nothing(), ended(3)]);
    let mut client = Client::new(daemon.config());
    assert_eq!(client.settings().await.expect("shown").remind_time, "08:30");
    let change = SettingsChange { remind_time: Some(Some("08:30".to_owned())) };
    client.change_settings(&change).await.expect("changed");
    client.audit(Some("a b"), 50).await.expect("listed");
    client.sessions().await.expect("listed");
    client.end_session("../me").await.expect("ended");
    assert_eq!(client.end_sessions().await.expect("ended"), 2);
    client.tokens().await.expect("listed");
    client.revoke_token("7").await.expect("revoked");
    assert_eq!(client.revoke_tokens().await.expect("revoked"), 3);

    let lines: Vec<_> = daemon.received().into_iter().map(|request| request.line).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/settings",
            "PATCH /v1/settings",
            "GET /v1/me/audit?limit=50&cursor=a%20b",
            "GET /v1/auth/sessions",
            "DELETE /v1/auth/sessions/..%2Fme",
            "DELETE /v1/auth/sessions",
            "GET /v1/tokens",
            "DELETE /v1/tokens/7",
            "DELETE /v1/tokens",
        ]
    );
    assert_eq!(daemon.received()[1].body, r#"{"remind_time":"08:30"}"#);
    assert!(daemon.received().iter().all(|request| request.token.as_deref() == Some("Bearer token-0")));
}

#[tokio::test]
async fn who_has_deleted_their_account_is_signed_out() {
    let daemon = StandIn::start([nothing()]);
    let deletion = Deletion { account: Uuid::nil(), password: None };
    Client::new(daemon.config()).delete_me(&deletion).await.expect("deleted");
    assert_eq!(daemon.received()[0].line, "DELETE /v1/me");
    assert_eq!(daemon.received()[0].body, format!(r#"{{"account":"{}"}}"#, Uuid::nil()));
    assert!(Profiles::load(&daemon.config().paths).expect("profiles").profiles["local"].signed_out);
    assert!(!daemon.config().paths.token("local").exists());
    let out = Client::new(daemon.next_config()).count("").await.expect_err("signed out");
    assert_eq!(out.code(), Some(ErrorCode::Unauthenticated));
}

#[tokio::test]
async fn an_administrator_needs_no_token_but_the_right_daemon() {
    let rotated = Reply::ok(&json!({ "kid": "a", "old_until": "2026-11-22T13:00:00Z" }));
    let daemon = StandIn::start([rotated, Reply::problem(ErrorCode::Forbidden)]);
    let mut client = Client::new(daemon.config());
    client.rotate_key(&KeyRotation::default()).await.expect("rotated");
    let refused = client.change_user("ada@example.org", &UserChange::default()).await.expect_err("refused");
    assert_eq!(refused.code(), Some(ErrorCode::Forbidden));
    assert_eq!(daemon.received()[1].line, "PATCH /v1/users/ada%40example.org");
    assert!(daemon.sign_ins().is_empty() && daemon.received().iter().all(|request| request.token.is_none()));

    daemon.is(7, true, Path::new("/others/nudge.db"));
    let other = Client::new(daemon.config()).users(None, 10).await.expect_err("another database");
    assert!(matches!(other, ClientError::Unreachable { .. }), "{other}");
}
