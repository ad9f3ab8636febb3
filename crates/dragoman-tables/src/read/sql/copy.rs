//! The lines of `COPY … FROM stdin`, PostgreSQL's text format.

use std::io::Read;
use std::sync::Arc;

use super::lexer::Lexer;
use crate::read::source::Line;
use crate::{Cell, Fault, Row};

/// The line behind the last row.
const END: &[u8] = b"\\.";

/// Reads `FROM stdin;` and the end of its line.
pub(super) fn begin<R: Read>(lexer: &mut Lexer<R>) -> Result<(), Fault> {
    for expected in ["FROM", "STDIN", ";"] {
        let found = lexer.token()?.map(|token| token.keyword()).unwrap_or_default();
        if found != expected {
            return Err(lexer.fault("a COPY that is not of the form that pg_dump writes"));
        }
    }
    lexer.skip_line()
}

/// The next row; none at the end of the data.
pub(super) fn row<R: Read>(lexer: &mut Lexer<R>, columns: &Arc<[String]>) -> Result<Option<Row>, Fault> {
    let mut line = Vec::new();
    let number = lexer.source.line();
    match lexer.source.read_line(&mut line)? {
        Line::Whole if line == END => return Ok(None),
        Line::Whole => {}
        Line::TooLong => return Err(Fault::line(number, "longer than a record may be")),
        Line::End => return Err(lexer.cut_off()),
    }
    let cells: Option<Vec<_>> = line.split(|&byte| byte == b'\t').map(cell).collect();
    let cells = cells.ok_or_else(|| Fault::line(number, "not UTF-8"))?;
    if cells.len() != columns.len() {
        return Err(Fault::line(number, format!("{} values for {} columns", cells.len(), columns.len())));
    }
    Ok(Some(Row::new(Arc::clone(columns), cells)))
}

/// Passes over another table's rows, in which a line may be of any length.
pub(super) fn skip<R: Read>(lexer: &mut Lexer<R>) -> Result<(), Fault> {
    let mut line = Vec::new();
    loop {
        match lexer.source.read_line(&mut line)? {
            Line::Whole if line == END => return Ok(()),
            Line::Whole | Line::TooLong => {}
            Line::End => return Err(lexer.cut_off()),
        }
    }
}

fn cell(field: &[u8]) -> Option<Cell> {
    if field == b"\\N" {
        return Some(Cell::Null);
    }
    let mut text = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = if byte == b'\\' {
            unescape(behind, &mut text)
        } else {
            text.push(byte);
            behind
        };
    }
    String::from_utf8(text).ok().map(Cell::Text)
}

/// Adds what stands behind a backslash, and gives what is left behind it.
fn unescape<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let Some((&kind, behind)) = escape.split_first() else { return escape };
    let (byte, rest) = match kind {
        b'b' => (8, behind),
        b'f' => (12, behind),
        b'n' => (b'\n', behind),
        b'r' => (b'\r', behind),
        b't' => (b'\t', behind),
        b'v' => (11, behind),
        b'0'..=b'7' => number(escape, 8, 3).unwrap_or((kind, behind)),
        b'x' => number(behind, 16, 2).unwrap_or((kind, behind)),
        _ => (kind, behind),
    };
    text.push(byte);
    rest
}

/// A byte as digits, at most so many of them.
fn number(digits: &[u8], radix: u32, most: usize) -> Option<(u8, &[u8])> {
    let count = digits.iter().take(most).take_while(|&&byte| char::from(byte).is_digit(radix)).count();
    let (digits, rest) = digits.split_at_checked(count)?;
    let value = u32::from_str_radix(str::from_utf8(digits).ok()?, radix).ok()?;
    // As PostgreSQL does: of an octal number beyond a byte the low bits.
    Some((u8::try_from(value & 0xff).ok()?, rest))
}
