//! The measurements, one after the other, and the lines that come of them.

use std::time::{Duration, Instant};

use super::daemon::Daemon;
use super::logins::{self, Answers};
use super::plan::Plan;
use super::reads::{self, Latencies};
use super::shared::report::{Report, show};
use super::shared::{Result, machine, progress};
use super::{floor, gap};

/// Before logins count: until the queue is full.
const WARM_UP: Duration = Duration::from_secs(1);
/// The most that the daemon's memory may grow.
const MEMORY: u64 = 200 << 20;
/// The most that a read may take, of all but one in a hundred.
const READ: Duration = Duration::from_millis(100);
/// Nobody can tell less apart over a network.
const GAP: Duration = Duration::from_millis(10);

/// What the measurements share.
pub(super) struct Bench<'a> {
    pub(super) plan: &'a Plan,
    pub(super) daemon: &'a Daemon,
    pub(super) report: &'a mut Report,
}

/// What the rounds of logins gave.
#[derive(Default)]
struct Rounds {
    /// The machine's hashes a second, each time.
    alone: Vec<f64>,
    beside_reads: Vec<f64>,
    answers: Answers,
    /// Processor time of the machine's hashes, one each.
    hash: Vec<f64>,
    /// Processor time of the daemon, whatever it did.
    daemon: Duration,
    reads: Vec<Latencies>,
    reads_alone: Vec<Latencies>,
}

