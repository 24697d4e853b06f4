//! Tables: aligned columns, on a terminal no wider than it is, in a pipe neither wrapped nor cut.
//!
//! It measures in terminal cells. Columns with nothing in them are left out; on a narrow terminal the less
//! important ones go before the others become unreadable.

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, Width, presets};
use unicode_width::UnicodeWidthStr;

use super::output::{HEADING, Output};

/// Cells between two columns.
const GAP: usize = 2;
/// A column that wraps is not made narrower than this as long as another can go.
const READABLE: usize = 12;

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What stands at its head.
    pub name: &'static str,
    /// When it goes on a narrow terminal: the lowest first, `None` never.
    pub goes: Option<u8>,
    /// Whether it stands at the right.
    pub right: bool,
    /// Whether its text may be wrapped.
    pub wraps: bool,
}

impl Column {
    /// Makes a column that stays, stands at the left and is not wrapped.
    #[must_use]
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, goes: None, right: false, wraps: false }
    }

    /// Lets it go on a narrow terminal, the lowest rank first.
    #[must_use]
    pub(super) const fn goes(mut self, rank: u8) -> Self {
        self.goes = Some(rank);
        self
    }

    /// Puts it at the right.
    #[must_use]
    pub(super) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Lets its text be wrapped.
    #[must_use]
    pub(super) const fn wraps(mut self) -> Self {
        self.wraps = true;
        self
    }
}

/// A row: a cell for each column, safe to show, and how all of it looks. The first cell is never empty.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The texts.
    pub cells: Vec<String>,
    /// The look.
    pub style: Style,
}

/// Writes a table; nothing at all when it has no rows.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn write(out: &mut Output, columns: &[Column], rows: &[Row]) -> std::io::Result<()> {
    write_some(out, columns, rows, usize::MAX).map(|_| ())
}

/// Writes as many whole rows as `most` lines hold, the heading's counted, and at least one; returns how many.
pub(super) fn write_some(out: &mut Output, columns: &[Column], rows: &[Row], most: usize) -> std::io::Result<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let lines = lines(columns, rows, out.screen.map(|screen| screen.columns));
    let shown = whole_rows(lines.iter().map(|(row, _)| *row), most);
    for (row, line) in lines {
        if row.is_some_and(|row| row >= shown) {
            break;
        }
        let style = row.map_or(HEADING, |row| rows[row].style);
        out.styled_line(style, &line)?;
    }
    Ok(shown)
}

/// Counts the rows of which the last line is among the first `most`; the first row is shown in any case.
fn whole_rows(lines: impl Iterator<Item = Option<usize>>, most: usize) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for (place, row) in lines.enumerate() {
        if let Some(row) = row {
            ends.resize(row + 1, 0);
            ends[row] = place + 1;
        }
    }
    ends.iter().take_while(|end| **end <= most).count().max(1)
}

/// Lays a table out: each line with the row that it belongs to, none for the heading.
fn lines(columns: &[Column], rows: &[Row], width: Option<usize>) -> Vec<(Option<usize>, String)> {
    let widths = natural_widths(columns, rows);
    let mut shown: Vec<usize> = (0..columns.len()).filter(|&at| widths[at] > 0).collect();
    match width {
        Some(width) => {
            drop_columns(&mut shown, columns, &widths, width);
            fitted(&shown, columns, rows, &widths, width)
        }
        None => plain(&shown, columns, rows, &widths),
    }
}

/// Returns how wide each column would like to be; 0 for one with nothing in it.
fn natural_widths(columns: &[Column], rows: &[Row]) -> Vec<usize> {
    let widest = |at: usize| rows.iter().map(|row| row.cells[at].width()).max().unwrap_or(0);
    let heading = |at: usize, widest: usize| {
        if widest == 0 { 0 } else { widest.max(columns[at].name.width()) }
    };
    (0..columns.len()).map(|at| heading(at, widest(at))).collect()
}

fn drop_columns(shown: &mut Vec<usize>, columns: &[Column], widths: &[usize], width: usize) {
    let least = |at: usize| {
        if columns[at].wraps { widths[at].min(READABLE) } else { widths[at] }
    };
    while shown.iter().map(|&at| least(at) + GAP).sum::<usize>() > width + GAP {
        let candidates = shown.iter().enumerate().filter_map(|(place, &at)| Some((columns[at].goes?, place)));
        let Some((_, place)) = candidates.min() else { break };
        shown.remove(place);
    }
}

