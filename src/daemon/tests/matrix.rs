//! Every caller at every route, and what is another's at every route with an id. Made from the route table: a route
//! that is new fails here until it is said what to send to it.

use super::client::*;
use super::*;
use crate::api::auth::Scope;
use crate::daemon::http::routes::{Access, Route, table};
use crate::daemon::users::model::Standing;
use crate::daemon::users::personal::PersonalToken;
use crate::daemon::users::port::{AccountStore, Decision, NewAccessToken, NewSession, SessionStore};

/// What a caller shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Nothing,
    Garbage,
    /// The token of a session by uid.
    Uid,
    /// The same of another uid.
    AnotherUids,
    Password,
    EndedPassword,
    DisabledPassword,
    Token(&'static [Scope]),
    ExpiredToken,
    RevokedToken,
    DisabledToken,
}

struct Caller {
    name: &'static str,
    peer: Peer,
    shows: Shows,
}

fn callers() -> Vec<Caller> {
    use Shows::{AnotherUids, Garbage, Nothing, Password, Token, Uid};
    let caller = |name, peer, shows| Caller { name, peer, shows };
    let mut callers = vec![
        caller("anonymous on the Unix socket", unix(1001), Nothing),
        caller("anonymous on TCP", tcp(1), Nothing),
        caller("garbage", tcp(2), Garbage),
        caller("owner by uid", unix(1001), Uid),
        caller("another uid with the owner's token", unix(1002), AnotherUids),
        caller("owner by password", tcp(3), Password),
        caller("the daemon's owner without a token", unix(1), Nothing),
        caller("the daemon's owner", unix(1), Uid),
        caller("root without a token", unix(0), Nothing),
        caller("root", unix(0), Uid),
        caller("root with somebody's token", unix(0), AnotherUids),
        caller("an ended session", tcp(4), Shows::EndedPassword),
        caller("a session of a disabled account", tcp(5), Shows::DisabledPassword),
        caller("an expired token", tcp(6), Shows::ExpiredToken),
        caller("a revoked token", tcp(7), Shows::RevokedToken),
        caller("a token of a disabled account", tcp(8), Shows::DisabledToken),
        caller("a token with all scopes on TCP", tcp(9), Token(&Scope::ALL)),
        caller("a token with all scopes on the Unix socket", unix(1001), Token(&Scope::ALL)),
        caller("a token with all scopes of an administrator", unix(1), Token(&Scope::ALL)),
    ];
    for scope in Scope::ALL.chunks(1) {
        callers.push(caller(scope[0].as_str(), tcp(10), Token(scope)));
    }
    callers
}

/// Says by the access of a route alone who passes, and what the others are told.
fn expected(access: Access, caller: &Caller) -> Result<(), (u16, &'static str)> {
    let (unauthenticated, forbidden) = ((401, "unauthenticated"), (403, "forbidden"));
    let may = |allowed: bool, refusal| if allowed { Ok(()) } else { Err(refusal) };
    match access {
        Access::Open => Ok(()),
        Access::Local => may(caller.peer.uid().is_some(), forbidden),
        Access::Owner | Access::Administrator => may(caller.peer.uid().is_some_and(|uid| uid <= 1), forbidden),
        Access::Person | Access::Scoped(_) => match (caller.shows, access) {
            (Shows::Uid | Shows::Password, _) => Ok(()),
            (Shows::Token(scopes), Access::Scoped(scope)) => may(scopes.contains(&scope), forbidden),
            (Shows::Token(_), _) => Err(forbidden),
            _ => Err(unauthenticated),
        },
    }
}

/// One call: an account of its own that has what the route needs.
struct Call {
    standing: Standing,
    token: Option<String>,
    path: String,
    body: String,
}

