//! Signing in with a password and going on with a refresh token: who is let in, who has to wait, what ends a session.

use serde_json::json;

use super::client::*;
use super::*;
use crate::daemon::users::password::Password;
use crate::daemon::users::port::{AccountStore, Attempt, Decision, GuardStore, SessionStore};

const ADA: &str = "ada@example.org";
const WRONG: &str = "not the password of anybody";

/// The text of an answer without its request's id.
fn text(answer: &Answer) -> String {
    answer.text.replace(&answer.member("request_id"), "")
}

impl Door {
    async fn fails(&self, peer: Peer, email: &str) {
        let answer = self.login(peer, email, WRONG).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated"), "{answer:?}");
    }

    /// Says how long a login has to wait; nothing if it does not.
    async fn wait_of(&self, peer: Peer, email: &str, password: &str) -> Option<u64> {
        let answer = self.login(peer, email, password).await;
        if answer.status != 429 {
            return None;
        }
        assert_eq!(answer.refusal(), (429, "too_many_requests"));
        Some(answer.header("retry-after").expect("how long").parse().expect("seconds"))
    }

    async fn refresh(&self, token: &str) -> Answer {
        self.post(tcp(1), "/v1/auth/refresh", &json!({"refresh_token": token})).await
    }
}

#[tokio::test]
async fn a_login_tells_a_right_password_from_a_wrong_one_and_nothing_else() {
    let door = Door::new().await;
    let account = door.account(ADA).await;
    let right = door.login(tcp(1), "ADA@example.org ", PASSWORD).await;
    assert_eq!((right.status, right.member("account")), (200, account.to_string()));
    assert_eq!(door.status(tcp(2), &right.member("access_token")).await, 200, "from wherever it is used");
    let wrong = door.login(tcp(1), ADA, WRONG).await;
    let unknown = door.login(tcp(1), "nobody@example.org", WRONG).await;
    assert_eq!((wrong.status, text(&wrong)), (401, text(&unknown)));
    let now = door.now();
    door.world.store.administer(account, vec![Decision::Disabled(true, note(now))]).await.expect("disabled");
    assert_eq!(text(&door.login(tcp(1), ADA, WRONG).await), text(&unknown), "who is disabled is told to none else");
    let disabled = door.login(tcp(1), ADA, PASSWORD).await;
    assert_eq!(disabled.refusal(), (403, "forbidden"));
    assert_eq!(door.status(tcp(2), &right.member("access_token")).await, 401);
}

#[tokio::test]
async fn five_failures_are_free_and_then_the_wait_doubles_to_a_quarter_of_an_hour() {
    for email in [ADA, "nobody@example.org"] {
        let door = Door::new().await;
        door.account(ADA).await;
        for _ in 0..5 {
            door.fails(tcp(1), email).await;
        }
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(door.wait_of(tcp(1), email, PASSWORD).await, Some(wait), "{email}: a right one waits too");
            assert_eq!(door.wait_of(tcp(2), email, WRONG).await, Some(wait), "{email}: from anywhere");
            assert_eq!(door.wait_of(tcp(1), "eve@example.org", WRONG).await, Some(wait), "{email}: any account");
            door.wait(i64::try_from(wait).expect("small") - 1);
            assert_eq!(door.wait_of(tcp(1), email, WRONG).await, Some(1), "{email}");
            door.wait(1);
            door.fails(tcp(1), email).await;
        }
        door.wait(900);
        assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200, "and then it is open");
    }
}

#[tokio::test]
async fn a_peer_that_has_signed_in_before_is_spared_the_wait_of_its_account() {
    let door = Door::new().await;
    door.account(ADA).await;
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200);
    for _ in 0..5 {
        door.fails(tcp(2), ADA).await;
    }
    assert_eq!(door.wait_of(tcp(3), ADA, PASSWORD).await, Some(1), "a stranger waits");
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200, "nobody locks her out at home");
    assert_eq!(door.wait_of(tcp(2), ADA, WRONG).await, Some(1), "and the guesser's own failures stay");
}

