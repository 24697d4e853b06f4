//! The table that is printed, and how a line is judged.

use std::fmt::Write as _;
use std::time::Duration;

/// What a line must reach.
pub(crate) enum Bar {
    /// At most so many times what it is measured against.
    Times(f64),
    /// At least so many times faster than what it is measured against.
    Faster(f64),
    /// At most so long.
    Within(Duration),
    /// Nothing; the line is for information.
    None,
}

/// The lines so far.
pub(crate) struct Report {
    rows: String,
    judges: bool,
}

impl Report {
    /// Begins a table, whose bars are judged or only shown.
    pub(crate) fn new(judges: bool) -> Self {
        Self { rows: String::new(), judges }
    }

    /// Adds a line: what was measured, and what against if anything.
    pub(crate) fn line(&mut self, what: &str, measured: Duration, against: Option<(&str, Duration)>, bar: &Bar) {
        let other = against.map_or_else(String::new, |(name, time)| format!("{name}: {}", show(time)));
        let (ratio, speedup) = match against {
            Some((_, time)) => (quotient(measured, time), quotient(time, measured)),
            None => (f64::NAN, f64::NAN),
        };
        let (ratio, bar, holds) = match *bar {
            Bar::Times(most) => (format!("{ratio:.2} ×"), format!("≤ {most} ×"), Some(ratio <= most)),
            Bar::Faster(least) => {
                (format!("{speedup:.1} × faster"), format!("≥ {least} × faster"), Some(speedup >= least))
            }
            Bar::Within(most) => (faster(speedup), format!("≤ {}", show(most)), Some(measured <= most)),
            Bar::None => (faster(speedup), String::new(), None),
        };
        self.row(&[what, &show(measured), &other, &ratio, &bar], holds);
    }

    /// Adds the line of resident memory.
    pub(crate) fn memory(&mut self, what: &str, bytes: u64, most: u64) {
        let show = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
        self.row(&[what, &show(bytes), "", "", &format!("≤ {}", show(most))], Some(bytes <= most));
    }

    /// Adds a line of any kind: what was measured, the measure, what against, the ratio, the bar; and whether it holds.
    pub(crate) fn row(&mut self, cells: &[&str; 5], holds: Option<bool>) {
        let verdict = match holds.filter(|_| self.judges) {
            Some(true) => "ok",
            Some(false) => "short",
            None => "",
        };
        // Writing to a text can't fail.
        let _ = writeln!(self.rows, "| {} | {verdict} |", cells.join(" | "));
    }

    /// Returns the table.
    pub(crate) fn table(&self) -> String {
        format!("| line | measured | against | ratio | bar | |\n|---|---|---|---|---|---|\n{}", self.rows)
    }
}

fn quotient(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn faster(speedup: f64) -> String {
    if speedup.is_nan() { String::new() } else { format!("{speedup:.1} × faster") }
}

/// Shows a time with three digits or so.
pub(crate) fn show(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    match milliseconds {
        0.0..10.0 => format!("{milliseconds:.2} ms"),
        10.0..100.0 => format!("{milliseconds:.1} ms"),
        100.0..1000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.2} s", milliseconds / 1000.0),
    }
}
