//! bcrypt of several independent passwords in lockstep on one thread.
//!
//! bcrypt is bound by latency: every table look-up waits for the one before, and one hash leaves
//! most of a core idle. Hashes of different passwords do not wait for each other, so that up to
//! [`LANES`] of them run interleaved, round by round, and fill the pipeline: about twice the
//! throughput with two, three times and more with four, at little more than the time of one
//! (`cargo run --release -p dragoman-bcrypt-lanes --example throughput`).
//!
//! The results are those of the `bcrypt` crate's `hash` and `verify`, byte for byte:
//! - bytes of a password beyond the 72nd do not count (to refuse such passwords is the caller's);
//! - a password that is shorter gets a NUL after it, and a NUL inside is a byte like any other;
//! - `$2a$`, `$2b$` and `$2y$` name the same function; `$2x$`, a broken one, is refused. That crate
//!   computes it as if it were `$2b$`.

mod base64;
mod cost;
mod eksblowfish;
mod hash;
mod pi;
#[cfg(test)]
mod tests;

use std::{cmp::Reverse, iter::zip};

pub use cost::{Cost, CostOutOfRange};
pub use hash::{Hash, HashError};

/// How many passwords are hashed side by side at most.
///
/// Four states are 17 KiB and stay in the nearest cache; more lanes would also run out of registers.
pub const LANES: usize = 4;

/// One password to be hashed.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Its first 72 bytes count.
    pub password: &'a [u8],
    /// Of a new password: random bytes.
    pub salt: [u8; 16],
    /// How many rounds.
    pub cost: Cost,
}

/// The raw results in the order of the jobs: 24 bytes, of which a stored hash keeps the first 23.
///
/// Jobs of different costs may be mixed: a lane that is done drops out, and the others go on without
/// it. More than [`LANES`] jobs are worked off in groups, first come, first served.
pub fn bcrypt(jobs: &[Job<'_>]) -> Vec<[u8; 24]> {
    jobs.chunks(LANES).flat_map(batch).collect()
}

/// New hashes of these passwords, in the order of the jobs.
pub fn hash(jobs: &[Job<'_>]) -> Vec<Hash> {
    zip(jobs, bcrypt(jobs)).map(|(job, digest)| Hash::new(job.cost, job.salt, stored(digest))).collect()
}

/// Whether each password is the one that its hash was made of, in the order of the pairs.
pub fn verify(pairs: &[(&[u8], &Hash)]) -> Vec<bool> {
    let jobs: Vec<_> =
        pairs.iter().map(|(password, hash)| Job { password, salt: hash.salt(), cost: hash.cost() }).collect();
    zip(pairs, bcrypt(&jobs)).map(|((_, hash), digest)| hash.matches(&stored(digest))).collect()
}

/// What a stored hash keeps of a digest. The first implementation lost the last byte, and all others
/// have done so since.
fn stored([kept @ .., _lost]: [u8; 24]) -> [u8; 23] {
    kept
}

/// The results of one group.
fn batch(jobs: &[Job<'_>]) -> Vec<[u8; 24]> {
    let mut results = vec![[0; 24]; jobs.len()];
    let mut places: Vec<_> = zip(jobs, &mut results).collect();
    // The lanes that are done first come last, where they can drop out.
    places.sort_by_key(|(job, _)| Reverse(job.cost));
    let digests = eksblowfish::digests(places.iter().map(|(job, _)| *job));
    for ((_, result), digest) in zip(places, digests) {
        *result = digest;
    }
    results
}
