//! What a command has at hand: the client, the output, the flags of all verbs, the clock.

use jiff::Timestamp;

use super::dates::Calendar;
use super::interrupt::Interrupts;
use super::output::Output;
use super::pick;
use crate::api::tasks::TaskView;
use crate::client::Client;
use crate::config::ClientConfig;

/// What a command works with.
pub(super) struct Context {
    /// The daemon, through typed calls.
    pub client: Client,
    /// Where to write.
    pub out: Output,
    /// Resolved settings.
    pub config: ClientConfig,
    /// When the command began.
    pub now: Timestamp,
    /// How many of the last words stood after `--`.
    pub literal: usize,
    /// `--yes`
    pub yes: bool,
    /// What catches Ctrl-C once a secret was asked for.
    pub interrupts: Interrupts,
}

impl Context {
    /// Returns a calendar in the zone of the last answer.
    #[must_use]
    pub(super) fn calendar(&self) -> Calendar {
        let zones = [self.client.zone(), self.config.zone.as_deref(), self.config.system_zone.as_deref()];
        Calendar::new(self.now, &zones)
    }

    /// Returns the zone that dates are shown in, when it is not the machine's.
    #[must_use]
    pub(super) fn other_zone(&self) -> Option<&str> {
        self.client.zone().filter(|&zone| self.config.system_zone.as_deref() != Some(zone))
    }

    /// Splits the words that stood after `--` off.
    #[must_use]
    pub(super) fn split_literal(&self, mut words: Vec<String>) -> (Vec<String>, Vec<String>) {
        let literal = words.split_off(words.len().saturating_sub(self.literal));
        (words, literal)
    }
}

/// Returns how a task is named in few characters: its number, or the end of its id.
#[must_use]
pub(super) fn short_name(task: &TaskView) -> String {
    task.number.map_or_else(|| pick::short(task.id), |number| number.to_string())
}

/// Returns how a script names a task: its number, or its whole id.
#[must_use]
pub(super) fn script_name(task: &TaskView) -> String {
    task.number.map_or_else(|| task.id.to_string(), |number| number.to_string())
}
