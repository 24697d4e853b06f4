//! Accounts from their making to their end: credentials, passwords, who may still sign in, and what is left.

use serde_json::{Value, json};

use super::client::*;
use super::*;
use crate::daemon::users::model::Standing;
use crate::daemon::users::port::SessionStore;

const ADA: &str = "ada@example.org";
const NEW: &str = "a bus without any jam";

impl Door {
    async fn sign_up(&self, peer: Peer, email: &str) -> Answer {
        self.post(peer, "/v1/auth/signup", &json!({"email": email, "password": PASSWORD})).await
    }

    /// What an administrator asks.
    async fn administer(&self, route: (&str, &str), body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(unix(1), None, route, &body).await
    }

    async fn change(&self, user: &str, body: &Value) -> Answer {
        self.administer(("PATCH", &format!("/v1/users/{user}")), body).await
    }

    async fn users(&self) -> Vec<Value> {
        let users = self.administer(("GET", "/v1/users"), &Value::Null).await;
        users.json["items"].as_array().expect("a list").clone()
    }

    async fn make_token(&self, peer: Peer, access: &str) -> String {
        let body = json!({"name": "backup", "scopes": ["account:read", "tasks:read"]}).to_string();
        let made = self.send(peer, Some(access), ("POST", "/v1/tokens"), &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        made.member("token")
    }

    async fn trail(&self, access: &str) -> Vec<String> {
        let trail = self.send(tcp(1), Some(access), ("GET", "/v1/me/audit"), "").await;
        let items = trail.json["items"].as_array().unwrap_or_else(|| panic!("{trail:?}")).clone();
        items.iter().map(|line| line["event"].as_str().expect("a word").to_owned()).collect()
    }

    /// Sets the password of who asks; returns what it answers.
    async fn set_password(&self, peer: Peer, access: &str, body: &Value) -> Answer {
        self.send(peer, Some(access), ("POST", "/v1/auth/password"), &body.to_string()).await
    }

    /// How many rows of each table an account has.
    fn rows_of(&self, standing: &Standing) -> Vec<(String, i64)> {
        self.world.store.rows_of(standing.account, standing.space)
    }
}

#[tokio::test]
async fn a_sign_up_on_the_unix_socket_gives_ones_own_account_its_credentials() {
    let door = Door::new().await;
    let token = door.local(1001).await;
    let before = door.users().await.len();
    let me = door.send(unix(1001), Some(&token), ("GET", "/v1/me"), "").await;
    let signed_up = door.sign_up(unix(1001), ADA).await;
    assert_eq!((signed_up.status, signed_up.member("account")), (201, me.member("id")));
    assert!(signed_up.json["refresh_token"].is_null(), "who has the uid needs none");
    assert_eq!(door.users().await.len(), before, "never a second account");
    assert_eq!(door.status(unix(1001), &token).await, 200, "what stood stands");
    let login = door.login(tcp(1), ADA, PASSWORD).await;
    assert_eq!((login.status, login.member("account")), (200, me.member("id")));
    assert_eq!(door.sign_up(unix(1001), ADA).await.refusal(), (409, "email_taken"));
    assert_eq!(door.sign_up(unix(1001), "other@example.org").await.refusal(), (409, "wrong_state"));
    assert_eq!(door.sign_up(unix(1002), ADA).await.refusal(), (409, "email_taken"));
    assert_eq!(door.users().await.len(), before, "who is refused has not even an empty account");
    let first = door.sign_up(unix(1003), "first@example.org").await;
    assert_eq!(first.status, 201, "without having signed in before");
    let me = door.send(unix(1003), Some(&first.member("access_token")), ("GET", "/v1/me"), "").await;
    assert_eq!(me.json["local"], json!([{"uid": 1003, "login": "user1003"}]));
}

#[tokio::test]
async fn an_email_is_taken_however_it_is_written_and_by_one_of_two_at_once() {
    let door = Door::new().await;
    for (taken, others) in [
        ("Ada@Example.org", ["ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org"]),
        ("Stra\u{df}e@example.org", ["STRASSE@example.org", "strasse@example.org", "stra\u{1e9e}e@example.org"]),
        ("\u{c4}rger@example.org", ["\u{e4}rger@example.org", "A\u{308}rger@example.org", "a\u{308}RGER@example.org"]),
    ] {
        assert_eq!(door.sign_up(tcp(1), taken).await.status, 201, "{taken}");
        for other in others {
            door.wait(3600);
            assert_eq!(door.sign_up(tcp(2), other).await.refusal(), (409, "email_taken"), "{other}");
            assert_eq!(door.login(tcp(1), other, PASSWORD).await.status, 200, "{other}");
        }
    }
    // Both look before either has stored: the hash is computed between.
    door.wait(3600);
    let (a, b, c) = tokio::join!(
        door.sign_up(tcp(3), "both@example.org"),
        door.sign_up(tcp(4), "BOTH@example.org"),
        door.sign_up(unix(1005), "Both@example.org")
    );
    let answers = [a, b, c];
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.refusal() == (409, "email_taken")).count(), 2, "{answers:?}");
}

