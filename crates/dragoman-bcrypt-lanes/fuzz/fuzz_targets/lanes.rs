//! Any batch has the digests that the `bcrypt` crate computes one by one, and verifies only with them.
#![no_main]

use arbitrary::Arbitrary;
use dragoman_bcrypt_lanes::{Cost, Hash, Job, bcrypt, hash, verify};
use libfuzzer_sys::fuzz_target;

/// Low ones, so that many are tried.
const COSTS: [u32; 4] = [4, 4, 5, 6];

/// More than the lanes, so that there is a second group.
const MOST: usize = 6;

#[derive(Debug, Arbitrary)]
struct Ask {
    password: Vec<u8>,
    salt: [u8; 16],
    cost: u8,
    wrong: bool,
}

impl Ask {
    fn job(&self) -> Job<'_> {
        let cost = Cost::new(COSTS[usize::from(self.cost) % COSTS.len()]).unwrap();
        Job { password: &self.password, salt: self.salt, cost }
    }

    fn theirs(&self) -> [u8; 24] {
        let password: Vec<u8> = self.password.iter().copied().chain([0]).take(72).collect();
        ::bcrypt::bcrypt(self.job().cost.get(), self.salt, &password)
    }

    /// The password, or one that differs where it counts.
    fn attempt(&self) -> Vec<u8> {
        match self.password.split_first() {
            Some((first, rest)) if self.wrong => [&[first ^ 1], rest].concat(),
            None if self.wrong => b"x".to_vec(),
            _ => self.password.clone(),
        }
    }
}

fuzz_target!(|asks: Vec<Ask>| {
    let asks = &asks[..asks.len().min(MOST)];
    let jobs: Vec<_> = asks.iter().map(Ask::job).collect();
    assert_eq!(bcrypt(&jobs), asks.iter().map(Ask::theirs).collect::<Vec<_>>());

    let hashes: Vec<Hash> = hash(&jobs);
    let attempts: Vec<_> = asks.iter().map(Ask::attempt).collect();
    let pairs: Vec<_> = attempts.iter().map(Vec::as_slice).zip(&hashes).collect();
    assert_eq!(verify(&pairs), asks.iter().map(|ask| !ask.wrong).collect::<Vec<_>>());
});
