//! What is measured, how often, in which order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::shared::home::{Home, profile};
use super::shared::machine::{self, Disk};
use super::shared::report::{Bar, Report, show};
use super::shared::stopwatch::{median, medians, said, time};
use super::shared::{Result, progress};
use super::tasks::taskwarrior_json;
use super::taskwarrior::Taskwarrior;

const USAGE: &str = "usage: cargo bench --locked --profile dist --bench commands -- [--quick | --long] [--in FOLDER]
  --quick  few tasks and few runs, and no line is judged
  --long   the daemon's memory 60 s after the import, not 2 s
  --in     where the tasks are stored; the build's folder by default";

/// How long the daemon rests before its memory is read; `--long` is what the bar is about.
const REST: Duration = Duration::from_secs(2);
const LONG_REST: Duration = Duration::from_mins(1);
/// The most memory that an idle daemon may have resident.
const MEMORY: u64 = 20_000_000;

/// How much of everything.
pub(super) struct Plan {
    tasks: usize,
    /// Of commands that take milliseconds.
    runs: usize,
    /// Of Taskwarrior's, of long lists, and of first commands.
    slow_runs: usize,
    /// Of imports, each into an empty home.
    imports: usize,
    rest: Duration,
    folder: PathBuf,
    judges: bool,
}

impl Plan {
    /// Understands the arguments.
    pub(super) fn read(arguments: &[String]) -> Result<Self> {
        let mut plan = Self {
            tasks: 10_000,
            runs: 200,
            slow_runs: 20,
            imports: 5,
            rest: REST,
            // A system's folder for temporary files is often memory, where a sync costs nothing.
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            judges: true,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            match argument {
                // cargo says so to every benchmark.
                "--bench" => (),
                "--long" => plan.rest = LONG_REST,
                "--quick" => {
                    (plan.tasks, plan.runs, plan.slow_runs, plan.imports) = (1_000, 20, 3, 1);
                    plan.judges = false;
                }
                "--in" => plan.folder = std::path::absolute(arguments.next().ok_or(USAGE)?)?,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(plan)
    }

    /// Takes all times and returns what is to be printed.
    pub(super) fn measure(&self) -> Result<String> {
        fs::create_dir_all(&self.folder)?;
        let scratch = tempfile::TempDir::with_prefix_in("bench-", &self.folder)?;
        let folder = scratch.path();
        let tasks = folder.join("tasks.json");
        fs::write(&tasks, taskwarrior_json(self.tasks))?;
        let peer = Taskwarrior::version(folder)?;

        let mut report = Report::new(self.judges);
        let mut bench = Bench { plan: self, folder, tasks: &tasks, peer: peer.is_some(), report: &mut report };
        let (home, warrior) = bench.import()?;
        bench.list(&home, warrior.as_ref())?;
        let sync = bench.add(&home, warrior.as_ref())?;
        bench.first_command(&home)?;
        Ok(self.tell(folder, peer.as_deref(), sync, &report))
    }

    fn tell(&self, folder: &Path, peer: Option<&str>, sync: Duration, report: &Report) -> String {
        let peer = peer.map_or_else(|| "no Taskwarrior".to_owned(), |version| format!("Taskwarrior {version}"));
        format!(
            "{} tasks stored, 3 in 10 completed. {}, fdatasync of 4 KiB {}. nudge {} (profile {}), {peer}.\n\
             Wall medians: of {} runs, of {} where Taskwarrior, a whole list or a start takes part, of {} for imports.\n\n{}",
            self.tasks,
            machine::describe(folder),
            show(sync),
            env!("CARGO_PKG_VERSION"),
            profile(),
            self.runs,
            self.slow_runs,
            self.imports,
            report.table(),
        )
    }
}

/// What the measurements share.
struct Bench<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    tasks: &'a Path,
    peer: bool,
    report: &'a mut Report,
}

impl Bench<'_> {
    /// Imports into one empty home after the other, and returns the last of each kind, to be measured further.
    fn import(&mut self) -> Result<(Home, Option<Taskwarrior>)> {
        progress("import");
        let file = self.tasks.to_str().ok_or("the folder's name is not UTF-8")?;
        let (mut own, mut others) = (Vec::new(), Vec::new());
        let (home, warrior, process) = loop {
            let home = Home::new(self.folder)?;
            let process = home.start()?;
            // The first command signs in and makes the account.
            said(&mut home.nudge(&["count"]))?;
            own.push(time(&mut home.nudge(&["import", file]))?);
            let warrior = if self.peer { Some(Taskwarrior::new(self.folder)?) } else { None };
            if let Some(warrior) = &warrior {
                others.push(time(&mut warrior.task(&["import", file]))?);
            }
            if own.len() == self.plan.imports {
                break (home, warrior, process);
            }
        };
        let against = Some(("`task import`", median(others))).filter(|_| self.peer);
        let what = format!("`nudge import` of {} tasks", self.plan.tasks);
        self.report.line(&what, median(own), against, &Bar::Within(Duration::from_secs(1)));

        std::thread::sleep(self.plan.rest);
        if let Some(memory) = machine::resident(process) {
            let what = format!("daemon's memory, {} s after the import", self.plan.rest.as_secs());
            self.report.memory(&what, memory, MEMORY);
        }
        Ok((home, warrior))
    }

