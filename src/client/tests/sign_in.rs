//! Signing in by password and out again: what is sent, stored and recorded, by one command and by many at once.

use crate::api::Sensitive;
use crate::api::auth::PasswordChange;
use crate::config::profiles::{Store, Way};
use crate::config::{Profiles, Secret};

use super::store::tests::Fake;
use super::store::{Guarded, Trouble};
use super::*;

fn password() -> Sensitive {
    Sensitive::new("a tram full of marmalade")
}

fn client(config: ClientConfig, keyring: &std::sync::Arc<Fake>) -> Client {
    let keyring: std::sync::Arc<dyn store::Keyring> = std::sync::Arc::clone(keyring) as _;
    Client { keyring: Guarded::new(keyring, Duration::from_millis(200)), ..Client::new(config) }
}

/// A server that somebody has signed in to, and then answers from the script; the access token is forgotten, as if it
/// had ended.
async fn signed_in(script: impl IntoIterator<Item = Reply>, keyring: &std::sync::Arc<Fake>, store: Store) -> StandIn {
    let daemon = StandIn::serve([Reply::tokens("access-0", "refresh-0")]).await;
    let mut first = client(daemon.config(), keyring);
    first.login_password("ada@example.org", &password(), Some(store)).await.expect("signed in");
    std::fs::remove_file(daemon.config().paths.token("work")).expect("stored");
    for reply in script {
        daemon.then(reply);
    }
    daemon
}

fn lines(daemon: &StandIn) -> Vec<String> {
    daemon.received().into_iter().map(|request| request.line).collect()
}

fn is_signed_out(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::Unauthenticated)
}

#[tokio::test]
async fn a_login_is_recorded_and_serves_the_next_commands() {
    let daemon = StandIn::serve([Reply::tokens("access-0", "refresh-0"), count(1), count(2)]).await;
    let keyring = std::sync::Arc::default();
    let mut first = client(daemon.config(), &keyring);
    let kept = first.login_password("Ada@example.org", &password(), None).await.expect("signed in");
    assert_eq!((kept.profile.as_str(), kept.store, &kept.notice), ("work", Some(Store::Keyring), &None));
    assert_eq!((kept.server, kept.email.as_deref()), (daemon.config().profile.server, Some("ada@example.org")));
    assert_eq!(first.count("").await.expect("counted"), 1);
    assert_eq!(client(daemon.next_config(), &keyring).count("").await.expect("counted"), 2);

    let requests = daemon.received();
    assert_eq!(requests[0].line, "POST /v1/auth/login");
    assert!(requests[0].token.is_none() && requests[0].body.contains("marmalade"));
    assert!(requests[1..].iter().all(|request| request.token.as_deref() == Some("Bearer access-0")));
    let host = format!("127.0.0.1:{}", daemon.config().server.expect("server").port);
    assert!(requests.iter().all(|request| request.host.as_deref() == Some(&host)));
    let recorded = Profiles::load(&daemon.config().paths).expect("recorded");
    assert_eq!(recorded.current, "work");
    assert_eq!((recorded.profiles["work"].way, recorded.profiles["work"].signed_out), (Way::Password, false));
    assert_eq!(keyring.names(), [format!("work@{}", daemon.config().profile.server.expect("origin"))]);
    assert!(!daemon.config().paths.refresh("work").exists());
}

#[tokio::test]
async fn of_many_commands_one_renews_the_sign_in_and_all_go_on() {
    const MANY: u64 = 50;
    let keyring = std::sync::Arc::default();
    let script = std::iter::once(Reply::tokens("access-1", "refresh-1")).chain((0..MANY).map(count));
    let daemon = signed_in(script, &keyring, Store::File).await;
    let local = tokio::task::LocalSet::new();
    let commands: Vec<_> = (0..MANY)
        .map(|_| {
            let config = daemon.next_config();
            local.spawn_local(async move { Client::new(config).count("").await })
        })
        .collect();
    local.await;
    for command in commands {
        command.await.expect("ran").expect("counted");
    }
    assert_eq!(lines(&daemon).iter().filter(|line| line.contains("refresh")).count(), 1);
    assert!(daemon.received()[2..].iter().all(|request| request.token.as_deref() == Some("Bearer access-1")));
    let stored = std::fs::read_to_string(daemon.config().paths.refresh("work")).expect("stored");
    assert!(stored.contains("refresh-1"), "the successor is kept");
}

