//! Which daemon is meant: flag over environment over the current profile over one's own.

use super::*;
use crate::config::profiles::Way;

const WORK: &str = "https://work.example";

/// A home with the profile `work` as the current one, `shop` on another port and `den` on another socket.
fn recorded() -> tempfile::TempDir {
    let home = home();
    let paths = Paths::resolve(&env(&home, [])).expect("resolved");
    let server = |server: &str| Profile { server: Some(server.to_owned()), way: Way::Password, ..Profile::default() };
    Profiles::change(&paths, |all| {
        let work = Profile { ca: Some("/etc/work.pem".into()), ..server(WORK) };
        all.profiles.insert("work".to_owned(), work);
        all.profiles.insert("shop".to_owned(), server("https://work.example:8443"));
        let den = Profile { socket: Some("/run/den.sock".into()), ..Profile::default() };
        all.profiles.insert("den".to_owned(), den);
        all.current = "work".to_owned();
    })
    .expect("recorded");
    home
}

fn flags(server: Option<&str>, socket: Option<&str>, profile: Option<&str>) -> Flags {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Flags { server: owned(server), socket: socket.map(PathBuf::from), profile: owned(profile), ..Flags::default() }
}

/// Returns the profile's name and the server's origin.
fn which<const N: usize>(home: &tempfile::TempDir, flags: &Flags, more: [(&str, &str); N]) -> (String, Option<String>) {
    let config = resolve(flags, &env(home, more)).expect("resolved");
    assert!(config.server.is_none() || !config.autostart, "no server is ever started");
    (config.profile.name, config.server.map(|server| server.origin()))
}

fn name<const N: usize>(home: &tempfile::TempDir, flags: &Flags, more: [(&str, &str); N]) -> String {
    which(home, flags, more).0
}

#[test]
fn without_a_word_the_current_profile_is_meant_or_ones_own() {
    let none = Flags::default();
    assert_eq!(which(&home(), &none, []), ("local".to_owned(), None));
    let home = recorded();
    assert_eq!(which(&home, &none, []), ("work".to_owned(), Some(WORK.to_owned())));
    let own = Flags { own: true, ..Flags::default() };
    assert_eq!(which(&home, &own, []), ("local".to_owned(), None));
    assert!(resolve(&own, &env(&home, [])).expect("resolved").autostart);
}

#[test]
fn flags_win_over_variables_and_these_over_the_profile() {
    let home = recorded();
    let none = Flags::default();
    assert_eq!(name(&home, &none, [("NUDGE_PROFILE", "shop")]), "shop");
    assert_eq!(name(&home, &none, [("NUDGE_SOCKET", "/run/den.sock")]), "den");
    assert_eq!(name(&home, &none, [("NUDGE_SERVER", "https://work.example:8443")]), "shop");
    for flag in [
        flags(Some("https://other.example"), None, None),
        flags(None, Some("/other.sock"), None),
        flags(None, None, Some("local")),
    ] {
        let expected = name(&home, &flag, []);
        assert!(["other.example", "other.sock", "local"].contains(&expected.as_str()), "{expected}");
        for variable in [("NUDGE_SERVER", WORK), ("NUDGE_SOCKET", "/run/den.sock"), ("NUDGE_PROFILE", "shop")] {
            assert_eq!(name(&home, &flag, [variable]), expected, "{variable:?}");
        }
    }
}

#[test]
fn two_that_name_two_daemons_are_a_usage_error() {
    let home = recorded();
    for contradiction in [
        flags(Some(WORK), Some("/run/den.sock"), None),
        flags(Some(WORK), None, Some("shop")),
        flags(Some(WORK), None, Some("local")),
        flags(None, Some("/run/den.sock"), Some("work")),
        flags(None, Some("/run/den.sock"), Some("local")),
        flags(None, None, Some("nowhere")),
        flags(None, None, Some("../work")),
        flags(Some("https://new.example"), None, Some(".hidden")),
    ] {
        let error = resolve(&contradiction, &env(&home, [])).expect_err("two daemons");
        assert_eq!(error.kind, ConfigErrorKind::Setting, "{error}");
    }
    let both = env(&home, [("NUDGE_SERVER", WORK), ("NUDGE_SOCKET", "/run/den.sock")]);
    assert!(resolve(&Flags::default(), &both).expect_err("two").message.contains("NUDGE_SOCKET"));
    assert_eq!(name(&home, &flags(Some("https://WORK.example:443/"), None, Some("work")), []), "work");
    assert_eq!(name(&home, &flags(None, Some("/run/den.sock"), Some("den")), []), "den");
}

