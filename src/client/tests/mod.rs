//! What a client does when the daemon answers, refuses, breaks off or is not there.

mod account;
mod sign_in;
mod stand_in;
mod tcp;

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use std::path::Path;
use std::rc::Rc;

use serde_json::json;

use crate::api::tasks::UndoRequest;
use crate::api::{ErrorCode, header};
use crate::config::private;

use super::*;
use stand_in::{Reply, StandIn};

fn count(number: u64) -> Reply {
    Reply::ok(&json!({ "count": number }))
}

fn undone() -> Reply {
    let id = Uuid::nil();
    Reply::ok(&json!({ "operation": id, "undone": id, "kind": "add", "at": "2026-11-22T13:00:00Z", "touched": 1,
        "items": [], "removed": ["Pay rent"] }))
}

#[tokio::test]
async fn one_sign_in_serves_many_commands() {
    let daemon = StandIn::start([count(1), count(2), count(3)]);
    let mut first = Client::new(daemon.config());
    assert_eq!(first.count("").await.expect("counted"), 1);
    assert_eq!(first.count("due:today +work").await.expect("counted"), 2);
    assert_eq!(Client::new(daemon.config()).count("").await.expect("counted"), 3);

    assert_eq!(daemon.sign_ins(), [r#"{"zone":"Europe/Madrid","device":"nudge on test"}"#]);
    let lines: Vec<_> = daemon.received().into_iter().map(|request| request.line).collect();
    assert_eq!(lines[1], "GET /v1/tasks/count?filter=due%3Atoday%20%2Bwork");
    assert!(daemon.received().iter().all(|request| request.token.as_deref() == Some("Bearer token-0")));
    let file = daemon.config().paths.token("local");
    assert_eq!(std::fs::metadata(&file).expect("stored").mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(file.parent().expect("folder")).expect("made").mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_replaced_once() {
    let no = || Reply::problem(ErrorCode::Unauthenticated);
    let daemon = StandIn::start([count(1), no(), count(2), no(), no()]);
    let mut client = Client::new(daemon.config());
    client.count("").await.expect("counted");
    assert_eq!(client.count("").await.expect("with a fresh token"), 2);
    assert_eq!(daemon.sign_ins().len(), 2);
    let refused = client.count("").await.expect_err("twice");
    assert_eq!(refused.code(), Some(ErrorCode::Unauthenticated));
    assert_eq!(daemon.sign_ins().len(), 3);
}

#[tokio::test]
async fn a_stored_token_is_sent_only_where_it_came_from_and_while_it_is_good() {
    let daemon = StandIn::start([count(1), count(2), count(3), count(4), count(5), count(6)]);
    let ask = async || Client::new(daemon.config()).count("").await.expect("counted");
    ask().await;
    let path = daemon.config().paths.token("local");
    let good = String::from_utf8(private::read(&path, private::Others::Nothing).expect("stored")).expect("text");
    let mut stored: serde_json::Value = serde_json::from_str(&good).expect("json");
    stored["access_token"] = json!("planted");

    for (member, value) in [
        ("origin", json!("unix:/another")),
        ("database", json!("/another.db")),
        ("way", json!("password")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
    ] {
        let mut strange = stored.clone();
        strange[member] = value;
        private::write(&path, strange.to_string().as_bytes()).expect("planted");
        ask().await;
    }
    private::write(&path, stored.to_string().as_bytes()).expect("planted");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("loosened");
    ask().await;

    assert_eq!(daemon.sign_ins().len(), 6);
    assert!(daemon.received().iter().all(|request| request.token.as_deref() != Some("Bearer planted")));
    assert_eq!(std::fs::metadata(&path).expect("stored").mode() & 0o777, 0o600, "and the loose file was replaced");
}

#[tokio::test]
async fn a_daemon_of_another_database_is_not_used_but_can_be_asked_and_stopped() {
    let daemon = StandIn::start([Reply::ok(&json!({})), count(1)]);
    daemon.is(7, true, Path::new("/others/nudge.db"));
    let mut client = Client::new(daemon.config());
    for refused in [client.count("").await.map(drop), client.daemon_start().await.map(drop)] {
        let refused = refused.expect_err("another database");
        assert!(matches!(refused, ClientError::Unreachable { .. }), "{refused}");
        assert!(refused.to_string().ends_with("keeps another database: `/others/nudge.db`"), "{refused}");
        assert!(refused.hint().expect("hint").contains("NUDGE_STATE_DIR"));
    }
    assert!(daemon.sign_ins().is_empty() && daemon.received().is_empty());
    let about = client.daemon_info().await.expect("there").expect("runs");
    assert_eq!(about.database, "/others/nudge.db");
    assert!(client.daemon_stop(false).await.expect("stopped"));

    // By another path it may be the same file.
    let database = daemon.config().paths.database();
    std::fs::create_dir_all(&daemon.config().paths.data).expect("made");
    std::fs::write(&database, "").expect("written");
    let link = daemon.folder.path().join("link");
    std::os::unix::fs::symlink(&daemon.config().paths.data, &link).expect("linked");
    daemon.is(7, true, &link.join("nudge.db"));
    assert_eq!(Client::new(daemon.config()).count("").await.expect("the same file"), 1);
}

#[tokio::test]
async fn of_a_daemon_at_another_socket_no_database_is_expected() {
    let daemon = StandIn::start([count(1), count(2)]);
    daemon.is(7, true, Path::new("/others/nudge.db"));
    let elsewhere = tempfile::tempdir().expect("folder");
    let config = ClientConfig { socket: daemon.config().socket, ..stand_in::config(elsewhere.path()) };
    Client::new(config.clone()).count("").await.expect("counted");
    Client::new(config).count("").await.expect("counted");
    assert_eq!((daemon.sign_ins().len(), daemon.questions().len()), (1, 0));
}

#[tokio::test]
async fn a_zone_that_the_daemon_does_not_know_locks_nobody_out() {
    let daemon = StandIn::start([count(1)]);
    let config = ClientConfig { system_zone: Some("Mars/Olympus".to_owned()), ..daemon.config() };
    Client::new(config).count("").await.expect("counted");
    assert_eq!(daemon.sign_ins().len(), 2);
    assert!(!daemon.sign_ins()[1].contains("zone"));
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_nothing() {
    let Reply::Json(status, body) = undone() else { unreachable!() };
    let daemon = StandIn::start([Reply::JsonAndClose(status, body), undone()]);
    let mut client = Client::new(daemon.config());
    client.undo(&UndoRequest::default()).await.expect("undone");
    // Lets the stand-in close its end before the link is used again.
    tokio::task::yield_now().await;
    client.undo(&UndoRequest::default()).await.expect("over a new connection");
    assert_eq!(daemon.received().len(), 2);
}

#[tokio::test]
async fn a_question_is_repeated_when_its_answer_is_lost_and_a_change_is_not() {
    let daemon = StandIn::start([Reply::Close, count(1), Reply::Close]);
    let mut client = Client::new(daemon.config());
    assert_eq!(client.count("").await.expect("the second time"), 1);
    let broken = client.undo(&UndoRequest::default()).await.expect_err("not known");
    assert!(matches!(broken, ClientError::Broken { .. }), "{broken}");
    assert!(broken.hint().expect("hint").contains("look before repeating"));
    assert_eq!(daemon.received().len(), 3);
}

#[tokio::test]
async fn a_daemon_that_does_not_answer_is_not_waited_for_without_end() {
    let daemon = StandIn::start([count(1), Reply::Silence]);
    let mut client = Client::new(daemon.config());
    client.count("").await.expect("signed in");
    client.patience = Duration::from_millis(20);
    let late = client.undo(&UndoRequest::default()).await.expect_err("late");
    assert!(matches!(late, ClientError::TimedOut { .. }), "{late}");
    assert!(late.hint().is_some());
}

#[tokio::test]
async fn without_a_daemon_nothing_is_started_when_that_is_forbidden() {
    let folder = tempfile::tempdir().expect("folder");
    let mut client = Client::new(stand_in::config(folder.path()));
    assert!(client.daemon_info().await.expect("none").is_none());
    assert!(!client.daemon_stop(false).await.expect("none"));
    let error = client.count("").await.expect_err("none");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert_eq!(error.hint(), Some("start it: `{nudge} daemon start`"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0, "asking leaves nothing behind");
}

#[tokio::test]
async fn a_refusal_comes_through_as_it_is() {
    let daemon = StandIn::start([
        Reply::problem(ErrorCode::NotFound),
        Reply::Json(500, "<html>".to_owned()),
        Reply::Json(200, "{".to_owned()),
    ]);
    let mut client = Client::new(daemon.config());
    assert_eq!(client.task("../7").await.expect_err("none").code(), Some(ErrorCode::NotFound));
    assert_eq!(daemon.received()[0].line, "GET /v1/tasks/..%2F7");
    assert!(matches!(client.count("").await.expect_err("no problem document"), ClientError::Broken { .. }));
    assert!(matches!(client.count("").await.expect_err("no JSON"), ClientError::Broken { .. }));
}

#[tokio::test]
async fn headers_carry_the_zone_and_the_unread_notifications() {
    let daemon = StandIn::start([count(1)]);
    daemon.send_header(header::ZONE, "Asia/Tokyo");
    daemon.send_header(header::UNREAD, "2 01993f7e-0000-7000-8000-000000000001");
    let mut client = Client::new(ClientConfig { zone: Some("Asia/Tokyo".to_owned()), ..daemon.config() });
    client.want_unread(true);
    client.count("").await.expect("counted");
    assert_eq!(daemon.received()[0].zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(client.zone(), Some("Asia/Tokyo"));
    assert_eq!(client.unread().map(|(count, _)| count), Some(2));
}

#[tokio::test]
async fn records_are_streamed_one_a_line() {
    let daemon = StandIn::start([Reply::ok(&json!({ "operation": null, "records": 3, "created": 3, "changed": 0,
        "unchanged": 0, "older": 0, "refused": [] }))]);
    let records = ["{\"a\":1}", "{\"a\":2}\n", "{\"a\":3}"].map(|line| Ok(Bytes::from_static(line.as_bytes())));
    let sent = Rc::new(std::cell::Cell::new(0));
    let told = Rc::clone(&sent);
    let mut client = Client::new(daemon.config());
    let answer = client
        .import("taskwarrior", Box::new(records.into_iter()), Box::new(move |number| told.set(number)))
        .await
        .expect("imported");
    assert_eq!((answer.created, sent.get()), (3, 3));
    assert_eq!(daemon.received()[0].line, "POST /v1/import?format=taskwarrior");
    assert_eq!(daemon.received()[0].body, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

#[tokio::test]
async fn a_record_that_can_not_be_read_ends_the_import() {
    let daemon = StandIn::start([Reply::Silence]);
    let records = [Ok(Bytes::from_static(b"{}")), Err(std::io::Error::other("line 2 is no UTF-8"))];
    let mut client = Client::new(daemon.config());
    let error = client.import("taskwarrior", Box::new(records.into_iter()), Box::new(|_| ())).await.expect_err("ends");
    assert!(matches!(&error, ClientError::Io(error) if error.to_string().contains("line 2")), "{error}");
}

#[tokio::test]
async fn an_export_goes_straight_to_its_writer_and_a_refusal_does_not() {
    let daemon = StandIn::start([Reply::Json(200, "{}\n{}\n".to_owned()), Reply::problem(ErrorCode::InvalidFilter)]);
    let mut client = Client::new(daemon.config());
    let mut out = Vec::new();
    client.export("taskwarrior", "", &mut out).await.expect("exported");
    let refused = client.export("taskwarrior", "((", &mut out).await.expect_err("refused");
    assert_eq!(refused.code(), Some(ErrorCode::InvalidFilter));
    assert_eq!(out, b"{}\n{}\n");
}

#[tokio::test]
async fn the_daemon_is_asked_about_itself_without_a_token_and_stopped_until_it_has_ended() {
    let daemon = StandIn::start([Reply::ok(&json!({})), Reply::problem(ErrorCode::WrongState)]);
    daemon.is(7, false, Path::new("/db"));
    let mut client = Client::new(daemon.config());
    assert_eq!(client.daemon_info().await.expect("there").map(|info| info.build), Some(7));
    assert!(client.daemon_stop(true).await.expect("stopped"));
    assert_eq!(client.daemon_stop(true).await.expect_err("busy").code(), Some(ErrorCode::WrongState));
    assert!(daemon.sign_ins().is_empty());
    assert!(daemon.received().iter().chain(&daemon.questions()).all(|request| request.token.is_none()));
    assert_eq!(daemon.received()[0].body, r#"{"if_idle":true}"#);
}

#[tokio::test]
async fn an_older_daemon_that_is_not_ours_to_replace_is_named_in_the_hint_and_left_alone() {
    let daemon = StandIn::start([Reply::problem(ErrorCode::UnknownField), count(1)]);
    daemon.is(0, false, &daemon.config().paths.database());
    daemon.send_header(header::VERSION, "0.1.0+0");
    let mut client = Client::new(daemon.config());
    let refused = client.count("").await.expect_err("unknown");
    assert!(refused.hint().expect("hint").contains("older"), "{refused:?}");
    client.count("").await.expect("still there");
    client.finish().await;
    assert!(client.take_notices().is_empty());
    assert_eq!(daemon.questions().len(), 2, "at the sign-in, and but once about its age");
}

#[tokio::test]
async fn a_token_that_can_not_be_kept_is_used_all_the_same() {
    let daemon = StandIn::start([count(1)]);
    let config = daemon.config();
    std::fs::set_permissions(&config.paths.state, std::fs::Permissions::from_mode(0o777)).expect("loosened");
    let mut client = Client::new(config);
    client.count("").await.expect("counted");
    assert_eq!(client.take_notices().len(), 1);
    assert!(!daemon.config().paths.token("local").exists());
}

/// A client that may start daemons, and a script in which an older one makes way for the one that answers next.
fn aged(before: Reply, after: Option<Reply>) -> (StandIn, Client) {
    let daemon = StandIn::start([before]);
    let config = ClientConfig { autostart: true, ..daemon.config() };
    daemon.is(0, true, &config.paths.database());
    daemon.then(Reply::ok(&json!({})));
    if let Some(reply) = after {
        daemon.then(reply);
    }
    daemon.send_header(header::VERSION, "0.1.0+0");
    (daemon, Client::new(config))
}

#[tokio::test]
async fn an_older_daemon_that_a_command_started_is_replaced_when_the_command_is_done() {
    let (daemon, mut client) = aged(count(1), None);
    client.count("").await.expect("answered by the older one");
    assert_eq!(daemon.received().len(), 1);
    client.finish().await;
    assert_eq!(daemon.received()[1].line, "POST /daemon/stop");
    assert_eq!(client.take_notices().len(), 1);
}

#[tokio::test]
async fn a_daemon_too_old_for_a_request_is_replaced_before_it_is_repeated() {
    let (daemon, mut client) = aged(Reply::problem(ErrorCode::UnknownField), Some(count(5)));
    assert_eq!(client.count("").await.expect("the second time"), 5);
    client.finish().await;
    assert_eq!(daemon.received().len(), 3);
    assert_eq!(client.take_notices().len(), 1);
}

#[tokio::test]
async fn an_older_daemon_that_is_busy_is_left_alone() {
    let daemon = StandIn::start([count(1)]);
    let config = ClientConfig { autostart: true, ..daemon.config() };
    daemon.is(0, true, &config.paths.database());
    daemon.then(Reply::problem(ErrorCode::WrongState));
    daemon.send_header(header::VERSION, "0.1.0+0");
    let mut client = Client::new(config);
    client.count("").await.expect("answered");
    client.finish().await;
    assert!(client.take_notices().is_empty());
}