#[tokio::test]
async fn of_many_whose_token_was_refused_one_renews_it_too() {
    let keyring = std::sync::Arc::default();
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), count(1)], &keyring, Store::File).await;
    let (mut first, mut second) = (Client::new(daemon.next_config()), Client::new(daemon.next_config()));
    first.count("").await.expect("counted");
    let no = || Reply::problem(ErrorCode::Unauthenticated);
    for reply in [no(), Reply::tokens("access-2", "refresh-2"), count(2)] {
        daemon.then(reply);
    }
    second.token().await.expect("the stored one");
    assert_eq!(first.count("").await.expect("with a fresh one"), 2);
    daemon.then(no());
    daemon.then(count(3));
    assert_eq!(second.count("").await.expect("with the one that the first has got"), 3);
    assert_eq!(lines(&daemon).iter().filter(|line| line.contains("refresh")).count(), 2);
    assert_eq!(daemon.received().last().and_then(|last| last.token.clone()).as_deref(), Some("Bearer access-2"));
}

#[tokio::test]
async fn the_refresh_token_is_stored_before_the_access_token_is_seen_or_used() {
    let keyring = std::sync::Arc::<Fake>::default();
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), count(1)], &keyring, Store::Keyring).await;
    let path = daemon.config().paths.token("work");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&seen);
    *keyring.on_write.lock().expect("lock") = Some(Box::new(move || noted.lock().expect("lock").push(path.exists())));
    assert_eq!(client(daemon.next_config(), &keyring).count("").await.expect("counted"), 1);
    assert_eq!(*seen.lock().expect("lock"), [false]);
    assert!(daemon.config().paths.token("work").exists());
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_with_the_same_token() {
    let keyring = std::sync::Arc::default();
    let script = [Reply::Close, Reply::tokens("access-1", "refresh-1"), count(1)];
    let daemon = signed_in(script, &keyring, Store::File).await;
    assert_eq!(Client::new(daemon.next_config()).count("").await.expect("counted"), 1);
    let bodies: Vec<_> = daemon.received()[1..3].iter().map(|request| request.body.clone()).collect();
    assert_eq!(bodies, [r#"{"refresh_token":"refresh-0"}"#; 2]);
}

#[tokio::test]
async fn a_renewal_that_is_refused_ends_the_sign_in() {
    let keyring = std::sync::Arc::default();
    let daemon = signed_in([Reply::problem(ErrorCode::Unauthenticated)], &keyring, Store::File).await;
    for _ in 0..2 {
        let ended = Client::new(daemon.next_config()).count("").await.expect_err("ended");
        assert!(is_signed_out(&ended) && ended.hint().expect("hint").contains("{nudge} login --profile work"));
    }
    assert_eq!(daemon.received().len(), 2, "the second time nobody is asked");
    assert!(!daemon.config().paths.refresh("work").exists());
}

#[tokio::test]
async fn tokens_go_to_their_own_origin_only() {
    let keyring = std::sync::Arc::default();
    let daemon = signed_in([], &keyring, Store::File).await;
    let other = StandIn::serve([]).await;
    // As if a profile's entry had been changed to name another server.
    let config = ClientConfig { server: other.config().server, ..daemon.next_config() };
    assert!(is_signed_out(&Client::new(config).count("").await.expect_err("of another")));
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn who_was_never_signed_in_to_a_server_is_told_how() {
    let daemon = StandIn::serve([]).await;
    let mut client = Client::new(daemon.config());
    let error = client.count("").await.expect_err("nobody");
    assert!(is_signed_out(&error));
    let origin = daemon.config().profile.server.expect("origin");
    assert_eq!(error.hint(), Some(format!("sign in: `{{nudge}} login --server {origin}`").as_str()));
    assert_eq!(client.logout(false).await.expect("nothing to end").ended, 0);
    assert!(daemon.received().is_empty() && !daemon.config().paths.profiles().exists());
}

#[tokio::test]
async fn a_token_that_was_given_is_used_alone_and_never_replaced() {
    let daemon = StandIn::start([count(1), Reply::problem(ErrorCode::Unauthenticated)]);
    let token = Some(Secret::new("ndg_given".to_owned()));
    let mut client = Client::new(ClientConfig { token, ..daemon.config() });
    assert_eq!(client.count("").await.expect("counted"), 1);
    let refused = client.count("").await.expect_err("refused");
    assert!(is_signed_out(&refused) && refused.to_string().contains("NUDGE_TOKEN"), "{refused}");
    assert!(!format!("{refused:?}").contains("ndg_given"));
    assert!(daemon.sign_ins().is_empty() && !daemon.config().paths.token("local").exists());
    assert!(daemon.received().iter().all(|request| request.token.as_deref() == Some("Bearer ndg_given")));
}

#[tokio::test]
async fn a_logout_by_uid_is_remembered_until_the_login() {
    let daemon = StandIn::start([count(1), Reply::Json(204, String::new())]);
    Client::new(daemon.config()).count("").await.expect("counted");
    let ended = Client::new(daemon.next_config()).logout(false).await.expect("signed out");
    assert_eq!((ended.ended, ended.notice), (1, None));
    assert_eq!(lines(&daemon)[1], "POST /v1/auth/logout");
    assert!(!daemon.config().paths.token("local").exists());

    let mut out = Client::new(daemon.next_config());
    let error = out.count("").await.expect_err("signed out");
    assert!(is_signed_out(&error) && error.to_string() == "you are signed out", "{error}");
    assert_eq!(error.hint(), Some("sign in: `{nudge} login`"));
    assert!(out.daemon_info().await.expect("there").is_some(), "the daemon itself can be asked");
    daemon.then(Reply::ok(&json!({ "items": [], "next": null })));
    assert!(out.users(None, 10).await.expect("an administrator needs no sign-in").items.is_empty());
    assert!(daemon.received()[2].token.is_none());
    assert_eq!(out.logout(false).await.expect("already").ended, 0);

    assert_eq!(daemon.sign_ins().len(), 1);
    let kept = Client::new(daemon.next_config()).login_local().await.expect("signed in");
    assert_eq!((kept.profile.as_str(), kept.store), ("local", None));
    daemon.then(count(2));
    assert_eq!(Client::new(daemon.next_config()).count("").await.expect("counted"), 2);
    assert!(!daemon.config().paths.profiles().exists(), "one's own daemon needs no entry");
}

#[tokio::test]
async fn a_logout_forgets_the_tokens_even_when_nobody_can_be_told() {
    let keyring = std::sync::Arc::default();
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), Reply::Close, Reply::Close], &keyring, Store::File);
    let daemon = daemon.await;
    let out = Client::new(daemon.next_config()).logout(false).await.expect("signed out here");
    assert!(out.notice.expect("told").contains("goes on"));
    let paths = daemon.config().paths;
    assert!(!paths.refresh("work").exists() && !paths.token("work").exists());
    assert!(is_signed_out(&Client::new(daemon.next_config()).count("").await.expect_err("out")));
    assert_eq!(Profiles::load(&paths).expect("profiles").current, "work", "and it stays the one that is meant");
}

