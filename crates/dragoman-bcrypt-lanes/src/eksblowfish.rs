//! Blowfish with the expensive key schedule of bcrypt, several states side by side.
//!
//! Follows Provos and Mazières, "A Future-Adaptable Password Scheme" (1999), in the order that the
//! implementations have settled on: password first, then salt.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a byte or a loop's constant bound below its array's length, and no check is left in the code"
)]

use std::iter::zip;

use zeroize::Zeroize;

use crate::{Cost, Job, pi};

/// How many bytes of a password count: as many as P has.
const KEY_BYTES: usize = 72;

/// The text that is encrypted with the state at last, and becomes the digest.
const MAGIC: &[u8; 24] = b"OrpheanBeholderScryDoubt";

/// Both halves of what Blowfish encrypts at a time.
type Block = [u32; 2];

/// One password on its way: its state, and what the state is stirred with.
///
/// Lanes live in one array, so that all their tables have constant distances from one register.
pub(crate) struct Lane {
    s: [[u32; 256]; 4],
    p: [u32; 18],
    key: [u32; 18],
    salt: [u32; 18],
    cost: Cost,
}

/// The digests of these jobs in their order. The costs must not rise from job to job.
pub(crate) fn digests<'a>(jobs: impl Iterator<Item = &'a Job<'a>> + Clone) -> Vec<[u8; 24]> {
    // Secrets are written when the lanes have their place: a move would leave a copy behind.
    let mut lanes: Vec<_> = jobs.clone().map(|job| Lane::idle(job.cost)).collect();
    for (lane, job) in zip(&mut lanes, jobs) {
        lane.start(job);
    }
    let mut running = lanes.as_mut_slice();
    let mut done = 0;
    while let Some(next) = running.last() {
        let rounds = 1_u32 << next.cost.get();
        stir(running, rounds - done);
        done = rounds;
        running.split_off_last_mut();
    }
    lanes.iter().map(Lane::digest).collect()
}

/// Takes all lanes on by so many rounds, as many as possible at a time.
fn stir(lanes: &mut [Lane], rounds: u32) {
    let rest = stir_groups::<4>(lanes, rounds);
    let rest = stir_groups::<3>(rest, rounds);
    let rest = stir_groups::<2>(rest, rounds);
    stir_groups::<1>(rest, rounds);
}

/// Takes groups of `K` lanes on, and returns those that make no whole group.
fn stir_groups<const K: usize>(lanes: &mut [Lane], rounds: u32) -> &mut [Lane] {
    let (groups, rest) = lanes.as_chunks_mut::<K>();
    groups.iter_mut().for_each(|group| stir_group(group, rounds));
    rest
}

/// A function of its own for each `K`: inlined into one, the loops of all of them share one allocation
/// of registers, and with four lanes some words of a round go over the stack.
#[inline(never)]
fn stir_group<const K: usize>(group: &mut [Lane; K], rounds: u32) {
    for _ in 0..rounds {
        group.iter_mut().for_each(|lane| xor(&mut lane.p, &lane.key));
        refill::<K, false>(group);
        group.iter_mut().for_each(|lane| xor(&mut lane.p, &lane.salt));
        refill::<K, false>(group);
    }
}

/// Replaces all words of all lanes, two by two, each pair by the encryption of the pair before it.
#[inline(always)]
fn refill<const K: usize, const SALTED: bool>(lanes: &mut [Lane; K]) {
    let mut blocks = [[0; 2]; K];
    for pair in 0..9 {
        next::<K, SALTED>(lanes, &mut blocks, pair);
        for (lane, block) in zip(&mut *lanes, &blocks) {
            put(&mut lane.p, pair, block);
        }
    }
    for sbox in 0..4 {
        for pair in 0..128 {
            // P has an odd number of pairs, and the salt goes on where P left it.
            next::<K, SALTED>(lanes, &mut blocks, pair + 1);
            for (lane, block) in zip(&mut *lanes, &blocks) {
                put(&mut lane.s[sbox], pair, block);
            }
        }
    }
}

/// Stores a block as one pair of these words.
///
/// Half by half: copied as one, a block is kept in one 64-bit register, and every round pays for
/// packing and unpacking it.
#[inline(always)]
fn put<const N: usize>(words: &mut [u32; N], pair: usize, [left, right]: &Block) {
    words[2 * pair] = *left;
    words[2 * pair + 1] = *right;
}

