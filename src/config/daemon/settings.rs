//! The daemon's settings as its rooms get them, each with its default and its bounds; also how they are read from the
//! file's sections of the same names.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, Unexpected, Visitor};

/// Who may have an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Accounts")]
pub struct AccountSettings {
    /// Whether strangers may sign up over TCP.
    pub sign_up: SignUp,
    /// True for one daemon for all users of a machine, false for one person's own.
    pub system: bool,
    /// The group whose members are administrators besides root; only of a system daemon.
    pub admin_group: Option<String>,
}

/// Whether strangers may sign up over TCP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Only an administrator adds accounts.
    #[default]
    Closed,
    /// Everybody may add one of their own.
    Open,
}

/// How much may be asked at once and how often.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
pub struct LimitSettings {
    /// Requests a minute, for each user and for each peer.
    #[serde(deserialize_with = "whole::<_, u32, 1, 1_000_000>")]
    pub requests_per_minute: u32,
    /// Requests that may come at once before that rate counts.
    #[serde(deserialize_with = "whole::<_, u32, 1, 1_000_000>")]
    pub burst: u32,
    /// Renewals of tokens a minute, for each peer; they have a budget of their own.
    #[serde(deserialize_with = "whole::<_, u32, 1, 1_000_000>")]
    pub refreshes_per_minute: u32,
    /// Threads that hash passwords; 0 for as many as there are cores, up to 8.
    #[serde(deserialize_with = "whole::<_, usize, 0, 256>")]
    pub hashing_threads: usize,
    /// How many may wait for one of those threads before more are turned away.
    #[serde(deserialize_with = "whole::<_, usize, 0, 10_000>")]
    pub hashing_waiting: usize,
    /// Connections at once.
    #[serde(deserialize_with = "whole::<_, usize, 1, 100_000>")]
    pub connections: usize,
    /// Connections at once from one peer.
    #[serde(deserialize_with = "whole::<_, usize, 1, 100_000>")]
    pub connections_per_peer: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 6_000,
            burst: 1_000,
            refreshes_per_minute: 120,
            hashing_threads: 0,
            hashing_waiting: 32,
            connections: 1_024,
            connections_per_peer: 64,
        }
    }
}

/// How much an account may keep, unless an administrator says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
pub struct QuotaSettings {
    /// Tasks.
    #[serde(deserialize_with = "whole::<_, u64, 1, 1_000_000_000>")]
    pub tasks: u64,
    /// Personal access tokens.
    #[serde(deserialize_with = "whole::<_, u64, 0, 100_000>")]
    pub tokens: u64,
    /// Sessions by password.
    #[serde(deserialize_with = "whole::<_, u64, 1, 100_000>")]
    pub sessions: u64,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self { tasks: 1_000_000, tokens: 100, sessions: 100 }
    }
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
pub struct SessionSettings {
    /// After how many days without use a session ends.
    #[serde(deserialize_with = "whole::<_, u32, 1, 3_650>")]
    pub idle_days: u32,
    /// For how many days the audit trail is kept.
    #[serde(deserialize_with = "whole::<_, u32, 1, 36_500>")]
    pub audit_days: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { idle_days: 60, audit_days: 365 }
    }
}

/// The section as it is written, before its keys were looked at together.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a section of settings")]
struct Accounts {
    sign_up: SignUp,
    system: bool,
    #[serde(deserialize_with = "group")]
    admin_group: Option<String>,
}

impl TryFrom<Accounts> for AccountSettings {
    type Error = &'static str;

    fn try_from(Accounts { sign_up, system, admin_group }: Accounts) -> Result<Self, Self::Error> {
        if admin_group.is_some() && !system {
            return Err("`admin_group` is for a daemon of a whole machine, with `system = true`");
        }
        Ok(Self { sign_up, system, admin_group })
    }
}

fn group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b":,/".contains(&byte);
    if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
        return Err(de::Error::invalid_value(Unexpected::Str(&name), &"the name of a group"));
    }
    Ok(Some(name))
}

/// Reads a whole number between two bounds; the error names both.
fn whole<'de, D, N, const MIN: u64, const MAX: u64>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<u64>,
{
    struct Whole<N, const MIN: u64, const MAX: u64>(PhantomData<N>);

    impl<N: TryFrom<u64>, const MIN: u64, const MAX: u64> Visitor<'_> for Whole<N, MIN, MAX> {
        type Value = N;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from {MIN} to {MAX}")
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<N, E> {
            let within = u64::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number));
            let fits = within.and_then(|number| N::try_from(number).ok());
            fits.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<N, E> {
            self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
        }
    }

    deserializer.deserialize_i64(Whole::<N, MIN, MAX>(PhantomData))
}
