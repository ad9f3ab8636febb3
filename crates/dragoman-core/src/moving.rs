//! Moving in: users of an old server on their way into this database, and out again.

mod arrival;
mod batch;
mod clash;
mod columns;
mod copy;
mod decide;
mod departure;
mod findings;
mod import;
mod keys;
mod ledger;
mod left_behind;
mod left_out;
mod lent;
mod policies;
mod record;
mod rehearsal;
mod run;
mod scratch;
mod snapshot;
#[cfg(test)]
mod tests;
mod undo;
mod writer;

pub use arrival::Arrival;
pub use batch::Incoming;
pub use clash::{Action, Clash, Decider};
pub use columns::{Column, Fact, OriginTable, Spelling};
pub use copy::{CopiedTable, CopyProgress, copy};
pub use departure::{Departing, Departure, Departures, Known, Leaving, LeftOut};
pub use findings::{Administrator, Clashes, Example, Findings, Place};
pub use import::{BATCH, Importing, Imports, Step};
pub use policies::{OnSameEmail, OnSameId, OnSameName, OnUnknownHash, OnUnusable, Policies};
pub use rehearsal::Rehearsal;
pub use run::{Run, Source};
pub use snapshot::Snapshot;
pub use undo::{Kept, Stays, Undone};