#[tokio::test]
async fn signing_in_to_an_account_of_ones_own_clears_no_failures_with_others() {
    let door = Door::new().await;
    door.account(ADA).await;
    door.account("eve@example.org").await;
    let mut tried = 0;
    while tried < 20 && door.wait_of(tcp(1), &format!("{tried}@example.org"), WRONG).await.is_none() {
        tried += 1;
        if tried < 5 {
            assert_eq!(door.login(tcp(1), "eve@example.org", PASSWORD).await.status, 200);
        }
    }
    assert_eq!(tried, 5);
}

#[tokio::test]
async fn who_has_signed_in_need_not_wait_again_for_the_failures_before() {
    let door = Door::new().await;
    door.account(ADA).await;
    door.account("eve@example.org").await;
    for number in 0..5 {
        door.fails(tcp(1), &format!("{number}@example.org")).await;
    }
    for wait in [1, 2, 4] {
        door.wait(wait);
        for email in [ADA, "eve@example.org", ADA] {
            assert_eq!(door.login(tcp(1), email, PASSWORD).await.status, 200, "{email} after {wait} s");
        }
        door.fails(tcp(1), "x@example.org").await;
        let waits = door.wait_of(tcp(1), "y@example.org", WRONG).await;
        assert_eq!(waits, Some(2 * wait.unsigned_abs()), "and none is forgotten");
        assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200, "who guesses there keeps nobody out");
    }
}

#[tokio::test]
async fn a_wait_survives_a_restart() {
    let door = Door::new().await;
    door.account(ADA).await;
    for _ in 0..5 {
        door.fails(tcp(1), ADA).await;
    }
    let Door { world, keys, hashing, .. } = door;
    world.store.close();
    let path = world.dir.path().join("nudge.db");
    let options = Options {
        backups: backups_beside(&path),
        path,
        tasks_limit: TASKS,
        committed: Arc::default(),
        broken: Arc::default(),
    };
    let store = Sqlite::open(options).expect("opened");
    let again = Door::over(World { store, ..world }, keys, hashing, policy());
    assert_eq!(again.wait_of(tcp(1), ADA, PASSWORD).await, Some(1));
    assert_eq!(again.wait_of(tcp(2), ADA, PASSWORD).await, Some(1));
}

/// The only thread that could hash is taken: who hashes is told that it is busy, and who waits never comes so far.
#[test]
fn a_login_that_has_to_wait_hashes_nothing_and_one_that_was_not_tried_has_not_failed() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let hashing = Hashing::with_cost(1, 0, Cost { memory_kib: 8, passes: 1, lanes: 1 }).expect("argon2 knows it");
        let door = Door::with(policy(), hashing).await;
        door.account(ADA).await;
        door.account("eve@example.org").await;
        let attempt =
            |account: &str| Attempt { email: account.into(), account: None, peer: "192.0.2.1".into(), at: door.now() };
        for _ in 0..5 {
            assert_eq!(door.world.store.begin_attempt(attempt("x")).await.expect("counted"), None);
        }
        let (free, taken) = std::sync::mpsc::channel::<()>();
        let blocked = tokio::task::spawn_blocking(move || taken.recv());
        let password = Password::parse(PASSWORD.into()).expect("a password");
        let mut first = Box::pin(door.hashing.hash(&password));
        assert!(poll_once(&mut first).await.is_none(), "it waits for the thread");
        assert_eq!(door.wait_of(tcp(1), ADA, PASSWORD).await, Some(1), "answered without hashing");
        let busy = async |peer| {
            let busy = door.login(peer, ADA, PASSWORD).await;
            assert_eq!(busy.refusal(), (503, "unavailable"));
            assert_eq!(busy.header("retry-after"), Some("1"));
        };
        for _ in 0..10 {
            busy(tcp(2)).await;
        }
        door.wait(1);
        // A wait that is over stays over, too.
        busy(tcp(1)).await;
        busy(tcp(1)).await;
        drop(free);
        blocked.await.expect("no panic").expect_err("let go");
        first.await.expect("hashed");
        assert_eq!(door.login(tcp(2), ADA, PASSWORD).await.status, 200, "ten that were not tried are no failures");
    });
}

