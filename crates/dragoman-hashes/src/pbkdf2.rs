//! PBKDF2 (RFC 8018) in the spellings of passlib, Django and Werkzeug.

use crate::cost::{Cost, Guesses, What};
use crate::digest::Digest;
use crate::function::{Function, Reading};
use crate::text::{adapted_base64, base64, hex, key, number, parts};

pub(crate) struct Pbkdf2 {
    digest: Digest,
    salt: Vec<u8>,
    rounds: u64,
    key: usize,
}

/// `ROUNDS$SALT$KEY`, both in passlib's base64.
pub(crate) fn passlib(digest: Digest, rest: &str) -> Option<Reading> {
    let [rounds, salt, key] = parts(rest, '$')?;
    reading(digest, rounds, adapted_base64(salt)?, adapted_base64(key)?)
}

/// `ROUNDS$SALT$KEY`, the salt as it is, the key in base64.
pub(crate) fn django(digest: Digest, rest: &str) -> Option<Reading> {
    let [rounds, salt, key] = parts(rest, '$')?;
    reading(digest, rounds, salt.into(), base64(key)?)
}

/// `ROUNDS$SALT$KEY`, the salt as it is, the key in hexadecimal.
pub(crate) fn werkzeug(digest: Digest, rest: &str) -> Option<Reading> {
    let [rounds, salt, key] = parts(rest, '$')?;
    reading(digest, rounds, salt.into(), hex(key)?)
}

fn reading(digest: Digest, rounds: &str, salt: Vec<u8>, expected: Vec<u8>) -> Option<Reading> {
    let rounds = number(rounds).filter(|rounds| *rounds > 0)?;
    let expected = key(expected)?;
    Some(Reading::new(Pbkdf2 { digest, salt, rounds, key: expected.len() }, expected))
}

impl Pbkdf2 {
    /// Each block of the key takes all rounds again.
    fn rounds_in_all(&self) -> u64 {
        self.rounds.saturating_mul(self.key.div_ceil(self.digest.len()) as u64)
    }
}

impl Function for Pbkdf2 {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        self.digest.pbkdf2(password, &self.salt, u32::try_from(self.rounds).ok()?, out);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        vec![(What::Key, self.key as u64), (What::Rounds, self.rounds_in_all())]
    }

    /// HMAC is two blocks.
    fn nanoseconds(&self, _password: usize) -> u64 {
        self.rounds_in_all().saturating_mul(2 * self.digest.nanoseconds(self.digest.len()))
    }

    /// One block of the key is enough for whoever guesses.
    fn guesses(&self) -> Guesses {
        Guesses::PerSecond(self.digest.guesses() / (2 * self.rounds) as f64)
    }
}