/// What is sent to a route; nothing when nobody has said.
fn body(route: &Route, call: &Call, fresh: &Fresh) -> Option<String> {
    use crate::api::paths as p;
    let Fresh { email, refresh, task } = fresh;
    let account = call.standing.account;
    let nothing = Some(String::new());
    let json = match (route.method.as_str(), route.path) {
        (
            "GET",
            p::HEALTHZ
            | p::READYZ
            | p::OPENAPI
            | p::DAEMON
            | p::USERS
            | p::ME
            | p::ME_AUDIT
            | p::SETTINGS
            | p::SESSIONS
            | p::TOKENS
            | p::TASKS
            | p::TASKS_COUNT
            | p::TASK
            | p::EXPORT
            | p::NOTIFICATIONS,
        )
        | ("DELETE", p::SESSIONS | p::SESSION | p::TOKENS | p::TOKEN | p::TASK)
        | (
            "POST",
            p::TASK_COMPLETE | p::TASK_REOPEN | p::TASK_START | p::TASK_STOP | p::AUTH_LOGOUT | p::NOTIFICATION_READ,
        ) => return nothing,
        ("POST", p::IMPORT) => return Some(r#"{"description":"x","status":"pending"}"#.to_owned()),
        ("POST", p::DAEMON_STOP | p::ROTATE_KEY | p::UNDO | p::AUTH_LOCAL) | ("PATCH", p::ME) => serde_json::json!({}),
        ("POST", p::USERS) => serde_json::json!({"email": email}),
        ("PATCH", p::USER) => serde_json::json!({"disabled": false}),
        ("POST", p::AUTH_SIGNUP) => serde_json::json!({"email": email, "password": PASSWORD}),
        ("POST", p::AUTH_LOGIN) => serde_json::json!({"email": KNOWN, "password": PASSWORD}),
        ("POST", p::AUTH_REFRESH) => serde_json::json!({"refresh_token": refresh}),
        ("POST", p::AUTH_PASSWORD) => serde_json::json!({"current": PASSWORD, "new": "a bus without any jam"}),
        ("POST", p::TOKENS) => serde_json::json!({"name": "x", "scopes": ["tasks:read"]}),
        ("DELETE", p::ME) => serde_json::json!({"account": account, "password": PASSWORD}),
        ("PATCH", p::SETTINGS) => serde_json::json!({"remind_time": "08:30"}),
        ("POST", p::TASKS) | ("PATCH", p::TASK) => serde_json::json!({"title": "x"}),
        ("POST", p::TASKS_BATCH) => serde_json::json!({"action": "complete", "tasks": [task]}),
        ("POST", p::TASK_ANNOTATIONS) => serde_json::json!({"text": "x"}),
        _ => return None,
    };
    Some(json.to_string())
}

/// Things that are good for one call.
struct Fresh {
    email: String,
    refresh: String,
    task: String,
}

const KNOWN: &str = "known@example.org";

impl Door {
    /// Makes an account for one call, and what its caller shows.
    async fn call(&self, caller: &Caller, needs_credentials: bool) -> Call {
        let store = &self.world.store;
        let uid = if caller.shows == Shows::AnotherUids { 1001 } else { caller.peer.uid().unwrap_or(1001) };
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "Europe/Berlin".into() };
        let local = store.sign_in_local(identity(uid), new, "test".into(), note(self.now())).await.expect("signed in");
        let account = local.account;
        let is_password = matches!(caller.shows, Shows::Password | Shows::EndedPassword | Shows::DisabledPassword);
        if needs_credentials || is_password {
            let credentials = self.credentials(&format!("{account}@example.org")).await;
            store.set_credentials(account, credentials, note(self.now())).await.expect("set");
        }
        let (standing, token) = match caller.shows {
            Shows::Nothing => (local, None),
            Shows::Garbage => (local, Some("garbage".to_owned())),
            Shows::Uid | Shows::AnotherUids => {
                let token = self.keys.signer.sign(account, local.id, Some(uid), self.now()).expect("signed");
                (local, Some(token))
            }
            Shows::Password | Shows::EndedPassword | Shows::DisabledPassword => {
                let (standing, token, _) = self.session(account).await;
                (standing, Some(token))
            }
            Shows::Token(scopes) => self.personal(account, scopes, None).await,
            Shows::ExpiredToken => self.personal(account, &Scope::ALL, Some(self.now())).await,
            Shows::RevokedToken | Shows::DisabledToken => self.personal(account, &Scope::ALL, None).await,
        };
        if let (
            Shows::EndedPassword | Shows::DisabledPassword | Shows::DisabledToken | Shows::RevokedToken,
            Some(token),
        ) = (caller.shows, &token)
        {
            assert_eq!(self.status(caller.peer, token).await, 200, "{}: it counts until then", caller.name);
            let note = note(self.now());
            match caller.shows {
                Shows::EndedPassword => drop(store.end_session(account, standing.id, note).await.expect("ended")),
                Shows::RevokedToken => drop(store.revoke_token(account, standing.id, note).await.expect("revoked")),
                _ => store.administer(account, vec![Decision::Disabled(true, note)]).await.expect("disabled"),
            }
        }
        Call { standing, token, path: String::new(), body: String::new() }
    }

    async fn personal(
        &self,
        account: Uuid,
        scopes: &[Scope],
        expires_at: Option<jiff::Timestamp>,
    ) -> (Standing, Option<String>) {
        let (secret, id) = (PersonalToken::new().expect("randomness"), Uuid::now_v7());
        let (hash, scopes) = (secret.hash(), scopes.to_vec());
        let token = NewAccessToken { id, name: "test".into(), hash, scopes, expires_at, limit: 100 };
        self.world.store.add_token(account, token, note(self.now())).await.expect("made");
        let standing = self.world.store.standing_of_token(hash).await.expect("read").expect("it stands");
        (standing, Some(secret.text().to_owned()))
    }

    /// Gives an account what a route needs, and says what to send.
    async fn furnish(&self, route: &Route, caller: &Caller, known: Uuid) -> Call {
        use crate::api::paths as p;
        let needs_credentials = route.path == p::AUTH_PASSWORD;
        let mut call = self.call(caller, needs_credentials).await;
        let account = call.standing.account;
        let actor = self.actor(&call.standing);
        let mut fresh =
            Fresh { email: format!("{}@example.net", Uuid::now_v7()), refresh: String::new(), task: String::new() };
        let mut id = account.to_string();
        let is_disabled = matches!(caller.shows, Shows::DisabledPassword | Shows::DisabledToken);
        match route.path {
            p::AUTH_REFRESH => fresh.refresh = self.session(known).await.2,
            p::SESSION if !is_disabled => id = self.another_session(account).await.to_string(),
            p::TOKEN if !is_disabled => id = self.personal(account, &Scope::ALL, None).await.0.id.to_string(),
            p::NOTIFICATION_READ => "all".clone_into(&mut id),
            p::UNDO | p::TASKS_BATCH => fresh.task = self.task(&actor, None).await,
            p::TASK_REOPEN => id = self.task(&actor, Some(Step::Complete)).await,
            p::TASK_STOP => id = self.task(&actor, Some(Step::Start)).await,
            path if path.starts_with(p::TASK) => id = self.task(&actor, None).await,
            _ => (),
        }
        call.path = p::with_id(route.path, &id);
        if route.path == p::IMPORT || route.path == p::EXPORT {
            call.path.push_str("?format=taskwarrior");
        }
        call.body = body(route, &call, &fresh)
            .unwrap_or_else(|| panic!("say in `body` what is sent to {} {}", route.method, route.path));
        call
    }

    /// Takes away whatever a call has left.
    async fn forget(&self, account: Uuid, caller: &Caller) {
        let store = &self.world.store;
        // The call itself may have deleted it.
        let _ = store.begin_deletion(account, note(self.now())).await;
        if let (Shows::AnotherUids, Some(uid)) = (caller.shows, caller.peer.uid()) {
            let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "UTC".into() };
            let local = store.sign_in_local(identity(uid), new, "test".into(), note(self.now())).await;
            store.begin_deletion(local.expect("signed in").account, note(self.now())).await.expect("begun");
        }
    }

    async fn another_session(&self, account: Uuid) -> Uuid {
        let id = Uuid::now_v7();
        let new = NewSession {
            id,
            account,
            device: "other".into(),
            refresh_hash: [7; 32],
            limit: 100,
            proved: None,
            peer: None,
        };
        self.world.store.begin_session(new, note(self.now())).await.expect("begun").id
    }

    async fn task(&self, actor: &Actor, step: Option<Step>) -> String {
        let done = self.world.tasks.add(actor, &words_of("zebra")).await.expect("added");
        let id = done.tasks[0].task.id.to_string();
        if let Some(step) = step {
            self.world.tasks.act(actor, &id, None, &step).await.expect("done");
        }
        id
    }
}

