//! What the times were taken on: processor, kernel, filesystem, and how long its disk takes to keep 4 KiB.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Result;

/// Says what this machine is, in one line; what it does not tell is left out.
pub(crate) fn describe(folder: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let facts = [
        format!("{cores} cores"),
        processor(),
        format!("{} {}", std::env::consts::OS, kernel.trim()).trim().to_owned(),
        filesystem(folder),
    ];
    facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join(", ")
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(String::new, |(_, name)| name.trim().to_owned())
}

/// Names the filesystem that a folder lies on: that of the longest mount point above it (proc(5), `mountinfo`).
fn filesystem(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let kinds = mounts.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let point = before.split(' ').nth(4)?;
        let kind = after.split(' ').next()?;
        folder.starts_with(point).then_some((point.len(), kind))
    });
    // Of two at one place the later is on top.
    match kinds.max_by_key(|(length, _)| *length) {
        Some((_, "tmpfs" | "ramfs")) => "in memory, where a sync costs nothing".to_owned(),
        Some((_, kind)) => kind.to_owned(),
        None => String::new(),
    }
}

/// A file that grows by 4 KiB at a time.
pub(crate) struct Disk {
    file: File,
    block: [u8; 4096],
}

impl Disk {
    /// Makes the file in a folder.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Ok(Self { file: File::create(folder.join("grows"))?, block: [0x6e; 4096] })
    }

    /// Appends 4 KiB, and returns how long it took until they were on the disk.
    pub(crate) fn keep(&mut self) -> Result<Duration> {
        let begin = Instant::now();
        self.file.write_all(&self.block)?;
        self.file.sync_data()?;
        Ok(begin.elapsed())
    }
}

/// Returns the bytes of memory that a process has resident, where the system tells.
pub(crate) fn resident(process: u32) -> Option<u64> {
    bytes(process, "VmRSS:")
}

/// Returns the most bytes of memory that a process ever had resident, where the system tells.
pub(crate) fn peak(process: u32) -> Option<u64> {
    bytes(process, "VmHWM:")
}

fn bytes(process: u32, key: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Returns the processor time that a process has used, where the system tells (proc(5), `stat`).
pub(crate) fn processor_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it may hold anything, spaces and brackets too.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    // Linux counts hundredths of a second there, whatever its own clock does.
    Some(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}
