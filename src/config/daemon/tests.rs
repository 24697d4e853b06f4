//! Flags over environment over file over default, what is refused, and the documented file.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::file::Settings;
use super::*;
use crate::config::ConfigErrorKind;

/// A home whose folder of settings has `daemon.toml` with this text.
fn home(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("folder");
    let folder = home.path().join(".config/nudge");
    std::fs::create_dir_all(&folder).expect("made");
    let file = folder.join("daemon.toml");
    std::fs::write(&file, text).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    home
}

fn env(home: &Path) -> Environment {
    Environment::from([("HOME", home.to_str().expect("text"))])
}

fn by_file(text: &str) -> Result<DaemonConfig, ConfigError> {
    let home = home(text);
    resolve(&DaemonFlags::default(), &env(home.path()))
}

fn by_flags(flags: &DaemonFlags) -> Result<DaemonConfig, ConfigError> {
    resolve(flags, &Environment::from([("HOME", "/nowhere")]))
}

fn listen(address: &str) -> DaemonFlags {
    DaemonFlags { listen: Some(address.to_owned()), ..DaemonFlags::default() }
}

/// Says what is wrong with a file, beginning with the line and column.
fn wrong(text: &str) -> (String, String) {
    let error = by_file(text).expect_err(text);
    assert_eq!(error.kind, ConfigErrorKind::Setting);
    let (_, place) = error.message.split_once("daemon.toml:").unwrap_or_else(|| panic!("{error}"));
    (place.to_owned(), error.hint.expect("a hint"))
}

#[test]
fn without_a_file_all_is_as_documented() {
    let config = by_flags(&DaemonFlags::default()).expect("resolved");
    assert_eq!((config.file, config.tcp, config.autostarted), (None, None, false));
    assert_eq!((config.log_filter.as_str(), config.log_json), ("info", false));
    assert_eq!(config.accounts, AccountSettings { sign_up: SignUp::Closed, system: false, admin_group: None });
    assert_eq!((config.limits.requests_per_minute, config.limits.burst), (6_000, 1_000));
    assert_eq!((config.quotas.tasks, config.sessions.idle_days), (1_000_000, 60));
    assert_eq!(config.socket, Path::new("/nowhere/.local/state/nudge/nudge.sock"));
}

#[test]
fn flags_win_over_variables_these_over_the_file_and_the_file_over_the_default() {
    let home = home("[log]\nfilter = \"warn\"\nformat = \"json\"\n[tcp]\nlisten = \"127.0.0.1:1\"\n");
    let mut env = env(home.path());
    let config = resolve(&DaemonFlags::default(), &env).expect("resolved");
    assert_eq!((config.log_filter.as_str(), config.log_json), ("warn", true));
    assert_eq!(config.tcp.expect("listens").address.port(), 1);
    assert_eq!(config.file, Some(home.path().join(".config/nudge/daemon.toml")));
    env.set("NUDGE_LOG", "debug");
    env.set("NUDGE_LOG_FORMAT", "text");
    let config = resolve(&listen("127.0.0.1:2"), &env).expect("resolved");
    assert_eq!((config.log_filter.as_str(), config.log_json), ("debug", false));
    assert_eq!(config.tcp.expect("listens").address.port(), 2);
    let flags = DaemonFlags { log_json: true, ..DaemonFlags::default() };
    assert!(resolve(&flags, &env).expect("resolved").log_json);
    env.set("NUDGE_LOG_FORMAT", "xml");
    assert!(resolve(&DaemonFlags::default(), &env).expect_err("no format").message.contains("xml"));
}

#[test]
fn the_file_is_the_one_that_was_named_and_then_it_must_be_there() {
    let usual = home("[log]\nfilter = \"usual\"\n");
    let (folder, flag) = (usual.path(), usual.path().join("flag.toml"));
    std::fs::write(folder.join("variable.toml"), "[log]\nfilter = \"variable\"\n").expect("written");
    std::fs::write(&flag, "[log]\nfilter = \"flag\"\n").expect("written");
    let mut env = env(folder);
    let filter = |flags: &DaemonFlags, env: &Environment| resolve(flags, env).map(|config| config.log_filter);
    assert_eq!(filter(&DaemonFlags::default(), &env).expect("read"), "usual");
    env.set("NUDGE_DAEMON_CONFIG", folder.join("variable.toml").to_str().expect("text"));
    assert_eq!(filter(&DaemonFlags::default(), &env).expect("read"), "variable");
    let flags = DaemonFlags { config: Some(flag.clone()), ..DaemonFlags::default() };
    assert_eq!(filter(&flags, &env).expect("read"), "flag");
    std::fs::remove_file(&flag).expect("removed");
    let error = filter(&flags, &env).expect_err("missing");
    assert!(error.message.contains("flag.toml") && error.hint.expect("a hint").contains("--config"));
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    let home = home("");
    let file = home.path().join(".config/nudge/daemon.toml");
    let read = || resolve(&DaemonFlags::default(), &env(home.path()));
    for mode in [0o620, 0o602, 0o666] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
        assert!(read().expect_err("loose").message.contains("others may write"));
    }
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    read().expect("tight");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&file, Some(65_534), None).expect("given away");
        assert!(read().expect_err("somebody else's").message.contains("uid 65534"));
    }
    std::fs::remove_file(&file).expect("removed");
    std::fs::create_dir(&file).expect("made");
    assert!(read().expect_err("a folder").message.contains("no file"));
}

