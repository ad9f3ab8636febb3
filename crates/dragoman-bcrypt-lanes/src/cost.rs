//! bcrypt's cost.

use std::{error::Error, fmt};

/// The binary logarithm of the number of rounds, 4 to 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u32);

impl Cost {
    /// # Errors
    /// A number that is no cost.
    pub const fn new(cost: u32) -> Result<Self, CostOutOfRange> {
        if matches!(cost, 4..=31) { Ok(Self(cost)) } else { Err(CostOutOfRange(cost)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A cost that bcrypt does not have: only 4 to 31 are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostOutOfRange(pub u32);

impl fmt::Display for CostOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bcrypt takes a cost from 4 to 31, not {}", self.0)
    }
}

impl Error for CostOutOfRange {}
