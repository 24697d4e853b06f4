//! The daemon's file of settings: finding it, trusting it, reading it. An error names the line.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::listen::Tcp;
use super::settings::{AccountSettings, LimitSettings, QuotaSettings, SessionSettings};
use super::{DaemonFlags, LogFormat};
use crate::config::environment::Environment;
use crate::config::launch::DAEMON_FILE;
use crate::config::{ConfigError, Paths, whole};

/// Far more than all settings with their comments.
const SIZE_MAX: u64 = 1024 * 1024;

/// What the file says; what it does not say has its default.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
pub(super) struct Settings {
    pub(super) log: LogSection,
    pub(super) tcp: Tcp,
    pub(super) accounts: AccountSettings,
    pub(super) limits: LimitSettings,
    pub(super) quotas: QuotaSettings,
    pub(super) sessions: SessionSettings,
}

/// What is logged, and how.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
pub(super) struct LogSection {
    pub(super) filter: Option<String>,
    pub(super) format: Option<LogFormat>,
}

/// Reads the file that is named, or the usual one if it is there. Returns its path too, if there was one.
pub(super) fn find(
    flags: &DaemonFlags,
    env: &Environment,
    paths: &Paths,
) -> Result<(Settings, Option<PathBuf>), ConfigError> {
    let named = flags.config.clone().or_else(|| env.path(DAEMON_FILE));
    let path = named.as_deref().map_or_else(|| Ok(paths.daemon_file()), whole)?;
    let text = match read(&path) {
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok((Settings::default(), None));
        }
        read => read.map_err(|error| unreadable(&path, &error))?,
    };
    let mut settings = parse(&text).map_err(|wrong| wrong.in_file(&path))?;
    settings.tcp.beside(path.parent().unwrap_or(Path::new("/")));
    Ok((settings, Some(path)))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A link is followed, as collections of dotfiles have them; a pipe is not waited for.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file: File = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    if let Some(wrong) = distrust(&file.metadata()?) {
        return Err(io::Error::other(wrong));
    }
    let mut text = Vec::new();
    file.take(SIZE_MAX).read_to_end(&mut text)?;
    Ok(text)
}

/// Says why a file can't be trusted: who may write to it decides who may sign in.
fn distrust(meta: &Metadata) -> Option<String> {
    let (owner, own) = (meta.uid(), rustix::process::geteuid().as_raw());
    match () {
        () if !meta.is_file() => Some("it is no file".to_owned()),
        () if owner != own && owner != 0 => Some(format!("it belongs to another user (uid {owner})")),
        () if meta.mode() & 0o022 != 0 => Some("others may write to it".to_owned()),
        () if meta.len() > SIZE_MAX => Some("it is too large".to_owned()),
        () => None,
    }
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    let shown = path.display();
    ConfigError::setting(
        format!("the settings in `{shown}` can't be used: {error}"),
        match error.kind() {
            io::ErrorKind::NotFound => format!("name another file with `--config` or {DAEMON_FILE}, or make it"),
            _ => format!("it must be yours or root's and written to by nobody else: chmod go-w '{shown}'"),
        },
    )
}

/// What is wrong with the text, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    line: usize,
    column: usize,
    message: String,
    pub(super) hint: String,
}

impl Wrong {
    fn in_file(self, path: &Path) -> ConfigError {
        let Self { line, column, message, hint } = self;
        ConfigError::setting(format!("{}:{line}:{column}: {message}", path.display()), hint)
    }

    fn at(text: &str, offset: usize, message: String, hint: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, message, hint }
    }
}

/// Reads the text of the file.
pub(super) fn parse(text: &[u8]) -> Result<Settings, Wrong> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let good = String::from_utf8_lossy(&text[..error.valid_up_to()]);
        Wrong::at(&good, good.len(), "this is not UTF-8".to_owned(), "save the file as UTF-8".to_owned())
    })?;
    toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let (message, hint) = match unknown(error.message()) {
            Some((key, known)) => (format!("there is no setting `{}`", key.escape_debug()), suggestion(key, &known)),
            None => (
                error.message().replace('\n', "; "),
                "docs/daemon.toml, which comes with nudge, explains every setting".to_owned(),
            ),
        };
        Wrong::at(text, offset, message, hint)
    })
}

/// Takes the key that is not known, and those that are, out of serde's message.
fn unknown(message: &str) -> Option<(&str, Vec<&str>)> {
    let (key, expected) = message.strip_prefix("unknown field `")?.rsplit_once("`, expected ")?;
    Some((key, expected.split('`').skip(1).step_by(2).collect()))
}

fn suggestion(key: &str, known: &[&str]) -> String {
    let near = known.iter().map(|other| (distance(key, other), other)).min();
    match near {
        Some((distance, other)) if distance <= 1 + key.chars().count() / 4 => format!("did you mean `{other}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}

/// Counts how many letters must be put in, left out or changed to make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = above + 1;
        for (at, &another) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != another);
            corner = row[at + 1];
            row[at + 1] = changed.min(corner + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_as_far_as_its_letters_differ() {
        for (one, other, letters) in
            [("", "abc", 3), ("abc", "", 3), ("burst", "brust", 2), ("host", "hosts", 1), ("a", "a", 0)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }

    #[test]
    fn every_section_names_its_keys_when_one_is_not_known() {
        let hint = |text: &str| parse(text.as_bytes()).expect_err("unknown").hint;
        assert_eq!(hint("[limit]\n"), "did you mean `limits`?");
        assert_eq!(hint("[tcp]\nhots = []\n"), "did you mean `hosts`?");
        assert_eq!(hint("[quotas]\nprojects = 1\n"), "known here: tasks, tokens, sessions");
        assert_eq!(hint("x`, expected `y = 1"), "docs/daemon.toml, which comes with nudge, explains every setting");
    }
}
