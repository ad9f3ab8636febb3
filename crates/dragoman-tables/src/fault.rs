//! What is wrong with a file, and where.

use std::fmt;

/// A file, or one row of it, that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{what}")]
pub struct Fault {
    /// Where in the file.
    pub place: Place,
    /// What is wrong there, for people. It never repeats a value: it may be a password's hash.
    pub what: String,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, counted from 1: where what is wrong begins.
    Line(u64),
    /// A row, counted from 1, of a file that has no lines.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, "line {line}: "),
            Self::Row(row) => write!(f, "row {row}: "),
        }
    }
}

impl Fault {
    pub(crate) fn file(what: impl fmt::Display) -> Self {
        Self { place: Place::File, what: what.to_string() }
    }

    pub(crate) fn line(line: u64, what: impl fmt::Display) -> Self {
        Self { place: Place::Line(line), what: what.to_string() }
    }

    pub(crate) fn row(row: u64, what: impl fmt::Display) -> Self {
        Self { place: Place::Row(row), what: what.to_string() }
    }
}
