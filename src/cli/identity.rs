//! Who one is: the account, the door it is reached through, and how one is signed in there.

use super::context::Context;
use super::dates::Calendar;
use super::error::Result;
use super::sheet;
use super::signed;
use crate::api::account::{LocalView, Me, Quota};
use crate::config::ClientConfig;
use crate::config::profiles::Way;

/// A line: its name and its value.
pub(super) type Line = (&'static str, String);

/// The door to the daemon, as far as it is told.
#[derive(Debug)]
pub(super) struct Door {
    place: Line,
    profile: String,
    way: &'static str,
    store: Option<&'static str>,
}

impl Door {
    /// Returns the door that the configuration names.
    #[must_use]
    pub(super) fn of(config: &ClientConfig) -> Self {
        let place = match &config.server {
            Some(server) => ("server", server.origin()),
            None => ("socket", config.socket.display().to_string()),
        };
        let token = config.token.is_some() || config.token_stdin;
        let by_password = config.profile.way == Way::Password || config.server.is_some();
        let way = match (token, by_password) {
            (true, _) if config.token_stdin => "with the token on stdin",
            (true, _) => "with the token in NUDGE_TOKEN",
            (false, true) => "by password",
            (false, false) => "by uid",
        };
        let store = config.profile.store.filter(|_| !token && by_password).map(signed::store_word);
        Self { place, profile: config.profile.name.clone(), way, store }
    }
}

/// Tells of the account: the document, its id, or the lines.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn tell(context: &mut Context, me: &Me, lines: &dyn Fn(&Me, &Door, &Calendar) -> Vec<Line>) -> Result {
    if context.out.json {
        return Ok(context.out.document(me)?);
    }
    if context.out.quiet {
        return Ok(context.out.line(&me.id.to_string())?);
    }
    let text = sheet::lines(&lines(me, &Door::of(&context.config), &context.calendar()));
    Ok(context.out.write(&text)?)
}

/// Returns what `whoami` says.
#[must_use]
pub(super) fn brief(me: &Me, door: &Door) -> Vec<Line> {
    let mut lines = vec![
        ("account", me.id.to_string()),
        ("email", me.email.clone().unwrap_or_else(|| "none".to_owned())),
        ("zone", me.zone.clone()),
        door.place.clone(),
        ("profile", door.profile.clone()),
        ("signed in", door.way.to_owned()),
    ];
    lines.extend(door.store.map(|store| ("kept in", store.to_owned())));
    lines.extend([
        ("tasks", used(me.quotas.tasks)),
        ("tokens", used(me.quotas.tokens)),
        ("sessions", used(me.quotas.sessions)),
    ]);
    lines
}

/// Returns all there is to know of the account.
#[must_use]
pub(super) fn full(me: &Me, door: &Door, calendar: &Calendar) -> Vec<Line> {
    let mut lines = brief(me, door);
    let password = if me.has_password { "set" } else { "none" };
    let more = [("password", password.to_owned()), ("since", calendar.full_moment(me.created_at))];
    lines.splice(2..2, more);
    lines.extend(me.local.iter().map(|local| ("uid", local_name(local))));
    lines
}

/// Returns a user of the daemon's machine: `1000 (ada)`.
#[must_use]
pub(super) fn local_name(local: &LocalView) -> String {
    format!("{} ({})", local.uid, local.login)
}

/// Returns how much of a limit is used: `12 of 100000`.
#[must_use]
pub(super) fn used(quota: Quota) -> String {
    format!("{} of {}", quota.used, quota.limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Me {
        serde_json::from_value(serde_json::json!({
            "id": "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "email": "ada\u{1b}@example.org", "has_password": true,
            "zone": "Europe/Berlin", "local": [{ "uid": 1000, "login": "ada" }], "created_at": "2026-11-20T09:00:00Z",
            "quotas": { "tasks": { "used": 12, "limit": 100_000 }, "tokens": { "used": 0, "limit": 50 },
                        "sessions": { "used": 1, "limit": 100 } }
        }))
        .expect("an account on the wire")
    }

    fn door() -> Door {
        Door {
            place: ("server", "https://host:8443".to_owned()),
            profile: "work".to_owned(),
            way: "by password",
            store: Some("keyring"),
        }
    }

    #[test]
    fn whoami_says_who_where_and_how() {
        let expected = "account     0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000\n\
            email       ada␛@example.org\n\
            zone        Europe/Berlin\n\
            server      https://host:8443\n\
            profile     work\n\
            signed in   by password\n\
            kept in     keyring\n\
            tasks       12 of 100000\n\
            tokens      0 of 50\n\
            sessions    1 of 100\n";
        assert_eq!(sheet::lines(&brief(&me(), &door())), expected);
    }

    #[test]
    fn the_account_says_more() {
        let now = "2026-11-22T10:00:00Z".parse().expect("a moment");
        let text = sheet::lines(&full(&me(), &door(), &Calendar::new(now, &[Some("Europe/Berlin")])));
        for part in ["password    set\n", "since       Fri 20 Nov 2026 10:00\n", "uid         1000 (ada)\n"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
