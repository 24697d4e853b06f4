//! What is another's looks like what is not there, and is in no list, count or export of anybody else.

use super::client::*;
use super::*;
use crate::api::auth::Scope;
use crate::api::paths as p;
use crate::daemon::http::routes::{Access, table};
use crate::daemon::users::personal::PersonalToken;
use crate::daemon::users::port::{NewAccessToken, SessionStore};

const IMPORT: &str = "/v1/import?format=taskwarrior";

/// Ids of what an account has.
struct Things {
    task: Uuid,
    operation: Uuid,
    notification: Uuid,
    session: Uuid,
    token: Uuid,
}

/// Somebody with a task, a notification, a session and a token.
async fn furnished(door: &Door, uid: u32) -> (Actor, Things) {
    let token = door.local(uid).await;
    let actor = door.users.actor(&token, Some(uid), None).await.expect("it counts");
    let done = door.world.tasks.add(&actor, &words_of("zebra due:2026-11-27 remind:1d")).await.expect("added");
    door.world.at("2026-11-26T08:00:00Z").await;
    let inbox = door.world.inbox.inbox(&actor, false, None, 10).await.expect("read").0;
    let (secret, id) = (PersonalToken::new().expect("randomness"), Uuid::now_v7());
    let (name, hash, scopes) = ("x".to_owned(), secret.hash(), Scope::ALL.to_vec());
    let new = NewAccessToken { id, name, hash, scopes, expires_at: None, limit: 3 };
    door.world.store.add_token(actor.account, new, note(door.now())).await.expect("made");
    let (task, operation) = (done.tasks[0].task.id, done.operation.expect("one"));
    let things = Things { task, operation, notification: inbox[0].id, session: actor.session, token: id };
    (actor, things)
}

