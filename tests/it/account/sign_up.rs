//! An email and a password for one's own account: given, used, and refused where they are none.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use serde_json::Value;

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, device_of, login, piped, sign_up, token_file};
use crate::support::Home;

#[test]
fn it_gives_ones_own_account_an_email_and_a_password() {
    let home = Home::new();
    home.add(&["one"]);
    let before = home.nudge(&["whoami", "--json"]).json();
    assert_eq!((&before["email"], &before["has_password"]), (&Value::Null, &Value::from(false)));
    let said = piped(&home, &["signup", EMAIL], &[PASSWORD]).ok();
    assert_eq!(said.out, format!("your account has the email {EMAIL} and a password now\n"));
    assert!(said.err.contains(&format!("login {EMAIL} --server https://HOST")), "{said}");
    let after = home.nudge(&["whoami", "--json"]).json();
    assert_eq!((&after["id"], &after["email"]), (&before["id"], &Value::from(EMAIL)), "no second account");
    assert_eq!(after["has_password"], true);
    let text = home.nudge(&["whoami"]).text();
    assert!(text.contains("signed in   by uid\n"), "the uid goes on signing in: {text}");

    let device = device_of(&home);
    let signed = piped(&device, &["login", EMAIL, "--store", "file", "--json"], &[PASSWORD]).json();
    assert_eq!((&signed["account"], &signed["store"]), (&before["id"], &Value::from("file")));
    assert_eq!((&signed["email"], &signed["server"]), (&Value::from(EMAIL), &Value::Null));
    for ending in ["json", "refresh"] {
        let mode = fs::metadata(token_file(&device, ending)).expect("it is there").mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read it: {ending}");
    }
    let text = device.nudge(&["whoami"]).text();
    assert!(text.contains("signed in   by password\nkept in     file\n"), "{text}");
    assert_eq!(device.numbers(&[]), [1]);
    device.add(&["two"]);
    assert_eq!(home.numbers(&[]), [1, 2]);
    let said = login(&device, &EMAIL.to_uppercase(), PASSWORD).ok();
    assert_eq!(said.out, format!("signed in as {EMAIL}\n"), "case does not count");
    let said = piped(&device, &["login", EMAIL, "-q"], &[PASSWORD]).ok();
    assert_eq!(said.out.trim_end(), before["id"], "{said}");
}

#[test]
fn a_profile_does_not_become_another_accounts_unasked() {
    let home = Home::new();
    home.start();
    sign_up(&home);
    piped(&home, &["user", "add", "eve@example.org"], &[PASSWORD]).ok();
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    login(&device, "eve@example.org", PASSWORD).fails(5).hinted().says("--profile NEWNAME").says(EMAIL);
    assert_eq!(device.nudge(&["whoami", "--json"]).json()["email"], EMAIL);
    let socket = home.socket();
    let named = ["login", "eve@example.org", "--socket", socket.to_str().expect("text"), "--profile", "eve"];
    piped(&device, &[&named[..], &["--store", "file"]].concat(), &[PASSWORD]).ok();
    let email = |profile: &str| device.nudge(&["whoami", "--json", "--profile", profile]).json()["email"].clone();
    assert_eq!(email("eve"), "eve@example.org");
    device.nudge(&["logout", "--profile", "eve"]).ok();
    piped(&device, &["login", EMAIL, "--profile", "eve", "--store", "file"], &[PASSWORD]).ok();
    assert_eq!(email("eve"), EMAIL, "who has signed out may be anybody next");
}

#[test]
fn a_sign_in_again_ends_the_session_before() {
    let home = Home::new();
    home.start();
    sign_up(&home);
    let device = device_of(&home);
    login(&device, EMAIL, PASSWORD).ok();
    let sessions = || device.nudge(&["sessions", "-q"]).text().lines().count();
    let before = sessions();
    let stored = super::document(&token_file(&device, "json"));
    let bearer = format!("Bearer {}", stored["access_token"].as_str().expect("a token"));
    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!(sessions(), before);
    home.http().call("GET", "/v1/me", &[("authorization", &bearer)], b"").expect(401);
    fs::remove_file(token_file(&device, "json")).expect("there");
    login(&device, EMAIL, PASSWORD).ok();
    assert_eq!(sessions(), before, "with the refresh token, too");
}

