//! What is revoked against what is used, in threads; and many at once with one refresh token, or one wrong password.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::task::{JoinSet, yield_now};

use super::client::*;
use super::*;
use crate::api::auth::Scope;
use crate::daemon::users::email::Email;
use crate::daemon::users::personal::PersonalToken;
use crate::daemon::users::port::{Credentials, Decision, GuardStore, NewAccessToken, SessionStore};

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
        store.note(Uuid::nil(), note(door.now())).await.expect("nobody's");
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
