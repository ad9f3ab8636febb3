//! Moving in: users of an old server on their way into this database, and out again.

mod arrival;
mod columns;
mod copy;

pub use arrival::Arrival;
pub use columns::{Column, Fact, OriginTable, Spelling};
pub use copy::{CopiedTable, CopyProgress, copy};
