//! Moving in: users of an old server on their way into this database, and out again.

mod arrival;
mod columns;

pub use arrival::Arrival;
pub use columns::{Fact, OriginTable};
