//! md5-crypt, as FreeBSD's `crypt(3)` and Apache's `htpasswd` compute it (P.-H. Kamp, 1994).

use md5::{Digest as _, Md5};

use crate::cost::{Cost, Guesses, What};
use crate::crypt64;
use crate::digest::Digest;
use crate::function::{Function, Reading, longest_of_rounds};

const ROUNDS: u64 = 1000;

pub(crate) struct Md5Crypt {
    /// Goes into the digest, so that Apache's differ from everybody else's.
    mark: String,
    salt: Vec<u8>,
}

/// `SALT$DIGEST`.
pub(crate) fn read(mark: &str, rest: &str) -> Option<Reading> {
    let (salt, digest) = rest.split_once('$')?;
    let expected = crypt64::reorder(crypt64::decode(digest)?, &ORDER);
    let function = Md5Crypt { mark: mark.into(), salt: salt.into() };
    (salt.len() <= 8).then(|| Reading::new(function, expected))
}

impl Md5Crypt {
    fn first(&self, password: &[u8]) -> [u8; 16] {
        let inner = Md5::new().chain_update(password).chain_update(&self.salt).chain_update(password).finalize();
        let mut first = Md5::new().chain_update(password).chain_update(&self.mark).chain_update(&self.salt);
        for part in password.chunks(inner.len()) {
            first.update(inner.get(..part.len()).unwrap_or_default());
        }
        let mut length = password.len();
        while length > 0 {
            // What was meant to add a byte of the digest adds a NUL, since the first version.
            first.update(if length & 1 == 1 { &[0] } else { password.get(..1).unwrap_or_default() });
            length >>= 1;
        }
        first.finalize().into()
    }

    fn round(&self, number: u64, last: [u8; 16], password: &[u8]) -> [u8; 16] {
        let odd = number % 2 == 1;
        let mut digest = Md5::new();
        digest.update(if odd { password } else { &last });
        if !number.is_multiple_of(3) {
            digest.update(&self.salt);
        }
        if !number.is_multiple_of(7) {
            digest.update(password);
        }
        digest.update(if odd { &last } else { password });
        digest.finalize().into()
    }
}

impl Function for Md5Crypt {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let digest = (0..ROUNDS).fold(self.first(password), |last, number| self.round(number, last, password));
        out.copy_from_slice(digest.get(..out.len())?);
        Some(())
    }

    fn costs(&self) -> Vec<Cost> {
        vec![(What::Rounds, ROUNDS)]
    }

    fn nanoseconds(&self, password: usize) -> u64 {
        ROUNDS * Digest::Md5.nanoseconds(16 + self.salt.len() + 2 * password)
    }

    fn guesses(&self) -> Guesses {
        Guesses::PerSecond(Digest::Md5.guesses() / ROUNDS as f64)
    }

    fn longest_password(&self) -> usize {
        longest_of_rounds(ROUNDS)
    }
}

const ORDER: [u8; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