#[tokio::test]
async fn sign_up_on_tcp_may_be_closed_and_is_slowed_down() {
    let closed = Door::with(Policy { open_sign_up: false, ..policy() }, cheap()).await;
    assert_eq!(closed.sign_up(tcp(1), ADA).await.refusal(), (403, "forbidden"));
    assert_eq!(closed.sign_up(unix(1001), ADA).await.status, 201);
    let open = Door::new().await;
    for number in 0..5 {
        assert_eq!(open.sign_up(tcp(1), &format!("{number}@example.org")).await.status, 201, "{number}");
    }
    let sixth = open.sign_up(tcp(1), "6@example.org").await;
    assert_eq!((sixth.refusal(), sixth.header("retry-after")), ((429, "too_many_requests"), Some("1")));
    assert_eq!(open.sign_up(tcp(2), "6@example.org").await.status, 201, "somebody else");
    assert_eq!(open.login(tcp(1), "0@example.org", PASSWORD).await.status, 200, "logins are counted apart");
}

#[tokio::test]
async fn an_email_is_changed_by_who_knows_the_password_or_has_the_uid() {
    let door = Door::new().await;
    let local = door.sign_up(unix(1001), ADA).await.member("access_token");
    let access = door.login(tcp(1), ADA, PASSWORD).await.member("access_token");
    door.account("eve@example.org").await;
    let rename = async |peer, token: &str, body: Value| {
        door.send(peer, Some(token), ("PATCH", "/v1/me"), &body.to_string()).await
    };
    for (body, refusal) in [
        (json!({"email": "b@example.org"}), (422, "invalid_value")),
        (json!({"email": "b@example.org", "password": NEW}), (403, "forbidden")),
        (json!({"email": "no email", "password": PASSWORD}), (422, "invalid_value")),
        (json!({"email": "EVE@example.org", "password": PASSWORD}), (409, "email_taken")),
        (json!({"email": "b@example.org", "password": PASSWORD, "zone": "Nowhere"}), (422, "invalid_value")),
    ] {
        assert_eq!(rename(tcp(1), &access, body.clone()).await.refusal(), refusal, "{body}");
    }
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 200, "what is refused changes nothing");
    let renamed = rename(tcp(1), &access, json!({"email": "b@example.org", "password": PASSWORD})).await;
    assert_eq!((renamed.status, renamed.member("email").as_str()), (200, "b@example.org"));
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 401);
    assert_eq!(rename(unix(1001), &local, json!({"email": "B@example.org"})).await.status, 200, "in another case");
    assert_eq!(door.login(tcp(1), "b@example.org", PASSWORD).await.status, 200);
    let nameless = door.local(1002).await;
    let refused = rename(unix(1002), &nameless, json!({"email": "c@example.org"})).await;
    assert_eq!(refused.refusal(), (409, "wrong_state"));
}