#[test]
fn an_address_that_can_be_reached_needs_tls_or_a_word() {
    for address in ["127.0.0.1:7711", "127.9.9.9:7711", "[::1]:7711"] {
        assert_eq!(by_flags(&listen(address)).expect(address).tcp.expect("listens").tls, None);
    }
    for address in ["0.0.0.0:7711", "[::]:7711", "192.0.2.1:7711"] {
        let error = by_flags(&listen(address)).expect_err(address);
        assert!(error.hint.as_ref().expect("a hint").contains("--plain-http"), "{error}");
        by_flags(&DaemonFlags { plain_http: true, ..listen(address) }).expect(address);
        let (cert, key) = (PathBuf::from("/c.pem"), PathBuf::from("/k.pem"));
        let tls = DaemonFlags { tls_cert: Some(cert.clone()), tls_key: Some(key.clone()), ..listen(address) };
        assert_eq!(by_flags(&tls).expect(address).tcp.expect("listens").tls, Some(TlsFiles { cert, key }));
    }
    for address in ["7711", "localhost:7711", ":7711", "127.0.0.1", "127.0.0.1:99999", ""] {
        assert!(by_flags(&listen(address)).expect_err(address).message.contains("not an address"));
    }
    assert!(by_file("[tcp]\nlisten = \"0.0.0.0:7711\"\n").is_err());
    by_file("[tcp]\nlisten = \"0.0.0.0:7711\"\nplain_http = true\n").expect("behind a proxy");
}

#[test]
fn halves_and_contradictions_are_refused() {
    let (cert, key) = (Some(PathBuf::from("c.pem")), Some(PathBuf::from("k.pem")));
    let local = || listen("127.0.0.1:7711");
    for flags in [
        DaemonFlags { tls_cert: cert.clone(), ..local() },
        DaemonFlags { tls_key: key.clone(), ..local() },
        DaemonFlags { tls_cert: cert.clone(), tls_key: key.clone(), plain_http: true, ..local() },
        DaemonFlags { tls_cert: cert.clone(), tls_key: key.clone(), ..DaemonFlags::default() },
        DaemonFlags { plain_http: true, ..DaemonFlags::default() },
    ] {
        assert_eq!(by_flags(&flags).expect_err("refused").kind, ConfigErrorKind::Setting);
    }
    let tls = "[tcp]\nlisten = \"0.0.0.0:7711\"\ntls_cert = \"c.pem\"\ntls_key = \"/k.pem\"\n";
    let home = home(tls);
    let files = |flags: &DaemonFlags| resolve(flags, &env(home.path())).map(|config| config.tcp.expect("listens").tls);
    let beside = home.path().join(".config/nudge/c.pem");
    let read = files(&DaemonFlags::default()).expect("read").expect("files");
    assert_eq!((read.cert, read.key), (beside, PathBuf::from("/k.pem")), "relative ones lie beside the file");
    let both = DaemonFlags { tls_cert: cert.clone(), tls_key: key, ..DaemonFlags::default() };
    assert!(files(&both).expect("read").expect("files").key.is_absolute());
    files(&DaemonFlags { tls_cert: cert, ..DaemonFlags::default() }).expect_err("a key of another certificate");
    files(&DaemonFlags { plain_http: true, ..DaemonFlags::default() }).expect_err("a contradiction");
    assert!(wrong("\n[tcp]\ntls_cert = \"c.pem\"\n").0.starts_with("2:1: `tls_cert` needs `tls_key`"));
    assert!(wrong("[tcp]\ntls_key = \"k.pem\"\n").0.contains("needs `tls_cert`"));
    assert!(wrong("[tcp]\nplain_http = true\ntls_cert = \"c\"\ntls_key = \"k\"\n").0.contains("contradict"));
    assert!(wrong("[accounts]\nadmin_group = \"wheel\"\n").0.contains("`system = true`"));
}

