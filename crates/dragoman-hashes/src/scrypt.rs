//! scrypt (RFC 7914) in the spellings of passlib, Django and Werkzeug.

use ::scrypt::{Params, scrypt};

use crate::cost::{Cost, Guesses, What};
use crate::function::{Function, Reading};
use crate::text::{base64, hex, key, number, parts};

pub(crate) struct Scrypt {
    salt: Vec<u8>,
    logarithm: u32,
    block: u64,
    lanes: u64,
    key: usize,
}

/// `ln=LOG2N,r=R,p=P$SALT$KEY`, both in base64.
pub(crate) fn passlib(rest: &str) -> Option<Reading> {
    let [costs, salt, key] = parts(rest, '$')?;
    let [logarithm, block, lanes] = parts(costs, ',')?;
    let logarithm = number(logarithm.strip_prefix("ln=")?)?;
    let costs = [block.strip_prefix("r=")?, lanes.strip_prefix("p=")?];
    reading(u32::try_from(logarithm).ok()?, costs, base64(salt)?, base64(key)?)
}

/// `N$SALT$R$P$KEY`, the salt as it is, the key in base64.
pub(crate) fn django(rest: &str) -> Option<Reading> {
    let [n, salt, block, lanes, key] = parts(rest, '$')?;
    reading(logarithm(n)?, [block, lanes], salt.into(), base64(key)?)
}

/// `N:R:P$SALT$KEY`, the salt as it is, the key in hexadecimal.
pub(crate) fn werkzeug(rest: &str) -> Option<Reading> {
    let [costs, salt, key] = parts(rest, '$')?;
    let [n, block, lanes] = parts(costs, ':')?;
    reading(logarithm(n)?, [block, lanes], salt.into(), hex(key)?)
}

/// Of a power of two, which N has to be.
fn logarithm(n: &str) -> Option<u32> {
    number(n).filter(|n| n.is_power_of_two() || *n == u64::MAX).map(u64::ilog2)
}

fn reading(logarithm: u32, [block, lanes]: [&str; 2], salt: Vec<u8>, expected: Vec<u8>) -> Option<Reading> {
    let (block, lanes, expected) = (number(block)?, number(lanes)?, key(expected)?);
    let function = Scrypt { salt, logarithm, block, lanes, key: expected.len() };
    (logarithm > 0 && block > 0 && lanes > 0).then(|| Reading::new(function, expected))
}

impl Scrypt {
    /// KiB of the 128 · r · N bytes.
    fn memory(&self) -> u64 {
        let n = 1_u64.checked_shl(self.logarithm).unwrap_or(u64::MAX);
        self.block.saturating_mul(n).div_ceil(8)
    }

    fn work(&self) -> u64 {
        self.memory().saturating_mul(self.lanes)
    }

    /// OWASP's choices of memory (KiB) and lanes, with r = 8; those with more of both are as good.
    fn meets_owasp(&self) -> bool {
        const CHOICES: [(u64, u64); 5] = [(128 << 10, 1), (64 << 10, 2), (32 << 10, 3), (16 << 10, 5), (8 << 10, 10)];
        self.block >= 8 && CHOICES.iter().any(|(memory, lanes)| self.memory() >= *memory && self.lanes >= *lanes)
    }
}

impl Function for Scrypt {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let logarithm = u8::try_from(self.logarithm).ok()?;
        let (block, lanes) = (u32::try_from(self.block).ok()?, u32::try_from(self.lanes).ok()?);
        scrypt(password, &self.salt, &Params::new(logarithm, block, lanes).ok()?, out).ok()
    }

    fn costs(&self) -> Vec<Cost> {
        let key = self.key as u64;
        vec![(What::Key, key), (What::Memory, self.memory()), (What::Lanes, self.lanes), (What::Work, self.work())]
    }

    /// A KiB is filled and read in three microseconds.
    fn nanoseconds(&self, _password: usize) -> u64 {
        self.work().saturating_mul(3_000)
    }

    /// By the same source the card moves a quarter more than it fills.
    fn guesses(&self) -> Guesses {
        if self.meets_owasp() { Guesses::HardOnMemory } else { Guesses::of_memory(1024.0 * 1.25 * self.work() as f64) }
    }
}