#[tokio::test]
async fn an_administrator_adds_accounts() {
    let door = Door::with(Policy { open_sign_up: false, ..policy() }, cheap()).await;
    let added = door.administer(("POST", "/v1/users"), &json!({"email": ADA, "zone": "Asia/Tokyo"})).await;
    assert_eq!(added.status, 201, "{added:?}");
    let login = door.login(tcp(1), ADA, &added.member("password")).await;
    assert_eq!((login.status, login.member("zone").as_str()), (200, "Asia/Tokyo"));
    let taken = door.administer(("POST", "/v1/users"), &json!({"email": "ADA@example.org"})).await;
    assert_eq!(taken.refusal(), (409, "email_taken"));
    let chosen = json!({"email": "b@example.org", "password": PASSWORD});
    let added = door.administer(("POST", "/v1/users"), &chosen).await;
    assert!(added.status == 201 && !added.text.contains("password"), "{added:?}");
    assert_eq!(door.login(tcp(1), "b@example.org", PASSWORD).await.status, 200);
    for bad in [
        json!({"email": "c@example.org", "password": "short"}),
        json!({"email": "c"}),
        json!({"email": "c@example.org", "zone": "Nowhere"}),
    ] {
        assert_eq!(door.administer(("POST", "/v1/users"), &bad).await.refusal(), (422, "invalid_value"), "{bad}");
    }
    let page = door.administer(("GET", "/v1/users?limit=2"), &Value::Null).await;
    let rest = format!("/v1/users?limit=2&cursor={}", page.member("next"));
    let rest = door.administer(("GET", &rest), &Value::Null).await;
    let count = |page: &Answer| page.json["items"].as_array().map(Vec::len);
    assert_eq!((count(&page), count(&rest)), (Some(2), Some(1)), "the daemon's owner and two more");
    assert!(rest.json["next"].is_null());
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_tokens_unless_they_are_kept() {
    for keeps in [false, true] {
        let door = Door::new().await;
        let local = door.sign_up(unix(1001), ADA).await.member("access_token");
        let one = door.login(tcp(1), ADA, PASSWORD).await;
        let (access, refresh) = (one.member("access_token"), one.member("refresh_token"));
        let other = door.login(tcp(2), ADA, PASSWORD).await.member("access_token");
        let personal = door.make_token(tcp(1), &access).await;
        for (body, refusal) in [
            (json!({"new": NEW}), (422, "invalid_value")),
            (json!({"new": NEW, "current": "wrong but long enough"}), (403, "forbidden")),
            (json!({"new": "password", "current": PASSWORD}), (422, "invalid_value")),
        ] {
            assert_eq!(door.set_password(tcp(1), &access, &body).await.refusal(), refusal, "{body}");
        }
        assert_eq!(door.status(tcp(2), &other).await, 200, "what is refused ends nothing");
        let body = json!({"new": NEW, "current": PASSWORD, "keep_tokens": keeps});
        let changed = door.set_password(tcp(1), &access, &body).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        for (peer, token) in [(unix(1001), &local), (tcp(1), &access), (tcp(2), &other)] {
            assert_eq!(door.status(peer, token).await, 401);
        }
        assert_eq!(door.status(tcp(3), &personal).await, if keeps { 200 } else { 401 });
        let refreshed = door.post(tcp(1), "/v1/auth/refresh", &json!({"refresh_token": refresh})).await;
        assert_eq!(refreshed.status, 401);
        assert_eq!(door.status(tcp(1), &changed.member("access_token")).await, 200, "who asked goes on");
        assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 401);
        assert_eq!(door.login(tcp(1), ADA, NEW).await.status, 200);
        // Who has the uid owns the files, and needs no password for it.
        let local = door.local(1001).await;
        let changed = door.set_password(unix(1001), &local, &json!({"new": PASSWORD})).await;
        assert_eq!(door.status(unix(1001), &changed.member("access_token")).await, 200);
        assert_eq!(door.status(unix(1001), &local).await, 401);
    }
}

