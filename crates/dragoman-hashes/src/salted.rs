//! A digest of the password, with a salt before or after it or without one: LDAP's, Django's oldest, plain ones.

use crate::cost::{Cost, Guesses};
use crate::digest::Digest;
use crate::function::{Function, Reading};
use crate::text::{base64, hex, parts};

pub(crate) struct Salted {
    digest: Digest,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// LDAP's: base64 of the digest and of the salt that follows the password, if there is one (RFC 2307 and its heirs).
pub(crate) fn ldap(digest: Digest, rest: &str) -> Option<Reading> {
    let bytes = base64(rest)?;
    let (expected, salt) = bytes.split_at_checked(digest.len())?;
    Some(Reading::new(Salted { digest, before: Vec::new(), after: salt.into() }, expected.into()))
}

/// Django's `SALT$DIGEST` in hexadecimal, the salt before the password; it may be empty.
pub(crate) fn django(digest: Digest, rest: &str) -> Option<Reading> {
    let [salt, expected] = parts(rest, '$')?;
    let expected = digest_in_hex(digest, expected)?;
    Some(Reading::new(Salted { digest, before: salt.into(), after: Vec::new() }, expected))
}

/// A hexadecimal digest of the password and nothing else.
pub(crate) fn unsalted(digest: Digest, rest: &str) -> Option<Reading> {
    let expected = digest_in_hex(digest, rest)?;
    Some(Reading::new(Salted { digest, before: Vec::new(), after: Vec::new() }, expected))
}

/// A hexadecimal digest and the salt that came before the password.
pub(crate) fn salt_first(digest: Digest, rest: &str) -> Option<Reading> {
    let (salt, expected) = salt_and_digest(digest, rest)?;
    Some(Reading::new(Salted { digest, before: salt.into(), after: Vec::new() }, expected))
}

/// A hexadecimal digest and the salt that came after the password.
pub(crate) fn password_first(digest: Digest, rest: &str) -> Option<Reading> {
    let (salt, expected) = salt_and_digest(digest, rest)?;
    Some(Reading::new(Salted { digest, before: Vec::new(), after: salt.into() }, expected))
}

/// `SALT$DIGEST`, `SALT:DIGEST`, `DIGEST$SALT` or `DIGEST:SALT`, whichever the old server wrote. Where
/// both could be the digest, it is the last.
fn salt_and_digest(digest: Digest, text: &str) -> Option<(&str, Vec<u8>)> {
    let parted = |at: usize, separator: usize| Some((text.get(..at)?, text.get(at + separator..)?));
    let separator = |byte: Option<&u8>| matches!(byte, Some(b'$' | b':'));
    let length = 2 * digest.len();
    let last = text.len().checked_sub(length + 1).filter(|at| separator(text.as_bytes().get(*at)));
    let salt_first =
        last.and_then(|at| parted(at, 1)).and_then(|(salt, hex)| Some((salt, digest_in_hex(digest, hex)?)));
    let digest_first = || {
        let (hex, salt) = separator(text.as_bytes().get(length)).then(|| parted(length, 1))??;
        Some((salt, digest_in_hex(digest, hex)?))
    };
    salt_first.or_else(digest_first)
}

fn digest_in_hex(digest: Digest, text: &str) -> Option<Vec<u8>> {
    hex(text).filter(|bytes| bytes.len() == digest.len())
}

impl Function for Salted {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let digest = self.digest.of(&[&self.before, password, &self.after]);
        out.copy_from_slice(digest.get(..out.len())?);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        Vec::new()
    }

    fn nanoseconds(&self, password: usize) -> u64 {
        self.digest.nanoseconds(password + self.before.len() + self.after.len())
    }

    fn guesses(&self) -> Guesses {
        Guesses::PerSecond(self.digest.guesses())
    }
}
