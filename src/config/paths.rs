//! Where things lie. Pure but for `resolve`, which reads the environment and the file of locations.

use std::path::PathBuf;

use super::environment::Environment;
use super::{ConfigError, locations};

/// The three folders; everything else lies in one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Settings.
    pub config: PathBuf,
    /// The database and the keys.
    pub data: PathBuf,
    /// Socket, locks, tokens and log.
    pub state: PathBuf,
    /// What `remember` is to write down; nothing for folders that were given one by one.
    remembered: Option<locations::Locations>,
    /// Which folders their own variables named, in the order above.
    named: [bool; 3],
}

/// A folder's own variable, its XDG variable and its default under the home folder.
struct Folder {
    name: &'static str,
    own: &'static str,
    xdg: &'static str,
    default: &'static str,
}

const CONFIG: Folder =
    Folder { name: "config", own: "NUDGE_CONFIG_DIR", xdg: "XDG_CONFIG_HOME", default: ".config/nudge" };
const DATA: Folder =
    Folder { name: "data", own: "NUDGE_DATA_DIR", xdg: "XDG_DATA_HOME", default: ".local/share/nudge" };
const STATE: Folder =
    Folder { name: "state", own: "NUDGE_STATE_DIR", xdg: "XDG_STATE_HOME", default: ".local/state/nudge" };

impl Paths {
    /// Makes paths of three folders that were named one by one.
    #[must_use]
    pub fn new(config: impl Into<PathBuf>, data: impl Into<PathBuf>, state: impl Into<PathBuf>) -> Self {
        Self { config: config.into(), data: data.into(), state: state.into(), remembered: None, named: [true; 3] }
    }

    /// Finds the folders: own variable, XDG variable, what an earlier daemon wrote down, default.
    pub(super) fn resolve(env: &Environment) -> Result<Self, ConfigError> {
        let home = env.absolute("HOME");
        let mut found = home.as_ref().map(|home| locations::Locations::read(home.join(CONFIG.default)));
        let mut folder = |folder: &Folder| -> Result<PathBuf, ConfigError> {
            if let Some(own) = env.path(folder.own) {
                return std::path::absolute(&own).map_err(|_| unusable(folder));
            }
            let default = home.as_ref().map(|home| home.join(folder.default));
            if let Some(base) = env.absolute(folder.xdg) {
                let path = base.join("nudge");
                if let Some(found) = &mut found {
                    found.set(folder.name, (default.as_ref() != Some(&path)).then(|| path.clone()));
                }
                return Ok(path);
            }
            let noted = found.as_ref().and_then(|found| found.get(folder.name));
            noted.or(default).ok_or_else(|| unusable(folder))
        };
        let (config, data, state) = (folder(&CONFIG)?, folder(&DATA)?, folder(&STATE)?);
        let named = [CONFIG, DATA, STATE].map(|folder| env.get(folder.own).is_some());
        Ok(Self { config, data, state, remembered: found, named })
    }

    /// Returns the variables by which another process finds the folders that were named one by one. For the rest it
    /// reads the XDG variables itself, and so can write down what they say.
    pub(super) fn overrides(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let all = [(CONFIG.own, &self.config), (DATA.own, &self.data), (STATE.own, &self.state)];
        all.into_iter().zip(self.named).filter_map(|(folder, named)| named.then_some(folder))
    }

    /// Returns the daemon's file of settings, unless another one is named.
    #[must_use]
    pub fn daemon_file(&self) -> PathBuf {
        self.config.join("daemon.toml")
    }

    /// Returns the daemon's own socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.state.join("nudge.sock")
    }

    /// Returns the file that the running daemon holds locked.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.state.join("daemon.lock")
    }

    /// Returns the file that a command holds locked while it starts a daemon.
    #[must_use]
    pub fn start_lock(&self) -> PathBuf {
        self.state.join("start.lock")
    }

    /// Returns the file with the profiles.
    #[must_use]
    pub fn profiles(&self) -> PathBuf {
        self.state.join("profiles.json")
    }

    /// Returns the file that is held locked while the profiles change.
    #[must_use]
    pub fn profiles_lock(&self) -> PathBuf {
        self.state.join("profiles.lock")
    }

    /// Returns the file with a profile's access token. The name is one that [`super::profiles::is_name`] takes.
    #[must_use]
    pub fn token(&self, profile: &str) -> PathBuf {
        self.of_profile(profile, "json")
    }

    /// Returns the file that is held locked while a profile's tokens are renewed.
    #[must_use]
    pub fn token_lock(&self, profile: &str) -> PathBuf {
        self.of_profile(profile, "lock")
    }

    /// Returns the file with a profile's refresh token, where that is kept in a file.
    #[must_use]
    pub fn refresh(&self, profile: &str) -> PathBuf {
        self.of_profile(profile, "refresh")
    }

    fn of_profile(&self, profile: &str, what: &str) -> PathBuf {
        self.state.join("tokens").join(format!("{profile}.{what}"))
    }

    /// Returns the log of a daemon that a command started.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.state.join("daemon.log")
    }

    /// Returns the database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("nudge.db")
    }

    /// Returns the folder with the signing keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// Writes down at the default place which folders the XDG variables named, for cron and units that do
    /// not have those variables. Folders named by `NUDGE_…_DIR` are nobody else's business.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn remember(&self) -> Result<(), ConfigError> {
        self.remembered.as_ref().map_or(Ok(()), locations::Locations::write)
    }
}

fn unusable(folder: &Folder) -> ConfigError {
    ConfigError::folder(
        format!("there is no {} folder: HOME is not set", folder.name),
        format!("set HOME, or name the folder in {}", folder.own),
    )
}
