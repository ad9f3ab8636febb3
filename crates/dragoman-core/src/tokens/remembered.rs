//! Tokens whose signature was found good, so that a client that sends one with every request has it verified once.
//!
//! A signature does not go bad. What may change is looked at each time: the clock, the token's row and its user.
//! Keys that change leave their memory behind: it belongs to a [`KeySet`](crate::keys::KeySet).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Kind;
use super::legacy::Claimed;
use crate::TokenFault;

/// A few megabytes at the most.
const MOST: u64 = 10_000;

/// What a token says that one of our keys has signed.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    /// Not before this second (RFC 7519, 4.1.5).
    pub(super) nbf: Option<i64>,
    /// Not from this second on (RFC 7519, 4.1.4).
    pub(super) exp: Option<i64>,
    /// Whether it names this realm.
    pub(super) ours: bool,
    pub(super) kind: Option<Kind>,
    pub(super) jti: Option<Uuid>,
    /// When the key stops verifying.
    pub(super) retires: Option<DateTime<Utc>>,
    /// Whose it says it is, if an old server made it.
    pub(super) legacy: Option<Arc<Claimed>>,
}

/// The tokens of one realm; by digest, so that none can be taken from memory.
#[derive(Clone)]
pub(crate) struct Remembered {
    tokens: Cache<[u8; 32], Signed>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { tokens: Cache::new(MOST) }
    }
}

impl Remembered {
    /// What a token says: known, or read now. A fault is not remembered, or anybody could fill the memory.
    pub(super) fn find(
        &self,
        token: &str,
        read: impl FnOnce() -> Result<Signed, TokenFault>,
    ) -> Result<Signed, TokenFault> {
        let digest = Sha256::digest(token).into();
        if let Some(signed) = self.tokens.get(&digest) {
            return Ok(signed);
        }
        let signed = read()?;
        self.tokens.insert(digest, signed.clone());
        Ok(signed)
    }
}
