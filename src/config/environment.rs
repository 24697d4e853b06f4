//! The process's environment, taken once, and what the machine says of itself.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The variables of this process, or those that a test gives. It has no `Debug`: there are secrets among them.
#[derive(Clone, Default)]
pub(super) struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Takes the variables of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub(super) fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// Returns a variable that is set and not empty; an empty one counts as unset, as the XDG rules say.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Tells whether a variable is there at all, empty or not.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(OsStr::new(name))
    }

    /// Returns a variable as text; what is no UTF-8 is shown with replacement characters in an error later.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Returns a variable as a path.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// Returns a variable as a path if that is absolute. The XDG rules have relative ones ignored.
    pub(super) fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.path(name).filter(|path| path.is_absolute())
    }

    /// Tells whether a variable is set to anything but `0`.
    pub(super) fn switch(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "0")
    }

    /// Returns every variable.
    pub(super) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

#[cfg(test)]
impl Environment {
    /// Adds a variable.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self { variables: variables.iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// Returns the machine's name.
pub(super) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_relative_values_count_as_unset() {
        let env = Environment::from([("A", ""), ("B", "here/there"), ("C", "/there"), ("D", "0"), ("E", "1")]);
        assert_eq!(env.get("A"), None);
        assert_eq!(env.absolute("B"), None);
        assert_eq!(env.absolute("C"), Some(PathBuf::from("/there")));
        assert!(!env.switch("D") && env.switch("E") && !env.switch("F"));
    }
}
