//! Flags over environment over file over default.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;

mod profiles;
mod which;

/// A home folder that goes when the test ends.
fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("folder")
}

fn env<const N: usize>(home: &tempfile::TempDir, more: [(&str, &str); N]) -> Environment {
    let mut all = Environment::from(more);
    all.set("HOME", home.path().to_str().expect("text"));
    all
}

fn resolve(flags: &Flags, env: &Environment) -> Result<ClientConfig, ConfigError> {
    client::resolve(flags, OsStr::new("nudge"), env)
}

#[test]
fn the_defaults_lie_under_the_home_folder() {
    let home = home();
    let config = resolve(&Flags::default(), &env(&home, [])).expect("resolved");
    assert_eq!(config.paths.config, home.path().join(".config/nudge"));
    assert_eq!(config.paths.database(), home.path().join(".local/share/nudge/nudge.db"));
    assert_eq!(config.socket, home.path().join(".local/state/nudge/nudge.sock"));
    assert!(config.autostart);
    assert_eq!(config.program, "nudge");
    assert!(config.device.starts_with("nudge on "));
}

#[test]
fn own_variables_win_over_xdg_ones_and_relative_xdg_ones_are_ignored() {
    let home = home();
    let variables = [
        ("NUDGE_STATE_DIR", "/own/state"),
        ("XDG_STATE_HOME", "/xdg/state"),
        ("XDG_DATA_HOME", "/xdg/data"),
        ("XDG_CONFIG_HOME", "xdg/config"),
        ("XDG_RUNTIME_DIR", "/run/user/1"),
    ];
    let paths = Paths::resolve(&env(&home, variables)).expect("resolved");
    assert_eq!(paths.state, PathBuf::from("/own/state"));
    assert_eq!(paths.data, PathBuf::from("/xdg/data/nudge"));
    assert_eq!(paths.config, home.path().join(".config/nudge"));
    let named: Vec<_> = paths.overrides().map(|(name, _)| name).collect();
    assert_eq!(named, ["NUDGE_STATE_DIR"], "the XDG ones the daemon reads itself");
}

#[test]
fn without_a_home_the_folders_must_be_named() {
    let error = Paths::resolve(&Environment::default()).expect_err("no home");
    assert!(error.message.contains("HOME"), "{error}");
    assert!(error.hint.expect("hint").contains("NUDGE_CONFIG_DIR"));
    let named = [("NUDGE_CONFIG_DIR", "/c"), ("NUDGE_DATA_DIR", "/d"), ("NUDGE_STATE_DIR", "/s")];
    let paths = Paths::resolve(&Environment::from(named)).expect("named");
    assert_eq!(paths, Paths::new("/c", "/d", "/s"));
}

#[test]
fn a_socket_that_was_named_elsewhere_is_never_started() {
    let home = home();
    let env_socket = env(&home, [("NUDGE_SOCKET", "/by/environment.sock")]);
    let config = resolve(&Flags::default(), &env_socket).expect("resolved");
    assert_eq!((config.socket.to_str(), config.autostart), (Some("/by/environment.sock"), false));
    let flag = Flags { socket: Some("/by/flag.sock".into()), ..Flags::default() };
    assert_eq!(resolve(&flag, &env_socket).expect("resolved").socket.to_str(), Some("/by/flag.sock"));
    let own = Flags { socket: Some(config.paths.socket()), ..Flags::default() };
    assert!(resolve(&own, &env_socket).expect("resolved").autostart, "one's own by its whole name is one's own");
}

#[test]
fn starting_can_be_forbidden() {
    let home = home();
    let forbidden = |flags: &Flags, env: &Environment| !resolve(flags, env).expect("resolved").autostart;
    assert!(forbidden(&Flags::default(), &env(&home, [("NUDGE_NO_AUTOSTART", "1")])));
    assert!(!forbidden(&Flags::default(), &env(&home, [("NUDGE_NO_AUTOSTART", "0")])));
    assert!(forbidden(&Flags { no_autostart: true, ..Flags::default() }, &env(&home, [])));
}

#[test]
fn a_socket_path_that_the_system_does_not_take_is_refused_with_a_way_out() {
    let home = home();
    let long = format!("/{}", "x".repeat(socket::PATH_MAX));
    let error = resolve(&Flags { socket: Some(long.into()), ..Flags::default() }, &env(&home, [])).expect_err("long");
    assert!(error.message.contains("108 bytes"), "{error}");
    assert!(error.hint.expect("hint").contains("NUDGE_STATE_DIR"));
    let fits = format!("/{}", "x".repeat(socket::PATH_MAX - 1));
    assert!(resolve(&Flags { socket: Some(fits.into()), ..Flags::default() }, &env(&home, [])).is_ok());
}

