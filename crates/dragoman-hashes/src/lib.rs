//! Password hashes that other programs made: recognised, bounded and verified as they are.
//!
//! Whoever moves a user table here brings hashes that nobody can turn back into passwords. [`SCHEMES`]
//! lists what is understood: how each kind is recognised, how much of a password it reads, how dear it
//! may be, and a published hash that it is held against. A hash beyond the limits is refused when
//! it is read and never computed, so that a row of somebody else's table cannot keep a core busy.
//!
//! Functions come from the crates of RustCrypto. Only what no kept crate offers is written here, small:
//! md5-crypt, phpass, and the spellings.

mod argon2;
mod bcrypt;
mod cost;
mod crypt64;
mod digest;
mod function;
mod md5_crypt;
mod named;
mod pbkdf2;
mod phpass;
mod salted;
mod schemes;
mod scrypt;
mod sha_crypt;
mod stored;
mod text;

pub use cost::{BCRYPT_COST, What};
pub use named::{MisnamedHash, original, store_as};
pub use schemes::{Mark, Reads, SCHEMES, Scheme, Vector};
pub use stored::{LONGEST_HASH, ParseError, StoredHash};

/// Bytes of the longest password that is hashed; the limit is passlib's.
pub const LONGEST_PASSWORD: usize = 4096;
