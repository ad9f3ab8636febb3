//! What every kind of hash can do.

use crate::LONGEST_PASSWORD;
use crate::cost::{Cost, Guesses};

/// A hash function with its salt and its parameters, ready to be fed with passwords.
pub(crate) trait Function: Send + Sync {
    /// Fills `out` with what is to be compared; `None` where it cannot be computed.
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()>;

    /// What is held against the limits of its scheme.
    fn costs(&self) -> Vec<Cost>;

    /// About how many nanoseconds of one core a password of this length takes.
    fn nanoseconds(&self, password: usize) -> u64;

    /// How fast somebody who stole it could guess.
    fn guesses(&self) -> Guesses;

    /// Bytes of the longest password that is hashed.
    fn longest_password(&self) -> usize {
        LONGEST_PASSWORD
    }
}

/// A function, and what it is to make of the right password.
pub(crate) struct Reading {
    pub(crate) function: Box<dyn Function>,
    pub(crate) expected: Vec<u8>,
}

impl Reading {
    pub(crate) fn new(function: impl Function + 'static, expected: Vec<u8>) -> Self {
        Self { function: Box::new(function), expected }
    }
}

/// The longest password of functions that read all of it in every round: their time grows with both, and anybody may send
/// a long one. What is read in all takes about half a second of a core; 256 bytes are more than anybody types.
pub(crate) fn longest_of_rounds(rounds: u64) -> usize {
    const BYTES_IN_ALL: u64 = 1 << 28;
    usize::try_from(BYTES_IN_ALL / rounds.max(1)).unwrap_or(LONGEST_PASSWORD).clamp(256, LONGEST_PASSWORD)
}
