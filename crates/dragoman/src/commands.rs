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

use std::borrow::Cow;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

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
    drop(writeln!(std::io::stderr(), "dragoman: {}", visible(&text))); // nowhere to report that standard error is closed
}

/// Says in one line what is done all the same, and why somebody might not want it.
pub(crate) fn warn(text: &str) {
    drop(writeln!(std::io::stderr(), "dragoman: warning: {}", visible(text))); // nowhere to report that standard error is closed
}

/// A number with its thousands apart.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut groups: Vec<&str> = digits.get(..first).filter(|group| !group.is_empty()).into_iter().collect();
    let rest = digits.get(first..).unwrap_or_default();
    groups.extend((0..rest.len()).step_by(3).filter_map(|at| rest.get(at..at + 3)));
    groups.join(",")
}

/// So many of them, in the words for one and for several.
pub(crate) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { several })
}

/// The text with what is not seen in it spelled out: a name that somebody registered must steer no terminal, and not turn
/// around what stands beside it in a report (Unicode UAX #9).
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |letter: char| {
        let turns =
            matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for letter in text.chars() {
        if steers(letter) { shown.extend(letter.escape_unicode()) } else { shown.push(letter) }
    }
    Cow::Owned(shown)
}

/// A file that was not there before, and that nobody else can read. What is there, be it a link that leads elsewhere, is
/// left as it is.
pub(crate) fn private_file(path: &Path) -> Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{} is there already: remove it, or name another", path.display())
        }
        made => made.with_context(|| format!("cannot make {}", path.display())),
    }
}

/// Text in columns, two spaces apart. A name that somebody registered must not steer the terminal.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| visible(cell).into_owned())).collect();
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{columns, number, visible};

    #[test]
    fn what_steers_a_terminal_or_turns_text_around_is_spelled_out_and_nothing_else_is() {
        assert_eq!(visible("\u{1b}[2Ja\u{202e}b\u{2066}\0\x07"), r"\u{1b}[2Ja\u{202e}b\u{2066}\u{0}\u{7}");
        for plain in ["Ren\u{e9}", "\u{5d0}\u{5d1}", "\u{1f469}\u{200d}\u{1f680}", "a\\b'c"] {
            assert_eq!(visible(plain), plain);
        }
    }

    #[test]
    fn columns_are_as_wide_as_what_is_shown() {
        let rows = [["a\u{7}".to_owned(), "x".to_owned()], ["b".to_owned(), "y".to_owned()]];
        assert_eq!(columns(&rows), "a\\u{7}  x\nb       y\n");
    }

    #[test]
    fn thousands_stand_apart() {
        for (given, shown) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_000_000, "1,000,000")] {
            assert_eq!(number(given), shown);
        }
    }
}
