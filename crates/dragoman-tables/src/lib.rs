//! Tables of users in files: read and written, row by row.
//!
//! It knows nothing of users: a table is rows, and a row is cells under the names of columns. A file is read as a stream,
//! so that a dump of millions of rows costs no more memory than its longest one, and whatever is in it, the answer is a row
//! or a [`Fault`] that says where. [`Writer`] spells rows so that they read back as they were, and a file in the
//! same style byte for byte.

mod fault;
mod format;
mod read;
mod row;
mod write;

pub use fault::{Fault, Place};
pub use format::Format;
pub use read::{Progress, RECORD_LIMIT, Rows};
pub use row::{Cell, Row};
pub use write::Writer;
#[cfg(test)]
mod tests;
