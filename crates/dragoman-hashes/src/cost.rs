//! What a hash costs: us, at every sign-in, and whoever stole it, at every guess.

use std::fmt;

// The limits. Whoever may write one row of a table that is imported could otherwise keep our threads busy with it, by
// nothing but wrong passwords; but what a library really writes has to come in. So each limit is two to three times the
// most that one does by itself, as of 2026, and a hash at the limit takes 0.2 to 1.4 seconds of a core, bcrypt's apart
// (`docs/performance.md`).

/// The highest cost of bcrypt that is taken from elsewhere: four seconds of a core. Libraries write 10 to 12; this one is
/// higher than the others, because many an operator, of this gateway as well, has chosen 14 or 15.
pub const BCRYPT_COST: u64 = 16;
/// Rounds of sha256-crypt and sha512-crypt: passlib writes 535,000 and 656,000, crypt(3) 5,000.
pub(crate) const SHA_CRYPT_ROUNDS: u64 = 2_000_000;
/// Rounds of PBKDF2, once for each block of the key. Django writes 1,200,000 (6.0) to 1,800,000 (6.2), with SHA-1 as with
/// SHA-256, and a fifth more with each version; Werkzeug 1,000,000, passlib 25,000 to 131,000.
pub(crate) const PBKDF2_ROUNDS: u64 = 4_000_000;
/// The same with SHA-512, which takes more than twice as long: Werkzeug writes 1,000,000 with it as well, if it is told to.
pub(crate) const PBKDF2_SHA512_ROUNDS: u64 = 2_000_000;
/// Rounds of phpass: passlib writes 2^19, phpass itself, WordPress and phpBB at most 2^13.
pub(crate) const PHPASS_ROUNDS: u64 = 1 << 20;
/// KiB of one hash that is hard on memory. Each hashing thread computes one at a time. libsodium's `MODERATE` is as much.
pub(crate) const MEMORY: u64 = 256 << 10;
/// KiB that argon2 fills over all its passes. PHP and Laravel write 256 MiB, passlib 192, Django 200; libsodium's
/// `MODERATE` is 768.
pub(crate) const ARGON2_WORK: u64 = 1 << 20;
/// KiB that scrypt fills over all its lanes. Django writes 80 MiB, passlib 64, Werkzeug 32; OWASP wants 128.
pub(crate) const SCRYPT_WORK: u64 = 256 << 10;
/// Lanes of argon2 and scrypt. They are computed one after the other.
pub(crate) const LANES: u64 = 64;
/// Bytes of a derived key; nobody compares more than 64.
pub(crate) const KEY: u64 = 128;

/// What may be too much of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// bcrypt's binary logarithm of its rounds.
    Cost,
    /// How often a digest is computed.
    Rounds,
    /// KiB that are needed at once.
    Memory,
    /// KiB that are filled in all.
    Work,
    /// Lanes that could be computed side by side.
    Lanes,
    /// Bytes of the derived key.
    Key,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cost => "cost",
            Self::Rounds => "rounds",
            Self::Memory => "KiB of memory",
            Self::Work => "KiB of memory to fill",
            Self::Lanes => "lanes",
            Self::Key => "bytes of key",
        })
    }
}

/// An amount of something.
pub(crate) type Cost = (What, u64);

/// Nanoseconds of one round of bcrypt by itself: cost 12 takes a quarter of a second.
const BCRYPT_ROUND: u64 = 60_000;

/// How many of bcrypt's rounds take about as long.
pub(crate) fn in_rounds_of_bcrypt(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(BCRYPT_ROUND).max(1)
}

/// The time of a hash of bcrypt.
pub(crate) fn nanoseconds_of_bcrypt(cost: u32) -> u64 {
    BCRYPT_ROUND << cost.min(31)
}

/// How fast somebody guesses who has stolen a hash.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Guesses {
    /// So many a second on one graphics card: for digests and bcrypt as hashcat's published runs on a
    /// GeForce RTX 4090 have it, for what is hard on memory as the card's memory lets it. That it is
    /// right to a factor of two is enough: a step of bcrypt's cost is one.
    PerSecond(f64),
    /// Slow enough by OWASP's "Password Storage Cheat Sheet", and hard on memory, so that a
    /// graphics card is of little use. No cost of bcrypt replaces that.
    HardOnMemory,
}

impl Guesses {
    pub(crate) fn of_bcrypt(cost: u32) -> Self {
        const AT_COST_5: f64 = 184e3;
        Self::PerSecond(AT_COST_5 * 2_f64.powi(5 - cost.min(31).cast_signed()))
    }

    /// What has to move so many bytes in and out of memory ("Minimum Password Settings", tobtu.com).
    pub(crate) fn of_memory(bytes: f64) -> Self {
        const BYTES_A_SECOND: f64 = 960e9;
        Self::PerSecond(BYTES_A_SECOND / bytes.max(1.0))
    }

    /// Whether whoever has this one guesses faster than whoever has the other.
    pub(crate) fn is_faster_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::PerSecond(own), Self::PerSecond(other)) => own > other,
            (Self::PerSecond(_), Self::HardOnMemory) => true,
            (Self::HardOnMemory, _) => false,
        }
    }
}
