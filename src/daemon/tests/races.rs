//! What is revoked against what is used, in threads; and many at once with one refresh token, or one wrong password.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::{JoinSet, yield_now};

use super::client::*;
use super::*;
use crate::api::auth::Scope;
use crate::daemon::users::email::Email;
use crate::daemon::users::personal::PersonalToken;
use crate::daemon::users::port::{
    AccountStore, Attempt, Credentials, Decision, Ending, GuardStore, NewAccessToken, NewPassword, SessionStore,
};

/// Of each kind; there are three, so that it is a thousand.
const RACES: usize = 334;
const ADA: &str = "ada@example.org";

/// What is revoked, and how to use it.
#[derive(Clone, Copy)]
struct Prize {
    account: Uuid,
    id: Uuid,
}

/// Uses a token on and on. Returns whether a request that began after the answer to the revocation was let in.
async fn use_until(users: Users, token: String, over: Arc<AtomicBool>, used: Arc<AtomicU64>) -> bool {
    loop {
        let is_over = over.load(Ordering::SeqCst);
        let is_allowed = users.actor(&token, None, None).await.is_ok();
        if is_over {
            return is_allowed;
        }
        used.fetch_add(u64::from(is_allowed), Ordering::SeqCst);
        yield_now().await;
    }
}

/// Lets the use of each token race with its revocation, and counts what came in too late.
async fn race<F: Future<Output = ()>>(door: &Door, prizes: Vec<(Prize, String)>, revoke: impl Fn(Prize) -> F) {
    assert_eq!(prizes.len(), RACES);
    let mut stale = 0;
    for (prize, token) in prizes {
        let (over, used) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut users = JoinSet::new();
        users.spawn(use_until(door.users.clone(), token, Arc::clone(&over), Arc::clone(&used)));
        while used.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
        revoke(prize).await;
        over.store(true, Ordering::SeqCst);
        stale += users.join_all().await.into_iter().filter(|is_stale| *is_stale).count();
    }
    assert_eq!(stale, 0, "allowed after the answer");
}

/// Makes many things at once, so that they share their commits.
async fn many<T: Send + 'static, F: Future<Output = T> + Send + 'static>(make: impl Fn() -> F) -> Vec<T> {
    let mut made = JoinSet::new();
    for _ in 0..RACES {
        made.spawn(make());
    }
    made.join_all().await
}

