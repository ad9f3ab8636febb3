//! A stored hash that can be verified: one of ours, or one that another program made.

use std::sync::Arc;

use dragoman_bcrypt_lanes::{Cost, Hash};
use dragoman_hashes::StoredHash;

pub(super) enum Known {
    /// Of our own kind, of any cost: several are computed in lockstep.
    Bcrypt(Hash),
    Foreign(Arc<StoredHash>),
}

impl Known {
    pub(super) fn read(stored: &str) -> Option<Self> {
        let ours = stored.parse().ok().map(Self::Bcrypt);
        ours.or_else(|| StoredHash::parse(stored).ok().map(|hash| Self::Foreign(Arc::new(hash))))
    }

    /// Whether bcrypt of this cost is better.
    pub(super) fn is_weaker_than(&self, cost: Cost) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.cost() < cost,
            Self::Foreign(hash) => hash.is_weaker_than_bcrypt(cost.get()),
        }
    }
}

/// Whether a hash that comes from elsewhere can be verified at all, and at a bearable price. `$2x$` marks the
/// hashes of a faulty implementation; several passwords fit each, so none is accepted.
pub(crate) fn is_verifiable(hash: &str) -> bool {
    StoredHash::parse(hash).is_ok()
}