fn plain(shown: &[usize], columns: &[Column], rows: &[Row], widths: &[usize]) -> Vec<(Option<usize>, String)> {
    let line = |cell: &dyn Fn(usize) -> String| {
        let mut line = String::new();
        for &at in shown {
            let text = cell(at);
            let padding = " ".repeat(widths[at].saturating_sub(text.width()));
            let (before, after) = if columns[at].right { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.extend([before, &text, after, "  "]);
        }
        line.truncate(line.trim_end().len());
        line
    };
    let heading = (None, line(&|at| columns[at].name.to_owned()));
    let body = rows.iter().enumerate().map(|(row, cells)| (Some(row), line(&|at| cells.cells[at].clone())));
    std::iter::once(heading).chain(body).collect()
}

fn fitted(
    shown: &[usize],
    columns: &[Column],
    rows: &[Row],
    widths: &[usize],
    width: usize,
) -> Vec<(Option<usize>, String)> {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX))
        .set_header(shown.iter().map(|&at| columns[at].name));
    for row in rows {
        grid.add_row(shown.iter().map(|&at| Cell::new(&row.cells[at])));
    }
    let last = shown.len().saturating_sub(1);
    for (place, &at) in shown.iter().enumerate() {
        let Some(column) = grid.column_mut(place) else { continue };
        let gap = if place == last { 0 } else { GAP };
        column.set_padding((0, u16::try_from(gap).unwrap_or(2)));
        if columns[at].right {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if !columns[at].wraps {
            column.set_constraint(ColumnConstraint::ContentWidth);
        } else if columns[at].goes.is_some() {
            // What can do without is not to push the title aside.
            let most = u16::try_from((width / 4).max(READABLE)).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(most)));
        }
    }
    // A line whose first column is blank goes on with the row above it.
    let first = shown.first().map_or(0, |&at| widths[at]);
    let begins = |line: &str| line.chars().take(first).any(|c| c != ' ');
    let mut row = None;
    let mut heading = true;
    let mut out = Vec::new();
    for line in grid.lines() {
        if begins(&line) && !std::mem::take(&mut heading) {
            row = Some(row.map_or(0, |row: usize| row + 1).min(rows.len() - 1));
        }
        out.push((row, line.trim_end().to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_holds_whole_rows_and_at_least_one() {
        let lines = [None, Some(0), Some(0), Some(1), Some(2), Some(2)];
        for (most, expected) in [(0, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (usize::MAX, 3)] {
            assert_eq!(whole_rows(lines.into_iter(), most), expected, "{most}");
        }
    }

    const COLUMNS: [Column; 5] = [
        Column::new("#").right(),
        Column::new("due").goes(3),
        Column::new("project").goes(2).wraps(),
        Column::new("tags").goes(1).wraps(),
        Column::new("title").wraps(),
    ];

    fn row(cells: [&str; 5]) -> Row {
        Row { cells: cells.map(str::to_owned).into(), style: Style::new() }
    }

    fn rows() -> Vec<Row> {
        vec![
            row(["7", "tomorrow", "", "bills", "Pay rent"]),
            row(["42", "Fri 27 Nov 17:00", "", "", "日本語のタイトルはとても長いので折り返されるはずです、きっと"]),
            row(["1234", "", "", "a b", "👨‍👩‍👧 family, and then words that go on for a while to be wrapped"]),
        ]
    }

    #[test]
    fn a_pipe_gets_whole_lines() {
        let lines = lines(&COLUMNS, &rows(), None);
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0].1, "   #  due               tags   title");
        assert_eq!(lines[1].1, "   7  tomorrow          bills  Pay rent");
        assert!(lines[2].1.ends_with("きっと"));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in [20, 30, 40, 60, 80, 200] {
            let lines = lines(&COLUMNS, &rows(), Some(width));
            for (_, line) in &lines {
                assert!(line.width() <= width, "{width}: {} {line:?}", line.width());
            }
            let text: String = lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
            for part in ["1234", "Pay rent", "👨‍👩‍👧"] {
                assert!(text.contains(part), "{width}: {part} in\n{text}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_loses_the_less_important_columns() {
        let heading = |width| lines(&COLUMNS, &rows(), Some(width)).remove(0).1;
        assert_eq!(heading(80).split_whitespace().collect::<Vec<_>>(), ["#", "due", "tags", "title"]);
        assert_eq!(heading(40).split_whitespace().collect::<Vec<_>>(), ["#", "due", "title"]);
        assert_eq!(heading(30).split_whitespace().collect::<Vec<_>>(), ["#", "title"]);
    }

    #[test]
    fn a_wrapped_line_belongs_to_its_row() {
        let of: Vec<_> = lines(&COLUMNS, &rows(), Some(40)).into_iter().map(|(row, _)| row).collect();
        assert_eq!(of.first(), Some(&None));
        assert_eq!(of.last(), Some(&Some(2)));
        assert!(of.iter().filter(|&&row| row == Some(1)).count() > 1, "{of:?}");
        assert_eq!(of.iter().filter(|&&row| row == Some(0)).count(), 1);
    }
}