#[test]
fn what_is_wrong_is_told_at_its_line() {
    for (text, place, hint) in [
        ("[tcp]\n\n  lisen = 1\n", "3:3: there is no setting `lisen`", "did you mean `listen`?"),
        ("[limits]\nburst = 0\n", "2:9: invalid value: integer `0`, expected a whole number from 1 to 1000000", ""),
        ("[limits]\nburst = \"ä\"\n", "2:9: invalid type: string \"ä\", expected a whole number from 1", ""),
        ("[limits]\nburst = 1.5\n", "2:9: invalid type: floating point", ""),
        ("[limits]\nhashing_threads = -1\n", "2:19: invalid value: integer `-1`", ""),
        ("[quotas]\ntasks = 9223372036854775807\n", "2:9: invalid value", ""),
        ("[quotas]\nsessions = 0\n", "2:12: invalid value", ""),
        ("[sessions]\nidle_days = 4000\n", "2:13: invalid value", ""),
        ("[accounts]\nsign_up = \"opne\"\n", "2:11: unknown variant `opne`, expected `closed` or `open`", ""),
        ("[accounts]\nsystem = true\nadmin_group = \"a b\"\n", "3:15: invalid value", ""),
        ("[log]\nfilter = \"é\" x\n", "2:14: ", ""),
        ("[log]\nfilter = \"a\"\nfilter = \"b\"\n", "3:1: duplicate key", ""),
        ("[tcp]\nlisten = \"7711\"\n", "2:10: `7711` is not an address", ""),
        ("[tcp]\nhosts = [\"a.org\",\n \"https://b.org\"]\n", "2:9: `https://b.org` is not the name of a host", ""),
        ("[tcp]\nhosts = [\"b.org/x\"]\n", "2:9: ", ""),
        ("[tcp]\nhosts = [\"b.org:80\"]\n", "2:9: ", ""),
        ("[tcp]\ntrusted_proxies = [\"10.0.0.0/33\"]\n", "2:19: ", ""),
        ("[tcp]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", "2:19: ", ""),
        ("listen = 1\n", "1:1: there is no setting `listen`", "known here: log, tcp, accounts"),
        ("log = 1\n", "1:7: invalid type: integer `1`, expected a section of settings", ""),
        ("[limts]\n", "1:2: there is no setting `limts`", "did you mean `limits`?"),
    ] {
        let (message, given) = wrong(text);
        assert!(message.starts_with(place), "{text:?}: {message}");
        assert!(given.starts_with(hint) && !message.contains('\n'), "{text:?}: {given}");
    }
    let bytes = file::parse(b"[log]\nfilter = \"\xff\"\n").expect_err("not UTF-8");
    assert!(format!("{bytes:?}").contains("line: 2, column: 11"), "{bytes:?}");
}

#[test]
fn names_and_networks_have_one_form() {
    let text = "[tcp]\nlisten = \"[::1]:7711\"\nhosts = [\"Tasks.Example.ORG.\", \"[2001:DB8::1]\", \"192.0.2.1\"]\n\
                trusted_proxies = [\"10.1.2.3/8\", \"192.0.2.9\", \"2001:db8::/32\"]\n";
    let tcp = by_file(text).expect("read").tcp.expect("listens");
    assert_eq!(tcp.hosts, ["tasks.example.org", "[2001:db8::1]", "192.0.2.1"]);
    let networks: Vec<String> = tcp.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.0.0.0/8", "192.0.2.9/32", "2001:db8::/32"]);
}

/// The documented file, and what keys it may have that have no default.
const DOCUMENTED: &str = include_str!("../../../docs/daemon.toml");
const WITHOUT_DEFAULT: [&str; 4] = ["listen", "tls_cert", "tls_key", "admin_group"];

/// Takes the `# ` away before the keys that `wanted` says.
fn uncommented(wanted: impl Fn(&str) -> bool) -> String {
    let line = |line: &'static str| {
        let key = line.strip_prefix("# ").and_then(|rest| rest.split_once(" = ")).map(|(key, _)| key);
        let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if key.is_some_and(|key| is_key(key) && wanted(key)) { &line[2..] } else { line }
    };
    DOCUMENTED.lines().map(line).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_documented_file_is_valid_and_its_defaults_are_the_defaults() {
    assert_eq!(file::parse(DOCUMENTED.as_bytes()).expect("valid"), Settings::default());
    let text = uncommented(|key| !WITHOUT_DEFAULT.contains(&key));
    let mut read = file::parse(text.as_bytes()).expect("valid");
    assert_eq!(read.log.filter.take().as_deref(), Some("info"));
    assert_eq!(read.log.format.take(), Some(LogFormat::Text));
    assert_eq!(read, Settings::default());
    let all = uncommented(|_| true).replace("system = false", "system = true");
    file::parse(all.as_bytes()).expect("every key is real");
}

#[test]
fn the_documented_file_has_every_key() {
    let known = |text: &str| -> Vec<String> {
        let hint = file::parse(text.as_bytes()).expect_err("an unknown key").hint;
        let keys = hint.strip_prefix("known here: ").expect("a list");
        keys.split(", ").map(str::to_owned).collect()
    };
    let all: toml::Table = uncommented(|_| true).parse().expect("TOML");
    let sections = known("no-such-key = 1\n");
    assert_eq!(sections.len(), all.len());
    for section in sections {
        let keys = known(&format!("[{section}]\nno-such-key = 1\n"));
        let documented = all[&section].as_table().expect("a section");
        let missing: Vec<_> = keys.iter().filter(|key| !documented.contains_key(key.as_str())).collect();
        assert!(missing.is_empty() && keys.len() == documented.len(), "[{section}] lacks {missing:?}");
    }
}
