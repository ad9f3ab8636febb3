//! A stored hash, read.

use std::fmt;

use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cost::{Guesses, What, in_rounds_of_bcrypt};
use crate::function::Reading;
use crate::schemes::{Reads, SCHEMES, Scheme};

/// Bytes of the longest text that is taken for a hash.
pub const LONGEST_HASH: usize = 1024;

/// A hash that can be verified: of a known scheme, whole, and within the limits of what may be computed.
pub struct StoredHash {
    scheme: &'static Scheme,
    reading: Reading,
}

/// Why a text is not a hash that can be verified. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// No scheme's mark stands at its start. Of bare hexadecimal nobody can tell what it means: see
    /// [`store_as`](crate::store_as).
    #[error("no known kind of password hash")]
    Unknown,
    /// It begins like a hash of this scheme and goes on otherwise.
    #[error("a malformed {scheme} hash")]
    Malformed {
        /// The scheme's name.
        scheme: &'static str,
    },
    /// To compute it would keep a core busy, or need more memory, than an imported row may.
    #[error("a {scheme} hash that is too costly: {given} {what}, and {most} are allowed")]
    TooCostly {
        /// The scheme's name.
        scheme: &'static str,
        /// What there is too much of.
        what: What,
        /// How much.
        given: u64,
        /// How much may be.
        most: u64,
    },
}

impl StoredHash {
    /// Reads a hash in the spelling of whatever made it.
    ///
    /// # Errors
    /// `Unknown`, `Malformed`, `TooCostly`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let found = SCHEMES.iter().find_map(|scheme| Some((scheme, scheme.mark_of(text)?)));
        let (scheme, (mark, rest)) = found.ok_or(ParseError::Unknown)?;
        let sound = text.len() <= LONGEST_HASH && !text.contains('\0');
        let reading = sound.then(|| (scheme.read)(mark, rest)).flatten();
        let hash = Self { scheme, reading: reading.ok_or(ParseError::Malformed { scheme: scheme.name })? };
        hash.too_costly().map_or(Ok(hash), Err)
    }

    fn too_costly(&self) -> Option<ParseError> {
        let scheme = self.scheme;
        self.reading.function.costs().into_iter().find_map(|(what, given)| {
            let most = scheme.limits.iter().find(|(limited, _)| *limited == what)?.1;
            (given > most).then_some(ParseError::TooCostly { scheme: scheme.name, what, given, most })
        })
    }

    /// Of which kind it is.
    #[must_use]
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// Whether the password is the one that it was made of. This takes [`Self::work`]: never on an async worker.
    #[must_use]
    pub fn verify(&self, password: &[u8]) -> bool {
        if self.longest_password().is_some_and(|longest| password.len() > longest) {
            return false;
        }
        let Reading { function, expected } = &self.reading;
        let mut derived = Zeroizing::new(vec![0; expected.len()]);
        function.derive(password, &mut derived).is_some() && derived.ct_eq(expected).into()
    }

    /// Bytes of the longest password that can be right; `None` where a longer one is one that is cut.
    #[must_use]
    pub fn longest_password(&self) -> Option<usize> {
        match self.scheme.reads {
            Reads::First72Bytes => None,
            Reads::Everything => Some(self.reading.function.longest_password()),
        }
    }

    /// How many of bcrypt's rounds take about as long as [`Self::verify`] with a password of this many bytes.
    #[must_use]
    pub fn work(&self, password: usize) -> u64 {
        let is_read = self.longest_password().is_none_or(|longest| password <= longest);
        if is_read { in_rounds_of_bcrypt(self.reading.function.nanoseconds(password)) } else { 1 }
    }

    /// Whether somebody who stole it would guess faster than against bcrypt of this cost.
    #[must_use]
    pub fn is_weaker_than_bcrypt(&self, cost: u32) -> bool {
        self.reading.function.guesses().is_faster_than(Guesses::of_bcrypt(cost))
    }
}

/// Without salt and digest: whoever reads a log must not be able to guess passwords at home.
impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredHash").field("scheme", &self.scheme.name).finish_non_exhaustive()
    }
}
