//! bcrypt, also of a digest of the password.

use dragoman_bcrypt_lanes::{Hash, Job, bcrypt};
use zeroize::Zeroizing;

use crate::cost::{Cost, Guesses, What, nanoseconds_of_bcrypt};
use crate::digest::Digest;
use crate::function::{Function, Reading};

pub(crate) struct Bcrypt {
    hash: Hash,
    digested: bool,
}

/// A hash in bcrypt's own spelling.
pub(crate) fn plain(mark: &str, rest: &str) -> Option<Reading> {
    read(&format!("{mark}{rest}"), false)
}

/// Django's, which puts its own mark before that spelling.
pub(crate) fn django(rest: &str) -> Option<Reading> {
    read(rest, false)
}

/// Django's over the hexadecimal SHA-256 of the password, so that all of a long one counts.
pub(crate) fn django_sha256(rest: &str) -> Option<Reading> {
    read(rest, true)
}

fn read(text: &str, digested: bool) -> Option<Reading> {
    let hash: Hash = text.parse().ok()?;
    let expected = hash.digest().to_vec();
    Some(Reading::new(Bcrypt { hash, digested }, expected))
}

impl Function for Bcrypt {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let digested = Zeroizing::new(if self.digested { hexadecimal(password) } else { Vec::new() });
        let password = if self.digested { &digested } else { password };
        let job = Job { password, salt: self.hash.salt(), cost: self.hash.cost() };
        let [[digest @ .., _]] = bcrypt(&[job]).try_into().ok()?;
        out.copy_from_slice(digest.get(..out.len())?);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        vec![(What::Cost, self.hash.cost().get().into())]
    }

    fn nanoseconds(&self, _password: usize) -> u64 {
        nanoseconds_of_bcrypt(self.hash.cost().get())
    }

    fn guesses(&self) -> Guesses {
        Guesses::of_bcrypt(self.hash.cost().get())
    }
}

fn hexadecimal(password: &[u8]) -> Vec<u8> {
    let digest = Zeroizing::new(Digest::Sha256.of(&[password]));
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| b"0123456789abcdef".get(usize::from(digit)))
        .copied()
        .collect()
}
