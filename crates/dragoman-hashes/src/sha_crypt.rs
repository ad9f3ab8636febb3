//! sha256-crypt and sha512-crypt ("Unix crypt using SHA-256 and SHA-512", U. Drepper, version 0.6).

use ::sha_crypt::{Params, sha256_crypt, sha512_crypt};
use zeroize::Zeroizing;

use crate::cost::{Cost, Guesses, What};
use crate::crypt64;
use crate::digest::Digest;
use crate::function::{Function, Reading, longest_of_rounds};
use crate::text::number;

pub(crate) struct ShaCrypt {
    digest: Digest,
    salt: Vec<u8>,
    rounds: u64,
}

pub(crate) fn sha256(rest: &str) -> Option<Reading> {
    let (function, digest) = read(Digest::Sha256, rest)?;
    Some(Reading::new(function, crypt64::reorder(crypt64::decode(digest)?, &ORDER_OF_SHA256)))
}

pub(crate) fn sha512(rest: &str) -> Option<Reading> {
    let (function, digest) = read(Digest::Sha512, rest)?;
    Some(Reading::new(function, crypt64::reorder(crypt64::decode(digest)?, &ORDER_OF_SHA512)))
}

/// `rounds=N$SALT$DIGEST`; what has no rounds has 5000, and none has fewer than 1000.
fn read(digest: Digest, rest: &str) -> Option<(ShaCrypt, &str)> {
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(given) => {
            let (rounds, rest) = given.split_once('$')?;
            (number(rounds)?, rest)
        }
        None => (Params::RECOMMENDED_ROUNDS.into(), rest),
    };
    let (salt, written) = rest.split_once('$')?;
    let sound = salt.len() <= 16 && rounds >= Params::ROUNDS_MIN.into();
    sound.then(|| (ShaCrypt { digest, salt: salt.into(), rounds }, written))
}

impl Function for ShaCrypt {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let rounds = Params::new(u32::try_from(self.rounds).ok()?).ok()?;
        let digest = Zeroizing::new(if self.digest == Digest::Sha256 {
            sha256_crypt(password, &self.salt, rounds).to_vec()
        } else {
            sha512_crypt(password, &self.salt, rounds).to_vec()
        });
        out.copy_from_slice(digest.get(..out.len())?);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        vec![(What::Rounds, self.rounds)]
    }

    /// A round reads the last digest, nearly always the salt, and the password nearly twice.
    fn nanoseconds(&self, password: usize) -> u64 {
        let round = self.digest.nanoseconds(self.digest.len() + self.salt.len() + 2 * password);
        let beforehand = self.digest.nanoseconds(password.saturating_mul(password));
        self.rounds.saturating_mul(round).saturating_add(beforehand)
    }

    fn guesses(&self) -> Guesses {
        Guesses::PerSecond(self.digest.guesses() / self.rounds as f64)
    }

    fn longest_password(&self) -> usize {
        longest_of_rounds(self.rounds)
    }
}

const ORDER_OF_SHA256: [u8; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9, 30,
    31,
];

const ORDER_OF_SHA512: [u8; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9, 10,
    52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19, 61, 40,
    41, 20, 62, 63,
];