#[test]
fn a_new_server_gets_a_profile_of_its_own() {
    let home = recorded();
    let fresh = flags(Some("https://new.example:8443"), None, None);
    let config = resolve(&Flags { ca: Some("/own/ca.pem".into()), ..fresh }, &env(&home, [])).expect("resolved");
    assert_eq!(config.profile.name, "new.example-8443");
    assert_eq!((config.profile.way, config.profile.signed_out), (Way::Password, false));
    assert_eq!(config.profile.server.as_deref(), Some("https://new.example:8443"));
    assert_eq!(config.profile.ca, Some("/own/ca.pem".into()), "so that it is recorded at login");
    assert_eq!(name(&home, &flags(Some("https://new.example"), None, Some("mine")), []), "mine");
    assert_eq!(name(&home, &flags(Some("https://shop"), None, None), []), "shop-2", "`shop` is another server");
    assert_eq!(name(&home, &flags(Some("https://local"), None, None), []), "local-2");
    let long = format!("https://{0}.{0}.example", "x".repeat(40));
    assert!(profiles_name_is_fine(&name(&home, &flags(Some(&long), None, None), [])));
    assert!(profiles_name_is_fine(&name(&home, &flags(None, Some("/Ünïcode dir/..sock"), None), [])));
}

fn profiles_name_is_fine(name: &str) -> bool {
    crate::config::profiles::is_name(name)
}

#[test]
fn two_accounts_on_one_server_are_told_apart_by_name() {
    let home = recorded();
    let paths = Paths::resolve(&env(&home, [])).expect("resolved");
    let twice = |all: &mut Profiles| {
        all.profiles.insert("shop-too".to_owned(), all.profiles["shop"].clone());
    };
    Profiles::change(&paths, twice).expect("recorded");
    let shop = flags(Some("https://work.example:8443"), None, None);
    let error = resolve(&shop, &env(&home, [])).expect_err("two");
    assert!(error.message.contains("shop, shop-too"), "{error}");
    Profiles::change(&paths, |all| all.current = "shop-too".to_owned()).expect("recorded");
    assert_eq!(name(&home, &shop, []), "shop-too");
}

#[test]
fn whom_to_trust_is_flag_over_variable_over_profile_and_for_https_only() {
    let home = recorded();
    let ca = |flag: Option<&str>, more: &[(&str, &str)]| {
        let mut variables = env(&home, []);
        for (name, value) in more {
            variables.set(name, value);
        }
        let config = resolve(&Flags { ca: flag.map(PathBuf::from), ..Flags::default() }, &variables);
        config.map(|config| config.server.and_then(|server| server.ca))
    };
    assert_eq!(ca(None, &[]), Ok(Some("/etc/work.pem".into())));
    assert_eq!(ca(None, &[("NUDGE_CA", "/by/env.pem")]), Ok(Some("/by/env.pem".into())));
    assert_eq!(ca(Some("/by/flag.pem"), &[("NUDGE_CA", "/by/env.pem")]), Ok(Some("/by/flag.pem".into())));
    assert_eq!(ca(None, &[("NUDGE_CA", "/by/env.pem"), ("NUDGE_PROFILE", "local")]), Ok(None));
    assert!(ca(Some("/by/flag.pem"), &[("NUDGE_PROFILE", "local")]).is_err());
    assert!(ca(Some("/by/flag.pem"), &[("NUDGE_SERVER", "http://localhost:7711")]).is_err());
    let relative = ca(Some("ca.pem"), &[]).expect("resolved").expect("a file");
    assert!(relative.is_absolute() && relative.ends_with("ca.pem"));
}

#[test]
fn a_server_does_not_mind_how_long_the_socket_would_be() {
    let home = home();
    let long = format!("/{}", "x".repeat(socket::PATH_MAX));
    let variables = [("NUDGE_STATE_DIR", long.as_str())];
    assert!(resolve(&Flags::default(), &env(&home, variables)).is_err());
    assert_eq!(name(&home, &flags(Some(WORK), None, None), variables), "work.example");
}
