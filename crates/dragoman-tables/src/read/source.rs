//! The bytes of a file, with a count of them and of lines.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter};

use super::RECORD_LIMIT;
use crate::Fault;

const BUFFER: usize = 64 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A buffered reader that knows its line.
pub(super) struct Source<R> {
    inner: BufReader<Counted<R>>,
    line: u64,
}

/// A reader that says how much was read of it.
struct Counted<R> {
    inner: R,
    position: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.position.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(read)
    }
}

/// What came of reading a line.
pub(super) enum Line {
    /// It is in the buffer, without its end.
    Whole,
    /// It was passed over.
    TooLong,
    /// There are no more.
    End,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let position = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner, position: Arc::clone(&position) };
        (Self { inner: BufReader::with_capacity(BUFFER, counted), line: 1 }, position)
    }

    /// What the file begins with, or goes on with.
    pub(super) fn head(&mut self) -> Result<&[u8], Fault> {
        let line = self.line;
        loop {
            match self.inner.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::line(line, error)),
            }
        }
        Ok(self.inner.buffer())
    }

    /// Passes over a byte order mark.
    pub(super) fn begin(&mut self) -> Result<(), Fault> {
        if self.head()?.starts_with(BOM) {
            self.inner.consume(BOM.len());
        }
        Ok(())
    }

    /// The line of the next byte.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.head()?.first().copied())
    }

    pub(super) fn next(&mut self) -> Result<Option<u8>, Fault> {
        let next = self.peek()?;
        if let Some(byte) = next {
            self.inner.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(next)
    }

    /// Takes the next byte where it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> Result<bool, Fault> {
        let there = self.peek()? == Some(byte);
        if there {
            self.next()?;
        }
        Ok(there)
    }

    /// Takes bytes as long as they are of this kind and hands them over in pieces.
    pub(super) fn take_while(
        &mut self,
        kind: impl Fn(u8) -> bool,
        mut piece: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        loop {
            let chunk = self.head()?;
            let end = chunk.iter().position(|&byte| !kind(byte)).unwrap_or(chunk.len());
            let Some(taken) = chunk.get(..end).filter(|taken| !taken.is_empty()) else { return Ok(()) };
            piece(taken)?;
            self.line += newlines(taken);
            self.inner.consume(end);
        }
    }

    /// Reads a line into a buffer, without `\n` or `\r\n`.
    pub(super) fn read_line(&mut self, line: &mut Vec<u8>) -> Result<Line, Fault> {
        line.clear();
        if self.head()?.is_empty() {
            return Ok(Line::End);
        }
        let mut result = Line::Whole;
        loop {
            let chunk = self.head()?;
            let (piece, used) = match memchr(b'\n', chunk) {
                Some(end) => (chunk.get(..end).unwrap_or_default(), end + 1),
                None => (chunk, chunk.len()),
            };
            if line.len() + piece.len() > RECORD_LIMIT {
                result = Line::TooLong;
                line.clear();
            } else if !matches!(result, Line::TooLong) {
                line.extend_from_slice(piece);
            }
            let done = used > piece.len() || used == 0;
            self.inner.consume(used);
            if done {
                break;
            }
        }
        self.line += 1;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(result)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(buffer)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}
