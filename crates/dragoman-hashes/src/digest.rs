//! The digests that salted hashes, PBKDF2 and others are made of.

use ::pbkdf2::pbkdf2_hmac;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        fn all<D: sha2::Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            parts.iter().for_each(|part| digest.update(part));
            digest.finalize().to_vec()
        }
        match self {
            Self::Md5 => all::<Md5>(parts),
            Self::Sha1 => all::<Sha1>(parts),
            Self::Sha256 => all::<Sha256>(parts),
            Self::Sha512 => all::<Sha512>(parts),
        }
    }

    /// PBKDF2 with HMAC over this digest (RFC 8018, 5.2).
    pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
        match self {
            Self::Md5 => pbkdf2_hmac::<Md5>(password, salt, rounds, out),
            Self::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, rounds, out),
            Self::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, out),
            Self::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, rounds, out),
        }
    }

    /// Nanoseconds of one core for so many bytes, without help from the processor.
    pub(crate) fn nanoseconds(self, bytes: usize) -> u64 {
        let (block, nanoseconds) = match self {
            Self::Md5 => (64, 100),
            Self::Sha1 => (64, 120),
            Self::Sha256 => (64, 250),
            Self::Sha512 => (128, 300),
        };
        // A byte and the length follow what is digested.
        (bytes as u64 + block / 8 + 1).div_ceil(block) * nanoseconds
    }

    /// Blocks that a graphics card does in a second; see [`crate::cost::Guesses`].
    pub(crate) const fn guesses(self) -> f64 {
        match self {
            Self::Md5 => 164e9,
            Self::Sha1 => 51e9,
            Self::Sha256 => 22e9,
            Self::Sha512 => 7.5e9,
        }
    }
}