#[tokio::test]
async fn an_administrator_disables_enables_and_resets() {
    let door = Door::new().await;
    let local = door.sign_up(unix(1001), ADA).await;
    let (local, account) = (local.member("access_token"), local.member("account"));
    let by_password = door.login(tcp(1), ADA, PASSWORD).await;
    let access = by_password.member("access_token");
    let personal = door.make_token(tcp(1), &access).await;
    assert_eq!(door.change(ADA, &json!({"disabled": true})).await.status, 200, "named by the email");
    for (peer, token) in [(unix(1001), &local), (tcp(1), &access), (tcp(1), &personal)] {
        assert_eq!(door.status(peer, token).await, 401);
    }
    assert_eq!(door.post(unix(1001), "/v1/auth/local", &json!({})).await.refusal(), (403, "forbidden"));
    assert_eq!(door.sign_up(unix(1001), "x@example.org").await.refusal(), (403, "forbidden"));
    let refresh = json!({"refresh_token": by_password.member("refresh_token")});
    assert_eq!(door.post(tcp(1), "/v1/auth/refresh", &refresh).await.status, 401);
    assert_eq!(door.change(&account, &json!({"disabled": false})).await.status, 200, "named by the id");
    assert_eq!(door.status(tcp(1), &access).await, 401, "a session that was ended stays so");
    assert_eq!(door.status(tcp(1), &personal).await, 200);
    let access = door.login(tcp(1), ADA, PASSWORD).await.member("access_token");

    let reset = door.change(ADA, &json!({"reset": true})).await;
    let made_up = reset.member("password");
    assert_eq!(door.status(tcp(1), &access).await, 401);
    assert_eq!(door.status(tcp(1), &personal).await, 401, "tokens too");
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 401);
    let access = door.login(tcp(1), ADA, &made_up).await.member("access_token");
    assert!(door.change(ADA, &json!({"reset": true, "password": NEW})).await.json["password"].is_null());
    assert_eq!(door.login(tcp(1), ADA, NEW).await.status, 200);
    assert_eq!(door.change(ADA, &json!({"reset": true, "password": "12345678"})).await.status, 422);
    assert_eq!(door.change(ADA, &json!({"password": NEW})).await.status, 422);
    assert_eq!(door.change("nobody@example.org", &json!({"disabled": true})).await.refusal(), (404, "not_found"));
    door.local(1002).await;
    let nameless = door.users().await.pop().expect("the newest")["id"].as_str().expect("an id").to_owned();
    assert_eq!(door.change(&nameless, &json!({"reset": true})).await.refusal(), (409, "wrong_state"));
    assert_eq!(door.status(tcp(1), &access).await, 401);
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_and_its_email_and_uid_begin_anew() {
    let door = Door::new().await;
    let signed_up = door.sign_up(unix(1001), ADA).await;
    let (local, account) = (signed_up.member("access_token"), signed_up.member("account"));
    let by_password = door.login(tcp(1), ADA, PASSWORD).await.member("access_token");
    let personal = door.make_token(tcp(1), &by_password).await;
    let standing = furnish(&door, &local).await;
    assert!(door.rows_of(&standing).iter().all(|(table, rows)| *rows > 0 || table == "series"), "a whole account");
    for (peer, token, body, refusal) in [
        (tcp(1), &by_password, json!({"account": account}), (422, "invalid_value")),
        (tcp(1), &by_password, json!({"account": account, "password": NEW}), (403, "forbidden")),
        (tcp(1), &by_password, json!({"account": Uuid::nil(), "password": PASSWORD}), (422, "invalid_value")),
        (unix(1001), &local, json!({"account": door.world.actor.account}), (422, "invalid_value")),
        (unix(1001), &local, json!({}), (422, "invalid_value")),
        (tcp(1), &personal, json!({"account": account, "password": PASSWORD}), (403, "forbidden")),
    ] {
        let answer = door.send(peer, Some(token), ("DELETE", "/v1/me"), &body.to_string()).await;
        assert_eq!(answer.refusal(), refusal, "{body}");
    }
    let body = json!({"account": account, "password": PASSWORD}).to_string();
    let deleted = door.send(tcp(1), Some(&by_password), ("DELETE", "/v1/me"), &body).await;
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert!(door.rows_of(&standing).iter().all(|(_, rows)| *rows == 0), "{:?}", door.rows_of(&standing));
    for (peer, token) in [(unix(1001), &local), (tcp(1), &by_password), (tcp(1), &personal)] {
        assert_eq!(door.status(peer, token).await, 401);
    }
    assert_eq!(door.login(tcp(1), ADA, PASSWORD).await.status, 401);
    let anew = door.local(1001).await;
    let me = door.send(unix(1001), Some(&anew), ("GET", "/v1/me"), "").await;
    assert!(me.member("id") != account && me.json["email"].is_null(), "{me:?}");
    let count = door.send(unix(1001), Some(&anew), ("GET", "/v1/tasks/count"), "").await;
    assert_eq!(count.json["count"], 0);
    assert_eq!(door.sign_up(tcp(2), ADA).await.status, 201, "the email is free");
    assert!(!door.world.titles().await.contains(&"zebra".to_owned()));
}

