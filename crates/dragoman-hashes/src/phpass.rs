//! phpass' portable hashes, of WordPress before 6.8, phpBB 3 and many others (Solar Designer, 2004).

use md5::{Digest as _, Md5};

use crate::cost::{Cost, Guesses, What};
use crate::crypt64;
use crate::digest::Digest;
use crate::function::{Function, Reading, longest_of_rounds};

pub(crate) struct Phpass {
    salt: Vec<u8>,
    rounds: u64,
}

/// A character for the binary logarithm of the rounds, eight of salt, 22 of digest.
pub(crate) fn read(rest: &str) -> Option<Reading> {
    let (logarithm, rest) = rest.split_at_checked(1)?;
    let (salt, digest) = rest.split_at_checked(8)?;
    let logarithm = crypt64::value(*logarithm.as_bytes().first()?)?;
    let expected = crypt64::decode::<16>(digest)?.to_vec();
    // phpass refuses what lies outside.
    let sound = (7..=30).contains(&logarithm);
    sound.then(|| Reading::new(Phpass { salt: salt.into(), rounds: 1 << logarithm }, expected))
}

impl Function for Phpass {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let first = Md5::new().chain_update(&self.salt).chain_update(password).finalize();
        let digest =
            (0..self.rounds).fold(first, |last, _| Md5::new().chain_update(last).chain_update(password).finalize());
        out.copy_from_slice(digest.get(..out.len())?);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        vec![(What::Rounds, self.rounds)]
    }

    fn nanoseconds(&self, password: usize) -> u64 {
        self.rounds.saturating_mul(Digest::Md5.nanoseconds(16 + password))
    }

    fn guesses(&self) -> Guesses {
        Guesses::PerSecond(Digest::Md5.guesses() / self.rounds as f64)
    }

    fn longest_password(&self) -> usize {
        longest_of_rounds(self.rounds)
    }
}
