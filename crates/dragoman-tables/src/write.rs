//! Rows into files.
//!
//! JSON Lines are compact objects; CSV is RFC 4180 with line feeds, and quotation marks only where they are needed.
//!
//! SQL is for whoever loads it, MySQL, PostgreSQL or SQLite: one `INSERT` a row with the names of its columns, between
//! `BEGIN` and `COMMIT`. A backslash and double quotes mean what the standard says; MySQL is told so in a comment that only
//! MySQL runs. There is no `CREATE TABLE`: the rows go back into the table that they came from. Bytes are `X'…'`, which
//! PostgreSQL does not take for a `bytea`.

use std::io::{self, Write};
use std::sync::Arc;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use serde_json::{Map, Value};

use crate::row::spell;
use crate::{Cell, Format, Row};

/// How a file in SQL begins.
const BEGIN: &str = "/*!40101 SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */;\nBEGIN;\n";
const COMMIT: &str = "COMMIT;\n";

/// Writes the rows of one table.
pub struct Writer<W: Write> {
    kind: Kind<W>,
}

enum Kind<W: Write> {
    JsonLines(W),
    Csv { out: Box<csv::Writer<W>>, header: Option<Arc<[String]>> },
    Sql { out: W, table: String },
}

impl<W: Write> Writer<W> {
    /// Begins a file; the table's name is what SQL needs.
    ///
    /// # Errors
    /// It cannot be written; or it is to be an SQLite database, which is made from SQL.
    pub fn new(mut out: W, format: Format, table: &str) -> io::Result<Self> {
        let kind = match format {
            Format::JsonLines => Kind::JsonLines(out),
            Format::Csv => {
                let mut builder = WriterBuilder::new();
                builder.quote_style(QuoteStyle::Necessary).terminator(Terminator::Any(b'\n'));
                Kind::Csv { out: Box::new(builder.from_writer(out)), header: None }
            }
            Format::Sql => {
                out.write_all(BEGIN.as_bytes())?;
                Kind::Sql { out, table: name(table)? }
            }
            Format::Sqlite => return Err(io::Error::other("write SQL, and load it with sqlite3")),
        };
        Ok(Self { kind })
    }

    /// Writes the names of the columns, where the format has them once: before the first row, or in place of any.
    ///
    /// # Errors
    /// It cannot be written, or there are other columns already.
    pub fn header(&mut self, columns: &Arc<[String]>) -> io::Result<()> {
        match &mut self.kind {
            Kind::JsonLines(_) | Kind::Sql { .. } => Ok(()),
            Kind::Csv { header: Some(header), .. } if header == columns => Ok(()),
            Kind::Csv { header: Some(_), .. } => Err(io::Error::other("a row of other columns than the header")),
            Kind::Csv { out, header } => {
                *header = Some(Arc::clone(columns));
                out.write_record(columns.iter()).map_err(io::Error::other)
            }
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// It cannot be written, or the format has no spelling for it.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.header(row.columns())?;
        match &mut self.kind {
            Kind::JsonLines(out) => {
                serde_json::to_writer(&mut *out, &Map::<String, Value>::from(row.clone()))?;
                out.write_all(b"\n")
            }
            Kind::Csv { out, .. } => {
                out.write_record(row.iter().map(|(_, cell)| field(cell))).map_err(io::Error::other)
            }
            Kind::Sql { out, table } => insert(out, table, row),
        }
    }

    /// Ends the file, and gives what it was written to.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> io::Result<W> {
        let mut out = match self.kind {
            Kind::JsonLines(out) => out,
            Kind::Csv { out, .. } => out.into_inner().map_err(|error| io::Error::other(error.to_string()))?,
            Kind::Sql { mut out, .. } => {
                out.write_all(COMMIT.as_bytes())?;
                out
            }
        };
        out.flush()?;
        Ok(out)
    }
}

/// A cell as a field of CSV, which knows nothing but text.
fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => spell(*number),
        Cell::Text(text) => text.clone(),
        Cell::Bytes(bytes) => format!("\\x{}", hex(bytes)),
        Cell::Json(value) => value.to_string(),
    }
}

fn insert(out: &mut impl Write, table: &str, row: &Row) -> io::Result<()> {
    let names = row.columns().iter().map(|column| quoted(column, '"')).collect::<io::Result<Vec<_>>>()?;
    let values = row.iter().map(|(_, cell)| literal(cell)).collect::<io::Result<Vec<_>>>()?;
    writeln!(out, "INSERT INTO {table} ({}) VALUES ({});", names.join(","), values.join(","))
}

fn literal(cell: &Cell) -> io::Result<String> {
    Ok(match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Text(text) => quoted(text, '\'')?,
        Cell::Json(value) => quoted(&value.to_string(), '\'')?,
        Cell::Bytes(bytes) => format!("X'{}'", hex(bytes)),
        Cell::Boolean(_) | Cell::Integer(_) | Cell::Real(_) => field(cell),
    })
}

/// A table's name, behind that of its schema if it has one.
fn name(name: &str) -> io::Result<String> {
    let parts: io::Result<Vec<_>> = name.split('.').map(|part| quoted(part, '"')).collect();
    Ok(parts?.join("."))
}

fn quoted(text: &str, quote: char) -> io::Result<String> {
    match text.contains('\0') {
        true => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a NUL, which PostgreSQL and SQLite's shell do not take"))
        }
        false => Ok(format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
