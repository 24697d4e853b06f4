//! Asking the router as somebody: by a peer, with a token or without. What the files about accounts share.

use axum::http::HeaderMap;

use super::*;
use crate::daemon::users::model::Standing;
use crate::daemon::users::password::Password;
use crate::daemon::users::port::{Credentials, NewSession, SessionStore};

/// A password that may be chosen.
pub(super) const PASSWORD: &str = "a tram full of marmalade";

/// The router over a world, with the keys that it signs with.
pub(super) struct Door {
    pub(super) world: World,
    pub(super) keys: Keys,
    pub(super) hashing: Hashing,
    pub(super) users: Users,
    pub(super) router: Router,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) json: serde_json::Value,
}

impl Answer {
    /// Status and code of the problem.
    pub(super) fn refusal(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A text member, such as a token.
    pub(super) fn member(&self, name: &str) -> String {
        self.json[name].as_str().unwrap_or_else(|| panic!("no `{name}`: {self:?}")).to_owned()
    }
}

pub(super) fn unix(uid: u32) -> Peer {
    Peer::Unix { uid }
}

pub(super) fn tcp(last: u8) -> Peer {
    Peer::Tcp(std::net::SocketAddr::from(([192, 0, 2, last], 9)))
}

pub(super) fn policy() -> Policy {
    Policy {
        open_sign_up: true,
        quotas: QuotaDefaults { tasks: TASKS, tokens: 10_000, sessions: 10_000 },
        idle: SignedDuration::from_hours(24 * 60),
        audit_kept: SignedDuration::from_hours(24 * 365),
    }
}

pub(super) fn note(at: jiff::Timestamp) -> Note {
    Note { at, what: Happening::SignedIn, peer: None, about: None, by_administrator: false, by: None }
}

pub(super) fn identity(uid: u32) -> LocalIdentity {
    let login = if uid == 1 { "ada".to_owned() } else { format!("user{uid}") };
    LocalIdentity { realm: "here".into(), uid, login }
}

pub(super) fn cheap() -> Hashing {
    Hashing::with_cost(2, 64, Cost { memory_kib: 8, passes: 1, lanes: 1 }).expect("argon2 knows it")
}

impl Door {
    pub(super) async fn new() -> Self {
        Self::with(policy(), cheap()).await
    }

    pub(super) async fn with(policy: Policy, hashing: Hashing) -> Self {
        let signer = Signer::from_key(&Signer::new_key().expect("randomness")).expect("own key");
        let refresh = RefreshKey::from_key(&RefreshKey::new_key().expect("randomness")).expect("own key");
        let keys = Keys { signer, refresh: Arc::new(refresh) };
        Self::over(World::new().await, keys, hashing, policy)
    }

    pub(super) fn over(world: World, keys: Keys, hashing: Hashing, policy: Policy) -> Self {
        let port = Arc::new(world.store.clone());
        let users = Users::new(port, world.clock.clone(), keys.clone(), hashing.clone(), policy);
        let router = http::router(AppState { users: users.clone(), ..world.state_of_router() });
        Self { world, keys, hashing, users, router }
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.world.clock.now()
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.world.clock.set(self.now() + SignedDuration::from_secs(seconds));
    }

    /// Sends a request. `route` is its method and its path.
    pub(super) async fn send(&self, peer: Peer, token: Option<&str>, route: (&str, &str), body: &str) -> Answer {
        let mut request = Request::builder().method(route.0).uri(route.1).header("host", "nudge");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            let is_import = route.1.starts_with("/v1/import");
            let kind = if is_import { "application/x-ndjson" } else { "application/json" };
            request = request.header("content-type", kind);
        }
        let mut request = request.body(Body::from(body.to_owned())).expect("a request");
        request.extensions_mut().insert(peer);
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }

    pub(super) async fn post(&self, peer: Peer, path: &str, body: &serde_json::Value) -> Answer {
        self.send(peer, None, ("POST", path), &body.to_string()).await
    }

    /// The status of a read by the bearer of a token: does it still count?
    pub(super) async fn status(&self, peer: Peer, token: &str) -> u16 {
        self.send(peer, Some(token), ("GET", "/v1/me"), "").await.status
    }

    /// Signs in by uid; returns the token.
    pub(super) async fn local(&self, uid: u32) -> String {
        let answer = self.post(unix(uid), "/v1/auth/local", &serde_json::json!({"zone": "Europe/Berlin"})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.member("access_token")
    }

    pub(super) async fn login(&self, peer: Peer, email: &str, password: &str) -> Answer {
        self.post(peer, "/v1/auth/login", &serde_json::json!({"email": email, "password": password})).await
    }

    /// Makes an account with an email and the password that everybody has here.
    pub(super) async fn account(&self, email: &str) -> Uuid {
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "Europe/Berlin".into() };
        let account = new.account;
        let credentials = self.credentials(email).await;
        self.world.store.add_account(new, credentials, note(self.now())).await.expect("made");
        account
    }

    pub(super) async fn credentials(&self, email: &str) -> Credentials {
        let password = Password::parse(PASSWORD.into()).expect("a password");
        let hash = self.hashing.hash(&password).await.expect("hashed");
        Credentials { email: crate::daemon::users::email::Email::parse(email).expect("an email"), hash }
    }

    /// Begins a session by password; returns it with its access and its refresh token.
    pub(super) async fn session(&self, account: Uuid) -> (Standing, String, String) {
        let id = Uuid::now_v7();
        let refresh = self.keys.refresh.first(id).expect("randomness");
        let new = NewSession {
            id,
            account,
            device: "test".into(),
            refresh_hash: refresh.hash(),
            limit: 100_000,
            proved: None,
            peer: None,
        };
        let standing = self.world.store.begin_session(new, note(self.now())).await.expect("begun");
        let access = self.keys.signer.sign(account, id, None, self.now()).expect("signed");
        (standing, access, refresh.to_text().to_string())
    }

    /// Who stands, as the services know them.
    pub(super) fn actor(&self, standing: &Standing) -> Actor {
        let Standing { id, account, space, .. } = *standing;
        Actor { account, session: id, space, ..self.world.actor.clone() }
    }
}

/// Polls once.
pub(super) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