/// The matrix is cut in parts that run beside each other.
const PARTS: usize = 4;

#[tokio::test]
async fn who_passes_is_said_by_the_access_of_a_route_alone() {
    who_passes(0).await;
}

#[tokio::test]
async fn who_passes_is_said_by_the_access_of_a_route_alone_2() {
    who_passes(1).await;
}

#[tokio::test]
async fn who_passes_is_said_by_the_access_of_a_route_alone_3() {
    who_passes(2).await;
}

#[tokio::test]
async fn who_passes_is_said_by_the_access_of_a_route_alone_4() {
    who_passes(3).await;
}

async fn who_passes(part: usize) {
    let door = Door::new().await;
    // What the world itself has signed in would stand in the way of the first call.
    let now = door.now();
    door.world.store.begin_deletion(door.world.actor.account, note(now)).await.expect("begun");
    let known = door.account(KNOWN).await;
    for route in table().into_iter().skip(part).step_by(PARTS) {
        for caller in callers() {
            let what = format!("{} {} by {}", route.method, route.path, caller.name);
            let call = door.furnish(&route, &caller, known).await;
            let answer =
                door.send(caller.peer, call.token.as_deref(), (route.method.as_str(), &call.path), &call.body).await;
            match expected(route.access, &caller) {
                Ok(()) => assert_eq!(answer.status / 100, 2, "{what}: {answer:?}"),
                Err((status, code)) => {
                    assert_eq!(answer.refusal(), (status, code), "{what}: {answer:?}");
                    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
                    assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"), "{what}");
                }
            }
            if let Shows::Token(_) = caller.shows {
                mints_nothing(&route, &answer, &what);
            }
            // The next one by this uid begins anew, and whoever has failed here has waited.
            door.forget(call.standing.account, &caller).await;
            door.wait(16 * 60);
        }
    }
}

