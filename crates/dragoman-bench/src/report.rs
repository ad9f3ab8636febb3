//! How a run is told: to people, to programs, and as pictures.

pub mod json;
pub mod svg;
pub mod table;
