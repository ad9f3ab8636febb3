//! Comma-separated values under a header (RFC 4180).

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use memchr::memchr_iter;

use super::RECORD_LIMIT;
use super::source::Source;
use crate::{Cell, Fault, Row};

const BUFFER: usize = 64 * 1024;

pub(super) struct Csv<R> {
    reader: csv::Reader<Bounded<R>>,
    columns: Arc<[String]>,
    record: ByteRecord,
    broken: bool,
}

/// The parser holds a whole record, however long: so what it may read for one is limited.
struct Bounded<R> {
    source: Source<R>,
    left: usize,
    quotes: usize,
    ended: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("longer than a record may be"));
        }
        let read = self.source.read(buffer)?;
        self.left = self.left.saturating_sub(read);
        self.ended = read == 0;
        self.quotes += memchr_iter(b'"', buffer.get(..read).unwrap_or_default()).count();
        Ok(read)
    }
}

impl<R: Read> Csv<R> {
    pub(super) fn new(source: Source<R>) -> Result<Self, Fault> {
        let bounded = Bounded { source, left: RECORD_LIMIT + BUFFER, quotes: 0, ended: false };
        let reader = ReaderBuilder::new().buffer_capacity(BUFFER).has_headers(false).from_reader(bounded);
        let mut csv = Self { reader, columns: Arc::default(), record: ByteRecord::new(), broken: false };
        let names = csv.cells().unwrap_or_else(|| Err(Fault::file("there is not even a header")))?;
        csv.columns = columns(names)?;
        Ok(csv)
    }

    pub(super) fn next(&mut self) -> Option<Result<Row, Fault>> {
        let cells = self.cells()?.map(|fields| fields.into_iter().map(Cell::Text).collect());
        Some(cells.map(|cells| Row::new(Arc::clone(&self.columns), cells)))
    }

    fn cells(&mut self) -> Option<Result<Vec<String>, Fault>> {
        if self.broken {
            return None;
        }
        self.reader.get_mut().left = RECORD_LIMIT + BUFFER;
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(self.fields()),
            Err(error) => Some(Err(self.fault(&error))),
        }
    }

    fn fields(&self) -> Result<Vec<String>, Fault> {
        let line = self.record.position().map_or(0, csv::Position::line);
        // The parser takes the end of the file for the end of a quoted field.
        let source = self.reader.get_ref();
        if source.ended && source.quotes % 2 == 1 {
            return Err(Fault::line(line, "the file ends within quotation marks"));
        }
        let text = |field: &[u8]| str::from_utf8(field).map(str::to_owned);
        self.record.iter().map(text).collect::<Result<_, _>>().map_err(|_| Fault::line(line, "not UTF-8"))
    }

    fn fault(&mut self, error: &csv::Error) -> Fault {
        let here = self.reader.position().line();
        #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's other errors are not of reading bytes")]
        match error.kind() {
            ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.as_ref().map_or(here, csv::Position::line);
                Fault::line(line, format!("{len} fields under a header of {expected_len}"))
            }
            ErrorKind::Io(error) => {
                self.broken = true;
                Fault::line(here, error)
            }
            _ => {
                self.broken = true;
                Fault::line(here, error)
            }
        }
    }
}

fn columns(names: Vec<String>) -> Result<Arc<[String]>, Fault> {
    let mut known = HashSet::new();
    let mut twice = names.iter().filter(|name| !known.insert(name.as_str()));
    if let Some(name) = twice.next() {
        return Err(Fault::line(1, format!("the column {name:?} is there twice")));
    }
    Ok(names.into())
}