    fn list(&mut self, home: &Home, warrior: Option<&Taskwarrior>) -> Result<()> {
        progress("ls");
        let request = home.page_request()?;
        let page = || time(&mut home.nudge(&["ls", "--limit", "25"]));
        let [nudge, floor] = medians(self.plan.runs, [&mut { page }, &mut || time(&mut home.floor(&request)?)])?;
        self.report.line("`nudge ls --limit 25`", nudge, Some(("floor", floor)), &Bar::Times(3.0));

        let whole = || time(&mut home.nudge(&["ls", "--limit", "all"]));
        let Some(warrior) = warrior else {
            let [nudge] = medians(self.plan.slow_runs, [&mut { whole }])?;
            self.report.line("`nudge ls --limit all`", nudge, None, &Bar::None);
            return Ok(());
        };
        let list = |arguments: &[&str]| time(&mut warrior.task(arguments));
        let [nudge, task] = medians(self.plan.slow_runs, [&mut { page }, &mut || list(&["list", "limit:25"])])?;
        self.report.line("`nudge ls --limit 25`", nudge, Some(("`task list limit:25`", task)), &Bar::Faster(50.0));
        let [nudge, task] = medians(self.plan.slow_runs, [&mut { whole }, &mut || list(&["list"])])?;
        self.report.line("`nudge ls --limit all`", nudge, Some(("`task list`", task)), &Bar::None);
        Ok(())
    }

    /// Returns what one sync of the disk takes, too.
    fn add(&mut self, home: &Home, warrior: Option<&Taskwarrior>) -> Result<Duration> {
        progress("add");
        let request = home.page_request()?;
        let mut disk = Disk::new(self.folder)?;
        let add = || time(&mut home.nudge(&["add", "x"]));
        let [nudge, floor, sync] =
            medians(self.plan.runs, [&mut { add }, &mut || time(&mut home.floor(&request)?), &mut || disk.keep()])?;
        self.report.line("`nudge add x`", nudge, Some(("floor + fdatasync", floor + sync)), &Bar::Times(3.0));
        if let Some(warrior) = warrior {
            let mut task = || time(&mut warrior.task(&["add", "x"]));
            let [nudge, task] = medians(self.plan.slow_runs, [&mut { add }, &mut task])?;
            self.report.line("`nudge add x`", nudge, Some(("`task add x`", task)), &Bar::Faster(5.0));
        }
        Ok(sync)
    }

    fn first_command(&mut self, home: &Home) -> Result<()> {
        progress("first command");
        let mut first = || {
            home.stop()?;
            time(&mut home.nudge(&["ls", "--limit", "25"]))
        };
        let [first] = medians(self.plan.slow_runs, [&mut first])?;
        let what = "`nudge ls --limit 25`, no daemon running";
        self.report.line(what, first, None, &Bar::Within(Duration::from_millis(150)));
        Ok(())
    }
}
