//! A stand-in for the daemon: an HTTP server on a temporary socket, or on TCP, that answers from a script and keeps
//! what came.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio_util::task::TaskTracker;

use crate::api::{ErrorCode, Problem, header, paths};
use crate::config::profiles::Way;
use crate::config::{ClientConfig, ColorChoice, Paths, Profile, Server};

/// What is to be answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// A status and a body.
    Json(u16, String),
    /// As before, and the connection is closed behind it without a word in the headers.
    JsonAndClose(u16, String),
    /// Nothing: the connection is closed.
    Close,
    /// Nothing, for ever.
    Silence,
}

impl Reply {
    pub(super) fn ok(body: &serde_json::Value) -> Self {
        Self::Json(200, body.to_string())
    }

    /// The answer to a sign-in by password, or to its renewal.
    pub(super) fn tokens(access: &str, refresh: &str) -> Self {
        Self::ok(&serde_json::json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 900,
            "refresh_token": refresh,
            "account": uuid::Uuid::nil(),
            "zone": "Europe/Madrid",
            "email": "ada@example.org",
        }))
    }

    pub(super) fn problem(code: ErrorCode) -> Self {
        Self::Json(code.status(), serde_json::to_string(&Problem::new(code, "no")).expect("json"))
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) line: String,
    pub(super) token: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) host: Option<String>,
    pub(super) body: String,
}

/// What it says of itself when it is asked.
#[derive(Debug, Clone)]
struct About {
    build: u64,
    autostarted: bool,
    database: PathBuf,
}

/// The server, its folders, its script and its memory.
pub(super) struct StandIn {
    pub(super) folder: tempfile::TempDir,
    script: Arc<Mutex<VecDeque<Reply>>>,
    received: Arc<Mutex<Vec<Received>>>,
    headers: Arc<Mutex<Vec<(&'static str, String)>>>,
    about: Arc<Mutex<About>>,
    server: Option<Server>,
}

impl StandIn {
    /// Starts one that signs everybody in, says of itself that it is of this build, run by hand and keeps the
    /// database of its folders, and otherwise answers from `script`.
    pub(super) fn start(script: impl Into<VecDeque<Reply>>) -> Self {
        let stand_in = Self::new(script);
        stand_in.listen(&stand_in.config().socket);
        stand_in
    }

    /// Starts one that is a server on TCP.
    pub(super) async fn serve(script: impl Into<VecDeque<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let port = listener.local_addr().expect("address").port();
        let server = Server { https: false, host: "127.0.0.1".to_owned(), port, ca: None };
        let stand_in = Self { server: Some(server), ..Self::new(script) };
        let (shared, serving) = (stand_in.shared(), TaskTracker::new());
        serving.clone().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.spawn(serve(stream, shared.clone()));
            }
        });
        stand_in
    }

    fn new(script: impl Into<VecDeque<Reply>>) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let database = config(folder.path()).paths.database();
        Self {
            folder,
            server: None,
            about: Arc::new(Mutex::new(About { build: crate::config::build(), autostarted: false, database })),
            script: Arc::new(Mutex::new(script.into())),
            received: Arc::default(),
            headers: Arc::default(),
        }
    }

    /// Returns the settings of a client for it.
    pub(super) fn config(&self) -> ClientConfig {
        let config = config(self.folder.path());
        let Some(server) = &self.server else {
            return config;
        };
        let origin = Some(server.origin());
        let profile = Profile { name: "work".to_owned(), server: origin, way: Way::Password, ..Profile::default() };
        ClientConfig { server: Some(server.clone()), profile, ..config }
    }

    /// Returns the settings that the next command has: as before, with what is recorded of the profile.
    pub(super) fn next_config(&self) -> ClientConfig {
        let config = self.config();
        let all = crate::config::Profiles::load(&config.paths).expect("profiles");
        let profile = all.get(&config.profile.name).unwrap_or_else(|| config.profile.clone());
        ClientConfig { profile, ..config }
    }

    /// Returns what came besides sign-ins and questions about itself.
    pub(super) fn received(&self) -> Vec<Received> {
        let all = self.received.lock().expect("lock").clone();
        all.into_iter().filter(|request| !request.line.contains(paths::AUTH_LOCAL) && request.line != ABOUT).collect()
    }

    /// Returns the questions about itself that came.
    pub(super) fn questions(&self) -> Vec<Received> {
        let all = self.received.lock().expect("lock").clone();
        all.into_iter().filter(|request| request.line == ABOUT).collect()
    }

    /// Returns the bodies of the sign-ins that came.
    pub(super) fn sign_ins(&self) -> Vec<String> {
        let all = self.received.lock().expect("lock").clone();
        all.into_iter().filter(|request| request.line.contains(paths::AUTH_LOCAL)).map(|request| request.body).collect()
    }

    /// Sets what it says of itself from now on.
    pub(super) fn is(&self, build: u64, autostarted: bool, database: &Path) {
        *self.about.lock().expect("lock") = About { build, autostarted, database: database.to_owned() };
    }

    /// Adds to the script.
    pub(super) fn then(&self, reply: Reply) {
        self.script.lock().expect("lock").push_back(reply);
    }

    /// Sends a header with every answer from now on.
    pub(super) fn send_header(&self, name: &'static str, value: &str) {
        self.headers.lock().expect("lock").push((name, value.to_owned()));
    }

    fn shared(&self) -> Shared {
        Shared {
            script: Arc::clone(&self.script),
            received: Arc::clone(&self.received),
            headers: Arc::clone(&self.headers),
            about: Arc::clone(&self.about),
        }
    }

    fn listen(&self, socket: &Path) {
        std::fs::create_dir_all(socket.parent().expect("folder")).expect("made");
        let listener = UnixListener::bind(socket).expect("bound");
        let (shared, serving) = (self.shared(), TaskTracker::new());
        serving.clone().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.spawn(serve(stream, shared.clone()));
            }
        });
    }
}

