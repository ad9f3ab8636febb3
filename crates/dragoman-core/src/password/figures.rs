//! What the hashing threads count, for the operator.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use dragoman_bcrypt_lanes::LANES;

use super::pool::Refusal;

/// Upper bounds of the classes of waiting times, in seconds; what waited for longer is in a class of its own.
pub const WAITS: [f64; 8] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Debug, Default)]
pub(super) struct Figures {
    batches: [AtomicU64; LANES],
    waits: [AtomicU64; WAITS.len() + 1],
    waited_micros: AtomicU64,
    refused: AtomicU64,
    abandoned: AtomicU64,
    upgraded: AtomicU64,
}

/// How hashing is going.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HashingStats {
    /// Passwords that wait.
    pub queue: usize,
    /// Passwords hashed or verified since the start.
    pub done: u64,
    /// Passwords refused because they would have waited too long.
    pub refused: u64,
    /// Passwords that were not hashed because whoever sent them had gone.
    pub abandoned: u64,
    /// Weak hashes that were replaced after their users had signed in.
    pub upgraded: u64,
    /// How many batches there were of one password, of two, and so on.
    pub batches: [u64; LANES],
    /// How many passwords waited for at most [`WAITS`], each in its class, and in the last one longer.
    pub waits: [u64; WAITS.len() + 1],
    /// Seconds that all passwords together waited.
    pub waited_seconds: f64,
}

impl Figures {
    /// Counts a batch by how long each of its jobs waited.
    pub(super) fn count_batch(&self, waits: impl ExactSizeIterator<Item = Duration>) {
        if let Some(batches) = self.batches.get(waits.len().saturating_sub(1)) {
            batches.fetch_add(1, Relaxed);
        }
        for wait in waits {
            let class = WAITS.partition_point(|bound| *bound < wait.as_secs_f64());
            if let Some(waits) = self.waits.get(class) {
                waits.fetch_add(1, Relaxed);
            }
            self.waited_micros.fetch_add(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX), Relaxed);
        }
    }

    pub(super) fn count_refusal(&self, refusal: Refusal) {
        match refusal {
            Refusal::Busy => self.refused.fetch_add(1, Relaxed),
            Refusal::Abandoned => self.abandoned.fetch_add(1, Relaxed),
            Refusal::Ended => 0,
        };
    }

    pub(super) fn count_upgrade(&self) {
        self.upgraded.fetch_add(1, Relaxed);
    }

    pub(super) fn stats(&self, queue: usize) -> HashingStats {
        let waits = self.waits.each_ref().map(|count| count.load(Relaxed));
        HashingStats {
            queue,
            done: waits.iter().sum(),
            refused: self.refused.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
            upgraded: self.upgraded.load(Relaxed),
            batches: self.batches.each_ref().map(|count| count.load(Relaxed)),
            waits,
            waited_seconds: Duration::from_micros(self.waited_micros.load(Relaxed)).as_secs_f64(),
        }
    }
}
