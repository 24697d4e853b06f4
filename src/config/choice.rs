//! Which daemon is meant: flag over environment over the current profile over one's own.

use std::path::PathBuf;

use super::environment::Environment;
use super::profiles::{LOCAL, Profile, Profiles, Way, fit, is_name};
use super::{ConfigError, Flags, Paths, Server, socket};

/// The daemon that is meant, and how to sign in to it.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) server: Option<Server>,
    /// The socket to connect to; one's own where a server is named.
    pub(super) socket: PathBuf,
    pub(super) profile: Profile,
}

/// What was named in one place: on the command line, or in the environment.
struct Named {
    server: Option<String>,
    socket: Option<PathBuf>,
    profile: Option<String>,
    /// What the three are called there.
    called: [&'static str; 3],
}

impl Named {
    fn by_flags(flags: &Flags) -> Self {
        Self {
            server: flags.server.clone(),
            socket: flags.socket.clone(),
            profile: flags.profile.clone(),
            called: ["--server", "--socket", "--profile"],
        }
    }

    fn by_environment(env: &Environment) -> Self {
        Self {
            server: env.text("NUDGE_SERVER"),
            socket: env.path("NUDGE_SOCKET"),
            profile: env.text("NUDGE_PROFILE"),
            called: ["NUDGE_SERVER", "NUDGE_SOCKET", "NUDGE_PROFILE"],
        }
    }

    fn is_anything(&self) -> bool {
        self.server.is_some() || self.socket.is_some() || self.profile.is_some()
    }

    fn contradiction(&self, place: &str) -> ConfigError {
        ConfigError::setting(
            format!("{place} and {} name two daemons", self.called[2]),
            "give one of them, or another name for the profile",
        )
    }
}

/// Where a daemon listens. Both `None`: at one's own socket.
#[derive(Debug, Default)]
struct Place {
    server: Option<Server>,
    socket: Option<PathBuf>,
}

impl Place {
    fn of(named: &Named, paths: &Paths) -> Result<Option<Self>, ConfigError> {
        match (&named.server, &named.socket) {
            (Some(_), Some(_)) => Err(ConfigError::setting(
                format!("{} and {} name two daemons", named.called[0], named.called[1]),
                "give one of them",
            )),
            (Some(url), None) => Ok(Some(Self { server: Some(Server::parse(url)?), socket: None })),
            (None, Some(path)) => {
                let socket = socket::usable(path)?;
                Ok(Some(Self { server: None, socket: Some(socket).filter(|socket| *socket != paths.socket()) }))
            }
            (None, None) => Ok(None),
        }
    }

    fn has(&self, profile: &Profile) -> bool {
        profile.server == self.server.as_ref().map(Server::origin) && profile.socket == self.socket
    }

    /// Makes a profile that is not recorded, under this name or one made of the place.
    fn fresh(&self, name: Option<&str>, profiles: &Profiles) -> Profile {
        let name = name.map_or_else(|| self.free_name(profiles), str::to_owned);
        let way = if self.server.is_some() { Way::Password } else { Way::Uid };
        let server = self.server.as_ref().map(Server::origin);
        Profile { name, server, socket: self.socket.clone(), way, ..Profile::default() }
    }

