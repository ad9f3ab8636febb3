//! Hashes that do not say what they are: whoever brings them says it, and they are stored with the name before them.
//!
//! `{hex-md5}5f4d…` is the old server's `5f4d…`, which is an MD5. What follows the brace is the original,
//! byte for byte, so that it can be given back.

use thiserror::Error;

use crate::schemes::{SCHEMES, Scheme};
use crate::stored::{ParseError, StoredHash};

/// Why a hash cannot be stored under a scheme's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MisnamedHash {
    /// No scheme has the name.
    #[error("there is no hash scheme of this name")]
    NoScheme,
    /// It says itself what it is, and it is of another scheme.
    #[error("a {0} hash")]
    Other(&'static str),
    /// It is no hash, or too costly.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
}

/// How a hash is stored that somebody says is of this scheme: as it is where it says so itself, else with
/// the scheme's mark before it.
///
/// # Errors
/// `NoScheme`, `Other`, `Unreadable`.
pub fn store_as(name: &str, hash: &str) -> Result<String, MisnamedHash> {
    let scheme = SCHEMES.iter().find(|scheme| scheme.name == name).ok_or(MisnamedHash::NoScheme)?;
    let stored = scheme.mark_of_name().map_or_else(|| hash.to_owned(), |mark| format!("{mark}{hash}"));
    let read = StoredHash::parse(&stored)?.scheme();
    if read.name == name { Ok(stored) } else { Err(MisnamedHash::Other(read.name)) }
}

/// A stored hash as its origin had it.
#[must_use]
pub fn original(stored: &str) -> &str {
    let marked = SCHEMES.iter().filter_map(Scheme::mark_of_name).find_map(|mark| stored.strip_prefix(mark));
    marked.unwrap_or(stored)
}