/// An answer without what differs between any two.
fn comparable(answer: &Answer, id: &str) -> (u16, Vec<(String, String)>, String) {
    let differs = [crate::api::header::REQUEST_ID, "date", "ratelimit"];
    let headers = answer.headers.iter().filter(|(name, _)| !differs.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    let request = answer.json["request_id"].as_str().unwrap_or("no id of a request");
    (answer.status, headers, answer.text.replace(id, "ID").replace(request, "REQUEST"))
}

/// Everything that names a thing by an id, in the path or in the body: path, body, and the other's id.
fn namings(theirs: &Things) -> Vec<(&'static str, String, &'static str, String)> {
    let mut namings = Vec::new();
    for route in table() {
        if !route.path.contains("{id}") || route.access == Access::Administrator {
            continue;
        }
        let ids = match route.path {
            p::SESSION => vec![theirs.session.to_string()],
            p::TOKEN => vec![theirs.token.to_string()],
            p::NOTIFICATION_READ => vec![theirs.notification.to_string()],
            path if path.starts_with(p::TASK) => {
                let id = theirs.task.to_string();
                vec![id[id.len() - 8..].to_owned(), id]
            }
            path => panic!("say what the id in {path} names"),
        };
        let body = match (route.method.as_str(), route.path) {
            ("PATCH", p::TASK) => r#"{"title":"b"}"#,
            (_, p::TASK_ANNOTATIONS) => r#"{"text":"b"}"#,
            _ => "",
        };
        let method: &'static str = match route.method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            other => panic!("no {other} yet"),
        };
        namings.extend(ids.into_iter().map(|id| (method, route.path.to_owned(), body, id)));
    }
    for (path, body, id) in [
        (p::TASKS_BATCH, r#"{"action":"complete","tasks":["{id}"]}"#, theirs.task),
        (p::UNDO, r#"{"operation":"{id}"}"#, theirs.operation),
        (p::TASKS, r#"{"title":"b","depends_on":["{id}"]}"#, theirs.task),
        (p::TASKS, r#"{"words":["b","depends:{id}"]}"#, theirs.task),
    ] {
        namings.push(("POST", path.to_owned(), body, id.to_string()));
    }
    namings.push(("GET", format!("{}?filter={{id}}", p::TASKS_COUNT), "", theirs.task.to_string()));
    namings.push(("GET", format!("{}?filter=uuid:{{id}}", p::TASKS), "", theirs.task.to_string()));
    namings
}

#[tokio::test]
async fn anothers_id_answers_as_one_that_nobody_has() {
    let door = Door::new().await;
    let (owner, theirs) = furnished(&door, 1001).await;
    let before = door.world.tasks.get(&owner, &theirs.task.to_string()).await.expect("theirs").task;
    let stranger = door.account("eve@example.org").await;
    let by_password = door.session(stranger).await.1;
    let all_scopes = personal(&door, stranger).await;
    let callers = [
        ("another uid", unix(1002), door.local(1002).await),
        ("an administrator", unix(1), door.local(1).await),
        ("by password", tcp(1), by_password),
        ("by token", tcp(2), all_scopes),
    ];
    for (name, peer, token) in &callers {
        for (method, path, body, id) in namings(&theirs) {
            let what = format!("{method} {path} by {name}");
            // Of the same form: a whole id, or the end of one.
            let random = Uuid::now_v7().to_string()[36 - id.len()..].to_owned();
            let mut answers = Vec::new();
            for id in [&id, &random] {
                let (path, body) = (path.replace("{id}", id), body.replace("{id}", id));
                let answer = door.send(*peer, Some(token), (method, &path), &body).await;
                answers.push(comparable(&answer, id));
            }
            assert_eq!(answers[0], answers[1], "{what}");
            let is_refused = [403, 404, 422].contains(&answers[0].0);
            assert!(is_refused || path.starts_with(p::TASKS_COUNT) || path.contains("?filter"), "{what}: {answers:?}");
        }
    }
    let after = door.world.tasks.get(&owner, &theirs.task.to_string()).await.expect("theirs").task;
    assert_eq!(after, before);
    assert!(door.world.store.standing(theirs.session).await.expect("read").is_some());
    assert_eq!(door.world.store.tokens(owner.account).await.expect("read").len(), 1);
    assert_eq!(door.world.inbox.unread(&owner).await.expect("read"), Some((1, theirs.notification)));
}

async fn personal(door: &Door, account: Uuid) -> String {
    let (secret, id) = (PersonalToken::new().expect("randomness"), Uuid::now_v7());
    let (name, hash, scopes) = ("x".to_owned(), secret.hash(), Scope::ALL.to_vec());
    let new = NewAccessToken { id, name, hash, scopes, expires_at: None, limit: 3 };
    door.world.store.add_token(account, new, note(door.now())).await.expect("made");
    secret.text().to_owned()
}

#[tokio::test]
async fn the_tasks_of_another_are_in_no_list_count_export_or_inbox() {
    let door = Door::new().await;
    let (owner, theirs) = furnished(&door, 1001).await;
    for (name, peer, token) in
        [("another", unix(1002), door.local(1002).await), ("an administrator", unix(1), door.local(1).await)]
    {
        for filter in ["", "zebra", "1", "status:pending", "zebra%20or%20-x", "not%20(%20+x%20)", "%2Bx%20or%20zebra"] {
            for path in [p::TASKS, p::EXPORT] {
                let format = if path == p::EXPORT { "format=taskwarrior&" } else { "" };
                let path = format!("{path}?{format}filter={filter}");
                let answer = door.send(peer, Some(&token), ("GET", &path), "").await;
                assert!(!answer.text.contains("zebra") || answer.status >= 400, "{name} {path} {filter}: {answer:?}");
            }
            let count =
                door.send(peer, Some(&token), ("GET", &format!("{}?filter={filter}", p::TASKS_COUNT)), "").await;
            assert!(count.json["count"] == 0 || count.status >= 400, "{name} {filter}: {count:?}");
        }
        for path in [p::NOTIFICATIONS, "/v1/export?format=taskwarrior", p::ME_AUDIT, p::SESSIONS, p::TOKENS, p::ME] {
            let answer = door.send(peer, Some(&token), ("GET", path), "").await;
            let names = [theirs.task, theirs.notification, theirs.session, theirs.token, owner.account];
            assert!(names.iter().all(|id| !answer.text.contains(&id.to_string())), "{name} {path}: {answer:?}");
            assert!(answer.status == 200 && !answer.text.contains("zebra"), "{name} {path}: {answer:?}");
        }
    }
    // An administrator sees that there is an account with a task, and nothing of the task.
    let users = door.send(unix(1), None, ("GET", p::USERS), "").await;
    assert!(users.text.contains(&owner.account.to_string()) && !users.text.contains("zebra"), "{users:?}");
}

#[tokio::test]
async fn an_import_that_brings_anothers_id_makes_a_task_of_ones_own() {
    let door = Door::new().await;
    let (owner, theirs) = furnished(&door, 1001).await;
    let eve = door.local(1002).await;
    let record = format!(r#"{{"uuid":"{}","description":"b","status":"pending"}}"#, theirs.task);
    let answer = door.send(unix(1002), Some(&eve), ("POST", IMPORT), &record).await;
    let random = record.replace(&theirs.task.to_string(), &Uuid::new_v4().to_string());
    let other = door.send(unix(1002), Some(&eve), ("POST", IMPORT), &random).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["added"], other.json["added"], "{answer:?} {other:?}");
    let path = p::with_id(p::TASK, &theirs.task.to_string());
    let own = door.send(unix(1002), Some(&eve), ("GET", &path), "").await;
    assert_eq!((own.status, own.member("title").as_str()), (200, "b"));
    let deleted = door.send(unix(1002), Some(&eve), ("DELETE", &path), "").await;
    assert_eq!(deleted.status, 200);
    let task = door.world.tasks.get(&owner, &theirs.task.to_string()).await.expect("theirs").task;
    assert_eq!((task.title.as_str(), task.status), ("zebra", crate::api::tasks::Status::Pending));
}
