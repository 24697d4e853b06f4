//! The door: who gets in, and what each wrong request gets: a problem document that is true to its status.
//!
//! About 11 s: one test waits for the daemon's header timeout of 10 s. The daemon must never be shown another file
//! of the caller than these bytes.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Foreground, Home, NUDGE, Reply, eventually, now};

const JSON: (&str, &str) = ("content-type", "application/json");
const ID: &str = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";

/// What needs no token: it is open to all, or answered to the peer's uid alone. A new route that is not named here
/// must need one.
const WITHOUT_TOKEN: [(&str, &str); 13] = [
    ("POST", "/v1/auth/local"),
    ("POST", "/v1/auth/signup"),
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/users"),
    ("POST", "/v1/users"),
    ("PATCH", "/v1/users/{id}"),
    ("POST", "/v1/keys/rotate"),
    ("GET", "/daemon"),
    ("POST", "/daemon/stop"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
];

/// Method, path, body, the statuses that are right, and the code where only one is.
type Case<'a> = (&'a str, &'a str, &'a [u8], &'a [u16], &'a str);

/// A home whose daemon runs, with a task 1, and the header that signs in.
fn signed_in() -> (Home, String) {
    let home = Home::new();
    home.add(&["one"]);
    let bearer = format!("Bearer {}", home.bearer());
    (home, bearer)
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().expect("a JWT has three parts")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn decoded(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Every method and path that the daemon describes, and whether it needs a token.
fn routes(home: &Home) -> Vec<(String, String, bool)> {
    let document = home.http().call("GET", "/v1/openapi.json", &[], b"").expect(200).json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let needs_token = operation["security"].as_array().is_some_and(|all| !all.is_empty());
            routes.push((method.to_uppercase(), path.clone(), needs_token));
        }
    }
    routes
}

#[test]
fn without_a_good_token_every_route_is_401() {
    let (home, bearer) = signed_in();
    let routes = routes(&home);
    let paths = include_str!("../../src/api/paths.rs");
    for line in paths.lines().filter(|line| line.starts_with("pub const")) {
        let path = line.split('"').nth(1).expect("a path");
        assert!(routes.iter().any(|(_, route, _)| route == path), "{path} is not described");
    }
    let mut http = home.http();
    for (method, path, needs_token) in &routes {
        let open = WITHOUT_TOKEN.contains(&(method.as_str(), path.as_str()));
        assert_eq!(*needs_token, !open, "{method} {path}");
        if open {
            continue;
        }
        let path = path.replace("{id}", ID);
        for token in [None, Some("Bearer a.b.c"), Some("Bearer nudge_pat_x")] {
            let headers: Vec<_> = [JSON].into_iter().chain(token.map(|token| ("authorization", token))).collect();
            let reply = http.call(method, &path, &headers, b"{}");
            assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthenticated"), "{method} {path}");
            assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{path}");
        }
    }
    assert!(routes.iter().filter(|(.., needs_token)| *needs_token).count() > 30, "{routes:?}");
    let reply = http.call("GET", "/v1/tasks", &[("authorization", &bearer)], b"").expect(200);
    for header in ["nudge-version", "nudge-request-id"] {
        assert!(reply.header(header).is_some(), "{header}");
    }
}