impl Bench<'_> {
    /// Takes all of them.
    pub(super) fn run(&mut self) -> Result<()> {
        self.sign_in()?;
        self.refuse()?;
        self.ask()
    }

    fn sign_in(&mut self) -> Result<()> {
        let plan = self.plan;
        let before = machine::resident(self.daemon.process);
        let mut rounds = Rounds::default();
        for _ in 0..plan.rounds {
            self.floors(&mut rounds)?;
            progress("logins");
            let begin = Instant::now() + WARM_UP;
            let end = begin + plan.logins;
            let daemon = self.daemon;
            let used = machine::processor_time(daemon.process);
            let (answers, reads) = beside(
                || logins::sign_in(daemon, plan.clients, begin, end).map_err(|error| error.to_string()),
                || reads::read(daemon, begin, end).map_err(|error| error.to_string()),
            )?;
            if let (Some(before), Some(after)) = (used, machine::processor_time(daemon.process)) {
                rounds.daemon += after.saturating_sub(before);
            }
            rounds.answers += answers;
            rounds.reads.push(reads);
        }
        self.floors(&mut rounds)?;
        let peak = machine::peak(self.daemon.process);
        self.tell_rates(&rounds);
        self.tell_reads(rounds);
        self.rest(before, peak);
        Ok(())
    }

    /// Measures the daemon's memory once more after a rest, when it may have given some back.
    fn rest(&mut self, before: Option<u64>, peak: Option<u64>) {
        let plan = self.plan;
        progress("memory");
        std::thread::sleep(plan.rest);
        let after = machine::resident(self.daemon.process);
        if let (Some(before), Some(peak), Some(after)) = (before, peak, after) {
            let grown = peak.saturating_sub(before);
            let cells = [mebibytes(grown), format!("before them: {}", mebibytes(before))];
            let what = "the daemon's memory at its peak, above what it was";
            self.report.row(&[what, &cells[0], &cells[1], "", "< 200 MiB"], Some(grown < MEMORY));
            let what = format!("the daemon's memory, {} after the logins", show(plan.rest));
            self.report.row(&[&what, &mebibytes(after), &cells[1], "", ""], None);
        }
    }

    /// Takes the machine's rate, alone and while the daemon answers reads.
    fn floors(&self, rounds: &mut Rounds) -> Result<()> {
        progress("argon2");
        let time = self.plan.floor;
        let used = machine::processor_time(std::process::id());
        let rate = floor::rate(time)?;
        if let (Some(before), Some(after)) = (used, machine::processor_time(std::process::id())) {
            rounds.hash.push(after.saturating_sub(before).as_secs_f64() / (rate * time.as_secs_f64()));
        }
        rounds.alone.push(rate);
        let begin = Instant::now();
        let (rate, reads) = beside(
            || floor::rate(time).map_err(|error| error.to_string()),
            || reads::read(self.daemon, begin, begin + time).map_err(|error| error.to_string()),
        )?;
        rounds.beside_reads.push(rate);
        rounds.reads_alone.push(reads);
        Ok(())
    }

    fn tell_rates(&mut self, rounds: &Rounds) {
        let plan = self.plan;
        let seconds = (plan.logins * plan.rounds).as_secs_f64();
        let Answers { accepted, limited, unavailable, others } = rounds.answers;
        let rate = f64::from(accepted) / seconds;
        let (alone, beside) = (mean(&rounds.alone), mean(&rounds.beside_reads));
        let what = format!("logins accepted, of {} clients", self.plan.clients);
        let shown = format!("{rate:.1}/s");
        let against = format!("argon2 alone: {alone:.1}/s ({})", spread(&rounds.alone));
        let ratio = rate / alone;
        self.report.row(&[&what, &shown, &against, &percent(ratio), "≥ 90 %"], Some(ratio >= 0.9));
        let against = format!("argon2 beside the reads: {beside:.1}/s ({})", spread(&rounds.beside_reads));
        self.report.row(&[&what, &shown, &against, &percent(rate / beside), ""], None);
        // Of the whole run, the warm-up too, in which as many are accepted a second.
        let all = f64::from(accepted) * (plan.logins + WARM_UP).as_secs_f64() / plan.logins.as_secs_f64();
        let (login, hash) = (rounds.daemon.as_secs_f64() / all, mean(&rounds.hash));
        let what = "the daemon's processor time a login, reads and refusals too";
        let against = format!("a hash of argon2: {:.2} ms", hash * 1e3);
        self.report.row(&[what, &format!("{:.2} ms", login * 1e3), &against, &percent(hash / login), ""], None);
        let shown = format!("200: {accepted}, 429: {limited}, 503: {unavailable}, others: {others}");
        self.report.row(&["what they were answered", &shown, "", "", "others: 0"], Some(others == 0));
    }

    fn tell_reads(&mut self, rounds: Rounds) {
        let (during, alone) = (Latencies::of(rounds.reads), Latencies::of(rounds.reads_alone));
        for (percent, most) in [(50, None), (99, Some(READ))] {
            let what = format!("a read meanwhile, p{percent}");
            let (during, alone) = (during.percentile(percent), alone.percentile(percent));
            let against = format!("beside as many hashes outside the daemon: {}", show(alone));
            let bar = most.map_or_else(String::new, |most| format!("< {}", show(most)));
            self.report.row(&[&what, &show(during), &against, "", &bar], most.map(|most| during < most));
        }
    }

    /// Measures whether the time of a refusal tells anything.
    fn refuse(&mut self) -> Result<()> {
        progress("refusals");
        let plan = self.plan;
        let [known, unknown] = gap::medians_of_refusals(self.daemon, plan.clients, plan.refusals)?;
        let gap = known.abs_diff(unknown);
        let share = gap.as_secs_f64() / unknown.as_secs_f64();
        let what = format!("a wrong password, median of {}", plan.refusals);
        let cells = [
            show(known),
            format!("an unknown email: {}", show(unknown)),
            format!("{} apart, {}", show(gap), percent(share)),
        ];
        let holds = share < 0.1 || gap < GAP;
        self.report.row(&[&what, &cells[0], &cells[1], &cells[2], "< 10 % or < 10 ms"], Some(holds));
        Ok(())
    }

    /// Measures what a request costs whose token and session are known.
    fn ask(&mut self) -> Result<()> {
        progress("requests");
        let (mut connection, request) = (self.daemon.local()?, self.daemon.own("GET", "/v1/me", ""));
        let begin = (Instant::now(), machine::processor_time(self.daemon.process));
        for _ in 0..self.plan.requests {
            let answer = connection.call(&request)?;
            if answer.status != 200 {
                return Err(format!("/v1/me: {}", answer.status).into());
            }
        }
        let (wall, end) = (begin.0.elapsed(), machine::processor_time(self.daemon.process));
        if let (Some(begin), Some(end)) = (begin.1, end) {
            let each = |time: Duration| format!("{:.0} µs", time.as_secs_f64() * 1e6 / f64::from(self.plan.requests));
            let what = format!("the daemon's processor time for a `GET /v1/me`, of {}", self.plan.requests);
            let against = format!("wall time: {}", each(wall));
            self.report.row(&[&what, &each(end.saturating_sub(begin)), &against, "", ""], None);
        }
        Ok(())
    }
}

/// Does two things at once.
fn beside<T: Send, U: Send>(
    one: impl FnOnce() -> Result<T, String> + Send,
    other: impl FnOnce() -> Result<U, String> + Send,
) -> Result<(T, U)> {
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|_| Err("a thread died".to_owned())), other)
    });
    Ok((one?, other?))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.iter().map(|_| 1.0).sum::<f64>()
}

/// Shows the least and the most.
fn spread(values: &[f64]) -> String {
    let (least, most) =
        values.iter().fold((f64::MAX, 0.0_f64), |(least, most), value| (value.min(least), value.max(most)));
    format!("{least:.1} to {most:.1}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
