//! One module a command.

pub(crate) mod audit;
pub mod compat;
pub(crate) mod conform;
pub(crate) mod copy;
pub(crate) mod demo;
pub(crate) mod harness;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod progress;
pub(crate) mod routes;
pub(crate) mod serve;
pub(crate) mod users;

use std::io::Write as _;

use anyhow::{Context as _, Result};

/// Prints lines for whoever called; a closed pipe ends the command, not the process by a panic.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Says in one line what went wrong.
pub(crate) fn complain(error: &anyhow::Error) {
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    drop(writeln!(std::io::stderr(), "dragoman: {text}")); // nowhere to report that standard error is closed
}

/// Text in columns, two spaces apart. A name that somebody registered must not steer the terminal.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{:width$}", cell.replace(char::is_control, "\u{FFFD}")));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