/// Returns the settings of a client whose folders lie in `folder`, and that starts nothing.
pub(super) fn config(folder: &Path) -> ClientConfig {
    let paths = Paths::new(folder.join("config"), folder.join("data"), folder.join("state"));
    ClientConfig {
        server: None,
        socket: paths.socket(),
        profile: Profile::local(),
        token: None,
        token_stdin: false,
        paths,
        zone: None,
        system_zone: Some("Europe/Madrid".to_owned()),
        autostart: false,
        device: "nudge on test".to_owned(),
        program: "nudge".to_owned(),
        color: ColorChoice::Never,
    }
}

/// The request that asks a daemon about itself.
const ABOUT: &str = "GET /daemon";

/// What all connections have in common.
#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<VecDeque<Reply>>>,
    received: Arc<Mutex<Vec<Received>>>,
    headers: Arc<Mutex<Vec<(&'static str, String)>>>,
    about: Arc<Mutex<About>>,
}

impl Shared {
    /// Notes a request and returns what to say to it.
    fn reply(&self, request: Received) -> Reply {
        let mut received = self.received.lock().expect("lock");
        let is_sign_in = |request: &Received| request.line.contains(paths::AUTH_LOCAL);
        let number = received.iter().filter(|request| is_sign_in(request)).count();
        received.push(request.clone());
        if is_sign_in(&request) {
            sign_in(number, request.body.contains("Mars/Olympus"))
        } else if request.line == ABOUT {
            about(&self.about.lock().expect("lock"))
        } else {
            self.script.lock().expect("lock").pop_front().expect("one reply for each request")
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Shared) {
    let end = Arc::new(tokio::sync::Notify::new());
    let closing = Arc::clone(&end);
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, end) = (shared.clone(), Arc::clone(&end));
        async move {
            let request = note(request).await;
            let (status, body) = match shared.reply(request) {
                Reply::Json(status, body) => (status, body),
                Reply::JsonAndClose(status, body) => {
                    end.notify_one();
                    (status, body)
                }
                Reply::Close => {
                    end.notify_one();
                    std::future::pending().await
                }
                Reply::Silence => std::future::pending().await,
            };
            let mut answer = Response::builder().status(status);
            for (name, value) in shared.headers.lock().expect("lock").iter() {
                answer = answer.header(*name, value);
            }
            Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(body))).expect("answer"))
        }
    });
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        // The answer has been written by then: the branch above was polled first, and again after the notice.
        () = closing.notified() => {}
    }
}

async fn note(request: Request<Incoming>) -> Received {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (token, zone, host) = (text("authorization"), text(header::ZONE), text("host"));
    let line = format!("{} {}", request.method(), request.uri());
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Received { line, token, zone, host, body: String::from_utf8_lossy(&body).into_owned() }
}

fn sign_in(number: usize, refused: bool) -> Reply {
    if refused {
        let problem = Problem { field: Some("zone".to_owned()), ..Problem::new(ErrorCode::Invalid, "no such zone") };
        return Reply::Json(422, serde_json::to_string(&problem).expect("json"));
    }
    Reply::ok(&serde_json::json!({
        "access_token": format!("token-{number}"),
        "token_type": "Bearer",
        "expires_in": 900,
        "account": uuid::Uuid::nil(),
        "zone": "Europe/Madrid",
    }))
}

fn about(about: &About) -> Reply {
    Reply::ok(&serde_json::json!({
        "pid": 1,
        "version": "0.1.0",
        "build": about.build,
        "protocol": 1,
        "autostarted": about.autostarted,
        "started_at": "2026-11-22T13:00:00Z",
        "active_requests": 0,
        "database": about.database,
        "socket": "",
        "tcp": null,
        "next_reminder_at": null,
    }))
}