async fn sessions(door: &Arc<Door>, account: Uuid) -> Vec<(Prize, String)> {
    many(|| {
        let door = Arc::clone(door);
        async move {
            let (standing, access, _) = door.session(account).await;
            (Prize { account, id: standing.id }, access)
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_is_never_used_again() {
    let door = Arc::new(Door::new().await);
    let account = door.account(ADA).await;
    let prizes = sessions(&door, account).await;
    race(&door, prizes, |prize| {
        let (store, note) = (door.world.store.clone(), note(door.now()));
        async move { assert!(store.end_session(prize.account, prize.id, note).await.expect("ended")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_personal_token_that_was_revoked_is_never_used_again() {
    let door = Arc::new(Door::new().await);
    let account = door.account(ADA).await;
    let prizes = many(|| {
        let door = Arc::clone(&door);
        async move {
            let (secret, id) = (PersonalToken::new().expect("randomness"), Uuid::now_v7());
            let (name, hash, scopes, limit) = ("x".to_owned(), secret.hash(), Scope::ALL.to_vec(), 100_000);
            let token = NewAccessToken { id, name, hash, scopes, expires_at: None, limit };
            door.world.store.add_token(account, token, note(door.now())).await.expect("made");
            (Prize { account, id }, secret.text().to_owned())
        }
    });
    race(&door, prizes.await, |prize| {
        let (store, note) = (door.world.store.clone(), note(door.now()));
        async move { assert!(store.revoke_token(prize.account, prize.id, note).await.expect("revoked")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_disabled_is_never_used_again() {
    let door = Arc::new(Door::new().await);
    let hash = door.credentials(ADA).await.hash;
    let prizes = many(|| {
        let (door, hash) = (Arc::clone(&door), hash.clone());
        async move {
            let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "UTC".into() };
            let account = new.account;
            let email = Email::parse(&format!("{account}@example.org")).expect("an email");
            let credentials = Credentials { email, hash };
            door.world.store.add_account(new, credentials, note(door.now())).await.expect("made");
            let (standing, access, _) = door.session(account).await;
            (Prize { account, id: standing.id }, access)
        }
    });
    race(&door, prizes.await, |prize| {
        let (store, note) = (door.world.store.clone(), note(door.now()));
        async move { store.administer(prize.account, vec![Decision::Disabled(true, note)]).await.expect("disabled") }
    })
    .await;
}

/// Whoever revokes may go away before the answer (a client that is stopped, a connection that breaks). Then nobody
/// knows whether it was done; but if it was, the next request knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_whose_answer_nobody_took_counts_if_it_was_stored() {
    let door = Arc::new(Door::new().await);
    let account = door.account(ADA).await;
    let (mut ended, mut kept) = (0, 0);
    for (number, (prize, token)) in sessions(&door, account).await.into_iter().enumerate() {
        let store = &door.world.store;
        assert!(door.users.actor(&token, None, None).await.is_ok());
        let mut revocation = Box::pin(store.end_session(account, prize.id, note(door.now())));
        // Sent, and given up while it waits for the disk: a little later in each race.
        poll_once(&mut revocation).await;
        for _ in 0..number % 100 {
            drop(door.users.actor(&token, None, None).await);
        }
        drop(revocation);
        // What is written behind it is answered after it was.
        let nobodys = Attempt { email: "x".into(), account: None, peer: "x".into(), at: door.now() };
        store.attempt_failed(nobodys, note(door.now())).await.expect("nobody's");
        let is_listed = store.sessions(account).await.expect("read").iter().any(|session| session.id == prize.id);
        assert_eq!(door.users.actor(&token, None, None).await.is_ok(), is_listed, "race {number}");
        if is_listed { kept += 1 } else { ended += 1 }
    }
    assert!(ended > 0, "{ended} ended, {kept} kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_refresh_token_go_on_with_one_successor() {
    let door = Arc::new(Door::new().await);
    door.account(ADA).await;
    let mut token = door.login(tcp(1), ADA, PASSWORD).await.member("refresh_token");
    for _ in 0..5 {
        let mut asked = JoinSet::new();
        for _ in 0..50 {
            let (door, body) = (Arc::clone(&door), serde_json::json!({"refresh_token": token}));
            asked.spawn(async move { door.post(tcp(1), "/v1/auth/refresh", &body).await });
        }
        let answers = asked.join_all().await;
        let next: std::collections::HashSet<_> = answers.iter().map(|answer| answer.member("refresh_token")).collect();
        assert_eq!(next.len(), 1, "one successor for all");
        for answer in &answers {
            assert_eq!(door.status(tcp(1), &answer.member("access_token")).await, 200);
        }
        token = next.into_iter().next().expect("one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_guesses_at_once_no_more_are_tried_than_one_after_the_other() {
    let door = Arc::new(Door::new().await);
    door.account(ADA).await;
    let mut asked = JoinSet::new();
    for number in 0..50 {
        let door = Arc::clone(&door);
        asked.spawn(async move { door.login(tcp(number), ADA, "not the password of ada").await.status });
    }
    let mut answers = asked.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, [[401; 5].as_slice(), &[429; 45]].concat());
}

/// A request whose body is not there yet, and where to send it.
fn late(door: &Door, token: &str, (path, kind): (&str, &str)) -> (Channel, impl Future<Output = u16> + use<>) {
    let (sender, body) = http_body_util::channel::Channel::<axum::body::Bytes, Error>::new(8);
    let request = Request::post(path).header("host", "nudge").header("content-type", kind);
    let request = request.header("authorization", format!("Bearer {token}")).body(Body::new(body));
    let mut request = request.expect("a request");
    request.extensions_mut().insert(tcp(1));
    let router = door.router.clone();
    (sender, async move { router.oneshot(request).await.expect("infallible").status().as_u16() })
}

type Channel = http_body_util::channel::Sender<axum::body::Bytes, Error>;

/// A body that comes after the session of its request has ended changes nothing: no token is made of a stolen session
/// that was just ended, and no further record of an import is taken.
#[tokio::test]
async fn what_comes_after_the_session_has_ended_is_not_done() {
    let door = Door::new().await;
    let account = door.account(ADA).await;
    let records = |count: usize| "{\"description\":\"x\"}\n".repeat(count);
    let token = r#"{"name": "kept", "scopes": ["tasks:read"]}"#.to_owned();
    let routes = [
        (("/v1/tokens", "application/json"), String::new(), token),
        (("/v1/tasks", "application/json"), String::new(), r#"{"title": "late"}"#.to_owned()),
        (("/v1/import?format=taskwarrior", "application/x-ndjson"), records(1), records(500)),
    ];
    for (route, first, rest) in routes {
        let (standing, access, _) = door.session(account).await;
        let (mut sender, answer) = late(&door, &access, route);
        let mut answer = Box::pin(answer);
        sender.send_data(first.into()).await.expect("it is read");
        // Let in, and waiting for the rest.
        assert!(poll_once(&mut answer).await.is_none(), "{route:?}");
        let note = note(door.now());
        assert!(door.world.store.end_session(account, standing.id, note).await.expect("ended"));
        sender.send_data(rest.into()).await.expect("it is read");
        drop(sender);
        assert_eq!(answer.await, 401, "{route:?}");
    }
    assert!(door.world.store.tokens(account).await.expect("read").is_empty());
    let (_, access, _) = door.session(account).await;
    let count = door.send(tcp(1), Some(&access), ("GET", "/v1/tasks/count"), "").await;
    assert_eq!(count.json["count"], 0, "the import was taken back");
}

/// A sign-in whose password is changed while its hash is computed begins no session.
#[tokio::test]
async fn a_sign_in_under_way_when_the_password_changes_is_refused() {
    let door = Door::new().await;
    let account = door.account(ADA).await;
    let mut login = Box::pin(door.login(tcp(1), ADA, PASSWORD));
    // As far as the first look into the store.
    assert!(poll_once(&mut login).await.is_none());
    let new = NewPassword { hash: "another".into(), proved: None, ending: Ending::Sessions };
    door.world.store.set_password(account, new, note(door.now())).await.expect("set");
    assert_eq!(login.await.status, 401);
    assert!(door.world.store.sessions(account).await.expect("read").is_empty());
}