#[test]
fn zones_and_servers_that_can_not_work_are_refused_early() {
    let home = home();
    let zone = |name: &str| {
        resolve(&Flags { zone: Some(name.to_owned()), ..Flags::default() }, &env(&home, [])).map(|config| config.zone)
    };
    assert_eq!(zone("Europe/Berlin").expect("fine").as_deref(), Some("Europe/Berlin"));
    for refused in [
        zone("a\r\nb").map(drop),
        zone("").map(drop),
        resolve(&Flags::default(), &env(&home, [("NUDGE_SERVER", "http://example.org")])).map(drop),
    ] {
        assert_eq!(refused.expect_err("refused").kind, ConfigErrorKind::Setting);
    }
    let homeless = resolve(&Flags::default(), &Environment::default()).expect_err("no home");
    assert_eq!(homeless.kind, ConfigErrorKind::Folder);
}

#[test]
fn a_token_is_taken_from_the_environment_and_shown_nowhere() {
    let home = home();
    let variables = env(&home, [("NUDGE_TOKEN", "ndg_secret")]);
    let config = resolve(&Flags::default(), &variables).expect("resolved");
    assert_eq!(config.token.as_ref().map(Secret::expose), Some("ndg_secret"));
    assert!(!format!("{config:?}").contains("ndg_secret"));
    let piped = resolve(&Flags { token_stdin: true, ..Flags::default() }, &variables).expect("resolved");
    assert!(piped.token_stdin && piped.token.is_none(), "a flag wins over the environment");
    let empty = resolve(&Flags::default(), &env(&home, [("NUDGE_TOKEN", "")])).expect_err("as good as meant");
    assert!(empty.kind == ConfigErrorKind::Setting && empty.message == "NUDGE_TOKEN is empty", "{empty}");
    let broken = resolve(&Flags::default(), &env(&home, [("NUDGE_TOKEN", "ndg secret")])).expect_err("a space");
    assert!(broken.kind == ConfigErrorKind::Setting && !format!("{broken:?}").contains("secret"), "{broken:?}");
}

#[test]
fn where_the_xdg_variables_point_is_remembered_for_those_who_lack_them() {
    let home = home();
    let moved = env(&home, [("XDG_DATA_HOME", "/big disk/data"), ("XDG_STATE_HOME", "/big disk/state")]);
    Paths::resolve(&moved).expect("resolved").remember().expect("written");
    let file = home.path().join(".config/nudge/locations");
    assert_eq!(std::fs::metadata(&file).expect("there").mode() & 0o777, 0o600);

    let under_cron = Paths::resolve(&env(&home, [])).expect("resolved");
    assert_eq!(under_cron.data, PathBuf::from("/big disk/data/nudge"));
    assert_eq!(under_cron.state, PathBuf::from("/big disk/state/nudge"));
    under_cron.remember().expect("kept");
    assert!(file.exists());

    let back = home.path().join(".local/share");
    let back = env(&home, [("XDG_DATA_HOME", back.to_str().expect("text")), ("NUDGE_STATE_DIR", "/elsewhere")]);
    Paths::resolve(&back).expect("resolved").remember().expect("written");
    let after = Paths::resolve(&env(&home, [])).expect("resolved");
    assert_eq!(after.data, home.path().join(".local/share/nudge"));
    assert_eq!(after.state, PathBuf::from("/big disk/state/nudge"), "a folder named for once is not remembered");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("loosened");
    let distrusted = Paths::resolve(&env(&home, [])).expect("resolved");
    assert_eq!(distrusted.state, home.path().join(".local/state/nudge"), "others could have written it");
}

#[test]
fn folders_are_made_for_their_owner_alone_and_unsafe_ones_refused() {
    let home = home();
    let paths = Paths::resolve(&env(&home, [])).expect("resolved");
    paths.create().expect("made");
    for made in [&paths.data, &paths.state, &home.path().join(".local")] {
        assert_eq!(std::fs::metadata(made).expect("there").mode() & 0o777, 0o700, "{}", made.display());
    }
    paths.create().expect("a second time");

    std::fs::set_permissions(&paths.state, std::fs::Permissions::from_mode(0o770)).expect("loosened");
    let loose = paths.create().expect_err("loose");
    assert!(loose.message.contains("others may write") && loose.kind == ConfigErrorKind::Folder, "{loose}");

    let linked = Paths::new(home.path(), &paths.data, home.path().join("link"));
    std::os::unix::fs::symlink(&paths.data, &linked.state).expect("linked");
    assert!(linked.create().expect_err("link").message.contains("symbolic link"));

    let file = Paths::new(home.path(), home.path().join("file"), &paths.state);
    std::fs::write(&file.data, "in the way").expect("written");
    assert!(file.create().is_err());
}

#[test]
fn root_makes_nothing_in_somebody_elses_folder() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = home();
    std::os::unix::fs::chown(home.path(), Some(65_534), None).expect("given away");
    let paths = Paths::resolve(&env(&home, [])).expect("resolved");
    let refused = paths.create().expect_err("somebody else's");
    assert!(refused.message.contains("uid 65534") && refused.hint.expect("hint").contains("sudo"));
    assert_eq!(std::fs::read_dir(home.path()).expect("folder").count(), 0);
}
