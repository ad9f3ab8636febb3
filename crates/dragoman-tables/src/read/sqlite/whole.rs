//! Whether a database's file is as long as its header says (<https://www.sqlite.org/fileformat2.html#the_database_header>).
//!
//! SQLite takes what is missing of the last page for zeros, which may be rows without anything in them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

const HEADER: usize = 100;

/// # Errors
/// It is cut off, and where.
pub(super) fn ensure(path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut header = [0; HEADER];
    if length < HEADER as u64 {
        return Ok(()); // what it is instead is for SQLite to say
    }
    file.read_exact(&mut header)?;
    let Some(page) = page_size(&header) else { return Ok(()) };
    let pages = if is_counted(&header, path) { u64::from(number(&header, 28)) } else { 0 };
    let expected = (pages * page).max(length.next_multiple_of(page));
    if length < expected {
        let what = format!("the file is cut off: it has {length} of {expected} bytes");
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
    }
    Ok(())
}

/// A power of two from 512 to 65536, of which the last is written as 1.
fn page_size(header: &[u8; HEADER]) -> Option<u64> {
    let size = match number(header, 16) >> 16 {
        1 => 65536,
        size => u64::from(size),
    };
    (size >= 512 && size.is_power_of_two()).then_some(size)
}

/// Old versions of SQLite did not keep the count of pages; and what is in a write-ahead log is not in the file yet.
fn is_counted(header: &[u8; HEADER], path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let has_log = Path::new(&log).metadata().is_ok_and(|log| log.len() > 0);
    number(header, 24) == number(header, 92) && !has_log
}

/// Four bytes, the first being the highest.
fn number(header: &[u8; HEADER], at: usize) -> u32 {
    let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    u32::from_be_bytes(bytes)
}