/// Gives an account something in every table.
async fn furnish(door: &Door, access: &str) -> Standing {
    let actor = door.users.actor(access, Some(1001), None).await.expect("it counts");
    let tasks = &door.world.tasks;
    let first = tasks.add(&actor, &words_of("zebra due:2026-11-23 remind:1d +tag")).await.expect("added").tasks;
    let id = first[0].task.id.to_string();
    tasks.add(&actor, &words_of(&format!("gnu depends:{id}"))).await.expect("added");
    tasks.act(&actor, &id, None, &Step::Annotate("x".into())).await.expect("annotated");
    let json = r#"{"description":"x","status":"pending","colour":"red"}"#;
    let record = taskwarrior::read(json, &actor.zone, door.now()).expect("a record");
    let mut import = tasks.import_begin(&actor).await.expect("begun");
    tasks.import_records(&actor, &mut import, vec![(1, record)]).await.expect("stored");
    tasks.import_end(&actor, &mut import).await.expect("ended");
    door.world.at(NOW).await;
    door.world.store.standing(actor.session).await.expect("read").expect("it stands")
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_is_finished_at_the_next_start() {
    let door = Door::new().await;
    let signed_up = door.sign_up(unix(1001), ADA).await;
    let local = signed_up.member("access_token");
    let standing = furnish(&door, &local).await;
    let actor = door.users.actor(&local, Some(1001), None).await.expect("it counts");
    let begun = Note { by: Some(actor.session), ..note(door.now()) };
    door.world.store.begin_deletion(standing.account, begun).await.expect("begun");
    // The process ends here. Nobody is let in meanwhile, not even the uid to what was there.
    assert_eq!(door.status(unix(1001), &local).await, 401);
    let left: i64 = door.rows_of(&standing).iter().map(|(_, rows)| rows).sum();
    assert!(left > 0);
    let anew = door.local(1001).await;
    assert_eq!(door.sign_up(tcp(1), ADA).await.status, 201, "the email is free from the first moment");
    let Door { world, keys, hashing, .. } = door;
    let again = Door::over(world, keys, hashing, policy());
    assert_eq!(again.users.finish_deletions().await.expect("finished"), 1);
    assert!(again.rows_of(&standing).iter().all(|(_, rows)| *rows == 0));
    assert_eq!(again.users.finish_deletions().await.expect("nothing"), 0);
    assert_eq!(again.status(unix(1001), &anew).await, 200, "whoever came after is not touched");
}

#[tokio::test]
async fn a_uid_with_another_login_name_is_refused_until_it_is_decided() {
    for is_the_same_person in [true, false] {
        let door = Door::new().await;
        // Uid 1001 was bob's; the machine now calls it `user1001`.
        let bob = LocalIdentity { login: "bob".into(), ..identity(1001) };
        let new = NewAccount { account: Uuid::now_v7(), space: Uuid::now_v7(), zone: "UTC".into() };
        let store = &door.world.store;
        let account = store.sign_in_local(bob, new, "test".into(), note(door.now())).await.expect("signed in").account;
        for _ in 0..2 {
            let refused = door.post(unix(1001), "/v1/auth/local", &json!({})).await;
            assert_eq!(refused.refusal(), (403, "forbidden"));
            let hint = refused.member("hint");
            assert!(refused.member("detail").contains("`bob`") && hint.contains("1001 user1001"));
            assert_eq!(door.sign_up(unix(1001), ADA).await.refusal(), (403, "forbidden"));
        }
        let login = if is_the_same_person { json!("user1001") } else { Value::Null };
        let wrong = json!({"local": {"uid": 1002, "login": login}});
        assert_eq!(door.change(&account.to_string(), &wrong).await.refusal(), (422, "invalid_value"));
        let right = json!({"local": {"uid": 1001, "login": login}});
        assert_eq!(door.change(&account.to_string(), &right).await.status, 200);
        let signed_in = door.post(unix(1001), "/v1/auth/local", &json!({})).await;
        assert_eq!(signed_in.member("account") == account.to_string(), is_the_same_person);
    }
}

#[tokio::test]
async fn whatever_happens_is_told_to_the_owner_and_no_secret_is() {
    let door = Door::new().await;
    let local = door.sign_up(unix(1001), ADA).await.member("access_token");
    let login = door.login(tcp(1), ADA, PASSWORD).await;
    let access = login.member("access_token");
    door.login(tcp(2), ADA, "a wrong password").await;
    let personal = door.make_token(tcp(1), &access).await;
    let me = |body: &Value| {
        let body = body.to_string();
        let (door, local) = (&door, &local);
        async move { door.send(unix(1001), Some(local), ("PATCH", "/v1/me"), &body).await }
    };
    assert_eq!(me(&json!({"zone": "Asia/Tokyo"})).await.json["zone"], "Asia/Tokyo");
    assert_eq!(me(&json!({"email": "lovelace@example.org"})).await.json["email"], "lovelace@example.org");
    let settings = r#"{"remind_time":"08:30"}"#;
    assert_eq!(door.send(unix(1001), Some(&local), ("PATCH", "/v1/settings"), settings).await.status, 200);
    for (method, path) in [("DELETE", "/v1/tokens"), ("DELETE", "/v1/auth/sessions")] {
        assert_eq!(door.send(tcp(1), Some(&access), (method, path), "").await.status, 200);
    }
    let email = "lovelace@example.org";
    for change in [json!({"disabled": true}), json!({"disabled": false}), json!({"quotas": {"tasks": 9}})] {
        assert_eq!(door.change(email, &change).await.status, 200);
    }
    let made_up = door.change(email, &json!({"reset": true})).await.member("password");
    let again = door.login(tcp(1), email, &made_up).await.member("access_token");
    let body = json!({"current": made_up, "new": NEW});
    let last = door.set_password(tcp(1), &again, &body).await.member("access_token");
    assert_eq!(door.send(tcp(1), Some(&last), ("POST", "/v1/auth/logout"), "").await.status, 204);
    let (last, refresh) = {
        let login = door.login(tcp(1), email, NEW).await;
        (login.member("access_token"), login.member("refresh_token"))
    };
    let mut events = door.trail(&last).await;
    events.reverse();
    let expected = "account_created signed_in credentials_set signed_in sign_in_failed token_made zone_changed \
        email_changed settings_changed all_tokens_revoked all_sessions_ended disabled enabled quotas_changed \
        password_reset signed_in password_changed signed_in session_ended signed_in";
    assert_eq!(events.join(" "), expected);
    let trail = door.send(tcp(1), Some(&last), ("GET", "/v1/me/audit"), "").await.text;
    for secret in [PASSWORD, NEW, "a wrong password", "argon2", &made_up, &personal, &access, &last, &refresh] {
        assert!(!trail.contains(secret), "{trail}");
    }
    let Value::Array(lines) = serde_json::from_str::<Value>(&trail).expect("JSON")["items"].clone() else {
        panic!("{trail}")
    };
    let by_administrator: Vec<_> = lines.iter().filter(|line| line["by_administrator"] == true).collect();
    assert_eq!(by_administrator.len(), 4, "{trail}");
    assert!(by_administrator.iter().all(|line| line["peer"] == "uid 1"));
    assert!(lines.iter().any(|line| line["event"] == "sign_in_failed" && line["peer"] == "192.0.2.2"), "{trail}");
}
