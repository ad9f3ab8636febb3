//! Between the records of old servers and users.
//!
//! `dragoman-tables` reads records and knows nothing of users; the core takes users in and knows nothing of columns. Here
//! stands what columns mean ([`ColumnMap`]), how a record becomes an arrival, and how a record goes back with
//! what has changed since, in the spelling in which it came ([`NewValue`]).

mod arrive;
mod depart;
mod facts;
mod map;
mod origin;
mod overlay;
mod spellings;
#[cfg(test)]
mod tests;

pub use arrive::Arrived;
pub use depart::{Losses, Returning};
pub use facts::{FACTS, parse_map};
pub use map::ColumnMap;
pub use origin::better_origin;
pub use overlay::NewValue;
pub(crate) use spellings::{facts_of, known_role, time_of};