#[test]
fn a_token_that_is_not_ours_is_no_token() {
    let (home, bearer) = signed_in();
    let (_other, foreign) = signed_in();
    let token = bearer.strip_prefix("Bearer ").expect("a bearer");
    let [header, payload, signature] = parts(token);
    let flipped: String = signature.chars().rev().collect();
    let with_header = |member: &str, value: &str| {
        let mut changed = decoded(header);
        changed[member] = value.into();
        format!("Bearer {}.{payload}.{signature}", encoded(&changed))
    };
    let with_claim = |member: &str, value: Value| {
        let mut changed = decoded(payload);
        changed[member] = value;
        format!("Bearer {header}.{}.{signature}", encoded(&changed))
    };
    let unsigned = encoded(&json!({ "alg": "none", "typ": "at+jwt" }));
    let as_json = json!({ "protected": header, "payload": payload, "signature": signature });
    let mut http = home.http();
    for wrong in [
        "Bearer ".to_owned(),
        "Bearer x".to_owned(),
        "Bearer a.b.c".to_owned(),
        "Bearer ..".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token}x"),
        format!("Bearer {header}.{payload}."),
        format!("Bearer {header}.{payload}.{flipped}"),
        format!("Bearer {unsigned}.{payload}."),
        format!("Bearer {unsigned}.{payload}.{signature}"),
        format!("Bearer {payload}.{payload}.{signature}"),
        format!("Bearer {token}.{payload}.{signature}"),
        format!("Bearer {as_json}"),
        with_header("alg", "noNE"),
        with_header("alg", "HS256"),
        with_header("alg", "HS384"),
        with_header("alg", "ES256"),
        with_header("typ", "JWT"),
        with_header("kid", "../../../../etc/passwd"),
        with_header("kid", "' OR 1=1 --"),
        with_header("jku", "https://example.org/keys.json"),
        with_claim("sub", ID.into()),
        with_claim("sid", ID.into()),
        with_claim("aud", "another".into()),
        with_claim("exp", 4_000_000_000_u64.into()),
        with_claim("uid", 1.into()),
        format!("Bearer {}", "x".repeat(8_000)),
        foreign,
    ] {
        let reply = http.call("GET", "/v1/tasks", &[("authorization", &wrong)], b"");
        assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthenticated"), "{wrong:.60}");
    }
    http.call("GET", "/v1/tasks", &[("authorization", &bearer)], b"").expect(200);
}

#[test]
fn an_access_token_says_whose_it_is_and_for_a_quarter_of_an_hour() {
    let (home, bearer) = signed_in();
    let token = bearer.strip_prefix("Bearer ").expect("a bearer");
    let [header, payload, _] = parts(token);
    let (header, claims) = (decoded(header), decoded(payload));
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("EdDSA"), Some("at+jwt")));
    assert!(header["kid"].is_string(), "{header}");
    assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some("nudge"), Some("nudge")));
    let second = |claim: &str| claims[claim].as_i64().unwrap_or_else(|| panic!("no {claim}: {claims}"));
    assert_eq!(second("exp") - second("nbf"), 900);
    assert!((now().as_second() - second("iat")).abs() < 60, "{claims}");
    let me = home.nudge(&["whoami", "--json"]).json();
    assert_eq!((&claims["sub"], &claims["uid"]), (&me["id"], &me["local"][0]["uid"]));
    assert_eq!(claims["sid"].as_str(), Some(home.nudge(&["sessions", "-q"]).text().as_str()));
    let names: Vec<&String> = claims.as_object().expect("claims").keys().collect();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "nbf", "sid", "sub", "uid"], "and nothing about the person");
}

#[test]
fn what_needs_no_token_tells_only_what_it_may() {
    let (home, _) = signed_in();
    let mut http = home.http();
    for path in ["/healthz", "/readyz", "/daemon"] {
        http.call("GET", path, &[], b"").expect(200);
    }
    let info = http.call("GET", "/daemon", &[], b"").json();
    assert_eq!(info["pid"], home.pid());
    let answer = http.call("POST", "/v1/auth/local", &[JSON], b"{}").expect(200).json();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&Value::from("Bearer"), &Value::from(900)));
    assert_eq!(answer["zone"], "UTC");
}

#[test]
fn signing_in_by_uid_is_refused_to_who_comes_through_a_proxy_or_a_browser() {
    let (home, bearer) = signed_in();
    let mut http = home.http();
    for header in [
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "example.org"),
        ("X-Forwarded-Proto", "https"),
        ("via", "1.1 proxy"),
        ("origin", "http://localhost"),
    ] {
        let reply = http.call("POST", "/v1/auth/local", &[JSON, header], b"{}");
        assert_eq!((reply.status, reply.problem().as_str()), (403, "forbidden"), "{header:?}");
    }
    let reply = http.call("GET", "/v1/tasks", &[("authorization", &bearer), ("origin", "null")], b"");
    assert_eq!((reply.status, reply.problem().as_str()), (403, "forbidden"), "a browser has no business here");
}

