//! Rows out of files.

mod csv;
mod jsonl;
mod source;
mod sql;
mod sqlite;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Fault, Format, Row};
use source::Source;

/// The longest record that is read, in bytes of the file: a user is not longer, and what claims to be is not held in
/// memory to find out.
pub const RECORD_LIMIT: usize = 1 << 20;

/// How far the reading is; it can be asked from elsewhere while the rows are read.
#[derive(Debug, Clone)]
pub struct Progress {
    position: Arc<AtomicU64>,
    total: u64,
}

impl Progress {
    /// Bytes of the file that have been read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// The file's length in bytes; 0 where nobody knows it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }
}

/// The rows of a table, one by one.
///
/// A line of JSON Lines or CSV that is wrong is one `Fault`, and the rows behind it follow; after a fault in anything else
/// the file's structure is lost, and the rows end.
pub struct Rows<R> {
    format: Format,
    progress: Progress,
    reader: Reader<R>,
}

enum Reader<R> {
    JsonLines(jsonl::JsonLines<R>),
    Csv(csv::Csv<R>),
    Sql(sql::Dump<R>),
    Sqlite(sqlite::Table),
}

impl Rows<File> {
    /// Opens a file. Without a format its content tells, or else its name; without the name of a table (`users` or
    /// `public.users`) a file that has several is refused.
    ///
    /// # Errors
    /// No such file, table or kind of file.
    pub fn open(path: &Path, format: Option<Format>, table: Option<&str>) -> Result<Self, Fault> {
        let file = File::open(path).map_err(Fault::file)?;
        let total = file.metadata().map_err(Fault::file)?.len();
        let (mut source, position) = Source::new(file);
        let format = format.map_or_else(|| Format::detect(source.head()?, path), Ok)?;
        let progress = Progress { position, total };
        if format == Format::Sqlite {
            let reader = Reader::Sqlite(sqlite::Table::open(path, table, &progress)?);
            return Ok(Self { format, progress, reader });
        }
        Self::of_source(source, format, table, progress)
    }
}

impl<R: Read> Rows<R> {
    /// Reads text in this format from anywhere.
    ///
    /// # Errors
    /// A text whose beginning cannot be read; SQLite's own files, which are no stream.
    pub fn from_reader(reader: R, format: Format, table: Option<&str>) -> Result<Self, Fault> {
        let (source, position) = Source::new(reader);
        Self::of_source(source, format, table, Progress { position, total: 0 })
    }

    fn of_source(
        mut source: Source<R>,
        format: Format,
        table: Option<&str>,
        progress: Progress,
    ) -> Result<Self, Fault> {
        source.begin()?;
        let reader = match format {
            Format::JsonLines => Reader::JsonLines(jsonl::JsonLines::new(source)),
            Format::Csv => Reader::Csv(csv::Csv::new(source)?),
            Format::Sql => Reader::Sql(sql::Dump::new(source, table)?),
            Format::Sqlite => return Err(Fault::file("an SQLite database is read from a file only")),
        };
        Ok(Self { format, progress, reader })
    }
}

impl<R> Rows<R> {
    /// The format that is read.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.reader {
            Reader::JsonLines(reader) => reader.next(),
            Reader::Csv(reader) => reader.next(),
            Reader::Sql(reader) => reader.next(),
            Reader::Sqlite(reader) => reader.next(),
        }
    }
}
