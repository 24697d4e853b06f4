//! Time zones of the machine, found without the walk through its whole database that jiff's own lookup begins with
//! (a few milliseconds, more than all the rest of a command).

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::environment::Environment;

/// Returns the rules of a zone by its IANA name, from the system's database or else the one in this binary.
///
/// # Errors
/// When there is no such zone.
pub fn time_zone(name: &str) -> Result<TimeZone, jiff::Error> {
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    let env = Environment::of_process();
    match file(name, &env).and_then(|file| std::fs::read(file).ok()) {
        Some(rules) => TimeZone::tzif(name, &rules).or_else(|_| TimeZone::get(name)),
        None => TimeZone::get(name),
    }
}

/// Returns the machine's IANA zone, if it has one that can be named.
pub(super) fn system(env: &Environment) -> Option<String> {
    let name = match env.text("TZ") {
        Some(typed) => named(typed.strip_prefix(':').unwrap_or(&typed), env),
        None => std::fs::read_link("/etc/localtime").ok().as_deref().and_then(of_link),
    };
    name.or_else(|| TimeZone::system().iana_name().map(str::to_owned))
}

/// Reads the zone out of the value of `TZ`: a name, or a file of the database.
fn named(typed: &str, env: &Environment) -> Option<String> {
    of_link(Path::new(typed)).or_else(|| file(typed, env).filter(|file| file.is_file()).map(|_| typed.to_owned()))
}

/// Reads the zone out of the target of `/etc/localtime`.
fn of_link(target: &Path) -> Option<String> {
    let (_, name) = target.to_str()?.rsplit_once("zoneinfo/")?;
    let name = name.strip_prefix("posix/").unwrap_or(name);
    is_name(name).then(|| name.to_owned())
}

/// Returns the file of the system's database in which a zone would be.
fn file(name: &str, env: &Environment) -> Option<PathBuf> {
    let folder = env.absolute("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
    is_name(name).then(|| folder.join(name))
}

/// Tells whether a text looks like a name that the IANA makes; no such name leads out of a folder.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_uppercase()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_read_out_of_the_usual_link() {
        let zone = |target: &str| of_link(Path::new(target));
        assert_eq!(zone("/usr/share/zoneinfo/Europe/Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone("../usr/share/zoneinfo/posix/Etc/GMT+3").as_deref(), Some("Etc/GMT+3"));
        assert_eq!(zone("/etc/zone-of-mine"), None);
        assert_eq!(zone("/usr/share/zoneinfo/localtime"), None);
        assert_eq!(zone("/usr/share/zoneinfo/Europe/../../x"), None);
    }

    #[test]
    fn a_zone_in_tz_is_taken_if_the_database_has_it() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("Here"), "").expect("written");
        let env = |tz: &str| Environment::from([("TZ", tz), ("TZDIR", folder.path().to_str().expect("text"))]);
        assert_eq!(system(&env(":Here")).as_deref(), Some("Here"));
        assert_eq!(named("Nowhere", &env("")), None);
        assert_eq!(named("CET-1CEST", &env("")), None);
        assert_eq!(named("/usr/share/zoneinfo/Asia/Tokyo", &env("")).as_deref(), Some("Asia/Tokyo"));
    }

    #[test]
    fn rules_are_found_by_name_and_nonsense_is_refused() {
        let zone = time_zone("Europe/Berlin").expect("there");
        assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
        let winter = "2026-01-01T00:00:00Z".parse().expect("a moment");
        assert_eq!(zone.to_offset(winter), jiff::tz::offset(1));
        assert!(time_zone("Mars/Olympus").is_err() && time_zone("../etc/passwd").is_err());
    }
}