#[tokio::test]
async fn a_refresh_token_gives_the_same_successor_until_that_is_used_and_then_ends_all() {
    let door = Door::new().await;
    door.account(ADA).await;
    let first = door.login(tcp(1), ADA, PASSWORD).await;
    let (parent, mut access) = (first.member("refresh_token"), vec![first.member("access_token")]);
    let mut successors = Vec::new();
    for _ in 0..3 {
        let answer = door.refresh(&parent).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        successors.push(answer.member("refresh_token"));
        access.push(answer.member("access_token"));
    }
    assert!(successors.iter().all(|next| *next == successors[0] && *next != parent));
    let second = door.refresh(&successors[0]).await;
    access.push(second.member("access_token"));
    for token in &access {
        assert_eq!(door.status(tcp(1), token).await, 200);
    }
    let other = door.login(tcp(1), ADA, PASSWORD).await.member("access_token");
    let replayed = door.refresh(&parent).await;
    assert_eq!(replayed.refusal(), (401, "unauthenticated"), "the parent of one that was used");
    for token in &access {
        assert_eq!(door.status(tcp(1), token).await, 401);
    }
    for token in [&successors[0], &second.member("refresh_token")] {
        assert_eq!(door.refresh(token).await.refusal(), (401, "unauthenticated"));
    }
    assert_eq!(door.status(tcp(1), &other).await, 200, "another family goes on");
    let trail = door.send(tcp(1), Some(&other), ("GET", "/v1/me/audit"), "").await;
    assert!(trail.text.contains("refresh_replayed"), "{trail:?}");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_one_that_is_used_does_not() {
    let door = Door::new().await;
    door.account(ADA).await;
    let (days, idle) = (24 * 3600, 60 * 24 * 3600);
    let mut token = door.login(tcp(1), ADA, PASSWORD).await.member("refresh_token");
    for _ in 0..3 {
        door.wait(idle - days);
        let answer = door.refresh(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        token = answer.member("refresh_token");
    }
    door.wait(idle + 1);
    assert_eq!(door.refresh(&token).await.refusal(), (401, "unauthenticated"));
    let account = door.login(tcp(1), ADA, PASSWORD).await.member("account").parse().expect("an id");
    assert_eq!(door.world.store.sessions(account).await.expect("read").len(), 2);
    door.users.housekeeping().await.expect("forgotten");
    assert_eq!(door.world.store.sessions(account).await.expect("read").len(), 1);
}

#[tokio::test]
async fn no_kind_of_token_is_taken_for_another_nor_one_of_another_daemon() {
    let door = Door::new().await;
    let account = door.account(ADA).await;
    let (_, access, refresh) = door.session(account).await;
    let made = json!({"name": "x", "scopes": ["account:read"]}).to_string();
    let personal = door.send(tcp(1), Some(&access), ("POST", "/v1/tokens"), &made).await.member("token");
    let elsewhere = Door::new().await;
    let foreign = elsewhere.session(elsewhere.account(ADA).await).await;
    let garbled: String = refresh.chars().rev().collect();
    let middle = refresh.len() / 2;
    let other = if &refresh[middle..=middle] == "A" { "B" } else { "A" };
    let flipped = format!("{}{other}{}", &refresh[..middle], &refresh[middle + 1..]);
    for bad in ["", "x", &access, &personal, &foreign.2, &garbled, &flipped, &refresh[..refresh.len() - 1]] {
        let answer = door.refresh(bad).await;
        assert_eq!(answer.refusal(), (401, "unauthenticated"), "{answer:?}");
    }
    for bad in ["x", &refresh, &foreign.1, &access[1..], &personal[..personal.len() - 1]] {
        assert_eq!(door.status(tcp(1), bad).await, 401);
    }
    assert_eq!(door.status(tcp(1), &personal).await, 200);
    assert_eq!(door.status(tcp(1), &access).await, 200, "nobody's attempts end a session");
    door.wait(15 * 60);
    assert_eq!(door.status(tcp(1), &access).await, 401, "its time is over");
    assert_eq!(door.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn renewals_do_not_spend_what_logins_may() {
    let door = Door::new().await;
    door.account(ADA).await;
    let mut token = door.login(tcp(1), ADA, PASSWORD).await.member("refresh_token");
    for round in 0..100 {
        let answer = door.refresh(&token).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if round % 2 == 0 {
            token = answer.member("refresh_token");
        }
        assert_eq!(door.refresh("bad").await.status, 401);
    }
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200);
}
