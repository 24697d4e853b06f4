//! Sign-ins to servers, kept as profiles: commands go where they belong, and tokens nowhere else.

use std::fs;

use crate::support::{Home, Server};

use super::fake::Fake;
use super::{EMAIL, PASSWORD};

#[test]
fn commands_go_to_the_profile_that_was_signed_in_to_last_or_that_is_named() {
    let server = Server::start("");
    server.add_user(EMAIL, PASSWORD);
    let home = Home::new();
    home.add(&["at", "home"]);
    let said = home.sign_in(&server.url(), &[], EMAIL, "not the password").fails(3);
    assert!(!said.err.contains("not the password"), "{said}");
    let said = home.sign_in(&server.url(), &[], EMAIL, PASSWORD).ok();
    assert!(said.out.contains(EMAIL), "{said}");
    let first = format!("127.0.0.1-{}", server.port());
    for file in [home.access(&first), home.refresh(&first), home.state().join("profiles.json")] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("it is stored").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }

    home.add(&["at", "the", "server"]);
    let titles = |arguments: &[&str]| home.nudge(&[arguments, &["ls"]].concat()).text();
    assert!(titles(&[]).contains("at the server") && !titles(&[]).contains("at home"));
    assert!(titles(&["--profile", "local"]).contains("at home"));
    let who = home.nudge(&["whoami"]).text();
    assert!(who.contains(&server.url()) && who.contains(EMAIL) && who.contains("by password"), "{who}");
    let who = home.nudge(&["whoami", "--profile", "local"]).text();
    assert!(who.contains("by uid") && who.contains("nudge.sock") && !who.contains(EMAIL), "{who}");
    home.expire(&first);
    assert!(titles(&[]).contains("at the server"), "a token that has ended is renewed without a word");

    // The same server a second time is a sign-in of its own.
    home.sign_in(&server.url(), &["--profile", "work"], EMAIL, PASSWORD).ok();
    assert!(home.nudge(&["whoami"]).text().contains("work"), "the last one that was signed in to");
    home.nudge(&["logout"]).ok();
    home.nudge(&["ls"]).fails(3).hinted().says("--profile work");
    assert!(!home.access("work").exists() && !home.refresh("work").exists(), "its tokens are gone");
    assert!(titles(&["--profile", &first]).contains("at the server"), "the other goes on");
    home.nudge(&["ls", "--profile", "none"]).fails(2).hinted().says("work");

    drop(server.stop());
    home.nudge(&["ls", "--profile", &first]).fails(6).hinted();
    assert!(titles(&["--profile", "local"]).contains("at home"));
}

#[test]
fn where_no_server_answers_nothing_is_started_instead() {
    let (server, home) = (Server::start(""), Home::new());
    let (url, token) = (server.url(), server.token("tasks:read,account:read"));
    let home = home.with("NUDGE_TOKEN", &token).with("NUDGE_SERVER", &url);
    assert!(home.nudge(&["whoami"]).text().contains(&url));
    drop(server.stop());
    let said = home.nudge(&["ls"]).fails(6).hinted();
    assert!(said.err.contains(&url) && !said.err.contains(&token), "{said}");
    home.nudge_with(&["login", EMAIL, "--password-stdin"], PASSWORD.as_bytes()).fails(6);
    assert!(!home.socket().exists() && !home.data().exists(), "no daemon was started");
}

#[test]
fn a_token_goes_to_its_own_server_only() {
    let account = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
    let answer = format!(
        r#"{{"access_token":"SECRET-ACCESS","token_type":"Bearer","expires_in":900,"refresh_token":"SECRET-REFRESH",
            "account":"{account}","zone":"UTC","email":"{EMAIL}"}}"#
    );
    let theirs = Fake::start("200 OK", "", &answer);
    let problem = r#"{"type":"urn:nudge:problem:unauthenticated","title":"x","status":401,"detail":"x",
        "code":"unauthenticated"}"#;
    let stranger = Fake::start("401 Unauthorized", "", problem);
    let home = Home::new();
    home.sign_in(&theirs.url(), &["--profile", "p"], EMAIL, PASSWORD).ok();
    assert!(theirs.received().contains(PASSWORD), "the record is complete");

    // A server that nobody signed in to is not even asked.
    home.nudge(&["ls", "--server", &stranger.url()]).fails(3).hinted().says("login --server");
    home.nudge(&["ls", "--server", &stranger.url(), "--profile", "p"]).fails(2);
    // Whoever can point the profile elsewhere gets no token by that.
    let file = home.state().join("profiles.json");
    let pointed = fs::read_to_string(&file).expect("profiles").replace(&theirs.url(), &stranger.url());
    fs::write(&file, pointed).expect("written");
    home.nudge(&["ls"]).fails(3).hinted();
    home.nudge(&["logout"]).ok();
    let received = stranger.received();
    assert!(!received.contains("SECRET"), "{received}");

    // Nor does a server that sends its visitors on.
    let location = format!("location: {}/v1/tasks\r\n", stranger.url());
    let sending_on = Fake::start("307 Temporary Redirect", &location, "{}");
    let home = home.with("NUDGE_TOKEN", "SECRET-GIVEN");
    let said = home.nudge(&["ls", "--server", &sending_on.url()]);
    assert_ne!(said.code, Some(0), "{said}");
    assert!(sending_on.received().contains("SECRET-GIVEN"), "the record is complete");
    assert!(!stranger.received().contains("SECRET"), "{}", stranger.received());
}

#[test]
fn plain_http_stays_on_this_machine() {
    let home = Home::new();
    for url in ["http://tasks.example.org", "http://192.0.2.1:7711", "http://localhost.example.org"] {
        home.sign_in(url, &[], EMAIL, PASSWORD).fails(2).hinted().says("https://");
        home.nudge(&["ls", "--server", url]).fails(2).hinted();
    }
    let said = home.nudge(&["ls", "--server", "https://ada:hunter2@example.org"]).fails(2).hinted();
    assert!(!said.err.contains("hunter2"), "{said}");
    assert!(!home.state().exists(), "nothing is recorded of what was refused");
}