    fn free_name(&self, profiles: &Profiles) -> String {
        let name = match (&self.server, &self.socket) {
            (Some(server), _) => server.profile_name(),
            (None, Some(socket)) => fit(&socket.to_string_lossy()),
            (None, None) => LOCAL.to_owned(),
        };
        let mut free = name.clone();
        let mut number = 1;
        while profiles.get(&free).is_some() {
            number += 1;
            let end = format!("-{number}");
            // ASCII, as `fit` makes it, and short enough again.
            free = format!("{}{end}", &name[..name.len().min(64 - end.len())]);
        }
        free
    }
}

/// Says which daemon is meant.
pub(super) fn choose(flags: &Flags, env: &Environment, paths: &Paths) -> Result<Choice, ConfigError> {
    let (flag, variable) = (Named::by_flags(flags), Named::by_environment(env));
    let named = if flag.is_anything() { flag } else { variable };
    let place = Place::of(&named, paths)?;
    let profiles = Profiles::load(paths)?;
    let recorded = match (&named.profile, &place) {
        (Some(name), Some(place)) => Some(named_both(name, place, &named, &profiles)?),
        (Some(name), None) => Some(profiles.get(name).ok_or_else(|| unknown(name, &profiles))?),
        (None, Some(place)) => at(place, &profiles)?,
        (None, None) => profiles.get(if flags.own { LOCAL } else { &profiles.current }),
    };
    let profile = recorded.unwrap_or_else(|| place.unwrap_or_default().fresh(None, &profiles));
    with_ca(profile, flags, env, paths, &profiles)
}

/// Finds the profile of a place and a name that were both given; a new name at a new place is a new profile.
fn named_both(name: &str, place: &Place, named: &Named, profiles: &Profiles) -> Result<Profile, ConfigError> {
    if !is_name(name) {
        return Err(not_a_name(name));
    }
    let called = named.called[usize::from(named.server.is_none())];
    match profiles.get(name) {
        Some(profile) if place.has(&profile) => Ok(profile),
        Some(_) => Err(named.contradiction(called)),
        None => Ok(place.fresh(Some(name), profiles)),
    }
}

/// Finds the profile of a place: the current one if it is there, else the only one.
fn at(place: &Place, profiles: &Profiles) -> Result<Option<Profile>, ConfigError> {
    let there = |name: &str| profiles.get(name).filter(|profile| place.has(profile));
    if let Some(profile) = there(&profiles.current).or_else(|| there(LOCAL)) {
        return Ok(Some(profile));
    }
    let found: Vec<&Profile> = profiles.profiles.values().filter(|profile| place.has(profile)).collect();
    match found[..] {
        [] => Ok(None),
        [profile] => Ok(Some(profile.clone())),
        _ => {
            let names: Vec<_> = found.iter().map(|profile| profile.name.as_str()).collect();
            Err(ConfigError::setting(
                format!("several profiles are for that daemon: {}", names.join(", ")),
                "name one of them with `--profile`",
            ))
        }
    }
}

/// Adds whom to trust, by flag over environment over profile, and turns the profile into a choice.
fn with_ca(
    mut profile: Profile,
    flags: &Flags,
    env: &Environment,
    paths: &Paths,
    profiles: &Profiles,
) -> Result<Choice, ConfigError> {
    let mut server = profile.server.as_deref().map(Server::parse).transpose()?;
    let https = server.as_ref().is_some_and(|server| server.https);
    if flags.ca.is_some() && !https {
        return Err(ConfigError::setting(
            "--ca is for a server that is reached over https",
            "name it with `--server`, or leave `--ca` out",
        ));
    }
    if let Some(server) = server.as_mut().filter(|server| server.https) {
        let named = flags.ca.clone().or_else(|| env.path("NUDGE_CA"));
        let named = named.map(|path| super::whole(&path)).transpose()?;
        if !profiles.profiles.contains_key(&profile.name) {
            profile.ca.clone_from(&named);
        }
        server.ca = named.or_else(|| profile.ca.clone());
    }
    let socket = match &profile.socket {
        Some(path) => socket::usable(path)?,
        // It is not connected to where a server is named, so it may be as long as it likes.
        None if server.is_some() => paths.socket(),
        None => socket::usable(&paths.socket())?,
    };
    Ok(Choice { server, socket, profile })
}

fn unknown(name: &str, profiles: &Profiles) -> ConfigError {
    if !is_name(name) {
        return not_a_name(name);
    }
    let others = profiles.profiles.keys().map(String::as_str).filter(|&other| other != LOCAL);
    let known: Vec<&str> = std::iter::once(LOCAL).chain(others).collect();
    ConfigError::setting(
        format!("there is no profile `{name}`"),
        format!("known: {}; `{{nudge}} login --server URL --profile {name}` makes it", known.join(", ")),
    )
}

fn not_a_name(name: &str) -> ConfigError {
    ConfigError::setting(
        format!("`{}` is not a profile's name", name.escape_debug()),
        "a name has 1 to 64 of `a-z 0-9 . _ -` and does not begin with a dot",
    )
}
