//! Verified credentials, so that a program that sends its password with every request costs one hash a minute.
//!
//! Only successes are kept, and of them only a keyed digest over user, stored hash and password
//! under a key that lives as long as the process. A new password is a new stored hash and
//! therefore a miss, at once and on every gateway; the user's row is read at each request all the same.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use moka::future::Cache;
use secrecy::ExposeSecret as _;
use sha2::Sha256;

use super::Claim;
use super::pool::Refusal;
use crate::{Password, Random};

pub(super) struct Verified {
    entries: Cache<Key, ()>,
    secret: [u8; 32],
}

type Key = [u8; 32];

/// Why a password is not known to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unverified {
    Wrong,
    Refused(Refusal),
}

impl Verified {
    pub(super) fn new(entries: u64, lifetime: Duration, random: &Random) -> Self {
        let entries = Cache::builder().max_capacity(entries).time_to_live(lifetime).build();
        Self { entries, secret: random.bytes() }
    }

    /// What stands for these credentials.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104)")]
    pub(super) fn key(&self, claim: &Claim, hash: &str, password: &Password) -> Key {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length is a key");
        // Nobody has the id 0.
        mac.update(&claim.user.map_or(0, |user| user.0).to_be_bytes());
        for text in [claim.name.as_str(), hash, password.expose_secret()] {
            mac.update(&text.len().to_be_bytes());
            mac.update(text.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether the password is right: known, or found out by `verify` and then remembered. Of those
    /// who ask at the same time one finds out for all.
    pub(super) async fn find(
        &self,
        key: Key,
        verify: impl Future<Output = Result<bool, Refusal>>,
    ) -> Result<bool, Refusal> {
        let verified = self.entries.try_get_with(key, async {
            match verify.await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Unverified::Wrong),
                Err(refusal) => Err(Unverified::Refused(refusal)),
            }
        });
        match verified.await.map_err(|reason| *reason) {
            Ok(()) => Ok(true),
            Err(Unverified::Wrong) => Ok(false),
            Err(Unverified::Refused(refusal)) => Err(refusal),
        }
    }
}
