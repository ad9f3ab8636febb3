//! argon2 (RFC 9106) in its own spelling, which PHP, Laravel and passlib share.

use ::argon2::{Algorithm, Argon2, Params, Version};

use crate::cost::{Cost, Guesses, What};
use crate::function::{Function, Reading};
use crate::text::{base64, key, number, parts};

pub(crate) struct Argon {
    algorithm: Algorithm,
    version: Version,
    salt: Vec<u8>,
    memory: u64,
    passes: u64,
    lanes: u64,
    key: usize,
}

/// `v=19$m=KIB,t=PASSES,p=LANES$SALT$KEY`; without a version it is the one before 19.
pub(crate) fn read(algorithm: Algorithm, rest: &str) -> Option<Reading> {
    let (version, rest) = match rest.strip_prefix("v=") {
        Some(given) => {
            let (version, rest) = given.split_once('$')?;
            (Version::try_from(version.parse::<u32>().ok()?).ok()?, rest)
        }
        None => (Version::V0x10, rest),
    };
    let [costs, salt, expected] = parts(rest, '$')?;
    let [memory, passes, lanes] = parts(costs, ',')?;
    let expected = key(base64(expected)?)?;
    let function = Argon {
        algorithm,
        version,
        salt: base64(salt)?,
        memory: number(memory.strip_prefix("m=")?)?,
        passes: number(passes.strip_prefix("t=")?)?,
        lanes: number(lanes.strip_prefix("p=")?)?,
        key: expected.len(),
    };
    let sound = function.passes > 0 && function.lanes > 0 && function.memory >= function.lanes.saturating_mul(8);
    (sound && function.salt.len() >= ::argon2::MIN_SALT_LEN).then(|| Reading::new(function, expected))
}

/// Django's, which puts `argon2` before that spelling.
pub(crate) fn django(rest: &str) -> Option<Reading> {
    let (algorithm, rest) = rest.split_once('$')?;
    read(Algorithm::new(algorithm).ok()?, rest)
}

impl Argon {
    fn work(&self) -> u64 {
        self.memory.saturating_mul(self.passes)
    }

    /// OWASP's choices of memory (KiB) and passes; those with more of both are as good. argon2i, whose
    /// memory can be traded for time, needs three passes at least.
    fn meets_owasp(&self) -> bool {
        const CHOICES: [(u64, u64); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
        let enough = CHOICES.iter().any(|(memory, passes)| self.memory >= *memory && self.passes >= *passes);
        enough && (self.algorithm != Algorithm::Argon2i || self.passes >= 3)
    }

    /// The first pass writes and reads each block, every other one reads it once more.
    fn moved_bytes(&self) -> f64 {
        1024.0 * self.memory as f64 * (3 * self.passes - 1) as f64
    }
}

impl Function for Argon {
    fn derive(&self, password: &[u8], out: &mut [u8]) -> Option<()> {
        let [memory, passes, lanes] = [self.memory, self.passes, self.lanes].map(u32::try_from);
        let params = Params::new(memory.ok()?, passes.ok()?, lanes.ok()?, Some(out.len())).ok()?;
        let argon = Argon2::new(self.algorithm, self.version, params);
        argon.hash_password_into(password, &self.salt, out).ok()
    }

    fn costs(&self) -> Vec<Cost> {
        let key = self.key as u64;
        vec![(What::Key, key), (What::Memory, self.memory), (What::Lanes, self.lanes), (What::Work, self.work())]
    }

    /// A block is one KiB and takes about a microsecond.
    fn nanoseconds(&self, _password: usize) -> u64 {
        self.work().saturating_mul(1_000)
    }

    fn guesses(&self) -> Guesses {
        if self.meets_owasp() { Guesses::HardOnMemory } else { Guesses::of_memory(self.moved_bytes()) }
    }
}