/// A personal access token gets nobody any other secret. Three routes give one to whoever brings a password or a
/// refresh token, one to the uid at the other end, and one to an administrator's uid: none of them reads the token.
fn mints_nothing(route: &Route, answer: &Answer, what: &str) {
    if matches!(route.access, Access::Open | Access::Local | Access::Administrator) {
        return;
    }
    for member in ["access_token", "refresh_token", "token", "password"] {
        assert!(answer.json.get(member).is_none(), "{what} gives `{member}`");
    }
}

#[test]
fn what_makes_secrets_or_changes_who_may_sign_in_is_closed_to_tokens() {
    use crate::api::paths as p;
    let by_person: Vec<_> = table()
        .into_iter()
        .filter(|route| route.access == Access::Person)
        .map(|r| (r.method.to_string(), r.path))
        .collect();
    for wanted in [
        ("POST", p::AUTH_LOGOUT),
        ("POST", p::AUTH_PASSWORD),
        ("GET", p::SESSIONS),
        ("DELETE", p::SESSIONS),
        ("DELETE", p::SESSION),
        ("GET", p::TOKENS),
        ("POST", p::TOKENS),
        ("DELETE", p::TOKENS),
        ("DELETE", p::TOKEN),
        ("PATCH", p::ME),
        ("DELETE", p::ME),
        ("PATCH", p::SETTINGS),
    ] {
        assert!(by_person.contains(&(wanted.0.to_owned(), wanted.1)), "{wanted:?}");
    }
}
