//! The file of profiles: private, whole, never silently dropped.

use super::*;
use crate::config::profiles::{Store, Way, is_name};

fn paths(home: &tempfile::TempDir) -> Paths {
    Paths::resolve(&env(home, [])).expect("resolved")
}

fn work() -> Profile {
    Profile {
        name: "work".to_owned(),
        server: Some("https://work.example".to_owned()),
        email: Some("ada@example.org".to_owned()),
        way: Way::Password,
        store: Some(Store::Keyring),
        ..Profile::default()
    }
}

fn add(all: &mut Profiles) {
    all.profiles.insert("work".to_owned(), work());
    all.current = "work".to_owned();
}

#[test]
fn without_a_file_there_is_ones_own_daemon() {
    let home = home();
    let all = Profiles::load(&paths(&home)).expect("nothing");
    assert_eq!((all.current.as_str(), all.profiles.len()), ("local", 0));
    assert_eq!(all.get("local"), Some(Profile::local()));
    assert_eq!(all.get("work"), None);
    assert!(!paths(&home).state.exists(), "reading makes no folder");
}

#[test]
fn what_was_changed_is_read_back_and_the_file_is_private() {
    let home = home();
    let paths = paths(&home);
    let changed = Profiles::change(&paths, add).expect("written");
    assert_eq!(Profiles::load(&paths).expect("read"), changed);
    assert_eq!(changed.get("work"), Some(work()));
    let mode = |path: PathBuf| std::fs::metadata(path).expect("there").mode() & 0o777;
    assert_eq!((mode(paths.profiles()), mode(paths.profiles_lock())), (0o600, 0o600));
    let text = std::fs::read_to_string(paths.profiles()).expect("read");
    let wanted = r#"{"current":"work","profiles":{"work":{"server":"https://work.example","email":"ada@example.org","way":"password","store":"keyring"}}}"#;
    let compact: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(compact, serde_json::from_str::<serde_json::Value>(wanted).expect("JSON"));

    let signed_out = |all: &mut Profiles| {
        all.profiles.insert("local".to_owned(), Profile { signed_out: true, ..Profile::local() });
    };
    let all = Profiles::change(&paths, signed_out).expect("written");
    assert!(all.get("local").is_some_and(|local| local.signed_out && local.name == "local"));
    Profiles::change(&paths, |all| *all = Profiles::default()).expect("emptied");
    assert!(!paths.profiles().exists(), "what says nothing is not kept");
}

#[test]
fn a_damaged_or_open_file_is_named_and_left_as_it_is() {
    let home = home();
    let paths = paths(&home);
    Profiles::change(&paths, add).expect("written");
    let good = std::fs::read_to_string(paths.profiles()).expect("read");
    for damaged in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"current\": \"work\"", "\"current\": \"gone\""),
        good.replace("\"work\": {", "\"../work\": {").replace("\"current\": \"work\"", "\"current\": \"local\""),
        good.replace("https://work.example", "http://work.example"),
        good.replace("https://work.example", "https://Work.example:443"),
        good.replace("\"email\": \"ada", "\"socket\": \"/run/x.sock\", \"email\": \"ada"),
        good.replace("\"work\"", "\"local\""),
        good.replace("keyring", "cloud"),
    ] {
        assert_ne!(damaged, good);
        private::write(&paths.profiles(), damaged.as_bytes()).expect("damaged");
        for error in [Profiles::load(&paths), Profiles::change(&paths, add)].map(|done| done.expect_err(&damaged)) {
            assert!(error.message.contains("profiles.json") && error.kind == ConfigErrorKind::Folder, "{error}");
        }
        assert_eq!(std::fs::read_to_string(paths.profiles()).expect("read"), damaged);
    }
    private::write(&paths.profiles(), good.as_bytes()).expect("mended");
    std::fs::set_permissions(paths.profiles(), std::fs::Permissions::from_mode(0o644)).expect("loosened");
    assert!(Profiles::load(&paths).expect_err("open").message.contains("others may read"));
}

#[test]
fn a_change_that_makes_no_sense_is_not_written() {
    let home = home();
    let paths = paths(&home);
    Profiles::change(&paths, add).expect("written");
    let before = std::fs::read(paths.profiles()).expect("read");
    Profiles::change(&paths, |all| all.current = "gone".to_owned()).expect_err("no such profile");
    Profiles::change(&paths, |all| drop(all.profiles.insert("A b".to_owned(), work()))).expect_err("no name");
    assert_eq!(std::fs::read(paths.profiles()).expect("read"), before);
}

#[test]
fn changes_at_once_are_all_kept() {
    let home = home();
    let paths = paths(&home);
    std::thread::scope(|scope| {
        for number in 0..16 {
            let paths = &paths;
            scope.spawn(move || {
                Profiles::change(paths, |all| drop(all.profiles.insert(format!("p{number}"), work())))
                    .expect("written");
            });
        }
    });
    assert_eq!(Profiles::load(&paths).expect("read").profiles.len(), 16);
}

#[test]
fn names_are_short_and_lead_out_of_no_folder() {
    for name in ["a", "work", "tasks.example.org-8443", "_x-1.", &"x".repeat(64)] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", ".", "..", ".x", "A", "a/b", "a b", "ä", "a\n", &"x".repeat(65)] {
        assert!(!is_name(name), "{name}");
    }
    let paths = Paths::new("/c", "/d", "/s");
    assert_eq!(paths.token("local"), PathBuf::from("/s/tokens/local.json"));
    assert_eq!(paths.token_lock("work"), PathBuf::from("/s/tokens/work.lock"));
    assert_eq!(paths.refresh("work"), PathBuf::from("/s/tokens/work.refresh"));
}