#[test]
fn each_wrong_request_gets_its_status_and_changes_nothing() {
    let (home, bearer) = signed_in();
    let auth = ("authorization", bearer.as_str());
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(1 << 20));
    let huge = format!(r#"{{"title":"{}"}}"#, "x".repeat(8 << 20));
    let cases: [Case<'_>; 22] = [
        ("POST", "/v1/tasks", b"{", &[400], "malformed"),
        ("POST", "/v1/tasks", b"", &[400, 422], ""),
        ("POST", "/v1/tasks", b"\xff\xfe", &[400], "malformed"),
        ("POST", "/v1/tasks", br#"{"title":"x"} {"title":"y"}"#, &[400], "malformed"),
        ("POST", "/v1/tasks", br#"{"title":"x","titel":"y"}"#, &[422], "unknown_field"),
        ("POST", "/v1/tasks", br#"{"title":7}"#, &[422], "invalid_value"),
        ("POST", "/v1/tasks", br#"{"title":""}"#, &[422], "invalid_value"),
        ("POST", "/v1/tasks", b"{}", &[422], "invalid_value"),
        ("POST", "/v1/tasks", b"[]", &[422], "invalid_value"),
        ("POST", "/v1/tasks", br#"{"title":"a\u0000b"}"#, &[422], "invalid_value"),
        ("POST", "/v1/tasks", br#"{"title":"x","due":"frday"}"#, &[422], "invalid_date"),
        ("POST", "/v1/tasks", br#"{"words":["x","duee:friday"]}"#, &[422], "unknown_key"),
        ("POST", "/v1/tasks", br#"{"words":["x"],"title":"x"}"#, &[422], "invalid_value"),
        ("POST", "/v1/tasks", long.as_bytes(), &[413, 422], ""),
        ("POST", "/v1/tasks", huge.as_bytes(), &[413], "too_large"),
        ("GET", "/v1/tasks?filter=status:lost", b"", &[422], "invalid_filter"),
        ("GET", "/v1/tasks?frobnicate=1", b"", &[422], "unknown_field"),
        ("GET", "/v1/tasks?limit=-1", b"", &[422], "invalid_value"),
        ("GET", "/v1/tasks?cursor=x", b"", &[422], "invalid_value"),
        ("GET", "/v1/tasks/99", b"", &[404], "not_found"),
        ("PUT", "/v1/tasks", b"{}", &[405], "method_not_allowed"),
        ("GET", "/v1/frobnicate", b"", &[404], "no_route"),
    ];
    for (method, path, body, statuses, code) in cases {
        let reply = home.http().call(method, path, &[auth, JSON], body);
        let shown = format!("{method} {path} {:.40}", String::from_utf8_lossy(body));
        assert!(statuses.contains(&reply.status), "{shown}: {} {}", reply.status, reply.text());
        let told = reply.problem();
        assert!(code.is_empty() || told == code, "{shown}: {}", reply.text());
        if reply.status == 405 {
            assert!(reply.header("allow").is_some_and(|allow| allow.contains("POST")), "{shown}");
        }
    }
    assert_eq!(home.nudge(&["count", "1-99"]).text(), "1");
}

#[test]
fn the_body_must_say_what_it_is() {
    let (home, bearer) = signed_in();
    let auth = ("authorization", bearer.as_str());
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let reply = home.http().call("POST", "/v1/tasks", &[auth, ("content-type", kind)], br#"{"title":"x"}"#);
        assert_eq!((reply.status, reply.problem().as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    let reply = home.http().call("POST", "/v1/tasks", &[auth], br#"{"title":"x"}"#);
    assert_eq!((reply.status, reply.problem().as_str()), (415, "unsupported_media_type"));
    let reply = home.http().call("POST", "/v1/import?format=taskwarrior", &[auth, JSON], b"{}\n");
    assert_eq!((reply.status, reply.problem().as_str()), (415, "unsupported_media_type"));
    let charset = ("content-type", "application/json; charset=utf-8");
    home.http().call("POST", "/v1/tasks", &[auth, charset], br#"{"title":"x"}"#).expect(201);
}

#[test]
fn requests_that_are_no_http_are_cut_off() {
    let (home, _) = signed_in();
    let status = |bytes: &[u8]| {
        let mut http = home.http();
        // The daemon may have seen enough before all is sent.
        let _ = http.send(bytes);
        http.reply().map(|reply: Reply| reply.status).ok()
    };
    let big = format!("GET /v1/tasks HTTP/1.1\r\nhost: localhost\r\nx-big: {}\r\n\r\n", "x".repeat(1 << 20));
    assert_eq!(status(big.as_bytes()), Some(431));
    let many = "x-a: b\r\n".repeat(2_000);
    assert_eq!(status(format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{many}\r\n").as_bytes()), Some(431));
    assert_eq!(status(b"hello\r\n\r\n"), Some(400));
    let twice = "POST /v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}";
    assert_eq!(status(twice.as_bytes()), Some(400));
    assert_eq!(home.http().call("GET", "/healthz", &[], b"").status, 200, "others are served");
}

#[test]
fn a_head_that_does_not_end_is_not_waited_for() {
    let (home, _) = signed_in();
    let begun = Instant::now();
    let mut half = home.http();
    half.send(b"GET /healthz HTTP/1.1\r\nhost: local").expect("sent");
    let mut silent = home.http();
    let said = half.rest().expect("the connection is closed");
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(5) && waited < Duration::from_secs(15), "{waited:?}");
    let text = String::from_utf8_lossy(&said);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    let said = silent.rest().expect("the connection is closed");
    assert!(begun.elapsed() < Duration::from_secs(19), "{:?}: {said:?}", begun.elapsed());
}

#[test]
fn over_tcp_the_uid_opens_nothing() {
    let home = Home::new();
    let mut command = home.command(NUDGE);
    Foreground::silent(command.args(["daemon", "run", "--listen", "127.0.0.1:0"]));
    let _daemon = Foreground::start(command);
    let info = eventually("the daemon is ready", Duration::from_secs(10), || home.status());
    let address = info["tcp"].as_str().expect("an address").to_owned();
    let bearer = format!("Bearer {}", home.bearer());
    let over_tcp = |method: &str, path: &str, headers: &[(&str, &str)]| {
        crate::support::Http::tcp(&address).call(method, path, headers, b"{}")
    };
    assert_eq!(over_tcp("GET", "/healthz", &[]).status, 200);
    assert_eq!(over_tcp("POST", "/v1/auth/local", &[JSON]).expect(403).problem(), "forbidden");
    for (method, path) in [("GET", "/daemon"), ("POST", "/daemon/stop")] {
        let reply = over_tcp(method, path, &[JSON]);
        assert!([401, 403, 404].contains(&reply.status), "{method} {path}: {}", reply.status);
        reply.problem();
    }
    let reply = over_tcp("GET", "/v1/tasks", &[("authorization", &bearer)]);
    assert_eq!(reply.status, 401, "a token of the Unix socket is for the Unix socket: {}", reply.text());
    home.http().call("GET", "/v1/tasks", &[("authorization", &bearer)], b"").expect(200);
}

#[test]
fn many_commands_sign_in_at_once_and_a_spoiled_token_is_replaced() {
    let home = Home::new();
    home.start();
    let token = home.state().join("tokens/local.json");
    home.sh("for n in $(seq 20); do \"$nudge\" ls & done; wait").ok();
    let stored: Value = serde_json::from_slice(&std::fs::read(&token).expect("a token")).expect("JSON");
    let ends: jiff::Timestamp = stored["expires_at"].as_str().and_then(|text| text.parse().ok()).expect("a moment");
    assert!(ends > now() && ends.duration_since(now()).as_mins() <= 15);
    for spoiled in ["", "{", "null", "{\"access_token\":\"x\"}"] {
        std::fs::write(&token, spoiled).expect("written");
        home.nudge(&["ls"]).ok();
    }
    let mut other = stored.clone();
    other["access_token"] = Value::from("a.b.c");
    std::fs::write(&token, other.to_string()).expect("written");
    home.nudge(&["ls"]).ok();
    std::fs::remove_dir_all(home.data().join("keys")).expect("the keys are a folder of their own");
    home.nudge(&["daemon", "restart"]).ok();
    home.nudge(&["ls"]).ok();
}
