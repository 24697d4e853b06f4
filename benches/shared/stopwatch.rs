//! Taking times: one command, and the medians of several that take turns.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;

/// Something whose time is taken, again and again.
pub(crate) type Subject<'a> = &'a mut dyn FnMut() -> Result<Duration>;

/// Runs a command to its end and returns how long that took, from before the process is made to after it is gone.
pub(crate) fn time(command: &mut Command) -> Result<Duration> {
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    // Its few messages fit into the pipe; they are read after its time was taken.
    let status = child.wait()?;
    let taken = begin.elapsed();
    if status.success() {
        return Ok(taken);
    }
    let messages = child.wait_with_output()?;
    Err(format!("{command:?}: {status}\n{}", String::from_utf8_lossy(&messages.stderr)).into())
}

/// Runs a command and returns what it wrote.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let done = command.stdout(Stdio::piped()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8(done.stdout)?);
    }
    Err(format!("{command:?}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)).into())
}

/// Returns the median of each subject. They take turns, so that whatever else the machine does meets all of them alike;
/// the first round warms up and does not count.
pub(crate) fn medians<const N: usize>(runs: usize, mut subjects: [Subject; N]) -> Result<[Duration; N]> {
    let mut times = [const { Vec::new() }; N];
    for round in 0..=runs {
        for (subject, times) in subjects.iter_mut().zip(&mut times) {
            let taken = subject()?;
            if round > 0 {
                times.push(taken);
            }
        }
    }
    Ok(times.map(median))
}

/// Returns the median of some times; of none it is nothing.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