#[tokio::test]
async fn a_keyring_that_stops_answering_fails_the_command_and_a_file_can_take_its_place() {
    let keyring = std::sync::Arc::<Fake>::default();
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), count(1)], &keyring, Store::Keyring).await;
    *keyring.trouble.lock().expect("lock") = Some(Trouble::Silent);
    let silent = client(daemon.next_config(), &keyring).count("").await.expect_err("silent");
    assert!(matches!(&silent, ClientError::Broken { message, .. } if message.contains("does not answer")), "{silent}");
    assert_eq!(daemon.received().len(), 1, "nothing was sent");

    let mut again = client(daemon.next_config(), &keyring);
    let refused = again.login_password("ada@example.org", &password(), None).await.expect_err("as it was recorded");
    assert!(refused.hint().expect("hint").contains("--store file"));
    let kept = again.login_password("ada@example.org", &password(), Some(Store::File)).await.expect("signed in");
    assert_eq!((kept.store, kept.notice), (Some(Store::File), None));
    assert_eq!(client(daemon.next_config(), &keyring).count("").await.expect("counted"), 1);
}

#[tokio::test]
async fn a_session_that_a_new_sign_in_replaces_is_ended() {
    let keyring = std::sync::Arc::default();
    // Its access token has ended, so the refresh token is exchanged for one.
    let fresh = [Reply::tokens("access-1", "refresh-1"), Reply::tokens("access-x", "refresh-x")];
    let daemon = signed_in(fresh.into_iter().chain([Reply::Json(204, String::new())]), &keyring, Store::File).await;
    let again = async || {
        let mut again = client(daemon.next_config(), &keyring);
        again.login_password("ada@example.org", &password(), None).await.map(drop)
    };
    again().await.expect("signed in");
    assert_eq!(lines(&daemon)[1..], ["POST /v1/auth/login", "POST /v1/auth/refresh", "POST /v1/auth/logout"]);
    assert_eq!(daemon.received()[2].body, r#"{"refresh_token":"refresh-0"}"#);
    assert_eq!(daemon.received()[3].token.as_deref(), Some("Bearer access-x"));
    // An access token that counts is enough, and that it was refused is no failure.
    daemon.then(Reply::tokens("access-2", "refresh-2"));
    daemon.then(Reply::problem(ErrorCode::Unauthenticated));
    again().await.expect("signed in");
    assert_eq!(daemon.received()[5].token.as_deref(), Some("Bearer access-1"));
    // A sign-in that is refused ends nothing.
    daemon.then(Reply::problem(ErrorCode::Unauthenticated));
    again().await.expect_err("refused");
    assert_eq!(daemon.received().len(), 7);
    let stored = std::fs::read_to_string(daemon.config().paths.refresh("work")).expect("stored");
    assert!(stored.contains("refresh-2"), "what came last is kept");
    daemon.then(count(1));
    assert_eq!(Client::new(daemon.next_config()).count("").await.expect("counted"), 1);
    assert_eq!(daemon.received()[7].token.as_deref(), Some("Bearer access-2"));
}

#[tokio::test]
async fn why_the_file_was_taken_is_told() {
    let daemon = StandIn::serve([Reply::tokens("access-0", "refresh-0")]).await;
    let mut first = client(daemon.config(), &Fake::troubled(Trouble::NoBus));
    let kept = first.sign_up("ada@example.org", &password()).await.expect("signed up");
    assert_eq!((kept.store, kept.notice.as_deref()), (Some(Store::File), Some("there is no session bus")));
    assert!(daemon.received()[0].body.contains("Europe/Madrid"));
}

#[tokio::test]
async fn a_sign_up_over_the_socket_gives_the_own_account_an_email_and_leaves_the_uid_to_sign_in() {
    // What the daemon answers to a sign-in by uid, as there.
    let answer = json!({ "access_token": "access-0", "token_type": "Bearer", "expires_in": 900,
        "account": Uuid::nil(), "zone": "Europe/Madrid", "email": "ada@example.org" });
    let daemon = StandIn::start([Reply::ok(&answer), count(1)]);
    let mut client = Client::new(daemon.config());
    let kept = client.sign_up("ada@example.org", &password()).await.expect("done");
    assert_eq!((kept.email.as_deref(), kept.store), (Some("ada@example.org"), None));
    assert_eq!(client.count("").await.expect("counted"), 1);
    assert_eq!(daemon.received()[1].token.as_deref(), Some("Bearer access-0"));
    assert_eq!(daemon.next_config().profile.way, Way::Uid);
    assert!(daemon.sign_ins().is_empty() && !daemon.config().paths.refresh("local").exists());
}

#[tokio::test]
async fn a_new_password_brings_fresh_tokens() {
    let keyring = std::sync::Arc::default();
    let script = [Reply::tokens("access-1", "refresh-1"), Reply::tokens("access-2", "refresh-2"), count(1)];
    let daemon = signed_in(script, &keyring, Store::File).await;
    let mut client = Client::new(daemon.next_config());
    let change = PasswordChange { current: Some(password()), new: Sensitive::new("another"), keep_tokens: false };
    client.change_password(&change).await.expect("changed");
    assert_eq!(Client::new(daemon.next_config()).count("").await.expect("counted"), 1);
    assert_eq!(daemon.received().last().and_then(|last| last.token.clone()).as_deref(), Some("Bearer access-2"));
    let stored = std::fs::read_to_string(daemon.config().paths.refresh("work")).expect("stored");
    assert!(stored.contains("refresh-2"));
}

#[tokio::test]
async fn a_login_whose_answer_is_lost_is_not_repeated() {
    let daemon = StandIn::serve([Reply::Close]).await;
    let mut client = Client::new(daemon.config());
    let lost = client.login_password("ada@example.org", &password(), Some(Store::File)).await.expect_err("lost");
    assert!(matches!(lost, ClientError::Broken { .. }), "{lost}");
    assert_eq!(daemon.received().len(), 1);
    assert!(!daemon.config().paths.profiles().exists());
}

#[tokio::test]
async fn a_new_email_is_recorded() {
    let keyring = std::sync::Arc::default();
    let me = json!({ "id": Uuid::nil(), "email": "eve@example.org", "has_password": true, "zone": "Europe/Madrid",
        "local": [], "created_at": "2026-11-22T13:00:00Z", "quotas": { "tasks": { "used": 0, "limit": 1 },
        "tokens": { "used": 0, "limit": 1 }, "sessions": { "used": 1, "limit": 1 } } });
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), Reply::ok(&me)], &keyring, Store::File).await;
    let change = crate::api::account::MeChange { email: Some("eve@example.org".to_owned()), ..Default::default() };
    Client::new(daemon.next_config()).change_me(&change).await.expect("changed");
    assert_eq!(lines(&daemon)[2], "PATCH /v1/me");
    assert_eq!(daemon.next_config().profile.email.as_deref(), Some("eve@example.org"));
}

#[tokio::test]
async fn records_go_out_with_a_token_that_was_just_renewed() {
    let keyring = std::sync::Arc::default();
    let daemon = signed_in([Reply::tokens("access-1", "refresh-1"), count(1)], &keyring, Store::File).await;
    Client::new(daemon.next_config()).count("").await.expect("counted");
    let imported = json!({ "operation": null, "records": 1, "created": 1, "changed": 0, "unchanged": 0, "older": 0,
        "refused": [] });
    daemon.then(Reply::tokens("access-2", "refresh-2"));
    daemon.then(Reply::ok(&imported));
    let records = [Ok(Bytes::from_static(b"{}"))].into_iter();
    let mut client = Client::new(daemon.next_config());
    client.import("taskwarrior", Box::new(records), Box::new(|_| ())).await.expect("imported");
    assert_eq!(daemon.received().last().and_then(|last| last.token.clone()).as_deref(), Some("Bearer access-2"));
}