#[test]
fn it_is_done_once_and_an_email_is_one_accounts() {
    let home = Home::new();
    home.start();
    let user = piped(&home, &["user", "add", "eve@example.org", "--json"], &[OTHER_PASSWORD]).json();
    assert_eq!(user["user"]["email"], "eve@example.org");
    for taken in ["eve@example.org", "EVE@Example.org"] {
        let said = piped(&home, &["signup", taken, "--json"], &[PASSWORD]).fails(5);
        assert_eq!(said.problem()["code"], "email_taken", "{taken}");
    }
    sign_up(&home);
    let problem = piped(&home, &["signup", "grace@example.org", "--json"], &[PASSWORD]).fails(5).problem();
    assert_eq!(problem["code"], "wrong_state");
    piped(&home, &["signup", "grace@example.org"], &[PASSWORD]).fails(5).hinted().says("account rename");
    assert_eq!(home.nudge(&["user", "ls", "-q"]).text().lines().count(), 2);
}

#[test]
fn what_is_no_email_or_no_password_is_refused() {
    let home = Home::new();
    home.start();
    for email in ["nobody", "https://ada@example.org"] {
        piped(&home, &["signup", email], &[PASSWORD]).fails(2).hinted();
    }
    let long = format!("ada@{}.org", "x".repeat(300));
    for email in ["@", "ada@", "@example.org", "a da@example.org", "ada@example@org", "ada\u{1b}@example.org", &long] {
        let said = piped(&home, &["signup", email], &[PASSWORD]).fails(7);
        assert!(!said.err.contains('\u{1b}'), "{said:?}");
    }
    let long = "x".repeat(1_001);
    for password in ["", "short", "1234567890", "Password123", EMAIL, &long] {
        piped(&home, &["signup", EMAIL], &[password]).fails(7).says("password");
    }
    let endless = "x".repeat(20_000);
    for input in [&b""[..], b"\n\n", b"a tram full of \xff\xfe\n", endless.as_bytes()] {
        let said = home.nudge_with(&["signup", EMAIL, "--password-stdin"], input).fails(7).hinted();
        assert!(!said.err.contains("tram"), "{said}");
    }
    let problem = piped(&home, &["signup", EMAIL, "--json"], &["short"]).fails(7).problem();
    assert_eq!((&problem["code"], &problem["field"]), (&Value::from("invalid_value"), &Value::from("password")));
    assert_eq!(home.nudge(&["whoami", "--json"]).json()["email"], Value::Null, "nothing was kept");
}

#[test]
fn no_password_is_taken_from_the_arguments_or_shown() {
    let home = Home::new();
    home.start();
    for wrong in [
        &["signup", EMAIL, "--password", "hunter2-and-more"][..],
        &["signup", EMAIL, "--password=hunter2-and-more"],
        &["signup", EMAIL, "hunter2-and-more"],
        &["login", EMAIL, "--password", "hunter2-and-more"],
        &["login", EMAIL, "hunter2-and-more"],
        &["passwd", "hunter2-and-more"],
        &["passwd", "--password", "hunter2-and-more"],
        &["user", "add", EMAIL, "--password=hunter2-and-more"],
        &["account", "rename", EMAIL, "hunter2-and-more"],
        &["signup", "hunter2-and-more"],
    ] {
        for form in [&[][..], &["--json"]] {
            let said = home.nudge(&[wrong, form].concat()).fails(2);
            assert!(!said.err.contains("hunter2"), "{said}");
        }
    }
    assert!(!home.log().contains("hunter2"));
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let home = Home::new();
    home.start();
    for asks in [&["signup"][..], &["signup", EMAIL], &["login", EMAIL], &["passwd"]] {
        home.nudge(asks).fails(2).hinted();
    }
    home.nudge(&["login", EMAIL]).fails(2).says("--password-stdin");
    home.nudge(&["login", "--password-stdin"]).fails(2).hinted();
    let said = home.nudge(&["account", "delete"]).fails(2).hinted();
    assert!(said.err.contains("--yes") && said.err.contains("export"), "{said}");
}
