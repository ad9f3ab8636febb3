//! One module a command.

pub(crate) mod audit;
pub mod compat;
pub(crate) mod conform;
pub(crate) mod copy;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod harness;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod progress;
pub(crate) mod routes;
pub(crate) mod serve;
pub(crate) mod users;

use std::fmt;
use std::io::{self, Write as _};

use anyhow::Result;

/// Prints lines for whoever called.
///
/// # Errors
/// [`Unread`] where nobody reads them any more, which a server has to say and a list need not.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(unwritten)
}

/// Prints what a command says when its work is done: whether somebody reads it changes nothing.
pub(crate) fn last_word(text: &str) -> Result<()> {
    unread_is_fine(print(text))
}

/// Ends a list quietly where its reader has gone, as in `dragoman user list | head -1`.
pub(crate) fn unread_is_fine(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.is::<Unread>() => Ok(()),
        outcome => outcome,
    }
}

/// Why standard output cannot be written to.
pub(crate) fn unwritten(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Unread.into();
    }
    anyhow::Error::new(error).context("cannot write to standard output")
}

/// Whoever read standard output has closed it.
#[derive(Debug)]
pub(crate) struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot write to standard output: nobody reads it")
    }
}

impl std::error::Error for Unread {}

/// Says in one line what went wrong.
pub(crate) fn complain(error: &anyhow::Error) {
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    drop(writeln!(std::io::stderr(), "dragoman: {text}")); // nowhere to report that standard error is closed
}

/// Says in one line what is done all the same, and why somebody might not want it.
pub(crate) fn warn(text: &str) {
    drop(writeln!(std::io::stderr(), "dragoman: warning: {text}")); // nowhere to report that standard error is closed
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