/// Encrypts every lane's block, salted with one half of the salt or the other where it is asked for.
#[inline(always)]
fn next<const K: usize, const SALTED: bool>(lanes: &[Lane; K], blocks: &mut [Block; K], pair: usize) {
    if SALTED {
        for (lane, block) in zip(lanes, &mut *blocks) {
            xor(block, &lane.salt[2 * (pair % 2)..]);
        }
    }
    encrypt(lanes, blocks);
}

/// Encrypts every lane's block with its state. This is where all the time goes.
///
/// Each round is taken in all lanes before the next: that is the lockstep. Words of P are applied
/// one round early, while the look-ups are under way, and so take no time of their own.
#[inline(always)]
fn encrypt<const K: usize>(lanes: &[Lane; K], blocks: &mut [Block; K]) {
    for (lane, [left, _]) in zip(lanes, &mut *blocks) {
        *left ^= lane.p[0];
    }
    for round in 0..16 {
        for (lane, [left, right]) in zip(lanes, &mut *blocks) {
            *right ^= lane.p[round + 1];
            *right ^= scramble(&lane.s, *left);
            (*left, *right) = (*right, *left);
        }
    }
    for (lane, [left, right]) in zip(lanes, blocks) {
        (*left, *right) = (*right ^ lane.p[17], *left);
    }
}

/// Blowfish's function F. The bytes are taken in the machine's usual order and named from the end:
/// to turn them round would be one more step on the path from one look-up to the next.
#[inline(always)]
fn scramble(s: &[[u32; 256]; 4], half: u32) -> u32 {
    let [d, c, b, a] = half.to_le_bytes().map(usize::from);
    (s[0][a].wrapping_add(s[1][b]) ^ s[2][c]).wrapping_add(s[3][d])
}

/// `words ^= others`, as far as both go.
#[inline(always)]
fn xor(words: &mut [u32], others: &[u32]) {
    for (word, other) in zip(words, others) {
        *word ^= other;
    }
}

/// Fills the words with bytes in big-endian order, from the beginning again when they are used up.
fn fill(words: &mut [u32; 18], bytes: impl Iterator<Item = u8> + Clone) {
    let mut bytes = bytes.cycle();
    for word in words {
        *word = bytes.by_ref().take(4).fold(0, |word, byte| word << 8 | u32::from(byte));
    }
}

impl Lane {
    /// A lane that knows no secret yet.
    fn idle(cost: Cost) -> Self {
        Self { s: pi::S, p: pi::P, key: [0; 18], salt: [0; 18], cost }
    }

    /// Takes the password and the salt in. This happens once a hash, so no lane waits for another.
    fn start(&mut self, job: &Job<'_>) {
        fill(&mut self.key, job.password.iter().copied().chain([0]).take(KEY_BYTES));
        fill(&mut self.salt, job.salt.into_iter());
        xor(&mut self.p, &self.key);
        refill::<1, true>(std::array::from_mut(self));
    }

    /// The magic text, each block encrypted 64 times with the final state.
    fn digest(&self) -> [u8; 24] {
        let mut digest = *MAGIC;
        for bytes in digest.as_chunks_mut::<8>().0 {
            let halves = bytes.as_chunks_mut::<4>().0;
            let mut block = [[u32::from_be_bytes(halves[0]), u32::from_be_bytes(halves[1])]];
            for _ in 0..64 {
                encrypt(std::array::from_ref(self), &mut block);
            }
            halves.copy_from_slice(&block[0].map(u32::to_be_bytes));
        }
        digest
    }
}

impl Zeroize for Lane {
    fn zeroize(&mut self) {
        self.s.zeroize();
        self.p.zeroize();
        self.key.zeroize();
        self.salt.zeroize();
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wiped_lane_remembers_nothing() {
        let mut lane = Lane::idle(Cost::new(4).unwrap());
        lane.start(&Job { password: b"secret", salt: [7; 16], cost: Cost::new(4).unwrap() });
        assert_ne!(lane.key, [0; 18]);
        lane.zeroize();
        assert_eq!((lane.s, lane.p, lane.key, lane.salt), ([[0; 256]; 4], [0; 18], [0; 18], [0; 18]));
    }
}
