//! The router over the real store: what it answers to whom.

use super::*;

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500_and_its_text_stays_inside() {
    async fn panics() {
        panic!("a secret")
    }
    let world = World::new().await;
    let state = world.state_of_router();
    let router = http::guarded(Router::new().route("/panics", get(panics)), state.clone());
    let request = || Request::get("/panics").header("host", "nudge").body(Body::empty()).expect("a request");
    for _ in 0..2 {
        let (status, problem) = ask(router.clone(), Peer::Unix { uid: 1 }, request()).await;
        assert_eq!((status, problem["code"].as_str()), (500, Some("internal")));
        assert!(problem["request_id"].is_string() && !problem.to_string().contains("secret"), "{problem}");
    }
    assert_eq!(state.active.load(std::sync::atomic::Ordering::SeqCst), 0, "no request is left counted");
}

#[tokio::test]
async fn a_change_against_another_version_is_412_and_changes_nothing() {
    let world = World::new().await;
    let router = http::router(world.state_of_router());
    let peer = Peer::Unix { uid: 1 };
    let sign_in = Request::post("/v1/auth/local").header("host", "nudge").body(Body::empty()).expect("a request");
    let (_, token) = ask(router.clone(), peer, sign_in).await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let send = |method: &str, path: &str, tag: Option<&str>, body: &str| {
        let mut request = Request::builder().method(method).uri(path).header("host", "nudge");
        request = request.header("authorization", &bearer).header("content-type", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        ask(router.clone(), peer, request.body(Body::from(body.to_owned())).expect("a request"))
    };
    let (status, task) = send("POST", "/v1/tasks", None, r#"{"title":"a","due":"tomorrow","tags":["x"]}"#).await;
    assert_eq!((status, &task["version"], &task["due"]), (201, &1.into(), &"2026-11-23".into()));
    let (status, task) = send("PATCH", "/v1/tasks/1", Some("\"1-9-9\""), r#"{"title":"b","due":null}"#).await;
    assert_eq!((status, &task["version"], &task["title"]), (200, &2.into(), &"b".into()));
    assert!(task["due"].is_null() && task["tags"] == serde_json::json!(["x"]), "null clears, absent leaves: {task}");
    for (method, path) in [("PATCH", "/v1/tasks/1"), ("DELETE", "/v1/tasks/1"), ("POST", "/v1/tasks/1/complete")] {
        let (status, problem) = send(method, path, Some("\"1\""), "").await;
        assert_eq!((status, &problem["code"]), (412, &"changed".into()), "{method} {path}");
    }
    // Without a tag, what was meant is done to what is there now.
    let (status, task) = send("POST", "/v1/tasks/1/complete", None, "").await;
    assert_eq!((status, &task["version"], &task["status"]), (200, &3.into(), &"completed".into()));
    for bad in [r#"["a"]"#, r#"{"words":["a"],"title":"b"}"#, r#"{"colour":"red"}"#, "{", r#"{"title":1}"#] {
        let (status, problem) = send("POST", "/v1/tasks", None, bad).await;
        assert!([400, 422].contains(&status), "{bad}: {problem}");
    }
    let (_, count) = send("GET", "/v1/tasks/count", None, "").await;
    assert_eq!(count["count"], 1);
}

#[tokio::test]
async fn whom_the_system_cannot_tell_is_not_guessed() {
    let world = World::new().await;
    let router = http::router(world.state_of_router());
    let sign_up = r#"{"email":"eve@example.org","password":"a tram full of marmalade"}"#;
    let requests = [("POST", "/v1/auth/local", "{}"), ("POST", "/v1/auth/signup", sign_up), ("GET", "/v1/users", "")];
    for (method, path, body) in requests {
        let request = Request::builder().method(method).uri(path).header("host", "nudge");
        let request = request.header("content-type", "application/json").body(body.into()).expect("a request");
        let (status, problem) = ask(router.clone(), Peer::Unix { uid: UNASKED }, request).await;
        assert_eq!((status, problem["code"].as_str()), (503, Some("unavailable")), "{problem}");
    }
    let page = world.store.accounts(None, 10).await.expect("listed");
    assert_eq!(page.len(), 1, "no account was made");
}

#[tokio::test]
async fn a_uid_signs_in_on_its_own_socket_alone_and_its_token_is_good_for_no_other() {
    let world = World::new().await;
    let router = http::router(world.state_of_router());
    let sign_in = |name: &'static str, value: &'static str| {
        let request = Request::post("/v1/auth/local").header("host", "nudge").header(name, value);
        request.body(Body::empty()).expect("a request")
    };
    let uid = |uid| Peer::Unix { uid };
    let tcp = Peer::Tcp("127.0.0.1:9".parse().expect("an address"));
    let (status, token) = ask(router.clone(), uid(1), sign_in("accept", "*/*")).await;
    assert_eq!(status, 200);
    for (peer, name, value) in [
        (tcp, "accept", "*/*"),
        (uid(65_534), "accept", "*/*"),
        (uid(1), "forwarded", "for=1.2.3.4"),
        (uid(1), "x-forwarded-for", "1.2.3.4"),
        (uid(1), "x-forwarded-proto", "https"),
        (uid(1), "via", "1.1 proxy"),
        (uid(1), "origin", "http://localhost"),
        (uid(1), "referer", "http://localhost/"),
    ] {
        let (status, problem) = ask(router.clone(), peer, sign_in(name, value)).await;
        assert_eq!((status, problem["code"].as_str()), (403, Some("forbidden")), "{peer:?} {name}");
    }
    let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let count = || {
        let request = Request::get("/v1/tasks/count").header("host", "nudge").header("authorization", &bearer);
        request.body(Body::empty()).expect("a request")
    };
    assert_eq!(ask(router.clone(), uid(1), count()).await.0, 200);
    let forwarded = Request::get("/v1/tasks/count").header("host", "nudge").header("authorization", &bearer);
    let forwarded = forwarded.header("x-forwarded-for", "1.2.3.4").body(Body::empty()).expect("a request");
    assert_eq!(ask(router.clone(), uid(1), forwarded).await.0, 401, "the proxy's uid is not the asker's");
    let twice = Request::get("/v1/tasks/count").header("host", "nudge").header("authorization", &bearer);
    let twice = twice.header("authorization", &bearer).body(Body::empty()).expect("a request");
    assert_eq!(ask(router.clone(), uid(1), twice).await.0, 401, "one token at a time");
    for peer in [uid(2), uid(0), tcp] {
        assert_eq!(ask(router.clone(), peer, count()).await.0, 401, "{peer:?}");
    }
    world.clock.set(world.clock.now() + SignedDuration::from_mins(15));
    assert_eq!(ask(router, uid(1), count()).await.0, 401, "its time is over");
}
