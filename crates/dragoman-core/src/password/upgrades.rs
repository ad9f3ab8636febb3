//! Which stored hashes are being replaced: never one twice at a time, and never many.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Passwords are kept for so many replacements at a time. Whoever comes too late has its turn at its next sign-in.
const MOST: usize = 64;

#[derive(Clone, Default)]
pub(super) struct Upgrades {
    under_way: Arc<Mutex<HashSet<u64>>>,
}

/// Permission to replace one hash, for as long as it is held.
pub(crate) struct Turn {
    upgrades: Upgrades,
    hash: u64,
}

impl Upgrades {
    /// `hash` stands for a stored hash.
    pub(super) fn begin(&self, hash: u64) -> Option<Turn> {
        let mut under_way = self.under_way();
        let begins = under_way.len() < MOST && under_way.insert(hash);
        begins.then(|| Turn { upgrades: self.clone(), hash })
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.under_way().len()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.upgrades.under_way().remove(&self.hash);
    }
}
