//! A hash as it is stored: `$2b$12$`, 22 characters of salt, 31 of digest.

use std::{error::Error, fmt, str::FromStr};

use subtle::ConstantTimeEq;

use crate::{Cost, base64};

/// A stored hash, parsed.
#[derive(Clone)]
pub struct Hash {
    cost: Cost,
    salt: [u8; 16],
    digest: [u8; 23],
}

/// What is wrong with a text that should be a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashError {
    /// It has not 60 characters, or the dollars are missing.
    Shape,
    /// Not `2a`, `2b` or `2y`.
    Version,
    /// Not two digits from `04` to `31`.
    Cost,
    /// Not 128 bits in bcrypt's base64.
    Salt,
    /// Not 184 bits in bcrypt's base64.
    Digest,
}

impl Hash {
    /// A hash of these parts.
    #[must_use]
    pub const fn new(cost: Cost, salt: [u8; 16], digest: [u8; 23]) -> Self {
        Self { cost, salt, digest }
    }

    /// How many rounds it takes.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// What the password was salted with.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// What the right password gives.
    pub fn digest(&self) -> [u8; 23] {
        self.digest
    }

    /// Whether this is the digest, in a time that does not tell where they differ.
    pub fn matches(&self, digest: &[u8; 23]) -> bool {
        self.digest.ct_eq(digest).into()
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let text: &[u8; 60] = text.as_bytes().try_into().map_err(|_| HashError::Shape)?;
        let [b'$', version @ .., b'$', tens, ones, b'$'] = text.first_chunk::<7>().ok_or(HashError::Shape)? else {
            return Err(HashError::Shape);
        };
        if !matches!(version, b"2a" | b"2b" | b"2y") {
            return Err(HashError::Version);
        }
        let cost = cost(*tens, *ones).ok_or(HashError::Cost)?;
        let (salt, digest) = text[7..].split_at(22);
        let salt = base64::decode(salt).ok_or(HashError::Salt)?;
        let digest = base64::decode(digest).ok_or(HashError::Digest)?;
        Ok(Self { cost, salt, digest })
    }
}

/// Read digit by digit: `u32`'s own parser would take `+4`.
fn cost(tens: u8, ones: u8) -> Option<Cost> {
    Cost::new(char::from(tens).to_digit(10)? * 10 + char::from(ones).to_digit(10)?).ok()
}

/// As a new hash is spelled, with `$2b$`, whatever it was parsed from.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$2b${:02}${}{}", self.cost.get(), base64::encode(&self.salt), base64::encode(&self.digest))
    }
}

/// Without salt and digest: whoever reads a log must not be able to guess passwords at home.
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hash").field("cost", &self.cost.get()).finish_non_exhaustive()
    }
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "not a bcrypt hash",
            Self::Version => "a version of bcrypt that is neither 2a nor 2b nor 2y",
            Self::Cost => "a bcrypt hash whose cost is not 04 to 31",
            Self::Salt => "a bcrypt hash with a malformed salt",
            Self::Digest => "a bcrypt hash with a malformed digest",
        })
    }
}

impl Error for HashError {}
