//! What limits guessing and flooding, and whom each limit counts.

use serde_json::Value;

use crate::support::{Home, Reply, Server};

use super::{EMAIL, PASSWORD};

const PROXY: &str = "[tcp]\ntrusted_proxies = [\"127.0.0.1\"]\n";

fn forwarded(number: usize) -> String {
    format!("192.0.2.{number}")
}

/// Asserts that an answer says when to come back, in whole seconds.
#[track_caller]
fn wait_of(reply: &Reply) -> u64 {
    let wait = reply.header("retry-after").and_then(|wait| wait.parse().ok());
    wait.filter(|&wait| wait > 0).unwrap_or_else(|| panic!("no wait: {reply:?}"))
}

#[test]
fn too_many_requests_of_a_peer_get_429_and_the_owner_at_the_socket_never_does() {
    let server = Server::start("[limits]\nrequests_per_minute = 1\nburst = 3\n");
    let mut http = server.http();
    for left in [2, 1, 0] {
        let reply = http.call("GET", "/v1/tasks", &[], b"").expect(401);
        assert_eq!(reply.header("ratelimit-policy"), Some("\"peer\";q=3;w=180"), "{reply:?}");
        let state = reply.header("ratelimit").expect("what is left");
        assert!(state.starts_with(&format!("\"peer\";r={left};t=")), "{state}");
    }
    let untrusted = [("x-forwarded-for", "192.0.2.9"), ("forwarded", "for=192.0.2.9")];
    for headers in [&untrusted[..0], &untrusted[..]] {
        let reply = http.call("GET", "/v1/tasks", headers, b"").expect(429);
        assert_eq!(reply.problem(), "too_many_requests");
        assert!((1..=60).contains(&wait_of(&reply)), "{reply:?}");
        assert!(reply.header("ratelimit").is_some_and(|state| state.starts_with("\"peer\";r=0;t=")), "{reply:?}");
    }
    server.login(&[], EMAIL, PASSWORD).expect(429);
    http.call("GET", "/healthz", &[], b"").expect(200);

    let mut own = server.home.http();
    let bearer = format!("Bearer {}", server.home.bearer());
    for _ in 0..20 {
        let reply = own.call("GET", "/v1/tasks", &[("authorization", &bearer)], b"").expect(200);
        assert!(reply.header("ratelimit").is_none(), "the owner has no limit: {reply:?}");
    }
    // The command tells it as what to try again later.
    let home = Home::new().with("NUDGE_TOKEN", &server.token("tasks:read"));
    home.nudge(&["ls", "--server", &server.url()]).fails(6);
}

#[test]
fn an_account_has_one_budget_wherever_it_comes_from() {
    let server = Server::start(&format!("{PROXY}[limits]\nrequests_per_minute = 1\nburst = 3\n"));
    let bearer = format!("Bearer {}", server.token("tasks:read"));
    let ask = |from: usize| {
        let from = forwarded(from);
        server.http().call("GET", "/v1/tasks", &[("authorization", &bearer), ("x-forwarded-for", &from)], b"")
    };
    for from in 1..=3 {
        ask(from).expect(200);
    }
    let reply = ask(4).expect(429);
    assert!(wait_of(&reply) <= 60 && reply.header("ratelimit").is_some_and(|state| state.contains("\"user\";r=0")));
}

#[test]
fn renewals_have_a_budget_of_their_own() {
    let server = Server::start("[limits]\nrequests_per_minute = 1000000\nrefreshes_per_minute = 100\n");
    server.add_user(EMAIL, PASSWORD);
    let text = |answer: &Value, name: &str| answer[name].as_str().expect("a token").to_owned();
    let mut token = text(&server.login(&[], EMAIL, PASSWORD).expect(200).json(), "refresh_token");
    let mut http = server.http();
    let json = [("content-type", "application/json")];
    let mut renew = |token: &str| {
        let body = format!(r#"{{"refresh_token":"{token}"}}"#);
        http.call("POST", "/v1/auth/refresh", &json, body.as_bytes())
    };
    for _ in 0..100 {
        token = text(&renew(&token).expect(200).json(), "refresh_token");
    }
    let refused = (0..20).map(|_| renew(&token)).find(|reply| reply.status == 429).expect("the budget has an end");
    wait_of(&refused);
    server.login(&[], EMAIL, PASSWORD).expect(200);
}

/// Tries to take an email that is taken: that costs no hash, and counts against the peer like a wrong password.
fn fail(server: &Server, from: usize) -> Reply {
    let body = format!(r#"{{"email":"{EMAIL}","password":"four otters juggling kettles"}}"#);
    server.post("/v1/auth/signup", &[("x-forwarded-for", &forwarded(from))], &body)
}

#[test]
fn who_failed_waits_and_a_trusted_proxy_says_who_that_is() {
    let server = Server::start(&format!("{PROXY}[accounts]\nsign_up = \"open\"\n"));
    server.add_user(EMAIL, PASSWORD);
    for _ in 0..5 {
        assert_eq!(fail(&server, 1).expect(409).problem(), "email_taken");
    }
    // A busy machine may have sat out the first waits, of 1 s and 2 s.
    let refused = (0..5).map(|_| fail(&server, 1)).find(|reply| reply.status == 429).expect("five are free");
    assert_eq!(refused.problem(), "too_many_requests");
    assert!(wait_of(&refused) <= 16, "{refused:?}");
    fail(&server, 2).expect(409);
}

#[test]
fn an_untrusted_peer_is_counted_as_itself_whomever_it_names() {
    let server = Server::start("[accounts]\nsign_up = \"open\"\n");
    server.add_user(EMAIL, PASSWORD);
    for from in 1..=5 {
        fail(&server, from).expect(409);
    }
    assert!((6..11).any(|from| fail(&server, from).status == 429), "five are free, under whatever names");
}

#[test]
fn more_logins_than_can_wait_are_put_off() {
    let server = Server::start(&format!("{PROXY}[limits]\nhashing_threads = 1\nhashing_waiting = 1\n"));
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let ask = |from: usize| {
            let server = &server;
            move || {
                let email = format!("user{from}@example.org");
                server.login(&[("x-forwarded-for", &forwarded(from))], &email, PASSWORD)
            }
        };
        let asked: Vec<_> = (1..=8).map(|from| scope.spawn(ask(from))).collect();
        asked.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let of = |status: u16| replies.iter().filter(move |reply| reply.status == status);
    assert!(of(503).count() >= 1 && of(401).count() >= 2, "{replies:?}");
    assert_eq!(of(503).count() + of(401).count(), 8, "{replies:?}");
    for reply in of(503) {
        assert_eq!(reply.problem(), "unavailable");
        wait_of(reply);
    }
    // What was never tried is no failure, and the queue is free again.
    server.login(&[("x-forwarded-for", &forwarded(1))], "user1@example.org", PASSWORD).expect(401);
}
