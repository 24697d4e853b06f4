//! What is measured, how often, in which order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::bench::Bench;
use super::daemon::Daemon;
use super::reads;
use super::shared::home::profile;
use super::shared::machine::{self, Disk};
use super::shared::report::{Report, show};
use super::shared::stopwatch::median;
use super::shared::{Result, progress};

const USAGE: &str = "usage: cargo bench --locked --profile dist --bench accounts -- [--quick | --long] [--in FOLDER]
  --quick  few clients and a short time, and no line is judged
  --long   logins for three minutes, not half a one
  --in     where the accounts are stored; the build's folder by default";

/// The tasks of the one who reads: some pages.
const TASKS: usize = 100;

/// How much of everything.
pub(super) struct Plan {
    /// Who sign in at once.
    pub(super) clients: usize,
    /// The machine's rate is taken before, between and after as many rounds of logins.
    pub(super) rounds: u32,
    pub(super) floor: Duration,
    pub(super) logins: Duration,
    /// Until the daemon's memory is read once more.
    pub(super) rest: Duration,
    /// Of refused logins, of each kind.
    pub(super) refusals: usize,
    /// Whose processor time is taken.
    pub(super) requests: u32,
    folder: PathBuf,
    judges: bool,
}

impl Plan {
    /// Understands the arguments.
    pub(super) fn read(arguments: &[String]) -> Result<Self> {
        let mut plan = Self {
            clients: 200,
            rounds: 3,
            floor: Duration::from_secs(4),
            logins: Duration::from_secs(10),
            rest: Duration::from_secs(15),
            refusals: 200,
            requests: 5_000,
            // A system's folder for temporary files is often memory, where a sync costs nothing.
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            judges: true,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            match argument {
                // cargo says so to every benchmark.
                "--bench" => (),
                "--long" => plan.logins = Duration::from_mins(1),
                "--quick" => plan = plan.quick(),
                "--in" => plan.folder = std::path::absolute(arguments.next().ok_or(USAGE)?)?,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(plan)
    }

    /// Without optimisation a hash takes a second.
    fn quick(self) -> Self {
        let second = Duration::from_secs(1);
        let (clients, rounds, refusals, requests) = (4, 1, 2, 500);
        Self {
            clients,
            rounds,
            refusals,
            requests,
            floor: second,
            logins: 3 * second,
            rest: second,
            judges: false,
            ..self
        }
    }

    /// Takes all figures and returns what is to be printed.
    pub(super) fn measure(&self) -> Result<String> {
        fs::create_dir_all(&self.folder)?;
        let scratch = tempfile::TempDir::with_prefix_in("bench-", &self.folder)?;
        let folder = scratch.path();
        let mut disk = Disk::new(folder)?;
        let syncs = (0..50).map(|_| disk.keep()).collect::<Result<Vec<_>>>()?;

        progress("making accounts");
        let daemon = Daemon::start(folder)?;
        daemon.add_tasks(TASKS)?;
        daemon.add_accounts(self.clients)?;
        let mut report = Report::new(self.judges);
        Bench { plan: self, daemon: &daemon, report: &mut report }.run()?;
        Ok(self.tell(folder, median(syncs), &report))
    }

    fn tell(&self, folder: &Path, sync: Duration, report: &Report) -> String {
        format!(
            "{} accounts, {} clients with an address each, {} reads/s of 25 of {TASKS} tasks beside them. {}, fdatasync of \
             4 KiB {}. nudge {} (profile {}).\nRounds: {} with {} of logins, and with {} of argon2 alone before, between and \
             after them.\n\n{}",
            self.clients,
            self.clients,
            reads::PER_SECOND,
            machine::describe(folder),
            show(sync),
            env!("CARGO_PKG_VERSION"),
            profile(),
            self.rounds,
            show(self.logins),
            show(self.floor),
            report.table(),
        )
    }
}
